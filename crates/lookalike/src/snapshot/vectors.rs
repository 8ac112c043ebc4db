//! The tutorial's vectors of a snapshot.

use super::{Kept, Moment, Snapshot, Vectors};
use crate::{Error, PictureId, Result};
use lookalike_index::{FreshRows, Neighbor, SearchOptions, VectorSegment, search};

impl Kept for VectorSegment {
    type Derived = ();

    fn slot(moment: &mut Moment) -> &mut Option<Vectors> {
        &mut moment.vectors
    }
}

impl Snapshot<VectorSegment> {
    /// The `k` living pictures nearest to `query`: the true ones where `exact` or the segments are
    /// small, else nearly always.
    pub(crate) fn nearest(
        &self,
        query: &[f32],
        k: usize,
        min_score: f32,
        exact: bool,
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
            exact,
            keep: (!self.dead.is_empty()).then_some(&keep as &(dyn Fn(u64) -> bool + Sync)),
            threads: threads.max(1),
            ..SearchOptions::default()
        };
        search(query, &segments, fresh, options).map_err(Error::segment)
    }

    /// Whether a search may be other than exact.
    pub(crate) fn has_graph(&self) -> bool {
        self.segments().any(VectorSegment::has_graph)
    }

    /// Records, the deleted ones included.
    pub(crate) fn len(&self) -> usize {
        let sealed: usize = self.segments().map(|s| s.ids().len()).sum();
        sealed + self.fresh.ids.len()
    }

    /// Up to `count` living pictures of those in segments with their vectors, evenly chosen.
    pub(crate) fn sample(&self, count: usize) -> Vec<(u64, Vec<f32>)> {
        let all: usize = self.segments().map(VectorSegment::len).sum();
        let (mut sample, mut before) = (Vec::new(), 0);
        let rows: Vec<usize> = (0..count.min(all))
            .map(|i| i * all / count.min(all))
            .collect();
        for segment in self.segments() {
            let here = rows.iter().filter_map(|row| row.checked_sub(before));
            for row in here.filter(|&row| row < segment.len()) {
                let id = segment.ids()[row];
                if self.is_alive(id) {
                    sample.push((id, segment.vector(row).to_vec()));
                }
            }
            before += segment.len();
        }
        sample
    }

    /// The vector of a living picture.
    pub(crate) fn vector(&self, picture: PictureId) -> Option<&[f32]> {
        let id = picture.get();
        let fresh = self.fresh.get(id);
        fresh.or_else(|| self.candidates(id).find_map(|s| s.get(id)))
    }
}
