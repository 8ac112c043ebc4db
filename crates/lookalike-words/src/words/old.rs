//! Segments of version 2, out of which those of today are made.
//!
//! Their lists were sorted by picture, and each list had one checksum; what belongs to a picture lay in
//! the lists of its words.

use std::io::Read;
use std::path::Path;

use super::picture::{Feature, MAX_FEATURES, WordPicture};
use super::postings::WORDS;
use lookalike_store::{Error, FileFormat, Result, SectionFile, check_order};

/// Pictures were counted in 16 bits.
const MAX_PICTURES: u64 = 1 << 16;

#[derive(Clone, Copy, Debug)]
enum Section {
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
    #[expect(dead_code, reason = "the sections are checked as a whole")]
    ListChecks,
    /// u16, the words of each picture's features, ascending within a picture
    Words,
    /// u16, for each word the pictures of its features, ascending
    Pictures,
    /// u128, beside them
    Codes,
    /// u32, beside them
    Places,
}

static FORMAT: FileFormat = FileFormat {
    magic: super::segment::FORMAT.magic,
    oldest: OldWords::VERSION,
    version: OldWords::VERSION,
    what: super::segment::FORMAT.what,
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
        ("pictures", 0, MAX_PICTURES),
        ("features", 0, MAX_PICTURES * MAX_FEATURES as u64 - 1),
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

/// A segment of version 2: nothing but the pictures can be read of it.
#[derive(Debug)]
pub struct OldWords {
    file: SectionFile,
}

impl OldWords {
    /// The version of the format.
    pub const VERSION: u32 = 2;

    /// Whether the file at a path says that it is one.
    pub fn is_at(path: &Path) -> bool {
        let mut head = [0; 12];
        let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
        let (magic, version) = head.split_at(FORMAT.magic.len());
        read.is_ok() && magic == FORMAT.magic && version == Self::VERSION.to_le_bytes()
    }

    /// Opens a file, and reads and checks every byte.
    ///
    /// # Errors
    /// Those of [`SectionFile::open`]; [`Error::Checksum`] or [`Error::IdOrder`] where it is damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let file = SectionFile::open(path, &FORMAT)?;
        file.verify()?;
        let segment = Self { file };
        check_order(segment.ids())?;
        Ok(segment)
    }

    /// The ids, ascending.
    pub fn ids(&self) -> &[u64] {
        self.file.section(Section::Ids as usize)
    }

    /// The picture in a place, which must be below the number of [ids](Self::ids).
    ///
    /// # Errors
    /// [`Error::Checksum`] where its features are damaged.
    pub fn picture(&self, place: usize) -> Result<WordPicture> {
        let checks: &[u32] = self.file.section(Section::PictureChecks as usize);
        let gathered = self.gather(place);
        let found = gathered.as_ref().map_or(0, WordPicture::checksum);
        match gathered {
            Some(gathered) if found == checks[place] => Ok(gathered),
            _ => Err(Error::Checksum {
                path: self.file.path().to_owned(),
                section: "features of a picture",
                expected: checks[place],
                found,
            }),
        }
    }

    /// Lets go of the memory that reading has mapped.
    pub fn release(&self) {
        self.file.release();
    }

    /// `None` where the lists contradict each other.
    fn gather(&self, picture: usize) -> Option<WordPicture> {
        let number = u16::try_from(picture).ok()?;
        let sizes: &[[u16; 2]] = self.file.section(Section::Sizes as usize);
        let starts: &[u32] = self.file.section(Section::Starts as usize);
        let words: &[u16] = self.file.section(Section::Words as usize);
        let offsets: &[u32] = self.file.section(Section::Offsets as usize);
        let pictures: &[u16] = self.file.section(Section::Pictures as usize);
        let codes: &[u128] = self.file.section(Section::Codes as usize);
        let places: &[u32] = self.file.section(Section::Places as usize);
        let words = words.get(starts[picture] as usize..starts[picture + 1] as usize)?;
        let mut features = Vec::with_capacity(words.len());
        for run in words.chunk_by(|a, b| a == b) {
            let word = usize::from(run[0]);
            let list = offsets[word] as usize..*offsets.get(word + 1)? as usize;
            let first = pictures.get(list.clone())?.partition_point(|&p| p < number);
            let first = list.start + first;
            for i in first..first + run.len() {
                if i >= list.end || pictures[i] != number {
                    return None;
                }
                features.push(Feature {
                    word: run[0],
                    code: codes[i],
                    place: places[i],
                });
            }
        }
        Some(WordPicture::new(sizes[picture], features))
    }
}
