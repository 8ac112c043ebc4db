//! The embeddings of a snapshot.

use super::Snapshot;
use crate::engine::{Extent, Near, NearestOptions, Vectors};
use crate::{Error, PictureId, Result};
use lookalike_index::{GraphSegment, Metric, Neighbor, QueryOptions, nearest_of};

/// Least width of a search by graph: narrower ones miss more, and take little less than a millisecond
/// anyway.
pub(crate) const WIDTH: usize = 256;

impl Vectors for Snapshot<GraphSegment> {
    fn nearest(&self, queries: &[&[f32]], options: &NearestOptions) -> Result<Vec<Vec<Near>>> {
        // Many queries keep the threads busier one by one.
        match queries.len() < options.threads.count() {
            true => {
                let nearest = |query: &&[f32]| self.near(query, options, options.threads.count());
                queries.iter().map(nearest).collect()
            }
            false => {
                let nearest = |query: &&[f32]| self.near(query, options, 1);
                options.threads.try_map(queries, nearest)
            }
        }
    }

    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Vec<f32>>>> {
        let embedding = |picture: &PictureId| self.embedding(picture.get());
        Ok(pictures.iter().map(embedding).collect())
    }

    fn sample(&self, count: usize) -> Result<Vec<(PictureId, Vec<f32>)>> {
        let total = Vectors::extent(self).records;
        let count = total.min(count);
        let ids = (0..count).map(|i| self.id_at(i * total / count));
        let living = ids.filter(|&id| self.is_alive(id));
        let with_embedding = |id| Some((PictureId::new(id), self.embedding(id)?));
        Ok(living.filter_map(with_embedding).collect())
    }

    fn scores(&self, query: &[f32], count: usize) -> Result<Vec<f32>> {
        scores(query, &self.sample(count)?)
    }

    fn extent(&self) -> Extent {
        Snapshot::extent(self, self.fresh.ids.len(), GraphSegment::has_graph)
    }
}

impl Snapshot<GraphSegment> {
    fn near(&self, query: &[f32], options: &NearestOptions, threads: usize) -> Result<Vec<Near>> {
        let keep = self.keep();
        let how = QueryOptions {
            k: options.most,
            width: options.most.max(WIDTH),
            exact: options.exact,
            keep: keep.as_ref().map(|keep| keep as _),
            threads,
            ..QueryOptions::default()
        };
        let fresh = self.fresh.iter();
        let fresh = fresh.map(|(id, embedding)| (id, embedding.into()));
        let mut found = nearest_of(Metric::Cosine, query, fresh, &how).map_err(Error::segment)?;
        for segment in self.segments() {
            found.extend(segment.search(query, &how).map_err(Error::segment)?);
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        found.truncate(options.most);
        let near = |neighbor: &Neighbor| neighbor.score >= options.min_score;
        Ok(found.into_iter().filter(near).map(Near::from).collect())
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

    /// The embedding of a living picture.
    fn embedding(&self, id: u64) -> Option<Vec<f32>> {
        let mut embedding = Vec::new();
        if self.holders(id).any(|s| s.read(id, &mut embedding)) {
            return Some(embedding);
        }
        let fresh = self.fresh.get(id)?;
        Some(fresh.iter().map(|&v| f32::from(v)).collect())
    }
}

/// The cosine similarities of a query to some vectors, ascending.
pub(crate) fn scores(query: &[f32], sample: &[(PictureId, Vec<f32>)]) -> Result<Vec<f32>> {
    let rows = sample.iter().map(|(id, v)| (id.get(), v.as_slice().into()));
    let options = QueryOptions {
        k: sample.len().max(1),
        ..QueryOptions::default()
    };
    let found = nearest_of(Metric::Cosine, query, rows, &options).map_err(Error::segment)?;
    let mut scores: Vec<f32> = found.iter().map(|n| n.score).collect();
    scores.sort_by(f32::total_cmp);
    Ok(scores)
}
