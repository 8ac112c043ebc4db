//! An immutable file of pictures as visual words.

use std::ops::Range;
use std::path::Path;

use super::layout::{Layout, MAX_PICTURES};
use super::picture::{FEATURE_BYTES, RECORD_BYTES, WordPicture};
use super::postings::WORDS;
use lookalike_store::{Error, FileFormat, Result, SectionFile, Segment, check_order};

/// The version of the format of word segments that this crate writes and searches. Files of version 2
/// are read by [`OldWords`](super::OldWords), which makes pictures of them again.
pub const WORDS_FORMAT_VERSION: u32 = 3;

/// What a segment consists of, in this order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Section {
    /// u64
    Ids,
    /// u32, the number of features before each picture; one more than pictures
    Starts,
    /// What is stored of each picture, with a checksum of its own: [`WordPicture::to_bytes`]
    Records,
    /// [`BLOCK`] u32 each: postings, and their CRC-32
    Postings,
    /// u32; of each word a row: where its buckets begin, where the last ends, CRC-32
    Directory,
}

/// Words of 32 bits in a block of postings; the last is the CRC-32 of the others.
const BLOCK: usize = 256;
/// Postings in a block; the last of the file is filled up with zeros.
pub(super) const IN_BLOCK: usize = BLOCK - 1;

/// A file of visual words: number of pictures, and of features.
pub(super) static FORMAT: FileFormat = FileFormat {
    magic: *b"\x89LAWRD\r\n",
    oldest: WORDS_FORMAT_VERSION,
    version: WORDS_FORMAT_VERSION,
    what: "visual words",
    sections: &["ids", "starts", "records", "postings", "directory"],
    counts: [
        ("pictures", 0, MAX_PICTURES as u64),
        ("features", 0, u32::MAX as u64),
    ],
    lengths: |[pictures, features], lengths| {
        let row = row_length(Layout::of(pictures, features)) as u64;
        lengths.copy_from_slice(&[
            8 * pictures,
            4 * (pictures + 1),
            FEATURE_BYTES as u64 * features + RECORD_BYTES as u64 * pictures,
            4 * BLOCK as u64 * features.div_ceil(IN_BLOCK as u64),
            4 * row * WORDS as u64,
        ]);
        Some(())
    },
};

/// Words of 32 bits in a row of the directory.
pub(super) fn row_length(layout: Layout) -> usize {
    layout.buckets() + 2
}

/// The CRC-32 that stands behind some words.
pub(super) fn check_of(words: &[u32]) -> u32 {
    crc32fast::hash(bytemuck::cast_slice(words))
}

/// Pictures as visual words, in a file that never changes.
///
/// Opening reads the ids and starts, 12 bytes a picture. Of the rest a query reads the buckets that it
/// needs and what is stored of a few pictures, and checks each against its own checksum: it gives a right
/// answer, or an error.
#[derive(Debug)]
pub struct WordsSegment {
    file: SectionFile,
}

impl WordsSegment {
    /// Where the file lies.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The words that the writer gave the segment: of which vocabulary it is.
    pub fn label(&self) -> &str {
        self.file.label()
    }

    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.file.counts()[0] as usize
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of features of all pictures together.
    pub fn features(&self) -> u64 {
        self.file.counts()[1]
    }

    /// The picture stored under an id.
    ///
    /// # Errors
    /// [`lookalike_store::Error::Checksum`] where what is stored for it is damaged.
    pub fn get(&self, id: u64) -> Result<Option<WordPicture>> {
        match self.ids().binary_search(&id) {
            Ok(picture) => self.picture(picture).map(Some),
            Err(_) => Ok(None),
        }
    }

    pub(super) fn picture(&self, picture: usize) -> Result<WordPicture> {
        let starts: &[u32] = self.file.section(Section::Starts as usize);
        let (start, end) = (starts[picture], starts[picture + 1]);
        let damaged = |_| self.damaged("features of a picture", end, start);
        if end < start || u64::from(end) > self.features() {
            return Err(damaged(()));
        }
        let at = FEATURE_BYTES * start as usize + RECORD_BYTES * picture;
        let mut record = vec![0u8; FEATURE_BYTES * (end - start) as usize + RECORD_BYTES];
        self.file.read(Section::Records as usize, at, &mut record)?;
        WordPicture::from_bytes(&record).map_err(|_| damaged(()))
    }

    /// Number of features of a picture.
    pub(super) fn length(&self, picture: usize) -> u32 {
        let starts: &[u32] = self.file.section(Section::Starts as usize);
        starts[picture + 1].saturating_sub(starts[picture])
    }

    pub(super) fn layout(&self) -> Layout {
        let [pictures, features] = self.file.counts();
        Layout::of(pictures, features)
    }

    /// Reads the rows of some words.
    pub(super) fn read_rows(&self, words: Range<u16>, rows: &mut Vec<u32>) -> Result<()> {
        let length = row_length(self.layout());
        rows.resize(length * words.len(), 0);
        let at = length * usize::from(words.start);
        self.file.read(Section::Directory as usize, at, rows)
    }

    /// A row without its checksum.
    pub(super) fn checked<'r>(&self, row: &'r [u32]) -> Result<&'r [u32]> {
        let (expected, row) = row.split_last().expect("a row is never empty");
        let found = check_of(row);
        let is_sound = row.is_sorted() && u64::from(row[row.len() - 1]) <= self.features();
        match found == *expected && is_sound {
            true => Ok(row),
            false => Err(self.damaged("directory", *expected, found)),
        }
    }

    /// Reads some postings.
    pub(super) fn read_postings(&self, range: Range<u32>, out: &mut Vec<u32>) -> Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        let (start, end) = (range.start as usize, range.end as usize);
        let blocks = start / IN_BLOCK..end.div_ceil(IN_BLOCK);
        let mut words = vec![0u32; BLOCK * blocks.len()];
        let at = BLOCK * blocks.start;
        self.file.read(Section::Postings as usize, at, &mut words)?;
        for (number, block) in blocks.zip(words.as_chunks::<BLOCK>().0) {
            let (postings, expected) = (&block[..IN_BLOCK], block[IN_BLOCK]);
            let found = check_of(postings);
            if found != expected {
                return Err(self.damaged("postings", expected, found));
            }
            let first = number * IN_BLOCK;
            let from = start.saturating_sub(first);
            out.extend_from_slice(&postings[from..(end - first).min(IN_BLOCK)]);
        }
        Ok(())
    }

    fn damaged(&self, section: &'static str, expected: u32, found: u32) -> Error {
        Error::Checksum {
            path: self.path().to_owned(),
            section,
            expected,
            found,
        }
    }
}

impl Segment for WordsSegment {
    fn open(path: &Path) -> Result<Self> {
        let file = SectionFile::open(path, &FORMAT)?;
        file.verify_section(Section::Ids as usize)?;
        file.verify_section(Section::Starts as usize)?;
        let segment = Self { file };
        check_order(segment.ids())?;
        Ok(segment)
    }

    fn verify(&self) -> Result<()> {
        self.file.verify()?;
        for picture in 0..self.len() {
            self.picture(picture)?;
        }
        self.file.release();
        Ok(())
    }

    fn ids(&self) -> &[u64] {
        self.file.section(Section::Ids as usize)
    }

    fn version(&self) -> u32 {
        self.file.version()
    }

    fn file_bytes(&self) -> u64 {
        self.file.bytes()
    }
}
