//! Whether two pictures are the same, and how sure that is.

use lookalike_vision::dense::{Evidence, Thumbnail, compare};
use lookalike_vision::geometry::{Agreement, Failure, Transform, VerifyOptions, View, verify};
use lookalike_vision::matching::{Match, match_codes};
use lookalike_vision::{Keypoint, Level};
use lookalike_words::Vocabulary;
use std::sync::Arc;

use super::probability::{Proof, probability};
use super::{Described, PictureFeatures, Relation, relation};

/// A match must be nearer than this share of the distance of the second nearest.
const RATIO: f32 = 0.85;
/// Inliers that prove a copy where pixels show nothing, and the least share of both pictures in each other.
const OVERWHELMING: usize = 60;
const MOSTLY: f64 = 0.5;
/// Distinct inliers that prove sameness where there are no pixels to look at.
pub(super) const CERTAIN: usize = 15;
/// Fewest distinct inliers that prove it where the pixels agree.
pub(super) const DOUBTFUL: usize = 6;
/// A whole frame that agrees proves as much as so many inliers.
const FRAME_WEIGHT: usize = 40;

/// Compares one picture, the query, with others.
#[derive(Clone, Debug)]
pub struct Verifier {
    plain: Described,
    mirrored: Described,
    level: Level,
}

/// Whether two pictures are the same, and what speaks for it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether they are, or share a part: matches agree on a transform, and so do the pixels under
    /// it. Where these cannot be had, at least 15 distinct inliers must do. In a search 15 prove
    /// nothing where another picture explains the same part of the query by five times as many.
    pub same: bool,
    /// What they are to each other, where they are the same.
    pub relation: Relation,
    /// The probability that they show the same, 0..=1; of a mere part it is small.
    pub score: f64,
    /// Matches that agree on the transform, those of one place counted once.
    pub inliers: usize,
    /// Mutual nearest neighbours among the features.
    pub matches: usize,
    /// From query pixels to found pixels, both as displayed, row by row. That of a mirrored query
    /// turns left to right, too. `None` where no transform is shared by enough matches.
    pub transform: Option<[f64; 9]>,
    /// Whether the query was looked at in the mirror.
    pub mirrored: bool,
    /// Whether the frames as a whole prove it, without any feature.
    pub whole: bool,
    /// Whether nothing but a person's judgement says so: no transform is known.
    pub judged: bool,
    /// Share of the query whose pixels agree with the found picture, 0..=1; without pixels, the share
    /// that the found picture covers.
    pub query_overlap: f64,
    /// Share of the found picture whose pixels agree with the query, likewise.
    pub found_overlap: f64,
    /// What the pixels say; `None` where there are none, or nothing worth a look.
    pub pixels: Option<Evidence>,
    /// Why there is no transform.
    pub failure: Option<Failure>,
}

impl Verdict {
    /// Whether they are the same as more than a part.
    pub(super) fn is_whole(&self) -> bool {
        self.same && self.relation != Relation::Part
    }

    /// Whether the frames as a whole prove more. Features that prove a scene know better.
    pub(super) fn yields_to(&self, by_frame: &Self) -> bool {
        by_frame.is_whole() && !self.is_whole()
    }

    /// How much a proof weighs against others: its inliers, and of whole frames as much as so many.
    pub(super) fn weight(&self) -> usize {
        self.inliers + if self.whole { FRAME_WEIGHT } else { 0 }
    }

    /// On two pictures of which somebody said that they are the same.
    pub(super) fn of_judgement() -> Self {
        Self {
            same: true,
            score: 1.0,
            judged: true,
            ..Self::default()
        }
    }

    /// On two pictures that are equal, with so many features.
    pub(super) fn of_equals(features: usize) -> Self {
        Self {
            same: true,
            relation: Relation::Copy,
            score: 1.0,
            inliers: features,
            matches: features,
            transform: Some(Transform::identity().rows()),
            mirrored: false,
            whole: false,
            judged: false,
            query_overlap: 1.0,
            found_overlap: 1.0,
            pixels: None,
            failure: None,
        }
    }
}

/// Two features taken for one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct MatchedPair {
    /// Place in the query as displayed, in pixels.
    pub query: (f64, f64),
    /// Place in the found picture as displayed, in pixels.
    pub found: (f64, f64),
    /// Where the pair agrees with the transform: its error in pixels of the found picture.
    pub residual: Option<f64>,
}

