//! Why two pictures are, or are not, the same.

use super::verify::{CERTAIN, DOUBTFUL};
use super::{Failure, MatchedPair, Relation, SameExtractor, Verdict, Verifier, thumbnail};
use crate::decode::{DecodeOptions, Picture};
use crate::{Profile, Result};
use lookalike_vision::Exec;
use lookalike_words::Vocabulary;

/// What speaks for and against two pictures being the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The verdict.
    pub verdict: Verdict,
    /// All matches.
    pub pairs: Vec<MatchedPair>,
    /// Features of the one and of the other picture.
    pub keypoints: [usize; 2],
    /// What decided, in a sentence without an end.
    pub reason: String,
}

impl Explanation {
    /// How the pictures are decoded.
    pub fn decode_options() -> DecodeOptions {
        DecodeOptions {
            max_side: Some(SameExtractor::max_side(Profile::Default)),
            ..DecodeOptions::as_seen()
        }
    }

    /// Compares two pictures with up to `threads` threads.
    ///
    /// # Errors
    /// Where a picture cannot be made smaller.
    pub fn new(query: &Picture, found: &Picture, threads: usize) -> Result<Self> {
        let mut extractor = SameExtractor::new(Profile::Default, Exec::with_threads(threads))?;
        let features = [extractor.extract(query)?, extractor.extract(found)?];
        let keypoints = [features[0].keypoints.len(), features[1].keypoints.len()];
        let vocabulary = Vocabulary::embedded();
        let verifier = Verifier::new(&features[0], vocabulary);
        let pixels = &mut || Some((thumbnail::of_picture(query)?, thumbnail::of_picture(found)?));
        let (mut verdict, pairs) = verifier.explain(&features[1].to_described(vocabulary), pixels);
        let mut reason = reason(&verdict);
        if !verdict.same && query.rgb == found.rgb && query.original_size == found.original_size {
            verdict = Verdict::of_equals(keypoints[0]);
            reason = "every pixel is equal".into();
        }
        Ok(Self {
            verdict,
            pairs,
            keypoints,
            reason,
        })
    }
}

/// What decided about a verdict.
fn reason(verdict: &Verdict) -> String {
    let (inliers, matches) = (verdict.inliers, verdict.matches);
    match (verdict.failure, &verdict.pixels) {
        (Some(Failure::TooFewMatches), _) => format!("{matches} matches are too few"),
        (Some(Failure::NoAgreement), _) => {
            format!("{matches} matches do not agree on one transform")
        }
        (Some(Failure::Degenerate), _) => {
            format!("of {matches} matches, those that agree lie in one spot or on a line")
        }
        (None, _) if inliers < DOUBTFUL => {
            format!("only {inliers} of {matches} matches agree, {CERTAIN} would prove it")
        }
        (None, Some(pixels)) => {
            let share = (pixels.agreeing * 100.0).round();
            let agree = format!("{inliers} of {matches} matches agree");
            let details = format!("{share} % of the details there");
            match (verdict.same, verdict.relation) {
                (false, _) => format!("{agree}, but only {details}"),
                (true, Relation::Copy) => format!("{agree}, and so do {details}"),
                (true, Relation::Scene) => {
                    format!("{agree}, and so do {details}, seen from another place")
                }
                (true, Relation::Part) => format!("{agree}, but only {details}: a part is shared"),
            }
        }
        (None, None) if verdict.same => format!("{inliers} of {matches} matches agree"),
        (None, None) => {
            format!("{inliers} of {matches} matches agree, {CERTAIN} would prove it")
        }
    }
}
