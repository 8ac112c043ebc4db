//! The embeddings of a snapshot.

use super::{Embeddings, Kept, Moment, Snapshot};
use crate::chance::Chance;
use crate::segments::space;
use crate::{Part, Result};
use lookalike_index::{GraphSegment, Metric, Neighbor, QueryOptions, sample, scores, search};
use std::sync::OnceLock;

/// Pictures whose similarities to one another are what chance gives.
const CHANCE_PICTURES: usize = 128;

/// Least width of a search by graph: narrower ones miss more, and take little less than a millisecond
/// anyway.
pub(crate) const WIDTH: usize = 256;

/// A scan of this part of all records takes about as long as a search of the graph.
const SCANNED_PART: usize = 64;

/// Pictures with which a query that is no picture is compared, to tell what chance gives.
const SCORED_PICTURES: usize = 1024;

impl Kept for GraphSegment {
    const PART: Part = Part::Embedding;
    type Derived = OnceLock<Chance>;

    fn slot(moment: &mut Moment) -> &mut Option<Embeddings> {
        &mut moment.embeddings
    }
}

impl Snapshot<GraphSegment> {
    /// The `k` living pictures whose embeddings are nearest to `query`: the true ones where `exact`
    /// or the segments are small, else nearly always.
    pub(crate) fn nearest(
        &self,
        query: &[f32],
        k: usize,
        exact: bool,
        threads: usize,
    ) -> Result<Vec<Neighbor>> {
        let options = QueryOptions {
            k,
            width: k.max(WIDTH),
            exact,
            threads: threads.max(1),
            ..QueryOptions::default()
        };
        let space = space(query.len());
        let fresh = Some(&self.fresh);
        Ok(search(space, query, &self.segments, fresh, &options)?)
    }

    /// Whether a search finds nearly all records without a scan.
    pub(crate) fn has_graph_of_most(&self) -> bool {
        let of = |with_graph| {
            let segments = self.segments().filter(|s| s.has_graph() == with_graph);
            segments.map(GraphSegment::len).sum::<usize>()
        };
        let scanned = of(false) + self.fresh.len();
        scanned <= of(true) / SCANNED_PART
    }

    /// The similarities of some pictures, always the same ones, to one another.
    pub(crate) fn chance(&self) -> &Chance {
        self.derived.get_or_init(|| {
            let pictures: Vec<_> = self.sample(CHANCE_PICTURES).map(|(_, e)| e).collect();
            let pairs = pictures.iter().enumerate().flat_map(|(i, picture)| {
                let before = pictures[..i].iter().map(Vec::as_slice);
                scores(Metric::Cosine, picture, before)
            });
            Chance::new(pairs.collect())
        })
    }

    /// The similarities of `query` to some pictures, always the same ones.
    pub(crate) fn chance_of(&self, query: &[f32]) -> Chance {
        let pictures: Vec<_> = self.sample(SCORED_PICTURES).map(|(_, e)| e).collect();
        let pictures = pictures.iter().map(Vec::as_slice);
        Chance::new(scores(Metric::Cosine, query, pictures))
    }

    /// Whether a search may be other than exact.
    pub(crate) fn has_graph(&self) -> bool {
        self.segments().any(GraphSegment::has_graph)
    }

    /// Records, the deleted ones included.
    pub(crate) fn len(&self) -> usize {
        self.sealed() + self.fresh.len()
    }

    /// Up to `count` living pictures with their embeddings, evenly chosen.
    pub(crate) fn sample(&self, count: usize) -> impl Iterator<Item = (u64, Vec<f32>)> {
        sample(&self.segments, Some(&self.fresh), count)
    }

    /// The cosine of a picture's embedding with one of length 1.
    pub(crate) fn cosine(&self, id: u64, query: &[f32]) -> Option<f32> {
        let embedding = crate::content::of_length_one(&self.embedding(id)?);
        Some(embedding.iter().zip(query).map(|(a, b)| a * b).sum())
    }

    /// The embedding of a living picture.
    pub(crate) fn embedding(&self, id: u64) -> Option<Vec<f32>> {
        let mut embedding = Vec::new();
        let found = match self.holder(id) {
            Some(segment) => segment.read(id, &mut embedding),
            None => self.fresh.read(id, &mut embedding),
        };
        found.then_some(embedding)
    }
}
