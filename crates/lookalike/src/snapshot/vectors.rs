//! The tutorial's vectors of a snapshot.

use super::{Kept, Moment, Snapshot, Vectors};
use crate::{Error, Result};
use lookalike_index::{FreshRows, Neighbor, SearchOptions, VectorSegment, search};

impl Kept for VectorSegment {
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
        let segments: Vec<&VectorSegment> = self.segments().collect();
        let keep = |id| self.is_alive(id);
        let fresh = FreshRows {
            ids: &self.fresh.ids,
            vectors: &self.fresh.elements,
        };
        let options = SearchOptions {
            k,
            min_score,
            keep: (!self.dead.is_empty()).then_some(&keep as &(dyn Fn(u64) -> bool + Sync)),
            threads: threads.max(1),
            ..SearchOptions::default()
        };
        search(query, &segments, fresh, options).map_err(Error::segment)
    }

    /// The vector of a living picture.
    pub(crate) fn vector(&self, picture: i64) -> Option<&[f32]> {
        let id = picture.cast_unsigned();
        let fresh = self.fresh.get(id);
        fresh.or_else(|| self.candidates(id).find_map(|s| s.get(id)))
    }
}
