//! Explanations.

use super::{JsonPath, JsonPixels, JsonQuery, SCHEMA};
use crate::same::{Explanation, MatchedPair};
use serde::Serialize;
use std::path::Path;

/// Why two pictures are, or are not, the same.
#[derive(Clone, Debug, Serialize)]
pub struct JsonExplanation {
    schema: u32,
    verdict: &'static str,
    #[serde(flatten)]
    query: JsonQuery,
    #[serde(flatten)]
    path: JsonPath,
    score: f64,
    keypoints: [usize; 2],
    inliers: usize,
    matches: usize,
    transform: Option<[f64; 9]>,
    mirrored: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    whole: bool,
    query_overlap: f64,
    found_overlap: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    relation: Option<&'static str>,
    pixels: Option<JsonPixels>,
    reason: String,
    query_size: (u32, u32),
    found_size: (u32, u32),
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<Vec<Pair>>,
}

/// Places of a match in the query and in the found picture, and its error where it agrees.
#[derive(Clone, Debug, Serialize)]
struct Pair {
    query: (f64, f64),
    found: (f64, f64),
    residual: Option<f64>,
}

impl JsonExplanation {
    /// On two files.
    pub fn new(files: [&Path; 2], explanation: &Explanation) -> Self {
        let verdict = &explanation.verdict;
        Self {
            schema: SCHEMA,
            verdict: if verdict.same { "same" } else { "different" },
            query: files[0].into(),
            path: files[1].into(),
            score: verdict.score,
            keypoints: explanation.keypoints,
            inliers: verdict.inliers,
            matches: verdict.matches,
            transform: verdict.transform,
            mirrored: verdict.mirrored,
            whole: verdict.whole,
            query_overlap: verdict.query_overlap,
            found_overlap: verdict.found_overlap,
            relation: verdict.same.then(|| verdict.relation.name()),
            pixels: verdict.pixels.as_ref().map(JsonPixels::from),
            reason: explanation.reason.clone(),
            query_size: explanation.sizes[0],
            found_size: explanation.sizes[1],
            pairs: None,
        }
    }

    /// The same with every match as `pairs`.
    #[must_use]
    pub fn with_pairs(self, pairs: &[MatchedPair]) -> Self {
        let pair = |pair: &MatchedPair| Pair {
            query: pair.query,
            found: pair.found,
            residual: pair.residual,
        };
        Self {
            pairs: Some(pairs.iter().map(pair).collect()),
            ..self
        }
    }
}
