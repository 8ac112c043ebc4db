//! What people say of two pictures. It counts more than what pixels say, and it is said of contents, so
//! that it holds wherever the files go and whatever they are called.
//!
//! A library keeps it in a file of readable lines, `judgements`; see [`Judgements::parse`].

mod file;
mod text;

pub(crate) use file::JudgementsFile;
pub(crate) use text::VERSION;

use crate::{Library, Parts, Result};
use std::collections::BTreeMap;
use std::sync::Arc;

/// BLAKE3 of a file's bytes.
type Hash = [u8; 32];

/// What is said of two pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Saying {
    /// They are the same picture.
    Same,
    /// They are not the same picture.
    Different,
    /// Nothing any more.
    Forget,
}

impl Saying {
    /// Its name in the file and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Forget => "forget",
        }
    }
}

/// What is said of the pictures in two files. Of a file that holds several, it is said of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Judgement {
    contents: [Hash; 2],
    saying: Saying,
}

impl Judgement {
    /// Of the files whose bytes have these BLAKE3 hashes, in any order; `None` where they are equal, of
    /// which nothing can be said.
    pub fn new(a: Hash, b: Hash, saying: Saying) -> Option<Self> {
        let contents = [a.min(b), a.max(b)];
        (a != b).then_some(Self { contents, saying })
    }

    /// The hashes, ascending.
    pub fn contents(&self) -> [Hash; 2] {
        self.contents
    }

    /// What is said.
    pub fn saying(&self) -> Saying {
        self.saying
    }
}

/// All that is said, of each two contents the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgements {
    /// Of each content what is said of it and another; each twice.
    said: BTreeMap<Hash, BTreeMap<Hash, Saying>>,
}

impl Judgements {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// Of how many pairs something is said.
    pub fn len(&self) -> usize {
        self.said.values().map(BTreeMap::len).sum::<usize>() / 2
    }

    /// What is said of two contents.
    pub fn get(&self, a: &Hash, b: &Hash) -> Option<Saying> {
        self.said.get(a)?.get(b).copied()
    }

    /// Whether anything is said of a content.
    pub fn mention(&self, content: &Hash) -> bool {
        self.said.contains_key(content)
    }

    /// The contents of which something is said together with this one, ascending, and what.
    pub fn of(&self, content: &Hash) -> impl Iterator<Item = (&Hash, Saying)> {
        let others = self.said.get(content).into_iter().flatten();
        others.map(|(other, &saying)| (other, saying))
    }

    /// All of it, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Judgement> {
        self.said.iter().flat_map(|(&a, others)| {
            let later = others.range((std::ops::Bound::Excluded(a), std::ops::Bound::Unbounded));
            later.map(move |(&b, &saying)| Judgement {
                contents: [a, b],
                saying,
            })
        })
    }

    /// Takes what is said now in place of what was said of the same two.
    pub fn take(&mut self, judgement: Judgement) {
        let [a, b] = judgement.contents;
        for (one, other) in [(a, b), (b, a)] {
            let others = self.said.entry(one).or_default();
            match judgement.saying {
                Saying::Forget => others.remove(&other),
                saying => others.insert(other, saying),
            };
            if others.is_empty() {
                self.said.remove(&one);
            }
        }
    }
}

impl Extend<Judgement> for Judgements {
    fn extend<I: IntoIterator<Item = Judgement>>(&mut self, judgements: I) {
        judgements.into_iter().for_each(|one| self.take(one));
    }
}

impl Library {
    /// What was said of pictures. That of pictures which are gone is kept, should they come back.
    ///
    /// # Errors
    /// [`Error::Judgement`](crate::Error::Judgement), and those of the system.
    pub fn judgements(&self) -> Result<Arc<Judgements>> {
        self.any_moment(Parts::NONE)?.pictures().judgements()
    }

    /// Keeps what is said of pictures; searches and groups obey it from now on. It is safe on the disk
    /// afterwards. An update may run meanwhile.
    ///
    /// # Errors
    /// [`Error::NoJudgements`](crate::Error::NoJudgements) where the engine keeps none, where the library
    /// cannot be written, and those of the system.
    pub fn judge(&self, judgements: &[Judgement]) -> Result<()> {
        self.engine().judge(judgements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(a: u8, b: u8, saying: Saying) -> Judgement {
        Judgement::new([a; 32], [b; 32], saying).unwrap()
    }

    #[test]
    fn the_last_word_on_a_pair_counts_in_either_order() {
        let mut all = Judgements::default();
        all.extend([
            said(2, 1, Saying::Different),
            said(1, 3, Saying::Same),
            said(1, 2, Saying::Same),
        ]);
        assert_eq!((all.len(), all.is_empty()), (2, false));
        assert_eq!(all.get(&[2; 32], &[1; 32]), Some(Saying::Same));
        assert_eq!(all.get(&[2; 32], &[3; 32]), None);
        let of: Vec<u8> = all.of(&[1; 32]).map(|(other, _)| other[0]).collect();
        assert_eq!(of, [2, 3]);
        let pairs: Vec<[u8; 2]> = all.iter().map(|j| j.contents().map(|c| c[0])).collect();
        assert_eq!(pairs, [[1, 2], [1, 3]]);
        all.take(said(3, 1, Saying::Forget));
        all.take(said(2, 1, Saying::Forget));
        assert_eq!(all, Judgements::default());
        assert!(!all.mention(&[1; 32]));
    }

    #[test]
    fn nothing_is_said_of_a_picture_and_itself() {
        assert_eq!(Judgement::new([1; 32], [1; 32], Saying::Different), None);
    }
}