/// Where pixels come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Small copies that a library keeps.
    Kept,
    /// The files.
    Files,
}

/// Gives small copies of query and found picture, both as displayed; `None` where there are none of this
/// origin.
pub type PixelSource<'a> = dyn FnMut(Origin) -> Option<(Arc<Thumbnail>, Arc<Thumbnail>)> + 'a;

impl Verifier {
    /// For a query of these features, and its mirror image.
    pub fn new(query: &PictureFeatures, vocabulary: &Vocabulary) -> Self {
        Self::of_sides(
            query.to_described(vocabulary),
            query.mirrored().to_described(vocabulary),
        )
    }

    /// For a query as it is and its mirror image.
    pub(super) fn of_sides(plain: Described, mirrored: Described) -> Self {
        Self {
            plain,
            mirrored,
            level: Level::new(),
        }
    }

    /// For a picture known by its codes alone, from which those of its mirror image do not follow:
    /// mirrored it has no features.
    pub fn of_stored(query: Described) -> Self {
        Self {
            mirrored: Described {
                keypoints: Vec::new(),
                codes: Vec::new(),
                ..query
            },
            plain: query,
            level: Level::new(),
        }
    }

    /// Compares with a found picture, the query mirrored if so asked. `pixels` is asked where enough
    /// matches agree; without an answer doubt counts against sameness.
    pub fn verify(
        &self,
        found: &Described,
        mirrored: bool,
        pixels: &mut PixelSource<'_>,
    ) -> Verdict {
        self.attempt(found, mirrored).verdict(pixels)
    }

    /// As [`verify`](Self::verify), and says which features were matched. Both ways are tried where
    /// `mirrored` does not say which.
    pub fn explain(
        &self,
        found: &Described,
        mirrored: Option<bool>,
        pixels: &mut PixelSource<'_>,
    ) -> (Verdict, Vec<MatchedPair>) {
        let best = match mirrored {
            Some(mirrored) => self.attempt(found, mirrored),
            None => {
                let (plain, mirrored) = (self.attempt(found, false), self.attempt(found, true));
                let better = mirrored.inliers() > plain.inliers();
                if better { mirrored } else { plain }
            }
        };
        (best.verdict(pixels), best.pairs())
    }

    /// The query, mirrored if so asked.
    pub(super) fn described(&self, mirrored: bool) -> &Described {
        if mirrored {
            &self.mirrored
        } else {
            &self.plain
        }
    }

    fn attempt<'a>(&'a self, found: &'a Described, mirrored: bool) -> Attempt<'a> {
        let query = self.described(mirrored);
        let matches = match_codes(&query.codes, &found.codes, RATIO, self.level);
        let options = VerifyOptions::default();
        Attempt {
            agreement: verify(&query.view(), &found.view(), &matches, &options),
            query,
            found,
            mirrored,
            matches,
        }
    }
}

/// One of the two ways to look at the query.
struct Attempt<'a> {
    query: &'a Described,
    found: &'a Described,
    mirrored: bool,
    matches: Vec<Match>,
    agreement: Result<Agreement, Failure>,
}

