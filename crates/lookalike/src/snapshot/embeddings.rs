//! The embeddings of a snapshot.

use super::Snapshot;
use crate::engine::{Extent, Near, NearestOptions, Vectors};
use crate::segments::space;
use crate::{PictureId, Result};
use lookalike_index::{
    FreshVectors, GraphSegment, Living, Metric, Neighbor, QueryOptions, sample, scores, search,
};

/// Least width of a search by graph: narrower ones miss more, and take little less than a millisecond
/// anyway.
pub(crate) const WIDTH: usize = 256;

impl Vectors for Snapshot<GraphSegment> {
    fn nearest(&self, queries: &[&[f32]], options: &NearestOptions) -> Result<Vec<Vec<Near>>> {
        near(&self.segments, &self.fresh, queries, options)
    }

    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Vec<f32>>>> {
        let embedding = |picture: &PictureId| self.embedding(picture.get());
        Ok(pictures.iter().map(embedding).collect())
    }

    fn sample(&self, count: usize) -> Result<Vec<(PictureId, Vec<f32>)>> {
        let sample = sample(&self.segments, Some(&self.fresh), count);
        Ok(sample.map(|(id, e)| (PictureId::new(id), e)).collect())
    }

    fn scores(&self, query: &[f32], count: usize) -> Result<Vec<f32>> {
        let sample = self.sample(count)?;
        let embeddings = sample.iter().map(|(_, e)| e.as_slice());
        Ok(scores(Metric::Cosine, query, embeddings))
    }

    fn extent(&self) -> Extent {
        Extent {
            records: self.sealed(|_| true) + self.fresh.len(),
            linked: self.sealed(GraphSegment::has_graph),
        }
    }
}

impl Snapshot<GraphSegment> {
    /// The embedding of a living picture.
    fn embedding(&self, id: u64) -> Option<Vec<f32>> {
        let mut embedding = Vec::new();
        let found = match self.holder(id) {
            Some(segment) => segment.read(id, &mut embedding),
            None => self.fresh.read(id, &mut embedding),
        };
        found.then_some(embedding)
    }
}

/// The nearest embeddings of segments and of those in memory.
pub(crate) fn near(
    segments: &[Living<GraphSegment>],
    fresh: &FreshVectors,
    queries: &[&[f32]],
    options: &NearestOptions,
) -> Result<Vec<Vec<Near>>> {
    let near = |query: &&[f32], threads| -> Result<Vec<Near>> {
        let how = QueryOptions {
            k: options.most,
            width: options.most.max(WIDTH),
            exact: options.exact,
            threads,
            ..QueryOptions::default()
        };
        let found = search(space(query.len()), *query, segments, Some(fresh), &how)?;
        let near = found.into_iter().map(Near::from);
        Ok(near.filter(|n| n.score >= options.min_score).collect())
    };
    // Many queries keep the threads busier one by one.
    let threads = &options.threads;
    match queries.len() < threads.count() {
        true => queries.iter().map(|q| near(q, threads.count())).collect(),
        false => threads.try_map(queries, |query| near(query, 1)),
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
