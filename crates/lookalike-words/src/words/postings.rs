//! The lists of an index of visual words, wherever they are kept.

use super::fresh::Tables;
use super::layout::{Layout, Posting};
use super::segment::{self, WordsSegment};
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

    /// Reads where each bucket of each of some words begins, and where the last one ends; a row for each
    /// word.
    pub(super) fn rows(&self, words: Range<u16>, rows: &mut Vec<u32>) -> Result<()> {
        rows.clear();
        match self {
            Self::File(segment) => segment.read_rows(words, rows)?,
            Self::Memory(tables) => words.for_each(|word| rows.extend(tables.row(word))),
        }
        Ok(())
    }

    /// Checks a row that was [read](Self::rows), and leaves nothing but its numbers.
    pub(super) fn checked<'r>(&self, row: &'r [u32]) -> Result<&'r [u32]> {
        match self {
            Self::File(segment) => Ok(segment.checked(row)?),
            Self::Memory(_) => Ok(row),
        }
    }

    /// Words of 32 bits in a row.
    pub(super) fn row_length(&self) -> usize {
        match self {
            Self::File(_) => segment::row_length(self.layout()),
            Self::Memory(_) => self.layout().buckets() + 1,
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
        let (mut rows, mut packed) = (Vec::new(), Vec::new());
        self.rows(word..word + 1, &mut rows)?;
        let row = self.checked(&rows)?;
        let first = row[0];
        self.packed(first..row[row.len() - 1], &mut packed)?;
        for (bucket, ends) in row.windows(2).enumerate() {
            let some = &packed[(ends[0] - first) as usize..(ends[1] - first) as usize];
            out.extend(some.iter().map(|&p| self.layout().unpack(bucket, p)));
        }
        Ok(())
    }
}
