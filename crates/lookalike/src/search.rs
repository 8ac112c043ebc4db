//! Asking a library.

use crate::catalogue::Catalogue;
use crate::decode::Place;
use crate::same::Verdict;
use crate::snapshot::{Embeddings, Vectors};
use crate::{ContentQuery, Error, Result, path_from_bytes};
use lookalike_index::Neighbor;
use std::collections::HashSet;
use std::path::PathBuf;

/// How to search.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchOptions {
    /// At most so many hits.
    pub top: usize,
    /// Only hits with at least this score.
    pub min_score: Option<f32>,
    /// Compare with every embedding, however many there are.
    pub exact: bool,
    /// Threads that scan; 0 counts as 1.
    pub threads: usize,
}

impl Default for SearchOptions {
    /// The best 10, whatever their score, found by one thread.
    fn default() -> Self {
        Self {
            top: 10,
            min_score: None,
            exact: false,
            threads: 1,
        }
    }
}

/// In what way a picture is like the query.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum HitKind {
    /// It is the same picture or object, which geometry proves.
    Same(Box<Verdict>),
    /// It shares features with the query, and nothing is proven.
    Candidate(Box<Verdict>),
    /// It shows similar things: its embedding is near.
    Similar {
        /// The share of pairs of pictures in this library that are less alike, in [0, 1]; where
        /// the query is more than one picture, the share of pictures that are less like it.
        percentile: f32,
    },
    /// Its vector is near.
    Vector,
}

impl HitKind {
    /// Whether it is worth being called a hit: a candidate is not.
    pub fn is_found(&self) -> bool {
        !matches!(self, Self::Candidate(_))
    }

    /// Its name on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Same(_) => "same",
            Self::Candidate(_) => "candidate",
            Self::Similar { .. } => "similar",
            Self::Vector => "vector",
        }
    }
}

/// A file with a picture that is like the query. Of the frames of an animation the best is a hit.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The file, relative to the indexed folder (in an imported library its name).
    pub path: PathBuf,
    /// Where in the file the picture is, if it holds several.
    pub place: Option<Place>,
    /// The picture's id, which files of equal content share.
    pub picture: i64,
    /// In what way it is like the query.
    pub kind: HitKind,
    /// For [`HitKind::Similar`] and [`HitKind::Vector`] the cosine similarity, in [-1, 1]; else the probability that it is
    /// the same picture, in [0, 1].
    pub score: f32,
}

/// Of the frames of one animation, the first in the order of the hits is one.
pub(crate) fn keep_best_frames(hits: &mut Vec<Hit>) {
    let mut seen = HashSet::new();
    hits.retain(|hit| match hit.place {
        Some(Place::Frame(_)) => seen.insert(hit.path.clone()),
        _ => true,
    });
}

/// The best hits by vector.
pub(crate) fn by_vector(
    catalogue: &Catalogue,
    snapshot: &Vectors,
    vector: &[f32],
    options: &SearchOptions,
) -> Result<Vec<Hit>> {
    if vector.iter().all(|&v| v == 0.0) {
        return Ok(Vec::new());
    }
    let floor = options.min_score.unwrap_or(f32::NEG_INFINITY);
    let nearest = |wanted| snapshot.nearest(vector, wanted, floor, options.threads);
    best_files(catalogue, options.top, &HitKind::Vector, nearest)
}

/// The best hits by embedding.
pub(crate) fn by_embedding(
    catalogue: &Catalogue,
    snapshot: &Embeddings,
    query: &ContentQuery,
    options: &SearchOptions,
) -> Result<Vec<Hit>> {
    let expected = catalogue.models()?.current.id;
    if query.model != expected {
        return Err(Error::QueryModel {
            expected,
            received: query.model.clone(),
        });
    }
    let floor = options.min_score.unwrap_or(f32::NEG_INFINITY);
    let nearest = |wanted| {
        let mut near = snapshot.nearest(&query.vector, wanted, options.exact, options.threads)?;
        near.retain(|n| n.score >= floor);
        Ok(near)
    };
    let kind = HitKind::Similar { percentile: 0.0 };
    let mut hits = best_files(catalogue, options.top, &kind, nearest)?;
    let of_query = (!query.is_picture).then(|| snapshot.chance_of(&query.vector));
    let chance = of_query.as_ref().unwrap_or_else(|| snapshot.chance());
    for hit in &mut hits {
        let percentile = chance.share_below(hit.score);
        hit.kind = HitKind::Similar { percentile };
    }
    Ok(hits)
}

/// The best `top` files of the pictures that `nearest` gives, so many of them as it is asked for.
/// Equal scores are ordered by path, so it is asked for more until the last score that counts is
/// behind us.
fn best_files(
    catalogue: &Catalogue,
    top: usize,
    kind: &HitKind,
    nearest: impl Fn(usize) -> Result<Vec<Neighbor>>,
) -> Result<Vec<Hit>> {
    if top == 0 {
        return Ok(Vec::new());
    }
    let mut wanted = top.saturating_add(8);
    loop {
        let near = nearest(wanted)?;
        let last = near.last().map_or(f32::NEG_INFINITY, |n| n.score);
        let exhausted = near.len() < wanted;
        let mut hits: Vec<Hit> = Vec::new();
        for neighbor in near {
            let picture = neighbor.id.cast_signed();
            let place = catalogue.place_of(picture)?;
            hits.extend(catalogue.paths_of(picture)?.iter().map(|path| Hit {
                path: path_from_bytes(path),
                place,
                picture,
                kind: kind.clone(),
                score: neighbor.score,
            }));
        }
        hits.sort_by(|a, b| {
            let by_source = a.path.cmp(&b.path).then(a.place.cmp(&b.place));
            b.score.total_cmp(&a.score).then(by_source)
        });
        keep_best_frames(&mut hits);
        let enough = hits.get(top - 1).is_some_and(|hit| hit.score > last);
        if exhausted || enough {
            hits.truncate(top);
            return Ok(hits);
        }
        wanted = wanted.saturating_mul(4);
    }
}
