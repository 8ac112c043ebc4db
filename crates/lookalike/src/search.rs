//! Asking a library.

use crate::catalogue::Catalogue;
use crate::same::Verdict;
use crate::snapshot::{Embeddings, Vectors, share_below};
use crate::{ContentQuery, Error, PictureId, Result, path_from_bytes};
use lookalike_index::Neighbor;
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

/// A file whose picture is like the query.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The file, relative to the indexed folder (in an imported library its name).
    pub path: PathBuf,
    /// The picture's id, which files of equal content share.
    pub picture: PictureId,
    /// In what way it is like the query.
    pub kind: HitKind,
    /// For [`HitKind::Similar`] and [`HitKind::Vector`] the cosine similarity, in [-1, 1]; else the probability that it is
    /// the same picture, in [0, 1].
    pub score: f32,
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
    let nearest = |wanted| snapshot.nearest(vector, wanted, floor, options.exact, options.threads);
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
    let below = match query.is_picture {
        true => None,
        false => Some(snapshot.scores_with(&query.vector)?),
    };
    for hit in &mut hits {
        let percentile = match &below {
            None => snapshot.percentile(hit.score),
            Some(scores) => share_below(scores, hit.score),
        };
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
        let mut hits: Vec<(Vec<u8>, PictureId, f32)> = Vec::new();
        for neighbor in near {
            let picture = PictureId::new(neighbor.id);
            for path in catalogue.paths_of(picture)? {
                hits.push((path, picture, neighbor.score));
            }
        }
        hits.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
        let enough = hits.get(top - 1).is_some_and(|hit| hit.2 > last);
        if exhausted || enough {
            hits.truncate(top);
            let hit = |(path, picture, score): (Vec<u8>, PictureId, f32)| Hit {
                path: path_from_bytes(&path),
                picture,
                kind: kind.clone(),
                score,
            };
            return Ok(hits.into_iter().map(hit).collect());
        }
        wanted = wanted.saturating_mul(4);
    }
}
