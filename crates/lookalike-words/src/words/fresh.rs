//! Pictures that are in no segment yet.

use super::layout::{Layout, MAX_PICTURES, Posting};
use super::picture::{Feature, WordPicture};
use super::postings::WORDS;
use crate::vocabulary::{OWN_BITS, Vocabulary};
use crate::{Error, Result};
use lookalike_store::check_order;

/// Some pictures in memory, with the lists of their words.
#[derive(Clone, Debug)]
pub struct FreshWords {
    ids: Vec<u64>,
    pictures: Vec<WordPicture>,
    tables: Tables,
}

/// The lists of words in memory.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    pub(super) layout: Layout,
    /// Where each bucket begins; one more at the end.
    directory: Vec<u32>,
    /// Packed.
    pub(super) postings: Vec<u32>,
}

impl FreshWords {
    /// Pictures with ascending ids, at most [`MAX_PICTURES`]; their words are those of a vocabulary.
    ///
    /// # Errors
    /// [`lookalike_store::Error::IdOrder`]; [`Error::Features`] for a word beyond [`WORDS`] or the
    /// vocabulary, or too many pictures.
    pub fn new(vocabulary: &Vocabulary, pictures: Vec<(u64, WordPicture)>) -> Result<Self> {
        let refuse = |reason| Err(Error::Features { reason });
        if pictures.len() > MAX_PICTURES {
            return refuse("too many pictures");
        }
        let words = vocabulary.len().min(WORDS);
        let mut all = pictures.iter().flat_map(|(_, picture)| picture.features());
        if all.any(|f| usize::from(f.word) >= words) {
            return refuse("a word that does not exist");
        }
        let (ids, pictures): (Vec<u64>, Vec<WordPicture>) = pictures.into_iter().unzip();
        check_order(&ids)?;
        let tables = Tables::of(vocabulary, &pictures);
        Ok(Self {
            ids,
            pictures,
            tables,
        })
    }

    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The ids, ascending.
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// The picture stored under an id.
    pub fn get(&self, id: u64) -> Option<&WordPicture> {
        let picture = self.ids.binary_search(&id).ok()?;
        Some(&self.pictures[picture])
    }

    pub(super) fn picture(&self, picture: usize) -> &WordPicture {
        &self.pictures[picture]
    }

    pub(super) fn tables(&self) -> &Tables {
        &self.tables
    }
}

impl Tables {
    fn of(vocabulary: &Vocabulary, pictures: &[WordPicture]) -> Self {
        let features = pictures.iter().zip(0u32..).flat_map(|(picture, number)| {
            let features = picture.features().iter();
            features.map(move |feature| (vocabulary, number, feature))
        });
        let posting = |(vocabulary, picture, feature): (&Vocabulary, u32, &Feature)| {
            let bits = vocabulary.token(feature.word, feature.code) & ((1 << OWN_BITS) - 1);
            let turn = feature.turn();
            (
                feature.word,
                Posting {
                    bits,
                    picture,
                    turn,
                },
            )
        };
        let mut postings: Vec<(u16, Posting)> = features.map(posting).collect();
        postings.sort_unstable();
        let layout = Layout::of(pictures.len() as u64, postings.len() as u64);
        let mut directory = vec![0u32; layout.buckets() * WORDS + 1];
        for (word, posting) in &postings {
            directory[layout.buckets() * usize::from(*word) + layout.bucket(posting.bits) + 1] += 1;
        }
        for bucket in 1..directory.len() {
            directory[bucket] += directory[bucket - 1];
        }
        Self {
            layout,
            directory,
            postings: postings.iter().map(|(_, p)| layout.pack(p)).collect(),
        }
    }

    /// Where the buckets of a word begin, and where the last one ends.
    pub(super) fn row(&self, word: u16) -> &[u32] {
        let first = self.layout.buckets() * usize::from(word);
        &self.directory[first..=first + self.layout.buckets()]
    }
}