impl Attempt<'_> {
    fn inliers(&self) -> usize {
        self.agreement.as_ref().map_or(0, |a| a.distinct)
    }

    fn verdict(&self, pixels: &mut PixelSource<'_>) -> Verdict {
        let transform = self.transform();
        let inliers = self.inliers();
        let looked_at = transform.filter(|_| inliers >= DOUBTFUL);
        let seen = looked_at.and_then(|transform| self.seen(&transform, pixels));
        let evidence = seen.flatten();
        let overlap = |share: fn(&Agreement) -> f64| self.agreement.as_ref().map_or(0.0, share);
        let [query_overlap, found_overlap] = match &evidence {
            Some(evidence) => evidence.overlaps,
            None => [overlap(|a| a.query_overlap), overlap(|a| a.found_overlap)],
        };
        let score = probability(&Proof {
            inliers,
            matches: self.matches.len(),
            pixels: evidence.as_ref(),
        });
        let relation = match &evidence {
            Some(evidence) => relation::of(evidence, inliers),
            // Pixels that show nothing in common prove nothing; but noise that agrees all over two pictures
            // without texture, as of the sky, is no chance.
            None if seen.is_some() => {
                let is_all = query_overlap.min(found_overlap) >= MOSTLY;
                (is_all && inliers >= OVERWHELMING).then_some(Relation::Copy)
            }
            None => (inliers >= CERTAIN).then_some(Relation::Copy),
        };
        Verdict {
            same: relation.is_some(),
            relation: relation.unwrap_or_default(),
            score,
            inliers,
            matches: self.matches.len(),
            transform: transform.map(|t| t.rows()),
            mirrored: self.mirrored,
            whole: false,
            judged: false,
            query_overlap,
            found_overlap,
            pixels: evidence,
            failure: self.agreement.as_ref().err().copied(),
        }
    }

    /// What the pixels say, those of the files where the kept ones leave doubt; `None` where there are
    /// no pixels, and within that where they show nothing in common.
    fn seen(
        &self,
        transform: &Transform,
        pixels: &mut PixelSource<'_>,
    ) -> Option<Option<Evidence>> {
        let mut of = |origin| {
            let thumbnails = pixels(origin)?;
            Some(self.pixels(transform, &thumbnails))
        };
        let kept = of(Origin::Kept);
        let settled = |evidence: &Evidence| relation::is_settled(evidence, self.inliers());
        match kept.as_ref().and_then(Option::as_ref).is_some_and(settled) {
            true => kept,
            false => of(Origin::Files).or(kept),
        }
    }

    /// What the pixels say under a transform between the pictures as displayed.
    fn pixels(
        &self,
        transform: &Transform,
        (query, found): &(Arc<Thumbnail>, Arc<Thumbnail>),
    ) -> Option<Evidence> {
        let size = |thumbnail: &Thumbnail| {
            let (width, height) = thumbnail.size();
            (width as f64, height as f64)
        };
        let from_query = resize(size(query), self.query.displayed_size());
        let to_found = resize(self.found.displayed_size(), size(found));
        compare(query, found, &to_found.after(transform).after(&from_query))
    }

    /// The transform between the pictures as displayed.
    fn transform(&self) -> Option<Transform> {
        let agreement = self.agreement.as_ref().ok()?;
        let from_displayed = self.query_to_displayed().inverse()?;
        let to_found = self.found_to_displayed().after(&agreement.transform);
        Some(to_found.after(&from_displayed))
    }

    /// From the pixels that the query's keypoints refer to.
    fn query_to_displayed(&self) -> Transform {
        let size = self.query.reduced_size();
        let resized = resize(size, self.query.displayed_size());
        if self.mirrored {
            resized.after(&Transform::mirror(size.0))
        } else {
            resized
        }
    }

    /// From the pixels that the found picture's keypoints refer to.
    fn found_to_displayed(&self) -> Transform {
        resize(self.found.reduced_size(), self.found.displayed_size())
    }

    fn pairs(&self) -> Vec<MatchedPair> {
        let (of_query, of_found) = (self.query_to_displayed(), self.found_to_displayed());
        let place = |t: &Transform, k: &Keypoint| t.apply((k.x.into(), k.y.into()));
        let mut pairs: Vec<MatchedPair> = self
            .matches
            .iter()
            .map(|m| MatchedPair {
                query: place(&of_query, &self.query.keypoints[m.query]).unwrap_or_default(),
                found: place(&of_found, &self.found.keypoints[m.found]).unwrap_or_default(),
                residual: None,
            })
            .collect();
        if let Ok(agreement) = &self.agreement {
            let scale = self.found.displayed_size().0 / self.found.reduced_size().0;
            for (&i, residual) in agreement.inliers.iter().zip(&agreement.residuals) {
                pairs[i].residual = Some(residual * scale);
            }
        }
        pairs
    }
}

impl Described {
    pub(super) fn view(&self) -> View<'_> {
        View {
            width: self.size[0].into(),
            height: self.size[1].into(),
            keypoints: &self.keypoints,
        }
    }

    fn reduced_size(&self) -> (f64, f64) {
        (self.size[0].into(), self.size[1].into())
    }

    pub(super) fn displayed_size(&self) -> (f64, f64) {
        (self.displayed.0.into(), self.displayed.1.into())
    }
}

/// The transform that makes a picture larger or smaller; the centre of the top left pixel is
/// (0, 0) in both.
fn resize(from: (f64, f64), to: (f64, f64)) -> Transform {
    let (x, y) = (to.0 / from.0, to.1 / from.1);
    Transform::affine([x, 0.0, (x - 1.0) / 2.0, 0.0, y, (y - 1.0) / 2.0])
}
