//! The records of one part at one moment, for a reader.

use crate::catalogue::Catalogue;
use crate::segments::{SegmentFile, SegmentFolder, is_in};
use crate::{Error, Result};
use lookalike_index::{
    FreshRows, GraphSegment, Neighbor, QueryFeature, QueryOptions, RankOptions, SearchOptions,
    VectorSegment, WordPicture, WordSource, WordsSegment, rank_words, search,
};

/// How often a reader tries anew when a writer takes a segment away under its eyes.
const ATTEMPTS: usize = 20;

/// The records of one part at one moment. Segments that a writer removes meanwhile stay mapped.
#[derive(Debug)]
pub(crate) struct Snapshot<S: SegmentFile> {
    segments: Vec<S>,
    fresh: S::Fresh,
    dead: Vec<u64>,
}

impl<S: SegmentFile> Snapshot<S> {
    /// Calls `work` with the records, while the catalogue shows the same moment.
    pub(crate) fn with<T>(
        catalogue: &Catalogue,
        folder: &SegmentFolder,
        work: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        let mut work = Some(work);
        for _ in 0..ATTEMPTS {
            let done = catalogue.in_snapshot(|| match Self::take(catalogue, folder)? {
                Some(snapshot) => Ok(work.take().map(|work| work(&snapshot))),
                None => Ok(None),
            })?;
            if let Some(result) = done {
                return result;
            }
        }
        Err(missing(folder))
    }

    /// The same within the work on another part, at the same moment.
    pub(crate) fn with_same<T>(
        catalogue: &Catalogue,
        folder: &SegmentFolder,
        work: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        let snapshot = Self::take(catalogue, folder)?.ok_or_else(|| missing(folder))?;
        work(&snapshot)
    }

    fn take(catalogue: &Catalogue, folder: &SegmentFolder) -> Result<Option<Self>> {
        let Some(segments) = folder.open(&catalogue.segments_of(S::PART)?)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            segments,
            fresh: S::fresh(catalogue)?,
            dead: catalogue.dead(S::PART)?,
        }))
    }

    fn is_alive(&self, id: u64) -> bool {
        !is_in(&self.dead, id)
    }

    /// The segments that may hold a record of this picture. Ids grow with time, so most are found
    /// by looking at the two ends of a segment.
    fn candidates(&self, id: u64) -> impl Iterator<Item = &S> {
        let may_hold = move |s: &&S| {
            let ids = s.ids();
            ids.first().is_some_and(|&f| f <= id) && ids.last().is_some_and(|&l| id <= l)
        };
        self.segments.iter().filter(may_hold)
    }
}

fn missing(folder: &SegmentFolder) -> Error {
    Error::Damaged {
        path: folder.file(""),
        what: "a segment is missing".into(),
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
        let segments: Vec<&VectorSegment> = self.segments.iter().collect();
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
            width: k.max(QueryOptions::default().width),
            exact,
            keep: (!self.dead.is_empty()).then_some(&keep as &(dyn Fn(u64) -> bool + Sync)),
            threads: threads.max(1),
            ..QueryOptions::default()
        };
        let fresh = self.fresh.iter();
        let mut found: Vec<Neighbor> = fresh
            .map(|(id, embedding)| Neighbor {
                id,
                score: cosine(query, embedding.iter().map(|&v| f32::from(v))),
            })
            .collect();
        for segment in &self.segments {
            found.extend(segment.search(query, &options).map_err(Error::segment)?);
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        found.truncate(k);
        Ok(found)
    }

    /// Similarities of up to `count` pairs of pictures that chance has brought together, always
    /// the same ones, ascending.
    pub(crate) fn chance_scores(&self, count: usize) -> Vec<f32> {
        let of_segments = self.segments.iter().enumerate();
        let sealed = of_segments.flat_map(|(i, s)| s.ids().iter().map(move |&id| (id, Some(i))));
        let fresh = self.fresh.ids.iter().map(|&id| (id, None));
        let all: Vec<(u64, Option<usize>)> = sealed.chain(fresh).collect();
        let mut state = 1u64;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            ((state >> 33) % below.max(1) as u64) as usize
        };
        let mut scores = Vec::with_capacity(count);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (i, j) = (next(all.len()), next(all.len()));
            if i != j && self.read(all[i], &mut a) && self.read(all[j], &mut b) {
                scores.push(cosine(&a, b.iter().copied()));
            }
        }
        scores.sort_by(f32::total_cmp);
        scores
    }

    /// The embedding of a living picture.
    pub(crate) fn embedding(&self, id: u64) -> Option<Vec<f32>> {
        let mut embedding = Vec::new();
        let sealed = self.candidates(id).any(|s| s.read(id, &mut embedding));
        (sealed || self.read((id, None), &mut embedding)).then_some(embedding)
    }

    fn read(&self, (id, segment): (u64, Option<usize>), out: &mut Vec<f32>) -> bool {
        if let Some(segment) = segment {
            return self.segments[segment].read(id, out);
        }
        let embedding = self.fresh.iter().find(|(fresh, _)| *fresh == id);
        out.clear();
        out.extend(
            embedding
                .iter()
                .flat_map(|(_, e)| e.iter().map(|&v| f32::from(v))),
        );
        embedding.is_some()
    }
}

fn cosine(a: &[f32], b: impl Iterator<Item = f32>) -> f32 {
    let (mut dot, mut squares) = (0f32, 0f32);
    for (a, b) in a.iter().zip(b) {
        dot += a * b;
        squares += b * b;
    }
    let norm: f32 = a.iter().map(|v| v * v).sum();
    (dot / (norm * squares).sqrt()).clamp(-1.0, 1.0)
}

impl Snapshot<WordsSegment> {
    /// The `k` living pictures that share most with `query`.
    pub(crate) fn rank(
        &self,
        query: &[QueryFeature],
        k: usize,
        threads: usize,
    ) -> Result<Vec<Neighbor>> {
        let keep = |id| self.is_alive(id);
        let options = RankOptions {
            k,
            keep: (!self.dead.is_empty()).then_some(&keep as &(dyn Fn(u64) -> bool + Sync)),
            threads: threads.max(1),
            ..RankOptions::default()
        };
        rank_words(query, &self.sources(), &options).map_err(Error::segment)
    }

    /// The words of a living picture.
    pub(crate) fn words(&self, id: u64) -> Result<Option<WordPicture>> {
        if let Some(words) = self.fresh.get(id) {
            return Ok(Some(words));
        }
        for segment in self.candidates(id) {
            if let Some(words) = segment.get(id).map_err(Error::segment)? {
                return Ok(Some(words));
            }
        }
        Ok(None)
    }

    fn sources(&self) -> Vec<WordSource<'_>> {
        let segments = self.segments.iter().map(WordSource::Segment);
        segments.chain([WordSource::Fresh(&self.fresh)]).collect()
    }
}
