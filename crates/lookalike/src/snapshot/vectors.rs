//! The tutorial's vectors of a snapshot.

use super::{Kept, Moment, Snapshot, Vectors};
use crate::{Part, Result};
use lookalike_index::{Neighbor, ScanOptions, VectorSegment, scan};

impl Kept for VectorSegment {
    const PART: Part = Part::Vector;
    type Derived = ();

    fn slot(moment: &mut Moment) -> &mut Option<Vectors> {
        &mut moment.vectors
    }
}

impl Snapshot<VectorSegment> {
    /// The `k` living pictures nearest to `query`.
    pub(crate) fn nearest(
        &self,
        query: &[f32],
        k: usize,
        min_score: f32,
        threads: usize,
    ) -> Result<Vec<Neighbor>> {
        let options = ScanOptions {
            k,
            min_score,
            threads: threads.max(1),
            ..ScanOptions::default()
        };
        Ok(scan(query, &self.segments, Some(&self.fresh), &options)?)
    }

    /// The vector of a living picture.
    pub(crate) fn vector(&self, picture: i64) -> Option<&[f32]> {
        let id = picture.cast_unsigned();
        let fresh = self.fresh.get(id);
        fresh.or_else(|| self.holder(id)?.get(id))
    }
}
