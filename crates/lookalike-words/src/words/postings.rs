//! The lists of an index of visual words, wherever they are kept.

use super::fresh::Tables;
use super::layout::{Layout, Posting};
use super::segment::WordsSegment;
use crate::Result;
use std::ops::Range;

/// Number of visual words.
pub const WORDS: usize = 1 << 14;

/// For each word its features, sorted by its own bits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Postings<'a> {
    /// Read piece by piece, and checked.
    File(&'a WordsSegment),
    Memory(&'a Tables),
}

impl Postings<'_> {
    pub(super) fn layout(&self) -> Layout {
        match self {
            Self::File(segment) => segment.layout(),
            Self::Memory(tables) => tables.layout,
        }
    }

    /// Reads where each bucket of a word begins, and where the last one ends.
    pub(super) fn row(&self, word: u16, row: &mut Vec<u32>) -> Result<()> {
        row.resize(self.layout().buckets() + 1, 0);
        match self {
            Self::File(segment) => Ok(segment.read_row(word, row)?),
            Self::Memory(tables) => {
                row.copy_from_slice(tables.row(word));
                Ok(())
            }
        }
    }

    /// Reads some postings, packed.
    pub(super) fn packed(&self, range: Range<u32>, out: &mut Vec<u32>) -> Result<()> {
        out.clear();
        match self {
            Self::File(segment) => Ok(segment.read_postings(range, out)?),
            Self::Memory(tables) => {
                out.extend(&tables.postings[range.start as usize..range.end as usize]);
                Ok(())
            }
        }
    }

    /// Appends the whole list of a word.
    pub(super) fn list(&self, word: u16, out: &mut Vec<Posting>) -> Result<()> {
        let (mut row, mut packed) = (Vec::new(), Vec::new());
        self.row(word, &mut row)?;
        let first = row[0];
        self.packed(first..row[row.len() - 1], &mut packed)?;
        for (bucket, ends) in row.windows(2).enumerate() {
            let some = &packed[(ends[0] - first) as usize..(ends[1] - first) as usize];
            out.extend(some.iter().map(|&p| self.layout().unpack(bucket, p)));
        }
        Ok(())
    }
}
