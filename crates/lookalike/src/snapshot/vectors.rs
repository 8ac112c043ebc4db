//! The tutorial's vectors of a snapshot.

use super::Snapshot;
use crate::engine::{Extent, Near, NearestOptions, Vectors};
use crate::{Error, PictureId, Result};
use lookalike_index::{FreshRows, Neighbor, SearchOptions, VectorSegment, search};

impl Vectors for Snapshot<VectorSegment> {
    fn nearest(&self, queries: &[&[f32]], options: &NearestOptions) -> Result<Vec<Vec<Near>>> {
        let segments: Vec<&VectorSegment> = self.segments().collect();
        let fresh = FreshRows {
            ids: &self.fresh.ids,
            vectors: &self.fresh.elements,
        };
        let keep = self.keep();
        let how = SearchOptions {
            k: options.most,
            min_score: options.min_score,
            exact: options.exact,
            keep: keep.as_ref().map(|keep| keep as _),
            threads: options.threads.count(),
            ..SearchOptions::default()
        };
        let nearest = |query: &&[f32]| -> Result<Vec<Near>> {
            let found = search(query, &segments, fresh, how).map_err(Error::segment)?;
            Ok(found.into_iter().map(Near::from).collect())
        };
        queries.iter().map(nearest).collect()
    }

    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Vec<f32>>>> {
        let vector = |picture: &PictureId| self.vector(picture.get()).map(<[f32]>::to_vec);
        Ok(pictures.iter().map(vector).collect())
    }

    fn sample(&self, count: usize) -> Result<Vec<(PictureId, Vec<f32>)>> {
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
                    sample.push((PictureId::new(id), segment.vector(row).to_vec()));
                }
            }
            before += segment.len();
        }
        Ok(sample)
    }

    fn scores(&self, query: &[f32], count: usize) -> Result<Vec<f32>> {
        super::scores(query, &self.sample(count)?)
    }

    fn extent(&self) -> Extent {
        Snapshot::extent(self, self.fresh.ids.len(), VectorSegment::has_graph)
    }
}

impl Snapshot<VectorSegment> {
    /// The vector of a living picture.
    fn vector(&self, id: u64) -> Option<&[f32]> {
        let fresh = self.fresh.get(id);
        fresh.or_else(|| self.holders(id).find_map(|s| s.get(id)))
    }
}

impl From<Neighbor> for Near {
    fn from(neighbor: Neighbor) -> Self {
        Self {
            picture: PictureId::new(neighbor.id),
            score: neighbor.score,
        }
    }
}
