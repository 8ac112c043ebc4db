//! The lists of an index of visual words, wherever they are kept.

use std::ops::Range;

use super::picture::{Feature, WordPicture};

/// Number of visual words.
pub const WORDS: usize = 1 << 14;

/// For each word, which pictures have it; for each picture, which words it has. All slices are
/// borrowed from a file or from memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Postings<'a> {
    /// Ids of the pictures, ascending. A picture is counted by its place in this list.
    pub(crate) ids: &'a [u64],
    /// Width and height of each picture.
    pub(crate) sizes: &'a [[u16; 2]],
    /// Where each picture's words begin; one more at the end.
    pub(crate) starts: &'a [u32],
    /// The words of each picture's features, ascending within a picture.
    pub(crate) words: &'a [u16],
    /// Where each word's list begins; one more at the end.
    pub(crate) offsets: &'a [u32],
    /// For each word, the pictures of its features, ascending.
    pub(crate) pictures: &'a [u16],
    /// The signatures beside them.
    pub(crate) codes: &'a [u128],
    /// The places beside them.
    pub(crate) places: &'a [u32],
}

/// The features of one word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<'a> {
    pub(crate) pictures: &'a [u16],
    pub(crate) codes: &'a [u128],
    pub(crate) places: &'a [u32],
}

impl<'a> Postings<'a> {
    /// Number of features of a word.
    pub(crate) fn list_length(&self, word: usize) -> usize {
        self.offsets[word + 1].saturating_sub(self.offsets[word]) as usize
    }

    /// Number of features of a picture.
    pub(crate) fn picture_length(&self, picture: usize) -> usize {
        self.starts[picture + 1].saturating_sub(self.starts[picture]) as usize
    }

    /// Where the list of a word lies; `None` where there is none, or the offsets contradict each
    /// other.
    pub(crate) fn range(&self, word: usize) -> Option<Range<usize>> {
        let end = *self.offsets.get(word + 1)? as usize;
        let start = self.offsets[word] as usize;
        (start <= end && end <= self.codes.len()).then_some(start..end)
    }

    /// The list of a word; `None` as for [`range`](Self::range).
    pub(crate) fn list(&self, word: usize) -> Option<List<'a>> {
        let range = self.range(word)?;
        Some(List {
            pictures: self.pictures.get(range.clone())?,
            codes: self.codes.get(range.clone())?,
            places: self.places.get(range)?,
        })
    }

    /// Gathers the features of one picture; `None` where the lists contradict each other.
    pub(crate) fn picture(&self, picture: usize) -> Option<WordPicture> {
        let range = self.starts[picture] as usize..self.starts[picture + 1] as usize;
        let words = self.words.get(range)?;
        let number = u16::try_from(picture).ok()?;
        let mut features = Vec::with_capacity(words.len());
        for run in words.chunk_by(|a, b| a == b) {
            let list = self.list(usize::from(run[0]))?;
            let first = list.pictures.partition_point(|&p| p < number);
            for i in first..first + run.len() {
                if *list.pictures.get(i)? != number {
                    return None;
                }
                features.push(Feature {
                    word: run[0],
                    code: list.codes[i],
                    place: list.places[i],
                });
            }
        }
        Some(WordPicture::new(self.sizes[picture], features))
    }
}

impl List<'_> {
    /// A checksum of all that voting reads.
    pub(crate) fn checksum(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(bytemuck::cast_slice(self.pictures));
        hasher.update(bytemuck::cast_slice(self.codes));
        hasher.update(bytemuck::cast_slice(self.places));
        hasher.finalize()
    }
}
