//! What a search finds.

use crate::same::{Relation, Verdict};
use crate::{PictureId, Place};
use std::collections::HashSet;
use std::path::PathBuf;

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

    /// Whether it is proven that all of one picture is the same, not just a part of both.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Same(verdict) if verdict.relation != Relation::Part)
    }

    /// Whether it is proven that a part is the same, and no more.
    pub fn is_part(&self) -> bool {
        matches!(self, Self::Same(verdict) if verdict.relation == Relation::Part)
    }

    /// What it is in words: its name, and of a proven one how it is the same.
    pub fn words(&self) -> String {
        match self {
            Self::Same(verdict) => format!("same, {}", verdict.relation.words()),
            other => other.name().into(),
        }
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
#[non_exhaustive]
pub struct Hit {
    /// The file, relative to the indexed folder (in an imported library its name).
    pub path: PathBuf,
    /// Where in the file the picture is, if it holds several.
    pub place: Option<Place>,
    /// The picture's id, which files of equal content share.
    pub picture: PictureId,
    /// In what way it is like the query.
    pub kind: HitKind,
    /// For [`HitKind::Similar`] and [`HitKind::Vector`] the cosine similarity, in [-1, 1], or, where nouns
    /// are looked for that the embedded network knows, how likely it shows them, in [0, 1]; else the
    /// probability that it is the same picture, in [0, 1].
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
