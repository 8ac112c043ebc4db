//! Pictures that are in no segment yet.

use super::picture::{MAX_PICTURES, WordPicture};
use super::postings::{Postings, WORDS};
use crate::{Error, Result};
use lookalike_store::check_order;

/// The postings of some pictures in memory.
#[derive(Clone, Debug)]
pub struct FreshWords {
    ids: Vec<u64>,
    sizes: Vec<[u16; 2]>,
    starts: Vec<u32>,
    words: Vec<u16>,
    offsets: Vec<u32>,
    pictures: Vec<u16>,
    codes: Vec<u128>,
    places: Vec<u32>,
}

impl FreshWords {
    /// Postings of pictures with ascending ids, at most [`MAX_PICTURES`].
    ///
    /// # Errors
    /// [`lookalike_store::Error::IdOrder`]; [`Error::Features`] for a word beyond [`WORDS`], or too many pictures.
    pub fn new(pictures: &[(u64, WordPicture)]) -> Result<Self> {
        let refuse = |reason| Err(Error::Features { reason });
        if pictures.len() > MAX_PICTURES {
            return refuse("too many pictures");
        }
        let all = || pictures.iter().flat_map(|(_, picture)| picture.features());
        if all().any(|f| usize::from(f.word) >= WORDS) {
            return refuse("a word that does not exist");
        }
        let ids: Vec<u64> = pictures.iter().map(|(id, _)| *id).collect();
        check_order(&ids)?;
        let mut offsets = vec![0u32; WORDS + 1];
        for feature in all() {
            offsets[usize::from(feature.word) + 1] += 1;
        }
        for word in 0..WORDS {
            offsets[word + 1] += offsets[word];
        }
        let total = offsets[WORDS] as usize;
        let mut next = offsets.clone();
        let mut fresh = Self {
            ids,
            sizes: pictures.iter().map(|(_, picture)| picture.size).collect(),
            starts: vec![0],
            words: all().map(|f| f.word).collect(),
            offsets,
            pictures: vec![0; total],
            codes: vec![0; total],
            places: vec![0; total],
        };
        for (number, (_, picture)) in pictures.iter().enumerate() {
            for feature in picture.features() {
                let at = &mut next[usize::from(feature.word)];
                fresh.pictures[*at as usize] = number as u16;
                fresh.codes[*at as usize] = feature.code;
                fresh.places[*at as usize] = feature.place;
                *at += 1;
            }
            let start = fresh.starts[number] + picture.features().len() as u32;
            fresh.starts.push(start);
        }
        Ok(fresh)
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
    pub fn get(&self, id: u64) -> Option<WordPicture> {
        let picture = self.ids.binary_search(&id).ok()?;
        self.postings().picture(picture)
    }

    pub(crate) fn postings(&self) -> Postings<'_> {
        Postings {
            ids: &self.ids,
            sizes: &self.sizes,
            starts: &self.starts,
            words: &self.words,
            offsets: &self.offsets,
            pictures: &self.pictures,
            codes: &self.codes,
            places: &self.places,
        }
    }
}
