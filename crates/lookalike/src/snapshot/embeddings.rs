//! The embeddings of a snapshot.

use super::{Embeddings, Kept, Moment, Snapshot};
use crate::{Error, PictureId, Result};
use lookalike_index::{GraphSegment, Metric, Neighbor, QueryOptions, nearest_of, scores_of_pairs};
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

/// The share of `scores`, which ascend, that are below `score`.
pub(crate) fn share_below(scores: &[f32], score: f32) -> f32 {
    let below = scores.partition_point(|&chance| chance < score);
    below as f32 / scores.len().max(1) as f32
}

impl Kept for GraphSegment {
    /// The similarities that chance gives, ascending.
    type Derived = OnceLock<Vec<f32>>;

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
        let keep = |id| self.is_alive(id);
        let options = QueryOptions {
            k,
            width: k.max(WIDTH),
            exact,
            keep: (!self.dead.is_empty()).then_some(&keep as &(dyn Fn(u64) -> bool + Sync)),
            threads: threads.max(1),
            ..QueryOptions::default()
        };
        let fresh = self.fresh.iter();
        let fresh = fresh.map(|(id, embedding)| (id, embedding.into()));
        let mut found =
            nearest_of(Metric::Cosine, query, fresh, &options).map_err(Error::segment)?;
        for segment in self.segments() {
            found.extend(segment.search(query, &options).map_err(Error::segment)?);
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        found.truncate(k);
        Ok(found)
    }

    /// Whether a search finds nearly all records without a scan.
    pub(crate) fn has_graph_of_most(&self) -> bool {
        let of = |with_graph| {
            let segments = self.segments().filter(|s| s.has_graph() == with_graph);
            segments.map(|s| s.ids().len()).sum::<usize>()
        };
        let scanned = of(false) + self.fresh.ids.len();
        scanned <= of(true) / SCANNED_PART
    }

    /// The share of pairs of pictures that are less alike than `score`, in [0, 1], estimated from
    /// all pairs of some pictures, always the same ones.
    pub(crate) fn percentile(&self, score: f32) -> f32 {
        let scores = self.derived.get_or_init(|| self.chance_scores());
        share_below(scores, score)
    }

    fn chance_scores(&self) -> Vec<f32> {
        let pictures: Vec<_> = self.sample(CHANCE_PICTURES).map(|(_, e)| e).collect();
        let mut scores = scores_of_pairs(Metric::Cosine, &pictures);
        scores.sort_by(f32::total_cmp);
        scores
    }

    /// Similarities of `query` to some pictures, always the same ones, ascending.
    pub(crate) fn scores_with(&self, query: &[f32]) -> Result<Vec<f32>> {
        let sample: Vec<_> = self.sample(SCORED_PICTURES).collect();
        let rows = sample.iter().map(|(id, e)| (*id, e.as_slice().into()));
        let options = QueryOptions {
            k: sample.len().max(1),
            ..QueryOptions::default()
        };
        let found = nearest_of(Metric::Cosine, query, rows, &options).map_err(Error::segment)?;
        let mut scores: Vec<f32> = found.iter().map(|n| n.score).collect();
        scores.sort_by(f32::total_cmp);
        Ok(scores)
    }

    /// Whether a search may be other than exact.
    pub(crate) fn has_graph(&self) -> bool {
        self.segments().any(GraphSegment::has_graph)
    }

    /// Records, the deleted ones included.
    pub(crate) fn len(&self) -> usize {
        let sealed: usize = self.segments().map(|s| s.ids().len()).sum();
        sealed + self.fresh.ids.len()
    }

    /// Up to `count` living pictures with their embeddings, evenly chosen.
    pub(crate) fn sample(&self, count: usize) -> impl Iterator<Item = (u64, Vec<f32>)> {
        let total = self.len();
        let count = total.min(count);
        let ids = (0..count).map(move |i| self.id_at(i * total / count));
        let living = ids.filter(|&id| self.is_alive(id));
        living.filter_map(|id| Some((id, self.embedding(PictureId::new(id))?)))
    }

    /// The picture of a record, counted through all segments and on through the fresh records.
    fn id_at(&self, mut row: usize) -> u64 {
        for segment in self.segments() {
            match segment.ids().get(row) {
                Some(&id) => return id,
                None => row -= segment.ids().len(),
            }
        }
        self.fresh.ids[row]
    }

    /// The cosine of a picture's embedding with one of length 1.
    pub(crate) fn cosine(&self, picture: PictureId, query: &[f32]) -> Option<f32> {
        let embedding = crate::content::of_length_one(&self.embedding(picture)?);
        Some(embedding.iter().zip(query).map(|(a, b)| a * b).sum())
    }

    /// The embedding of a living picture.
    pub(crate) fn embedding(&self, picture: PictureId) -> Option<Vec<f32>> {
        let id = picture.get();
        let mut embedding = Vec::new();
        if self.candidates(id).any(|s| s.read(id, &mut embedding)) {
            return Some(embedding);
        }
        let fresh = self.fresh.get(id)?;
        Some(fresh.iter().map(|&v| f32::from(v)).collect())
    }
}
