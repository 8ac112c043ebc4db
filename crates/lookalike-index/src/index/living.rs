//! A segment of an index, and which of its vectors are deleted.

use lookalike_store::Segment;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest::Entry;
use crate::{GraphSegment, Result, Space};

/// A segment of an index.
#[derive(Clone, Debug)]
pub(crate) struct Living {
    pub(crate) number: u64,
    pub(crate) segment: Arc<GraphSegment>,
    dead: Vec<u64>,
    dead_count: usize,
}

/// The file of a segment.
pub(crate) fn segment_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("segment-{number:08}"))
}

impl Living {
    pub(crate) fn new(number: u64, segment: GraphSegment) -> Self {
        Self {
            number,
            segment: Arc::new(segment),
            dead: Vec::new(),
            dead_count: 0,
        }
    }

    /// Opens what an entry of the manifest names, unless it is one of `known`.
    pub(crate) fn open(folder: &Path, space: Space, entry: &Entry, known: &[Self]) -> Result<Self> {
        let open = known.iter().find(|living| living.number == entry.number);
        let segment = match open {
            Some(living) => living.segment.clone(),
            None => Arc::new(GraphSegment::open(&segment_path(folder, entry.number))?),
        };
        entry.check(&segment, space)?;
        let mut living = Self {
            number: entry.number,
            segment,
            dead: Vec::new(),
            dead_count: 0,
        };
        for &row in &entry.dead {
            living.kill(row as usize);
        }
        Ok(living)
    }

    pub(crate) fn entry(&self) -> Entry {
        let rows = 0..self.segment.len() as u32;
        let dead = rows.filter(|&row| self.dead_count > 0 && self.is_dead(row as usize));
        Entry {
            number: self.number,
            rows: self.segment.len() as u64,
            dead: dead.collect(),
        }
    }

    /// A bit for every vector, set where it is deleted; empty where none is.
    pub(crate) fn dead(&self) -> &[u64] {
        &self.dead
    }

    pub(crate) fn dead_count(&self) -> usize {
        self.dead_count
    }

    /// Vectors that are not deleted.
    pub(crate) fn alive(&self) -> usize {
        self.segment.len() - self.dead_count
    }

    pub(crate) fn is_dead(&self, row: usize) -> bool {
        let word = self.dead.get(row / 64);
        word.is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The vector of this id, if it is not deleted.
    pub(crate) fn find(&self, id: u64) -> Option<usize> {
        let row = self.segment.row_of(id)?;
        (!self.is_dead(row)).then_some(row)
    }

    /// Deletes a vector that is alive.
    pub(crate) fn kill(&mut self, row: usize) {
        self.dead.resize(self.segment.len().div_ceil(64), 0);
        self.dead[row / 64] |= 1 << (row % 64);
        self.dead_count += 1;
    }
}
