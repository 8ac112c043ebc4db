//! Hits in JSON.

use super::{JsonPath, JsonPixels, JsonPlace, JsonQuery, SCHEMA};
use crate::{Hit, HitKind, PictureId};
use serde::Serialize;
use std::path::Path;

/// A hit, or a candidate.
#[derive(Clone, Debug, Serialize)]
pub struct JsonHit {
    schema: u32,
    #[serde(flatten)]
    query: Option<JsonQuery>,
    rank: usize,
    kind: &'static str,
    #[serde(flatten)]
    path: JsonPath,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<JsonPlace>,
    picture: PictureId,
    score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    percentile: Option<f32>,
    #[serde(flatten)]
    proof: Option<Proof>,
}

/// What speaks for a hit, or a candidate, being the same picture.
#[derive(Clone, Debug, Serialize)]
struct Proof {
    inliers: usize,
    matches: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    relation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pixels: Option<JsonPixels>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transform: Option<[f64; 9]>,
    mirrored: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    whole: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    judged: bool,
    query_overlap: f64,
    found_overlap: f64,
}

impl JsonHit {
    /// The hit at `rank`, from 1 on; `query` where it must be said which of many it belongs to.
    pub fn new(rank: usize, hit: &Hit, query: Option<&Path>) -> Self {
        Self {
            schema: SCHEMA,
            query: query.map(JsonQuery::from),
            rank,
            kind: hit.kind.name(),
            path: JsonPath::from(&*hit.path),
            place: hit.place.map(JsonPlace),
            picture: hit.picture,
            score: hit.score,
            percentile: match hit.kind {
                HitKind::Similar { percentile } => Some(percentile),
                _ => None,
            },
            proof: Proof::of(&hit.kind),
        }
    }

    /// All hits of one query, in their order.
    pub fn all(hits: &[Hit], query: Option<&Path>) -> Vec<Self> {
        let ranked = hits.iter().enumerate();
        ranked
            .map(|(i, hit)| Self::new(i + 1, hit, query))
            .collect()
    }
}

impl Proof {
    fn of(kind: &HitKind) -> Option<Self> {
        let (HitKind::Same(verdict) | HitKind::Candidate(verdict)) = kind else {
            return None;
        };
        Some(Self {
            inliers: verdict.inliers,
            matches: verdict.matches,
            relation: verdict.same.then(|| verdict.relation.name()),
            pixels: verdict.pixels.as_ref().map(JsonPixels::from),
            transform: verdict.transform,
            mirrored: verdict.mirrored,
            whole: verdict.whole,
            judged: verdict.judged,
            query_overlap: verdict.query_overlap,
            found_overlap: verdict.found_overlap,
        })
    }
}

/// A query, of many, without a hit.
#[derive(Clone, Debug, Serialize)]
pub struct JsonNone {
    schema: u32,
    #[serde(flatten)]
    query: JsonQuery,
    kind: &'static str,
}

impl JsonNone {
    /// For the query of this path.
    pub fn new(query: &Path) -> Self {
        Self {
            schema: SCHEMA,
            query: query.into(),
            kind: "none",
        }
    }
}
