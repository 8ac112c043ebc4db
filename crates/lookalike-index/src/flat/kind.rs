//! How segments of vectors without a graph come into being.

use super::{FreshRows, VectorSegment, VectorWriter};
use crate::{Error, Result};
use lookalike_store::{Error as StoreError, Kind, Living, Tiers, in_order, interleaved};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Segments of vectors that are searched exactly.
#[derive(Clone, Debug)]
pub struct VectorKind {
    /// Elements of a vector.
    pub dim: usize,
    /// What the vectors are, for whoever opens a file.
    pub label: String,
    /// Threads that encode, at least 1.
    pub threads: usize,
    /// When segments are merged.
    pub tiers: Tiers,
}

impl Kind for VectorKind {
    type Segment = VectorSegment;
    type Fresh = FreshRows;
    type Error = Error;

    fn tiers(&self) -> Tiers {
        self.tiers
    }

    fn count(&self, fresh: &FreshRows) -> usize {
        fresh.len()
    }

    fn write(
        &self,
        path: &Path,
        segments: &[Living<VectorSegment>],
        fresh: Option<&FreshRows>,
        stop: &AtomicBool,
    ) -> Result<VectorSegment> {
        let sealed = in_order(segments);
        let sealed = sealed.map(|(id, i, row)| (id, segments[i].segment().vector(row)));
        let fresh = fresh.into_iter().flat_map(FreshRows::iter);
        let mut writer = VectorWriter::create(path, self.dim, &self.label)?;
        for (id, vector) in interleaved(sealed, fresh) {
            if stop.load(Ordering::Relaxed) {
                return Err(StoreError::Stopped.into());
            }
            writer.push(id, vector)?;
        }
        writer.finish(self.threads)
    }
}
