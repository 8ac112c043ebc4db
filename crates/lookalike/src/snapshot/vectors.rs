//! The tutorial's vectors of a snapshot.

use super::Snapshot;
use crate::engine::{Extent, Near, NearestOptions, Vectors};
use crate::{PictureId, Result};
use lookalike_index::{Metric, ScanOptions, Segment, VectorSegment, scan, scores};

impl Vectors for Snapshot<VectorSegment> {
    fn nearest(&self, queries: &[&[f32]], options: &NearestOptions) -> Result<Vec<Vec<Near>>> {
        let how = ScanOptions {
            k: options.most,
            min_score: options.min_score,
            threads: options.threads.count(),
            ..ScanOptions::default()
        };
        let nearest = |query: &&[f32]| -> Result<Vec<Near>> {
            let found = scan(query, &self.segments, Some(&self.fresh), &how)?;
            Ok(found.into_iter().map(Near::from).collect())
        };
        queries.iter().map(nearest).collect()
    }

    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Vec<f32>>>> {
        let vector = |picture: &PictureId| self.vector(picture.get()).map(<[f32]>::to_vec);
        Ok(pictures.iter().map(vector).collect())
    }

    fn sample(&self, count: usize) -> Result<Vec<(PictureId, Vec<f32>)>> {
        let sealed = self.segments().flat_map(|segment| segment.ids());
        let fresh = self.fresh.iter().map(|(id, _)| id);
        let ids: Vec<u64> = sealed.copied().chain(fresh).collect();
        let count = count.min(ids.len());
        let chosen = (0..count).map(|i| ids[i * ids.len() / count]);
        let with_vector = |id| Some((PictureId::new(id), self.vector(id)?.to_vec()));
        Ok(chosen.filter_map(with_vector).collect())
    }

    fn scores(&self, query: &[f32], count: usize) -> Result<Vec<f32>> {
        let sample = self.sample(count)?;
        let vectors = sample.iter().map(|(_, vector)| vector.as_slice());
        Ok(scores(Metric::Cosine, query, vectors))
    }

    fn extent(&self) -> Extent {
        Extent {
            records: self.sealed(|_| true) + self.fresh.len(),
            linked: 0,
        }
    }
}

impl Snapshot<VectorSegment> {
    /// The vector of a living picture.
    fn vector(&self, id: u64) -> Option<&[f32]> {
        let fresh = self.fresh.get(id);
        fresh.or_else(|| self.holder(id)?.get(id))
    }
}
