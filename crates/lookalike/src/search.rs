//! Asking a library.

use crate::catalogue::Catalogue;
use crate::same::Verdict;
use crate::segments::SegmentFolder;
use crate::snapshot::Snapshot;
use crate::{Result, path_from_bytes};
use lookalike_index::VectorSegment;
use std::path::PathBuf;

/// How to search.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchOptions {
    /// At most so many hits.
    pub top: usize,
    /// Only hits with at least this score.
    pub min_score: Option<f32>,
    /// Threads that scan; 0 counts as 1.
    pub threads: usize,
}

impl Default for SearchOptions {
    /// The best 10, whatever their score, found by one thread.
    fn default() -> Self {
        Self {
            top: 10,
            min_score: None,
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
    Candidate,
    /// Its vector is near.
    Vector,
}

impl HitKind {
    /// Its name on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Same(_) => "same",
            Self::Candidate => "candidate",
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
    pub picture: i64,
    /// In what way it is like the query.
    pub kind: HitKind,
    /// For [`HitKind::Vector`] the cosine similarity, in [-1, 1]; else the probability that it is
    /// the same picture, in [0, 1].
    pub score: f32,
}

/// The best hits. Equal scores are ordered by path, so the index is asked for more pictures until
/// the last score that counts is behind us.
pub(crate) fn search(
    catalogue: &Catalogue,
    folder: &SegmentFolder,
    vector: &[f32],
    options: &SearchOptions,
) -> Result<Vec<Hit>> {
    if options.top == 0 || vector.iter().all(|&v| v == 0.0) {
        return Ok(Vec::new());
    }
    let floor = options.min_score.unwrap_or(f32::NEG_INFINITY);
    Snapshot::<VectorSegment>::with(catalogue, folder, |snapshot| {
        let mut wanted = options.top.saturating_add(8);
        loop {
            let near = snapshot.nearest(vector, wanted, floor, options.threads)?;
            let last = near.last().map_or(f32::NEG_INFINITY, |n| n.score);
            let exhausted = near.len() < wanted;
            let mut hits: Vec<(Vec<u8>, i64, f32)> = Vec::new();
            for neighbor in near {
                let picture = neighbor.id.cast_signed();
                for path in catalogue.paths_of(picture)? {
                    hits.push((path, picture, neighbor.score));
                }
            }
            hits.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
            let enough = hits.get(options.top - 1).is_some_and(|hit| hit.2 > last);
            if exhausted || enough {
                hits.truncate(options.top);
                return Ok(hits.into_iter().map(hit).collect());
            }
            wanted = wanted.saturating_mul(4);
        }
    })
}

fn hit((path, picture, score): (Vec<u8>, i64, f32)) -> Hit {
    Hit {
        path: path_from_bytes(&path),
        picture,
        kind: HitKind::Vector,
        score,
    }
}
