//! An immutable file of postings, mapped into memory.

use std::path::Path;

use super::picture::{Feature, MAX_FEATURES, MAX_PICTURES, WordPicture};
use super::postings::{List, Postings, WORDS};
use lookalike_store::{Error, FileFormat, Result, SectionFile, Segment, check_order};

/// The version of the format of word segments that this crate writes, and the highest it reads.
pub const WORDS_FORMAT_VERSION: u32 = 2;

/// What a segment consists of, in this order. The fields of [`Postings`], and two checks that let
/// a reader trust the few bytes it reads without reading all.
#[derive(Clone, Copy, Debug)]
pub(super) enum Section {
    /// u64
    Ids,
    /// 2 x u16
    Sizes,
    /// u32, one more than pictures
    Starts,
    /// u32, CRC-32 of each picture's size and features
    PictureChecks,
    /// u32, one more than words
    Offsets,
    /// u32, CRC-32 of each list's pictures, codes and places
    ListChecks,
    /// u16
    Words,
    /// u16
    Pictures,
    /// u128
    Codes,
    /// u32
    Places,
}

/// A file of visual words: number of pictures, and of features.
pub(super) static FORMAT: FileFormat = FileFormat {
    magic: *b"\x89LAWRD\r\n",
    oldest: WORDS_FORMAT_VERSION,
    version: WORDS_FORMAT_VERSION,
    what: "visual words",
    sections: &[
        "ids",
        "sizes",
        "starts",
        "picture checks",
        "offsets",
        "list checks",
        "words",
        "pictures",
        "codes",
        "places",
    ],
    counts: [
        ("pictures", 0, MAX_PICTURES as u64),
        ("features", 0, (MAX_PICTURES * MAX_FEATURES - 1) as u64),
    ],
    lengths: |[pictures, features], lengths| {
        let (lists, sums) = (WORDS as u64, WORDS as u64 + 1);
        lengths.copy_from_slice(&[
            8 * pictures,
            4 * pictures,
            4 * (pictures + 1),
            4 * pictures,
            4 * sums,
            4 * lists,
            2 * features,
            2 * features,
            16 * features,
            4 * features,
        ]);
        Some(())
    },
};

/// The sections that say where things are. They are small, and checked when the file is opened.
const TABLES: [Section; 6] = [
    Section::Ids,
    Section::Sizes,
    Section::Starts,
    Section::PictureChecks,
    Section::Offsets,
    Section::ListChecks,
];

/// Pictures as visual words, in a file that never changes.
///
/// Opening reads the tables, some 20 bytes a picture and 8 a word. Of the rest a query reads the
/// lists it needs, and checks each against its own checksum: it gives a right answer, or an error.
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
        let checks: &[u32] = self.file.section(Section::PictureChecks as usize);
        let gathered = self.gather(picture)?;
        let found = gathered.as_ref().map_or(0, WordPicture::checksum);
        match gathered {
            Some(gathered) if found == checks[picture] => Ok(gathered),
            _ => Err(self.damaged("features of a picture", checks[picture], found)),
        }
    }

    /// As [`Postings::picture`], but reads the file instead of the map.
    fn gather(&self, picture: usize) -> Result<Option<WordPicture>> {
        let postings = self.postings();
        let Ok(number) = u16::try_from(picture) else {
            return Ok(None);
        };
        let (start, length) = (postings.starts[picture], postings.picture_length(picture));
        if start as usize + length > postings.words.len() {
            return Ok(None);
        }
        let mut words = vec![0u16; length];
        self.file
            .read(Section::Words as usize, start as usize, &mut words)?;
        let mut features = Vec::with_capacity(length);
        let (mut pictures, mut codes, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for run in words.chunk_by(|a, b| a == b) {
            let Some(list) = postings.range(usize::from(run[0])) else {
                return Ok(None);
            };
            pictures.resize(list.len(), 0u16);
            self.file
                .read(Section::Pictures as usize, list.start, &mut pictures)?;
            let first = pictures.partition_point(|&p| p < number);
            let own = pictures.get(first..first + run.len());
            if own.is_none_or(|own| own.iter().any(|&p| p != number)) {
                return Ok(None);
            }
            codes.resize(run.len(), 0u128);
            places.resize(run.len(), 0u32);
            let first = list.start + first;
            self.file.read(Section::Codes as usize, first, &mut codes)?;
            self.file
                .read(Section::Places as usize, first, &mut places)?;
            let both = codes.iter().zip(&places);
            features.extend(both.map(|(&code, &place)| Feature {
                word: run[0],
                code,
                place,
            }));
        }
        Ok(Some(WordPicture::new(postings.sizes[picture], features)))
    }

    /// The list of a word, compared with its checksum.
    pub(super) fn list(&self, word: usize) -> Result<List<'_>> {
        let checks: &[u32] = self.file.section(Section::ListChecks as usize);
        let list = self.postings().list(word);
        let found = list.as_ref().map_or(0, List::checksum);
        match list {
            Some(list) if found == checks[word] => Ok(list),
            _ => Err(self.damaged("list of a word", checks[word], found)),
        }
    }

    fn damaged(&self, section: &'static str, expected: u32, found: u32) -> Error {
        Error::Checksum {
            path: self.path().to_owned(),
            section,
            expected,
            found,
        }
    }

    pub(super) fn postings(&self) -> Postings<'_> {
        Postings {
            ids: self.ids(),
            sizes: self.file.section(Section::Sizes as usize),
            starts: self.file.section(Section::Starts as usize),
            words: self.file.section(Section::Words as usize),
            offsets: self.file.section(Section::Offsets as usize),
            pictures: self.file.section(Section::Pictures as usize),
            codes: self.file.section(Section::Codes as usize),
            places: self.file.section(Section::Places as usize),
        }
    }

    /// Lets go of the memory that reading has mapped.
    pub(super) fn release(&self) {
        self.file.release();
    }
}

impl Segment for WordsSegment {
    fn open(path: &Path) -> Result<Self> {
        let file = SectionFile::open(path, &FORMAT)?;
        for section in TABLES {
            file.verify_section(section as usize)?;
        }
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
