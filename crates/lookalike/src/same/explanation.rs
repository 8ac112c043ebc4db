//! Why two pictures are, or are not, the same: what a search compares, and what it finds.

use super::frames::Whole;
use super::search::{Collection, Small, Stored};
use super::shortlist::shortlist;
use super::verify::{CERTAIN, DOUBTFUL};
use super::{
    Described, Failure, MatchedPair, Origin, PixelSource, Relation, SameExtractor, SameQuery,
    Verdict, thumbnail,
};
use crate::decode::{DecodeOptions, Picture};
use crate::engine::NearFrame;
use crate::{PictureId, Profile, Result, StoredPicture, Threads};
use lookalike_words::Vocabulary;

/// What speaks for and against two pictures being the same.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The verdict. A search may think less of it, where another picture is a far better answer.
    pub verdict: Verdict,
    /// All matches.
    pub pairs: Vec<MatchedPair>,
    /// Features of the query and of the found picture.
    pub keypoints: [usize; 2],
    /// Width and height of both as displayed.
    pub sizes: [(u32, u32); 2],
    /// What decided, in a sentence without an end.
    pub reason: String,
}

impl Explanation {
    /// How pictures are decoded for [`of_pictures`](Self::of_pictures).
    pub fn decode_options() -> DecodeOptions {
        DecodeOptions {
            max_side: Some(SameExtractor::max_side(Profile::Default)),
            ..DecodeOptions::as_seen()
        }
    }

    /// Compares two pictures as a library that holds the second would.
    ///
    /// # Errors
    /// Where a picture cannot be made smaller.
    pub fn of_pictures(query: &Picture, found: &Picture, threads: &Threads) -> Result<Self> {
        let same = SameQuery::new(query, Profile::Default, threads)?;
        let mut explanation = Self::of_file(&same, found, Profile::Default, threads)?;
        let equal = query.rgb == found.rgb && query.original_size == found.original_size;
        if !explanation.verdict.same && equal {
            explanation.verdict = Verdict::of_equals(explanation.keypoints[1]);
            explanation.reason = "every pixel is equal".into();
        }
        Ok(explanation)
    }

    /// Compares with a picture of which nothing is stored.
    pub(crate) fn of_file(
        query: &SameQuery,
        found: &Picture,
        profile: Profile,
        threads: &Threads,
    ) -> Result<Self> {
        let mut extractor = SameExtractor::new(profile, threads.exec())?;
        let features = threads.run(|| extractor.extract(found))?;
        let stored = features.to_word_picture(Vocabulary::embedded());
        let described = Described::from_word_picture(&stored, found.original_size);
        let pixels = &mut |origin| match origin {
            Origin::Kept => None,
            Origin::Files => Some((query.thumbnail()?, thumbnail::of_picture(found)?)),
        };
        let mut explanation = Self::of(query, &described, None, pixels);
        let by_frame = query
            .whole()
            .zip(Whole::of(found))
            .and_then(|(query, found)| query.near_verdict(&found, explanation.displayed()));
        explanation.prefer(by_frame);
        Ok(explanation)
    }

    /// Compares with a picture of a library, as a search of it does; `None` where its words are not
    /// stored.
    pub(crate) fn of_stored(
        query: &SameQuery,
        collection: &Collection<'_>,
        found: &StoredPicture,
        threads: &Threads,
    ) -> Result<Option<Self>> {
        let words = collection
            .words
            .fetch(&[found.id], threads)?
            .pop()
            .flatten();
        let Some(words) = words else { return Ok(None) };
        let features = words.features().len();
        let side = mirrored(query, collection, found.id, threads)?;
        let frame = collection.frames.fetch(&[found.id])?.pop().flatten();
        let stored = Stored {
            words: Some(&words),
            small: Small::of(frame.as_ref()),
            size: found.size,
            files: &found.paths,
            place: found.place,
        };
        let near = collection.near(query, Some(found.id), threads)?;
        let mut explanation = Self::of_kept(query, collection, &stored, side, near.first());
        if !explanation.verdict.is_whole() {
            // As a search looks once more.
            for other in query.further(collection.profile(), threads) {
                let other = Self::of_kept(&other?, collection, &stored, None, None);
                if other.verdict.is_whole() {
                    explanation = other;
                    break;
                }
            }
        }
        if collection.equal(query)? == Some(found.id) {
            explanation.verdict = Verdict::of_equals(features);
            explanation.reason = "every byte is equal".into();
        }
        Ok(Some(explanation))
    }

    /// Compares with what is kept of a picture.
    fn of_kept(
        query: &SameQuery,
        collection: &Collection<'_>,
        stored: &Stored<'_>,
        mirrored: Option<bool>,
        near: Option<&NearFrame>,
    ) -> Self {
        let described = stored
            .words
            .map(|words| Described::of_size(words, stored.size));
        let described = described.expect("whoever explains has looked for its words");
        let pixels = &mut |origin| collection.pixels(query, stored, origin);
        let mut explanation = Self::of(query, &described, mirrored, pixels);
        let by_features = std::mem::take(&mut explanation.verdict);
        explanation.verdict = collection.or_whole(by_features, query, stored, near);
        explanation.reason = reason(&explanation.verdict);
        explanation
    }

    /// Takes what the frames as a whole say, where features prove less.
    fn prefer(&mut self, by_frame: Option<Verdict>) {
        if let Some(by_frame) = by_frame
            && self.verdict.yields_to(&by_frame)
        {
            self.verdict = by_frame;
            self.reason = reason(&self.verdict);
        }
    }

    /// Width and height of both as displayed.
    fn displayed(&self) -> [(f64, f64); 2] {
        self.sizes
            .map(|(width, height)| (f64::from(width), f64::from(height)))
    }

    fn of(
        query: &SameQuery,
        found: &Described,
        mirrored: Option<bool>,
        pixels: &mut PixelSource<'_>,
    ) -> Self {
        let (verdict, pairs) = query.verifier.explain(found, mirrored, pixels);
        let plain = query.verifier.described(false);
        Self {
            reason: reason(&verdict),
            verdict,
            pairs,
            keypoints: [plain.codes.len(), found.codes.len()],
            sizes: [plain.displayed, found.displayed],
        }
    }
}

/// Whether a search would look at the mirror image of the query; `None` where it would not look at all.
fn mirrored(
    query: &SameQuery,
    collection: &Collection<'_>,
    found: PictureId,
    threads: &Threads,
) -> Result<Option<bool>> {
    // One by its votes, and one by how well they agree.
    let shortlisted = shortlist(collection.words, query, 2, Some(found), threads)?;
    Ok(shortlisted.first().map(|one| one.mirrored))
}

/// What decided about a verdict.
fn reason(verdict: &Verdict) -> String {
    let (inliers, matches) = (verdict.inliers, verdict.matches);
    match (verdict.failure, &verdict.pixels) {
        (_, pixels) if verdict.whole => match pixels {
            Some(pixels) => format!(
                "the pictures as a whole are alike, and so are {} % of the details",
                (pixels.agreeing * 100.0).round()
            ),
            None => "the pictures as a whole are alike".to_owned(),
        },
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
