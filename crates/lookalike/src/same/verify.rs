//! Whether two pictures are the same, and how sure that is.

use lookalike_vision::geometry::{
    Agreement, Failure, Transform, VerifyOptions, View, correlation, verify,
};
use lookalike_vision::matching::{Match, match_codes};
use lookalike_vision::{GrayImage, Keypoint, Level};
use lookalike_words::Vocabulary;

use super::probability::probability;
use super::{Described, PictureFeatures};

/// A match must be nearer than this share of the distance of the second nearest.
const RATIO: f32 = 0.85;
/// Distinct inliers that prove sameness by themselves.
pub(super) const CERTAIN: usize = 10;
/// Fewest distinct inliers that prove it where the pixels agree, too.
pub(super) const DOUBTFUL: usize = 6;
/// Least correlation of pixels that agree.
const MIN_CORRELATION: f64 = 0.4;

/// Compares one picture, the query, with others.
#[derive(Clone, Debug)]
pub struct Verifier {
    plain: Described,
    mirrored: Described,
    level: Level,
}

/// Whether two pictures are the same, and what speaks for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Whether they are: by at least 10 distinct inliers, or by 6 and pixels that agree. In a search
    /// 15 prove nothing where another picture explains the same part of the query by five times as
    /// many.
    pub same: bool,
    /// The probability that they are, 0..=1, calibrated on proposals of an index of photographs.
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
    /// Share of the query that is seen in the found picture, 0..=1.
    pub query_overlap: f64,
    /// Share of the found picture that the query covers, 0..=1.
    pub found_overlap: f64,
    /// How well the pixels agree, -1..=1; looked at only where the inliers leave doubt, and `None`
    /// where there is nothing to compare.
    pub correlation: Option<f64>,
    /// Why there is no transform.
    pub failure: Option<Failure>,
}

impl Verdict {
    /// On two pictures that are equal, with so many features.
    pub(super) fn of_equals(features: usize) -> Self {
        Self {
            same: true,
            score: 1.0,
            inliers: features,
            matches: features,
            transform: Some(Transform::identity().rows()),
            mirrored: false,
            query_overlap: 1.0,
            found_overlap: 1.0,
            correlation: None,
            failure: None,
        }
    }
}

/// Two features taken for one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchedPair {
    /// Place in the query as displayed, in pixels.
    pub query: (f64, f64),
    /// Place in the found picture as displayed, in pixels.
    pub found: (f64, f64),
    /// Where the pair agrees with the transform: its error in pixels of the found picture.
    pub residual: Option<f64>,
}

/// Gives the grey pixels of query and found picture, both as displayed and at any size; `None`
/// where they cannot be read.
pub type PixelSource<'a> = dyn FnMut() -> Option<(GrayImage, GrayImage)> + 'a;

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

    /// Compares with a found picture, the query mirrored if so asked. `pixels` is called only
    /// where the inliers leave doubt; without an answer the doubt counts against sameness.
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

    /// How well the pixels agree under the transform of a verdict on `found`, -1..=1; `None` where
    /// there is nothing to compare.
    pub(super) fn correlation(
        &self,
        found: &Described,
        verdict: &Verdict,
        pixels: &(GrayImage, GrayImage),
    ) -> Option<f64> {
        let transform = Transform::from_rows(verdict.transform?);
        correlation_of(&self.plain, found, &transform, pixels)
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
        let mut correlation = None;
        if let (Some(transform), true) = (&transform, (DOUBTFUL..CERTAIN).contains(&inliers)) {
            correlation = pixels()
                .and_then(|pixels| correlation_of(self.query, self.found, transform, &pixels));
        }
        let pixels_agree = correlation.is_some_and(|c| c >= MIN_CORRELATION);
        let overlap = |share: fn(&Agreement) -> f64| self.agreement.as_ref().map_or(0.0, share);
        // What the pixels contradict is worth no more than what they are not asked about.
        let counted = match correlation {
            Some(_) if !pixels_agree => DOUBTFUL - 1,
            _ => inliers,
        };
        Verdict {
            same: inliers >= CERTAIN || pixels_agree,
            score: probability(counted, correlation),
            inliers,
            matches: self.matches.len(),
            transform: transform.map(|t| t.rows()),
            mirrored: self.mirrored,
            query_overlap: overlap(|a| a.query_overlap),
            found_overlap: overlap(|a| a.found_overlap),
            correlation,
            failure: self.agreement.as_ref().err().copied(),
        }
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

/// How well the pixels agree under a transform between the pictures as displayed.
fn correlation_of(
    query: &Described,
    found: &Described,
    transform: &Transform,
    pixels: &(GrayImage, GrayImage),
) -> Option<f64> {
    let size = |image: &GrayImage| (image.width() as f64, image.height() as f64);
    let from_query = resize(size(&pixels.0), query.displayed_size());
    let to_found = resize(found.displayed_size(), size(&pixels.1));
    let transform = to_found.after(transform).after(&from_query);
    correlation(&pixels.0, &pixels.1, &transform)
}

/// The transform that makes a picture larger or smaller; the centre of the top left pixel is
/// (0, 0) in both.
fn resize(from: (f64, f64), to: (f64, f64)) -> Transform {
    let (x, y) = (to.0 / from.0, to.1 / from.1);
    Transform::affine([x, 0.0, (x - 1.0) / 2.0, 0.0, y, (y - 1.0) / 2.0])
}
