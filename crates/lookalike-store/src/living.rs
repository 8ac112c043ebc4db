//! A segment, and which of its records are deleted.

use crate::{Error, Result, Segment};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// What a ledger says of a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number; no two segments of a ledger ever have the same.
    pub number: u64,
    /// Its records, the deleted ones included.
    pub records: u64,
    /// Its deleted records.
    pub dead: Dead,
}

/// Deleted records.
#[derive(Clone, Debug, PartialEq)]
pub enum Dead {
    /// By their places in the segment, ascending.
    Rows(Vec<u32>),
    /// By their ids, ascending, among ids that may be of other segments.
    Ids(Arc<[u64]>),
}

/// An open segment, and which of its records are deleted.
#[derive(Debug)]
pub struct Living<S> {
    number: u64,
    segment: Arc<S>,
    /// A bit for every record; empty where none is deleted.
    dead: Vec<u64>,
    dead_count: usize,
}

impl<S> Clone for Living<S> {
    fn clone(&self) -> Self {
        Self {
            number: self.number,
            segment: self.segment.clone(),
            dead: self.dead.clone(),
            dead_count: self.dead_count,
        }
    }
}

impl<S: Segment> Living<S> {
    /// A segment of which nothing is deleted.
    pub fn new(number: u64, segment: impl Into<Arc<S>>) -> Self {
        Self {
            number,
            segment: segment.into(),
            dead: Vec::new(),
            dead_count: 0,
        }
    }

    /// Opens the segment of an entry, whose file is `path`, unless it is one of `known`; `None`
    /// where the file is gone.
    pub(crate) fn open(path: &Path, entry: &Entry, known: &[Self]) -> Result<Option<Self>> {
        let open = known.iter().find(|living| living.number == entry.number);
        let segment = match open {
            Some(living) => living.segment.clone(),
            None => match S::open(path) {
                Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                    return Ok(None);
                }
                result => Arc::new(result?),
            },
        };
        let records = segment.ids().len() as u64;
        if records != entry.records {
            return Err(Error::Header {
                path: path.to_owned(),
                field: "count",
                expected: entry.records,
                found: records,
            });
        }
        Ok(Some(Self::new(entry.number, segment).without(&entry.dead)))
    }

    /// The segment with these records deleted, too.
    #[must_use]
    pub fn without(mut self, dead: &Dead) -> Self {
        match dead {
            Dead::Rows(rows) => rows.iter().for_each(|&row| self.kill(row as usize)),
            Dead::Ids(ids) => {
                let segment = self.segment.clone();
                let own = segment.ids();
                let (Some(first), Some(last)) = (own.first(), own.last()) else {
                    return self;
                };
                let from = ids.partition_point(|id| id < first);
                let to = ids.partition_point(|id| id <= last);
                let rows = ids[from..to]
                    .iter()
                    .filter_map(|id| own.binary_search(id).ok());
                rows.for_each(|row| self.kill(row));
            }
        }
        self
    }

    /// Its number in the ledger.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The segment.
    pub fn segment(&self) -> &S {
        &self.segment
    }

    /// A bit for every record, set where it is deleted; empty where none is.
    pub fn dead(&self) -> &[u64] {
        &self.dead
    }

    /// Number of deleted records.
    pub fn dead_count(&self) -> usize {
        self.dead_count
    }

    /// Number of records that are not deleted.
    pub fn alive(&self) -> usize {
        self.segment.ids().len() - self.dead_count
    }

    /// Whether the record in a place is deleted.
    #[inline]
    pub fn is_dead(&self, row: usize) -> bool {
        let word = self.dead.get(row / 64);
        word.is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The place of the record of this id, if it is not deleted. Ids mostly grow with time, so most
    /// segments are passed over by a look at their two ends.
    pub fn find(&self, id: u64) -> Option<usize> {
        let ids = self.segment.ids();
        if ids.first().is_none_or(|&first| id < first) || ids.last().is_none_or(|&last| id > last) {
            return None;
        }
        let row = ids.binary_search(&id).ok()?;
        (!self.is_dead(row)).then_some(row)
    }

    /// Deletes a record.
    pub(crate) fn kill(&mut self, row: usize) {
        if !self.is_dead(row) {
            self.dead.resize(self.segment.ids().len().div_ceil(64), 0);
            self.dead[row / 64] |= 1 << (row % 64);
            self.dead_count += 1;
        }
    }

    /// The places of the deleted records, ascending.
    pub fn dead_rows(&self) -> impl Iterator<Item = usize> {
        let rows = 0..self.segment.ids().len();
        rows.filter(|&row| self.dead_count > 0 && self.is_dead(row))
    }

    /// The ids and places of the records that are not deleted, ascending.
    pub fn living_rows(&self) -> impl Iterator<Item = (u64, usize)> {
        let rows = self.segment.ids().iter().copied().zip(0..);
        rows.filter(|&(_, row)| !self.is_dead(row))
    }
}

/// The living records of some segments by ascending ids: each with its segment, counted from 0, and
/// its place there.
pub fn in_order<S: Segment>(segments: &[Living<S>]) -> impl Iterator<Item = (u64, usize, usize)> {
    let mut rest: Vec<_> = segments
        .iter()
        .map(|living| living.living_rows().peekable())
        .collect();
    std::iter::from_fn(move || {
        let heads = rest.iter_mut().enumerate();
        let heads = heads.filter_map(|(i, rows)| rows.peek().map(|&(id, row)| (id, i, row)));
        let least = heads.min()?;
        rest[least.1].next();
        Some(least)
    })
}

/// Two sequences of ascending ids as one.
pub fn interleaved<T>(
    a: impl Iterator<Item = (u64, T)>,
    b: impl Iterator<Item = (u64, T)>,
) -> impl Iterator<Item = (u64, T)> {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    std::iter::from_fn(move || match (a.peek(), b.peek()) {
        (Some((left, _)), Some((right, _))) if right < left => b.next(),
        (Some(_), _) => a.next(),
        (None, _) => b.next(),
    })
}
