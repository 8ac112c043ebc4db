//! From matches to a transform that most of them agree on.

use std::collections::BTreeSet;

use super::estimate::{PointPair, affine, refine_homography};
use super::{Transform, polygon};
use crate::Keypoint;
use crate::matching::Match;

/// One of two pictures that are compared: its size in pixels and its keypoints.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Pixels in a row.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
    /// Keypoints with size and angle.
    pub keypoints: &'a [Keypoint],
}

impl View<'_> {
    fn larger_side(&self) -> f64 {
        self.width.max(self.height) as f64
    }

    fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }
}

/// How strictly matches must agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VerifyOptions {
    /// Largest error of an inlier, as a share of the larger side, in both pictures (0.02).
    pub tolerance: f64,
    /// Largest disagreement of a match's own rotation with the hypothesis, in degrees (45).
    pub max_rotation: f64,
    /// Largest disagreement of a match's own scale with the hypothesis, as a factor (2).
    pub max_scale: f64,
    /// Fewest distinct inliers that make a transform at all (4).
    pub min_inliers: usize,
    /// How many of the best similarities are refined (8).
    pub hypotheses: usize,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            tolerance: 0.02,
            max_rotation: 45.0,
            max_scale: 2.0,
            min_inliers: 4,
            hypotheses: 8,
        }
    }
}

/// Why no transform was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There are fewer matches than a transform needs.
    TooFewMatches,
    /// No similarity is shared by enough matches.
    NoAgreement,
    /// The matches that agree lie on a line or in one spot, or squeeze the picture beyond what a
    /// camera does.
    Degenerate,
}

/// A transform and the matches that agree with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// From query pixels to found pixels.
    pub transform: Transform,
    /// Indices of the matches that agree, ascending.
    pub inliers: Vec<usize>,
    /// Error of each inlier in pixels of the found picture.
    pub residuals: Vec<f64>,
    /// Inliers that do not share their place with another one, the number that verdicts use.
    pub distinct: usize,
    /// Share of the query that is seen in the found picture, 0..=1.
    pub query_overlap: f64,
    /// Share of the found picture that the query covers, 0..=1.
    pub found_overlap: f64,
}

/// What a match says on its own: a place in each picture, and the similarity between its patches.
struct Clue {
    pair: PointPair,
    log_scale: f64,
    /// 0..=360.
    degrees: f64,
}

/// Finds the transform from `query` to `found` that most matches agree on.
///
/// Every match is taken for true in turn: its places, sizes and angles give a similarity (Philbin
/// et al. 2007, "fast spatial matching"). The best of them grow into affine transforms by least
/// squares over their inliers, and the best of those into a homography. There is no chance in it:
/// the same input gives the same answer.
///
/// # Errors
/// [`Failure`] says what was missing; it is an answer rather than a fault.
pub fn verify(
    query: &View<'_>,
    found: &View<'_>,
    matches: &[Match],
    options: &VerifyOptions,
) -> Result<Agreement, Failure> {
    if matches.len() < options.min_inliers {
        return Err(Failure::TooFewMatches);
    }
    let clues: Vec<Clue> = matches.iter().map(|m| clue(query, found, m)).collect();
    let judge = Judge::new(&clues, query, found, options);
    let mut starts = judge.similarities();
    starts.truncate(options.hypotheses);
    if starts.is_empty() {
        return Err(Failure::NoAgreement);
    }
    let best = starts
        .iter()
        .filter_map(|(start, _)| judge.grow(start))
        .max_by(|a, b| judge.rank(a).total_cmp(&judge.rank(b)))
        .ok_or(Failure::Degenerate)?;
    let transform = judge.homography(&best, query).unwrap_or(best);
    judge.agreement(&transform, query, found)
}

/// How many of the matches, at different places, agree on one similarity: a first look, at a
/// fraction of what [`verify`] costs. 0 where they are fewer than it asks for.
pub fn support(
    query: &View<'_>,
    found: &View<'_>,
    matches: &[Match],
    options: &VerifyOptions,
) -> usize {
    if matches.len() < options.min_inliers {
        return 0;
    }
    let clues: Vec<Clue> = matches.iter().map(|m| clue(query, found, m)).collect();
    let judge = Judge::new(&clues, query, found, options);
    let best = judge.similarities().into_iter().next();
    best.map_or(0, |(best, _)| judge.distinct(&judge.inliers(&best)))
}

fn clue(query: &View<'_>, found: &View<'_>, m: &Match) -> Clue {
    let (q, f) = (&query.keypoints[m.query], &found.keypoints[m.found]);
    Clue {
        pair: (
            (f64::from(q.x), f64::from(q.y)),
            (f64::from(f.x), f64::from(f.y)),
        ),
        log_scale: (f64::from(f.size) / f64::from(q.size)).ln(),
        degrees: f64::from(f.angle - q.angle).rem_euclid(360.0),
    }
}

/// Degrees between two directions, 0..=180.
fn turn(a: f64, b: f64) -> f64 {
    let d = (a - b).rem_euclid(360.0);
    d.min(360.0 - d)
}

/// Judges transforms by the clues.
struct Judge<'a> {
    clues: &'a [Clue],
    query_tolerance: f64,
    found_tolerance: f64,
    options: &'a VerifyOptions,
}

impl<'a> Judge<'a> {
    fn new(
        clues: &'a [Clue],
        query: &View<'_>,
        found: &View<'_>,
        options: &'a VerifyOptions,
    ) -> Self {
        Self {
            clues,
            query_tolerance: options.tolerance * query.larger_side(),
            found_tolerance: options.tolerance * found.larger_side(),
            options,
        }
    }

    /// The similarities that at least `min_inliers` matches share, the most supported first.
    fn similarities(&self) -> Vec<(Transform, usize)> {
        let max_log_scale = self.options.max_scale.ln();
        let max_rotation = self.options.max_rotation;
        let mut counted: Vec<(Transform, usize)> = self
            .clues
            .iter()
            .filter(|c| c.log_scale.is_finite() && c.degrees.is_finite())
            .map(|c| {
                let scale = c.log_scale.exp();
                let t = Transform::similarity(scale, c.degrees, c.pair.0, c.pair.1);
                let [a, _, tx, b, _, ty, ..] = t.rows();
                let most = self.tolerance(scale).powi(2);
                // The time of a verification is spent here: no division, no root, no branch.
                let count = self.clues.iter().filter(|d| {
                    let ((x, y), to) = d.pair;
                    let dx = a * x - b * y + tx - to.0;
                    let dy = b * x + a * y + ty - to.1;
                    let turn = (c.degrees - d.degrees).abs();
                    (turn.min(360.0 - turn) <= max_rotation)
                        & ((c.log_scale - d.log_scale).abs() <= max_log_scale)
                        & (dx * dx + dy * dy <= most)
                });
                (t, count.count())
            })
            .filter(|(_, count)| *count >= self.options.min_inliers)
            .collect();
        counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counted
    }

    /// The largest error in found pixels that is small in both pictures.
    fn tolerance(&self, scale: f64) -> f64 {
        self.found_tolerance.min(self.query_tolerance * scale)
    }

    /// Matches within the tolerance, which follows the local scale of the transform, and whose own
    /// rotation and scale are roughly the transform's.
    fn inliers(&self, t: &Transform) -> Vec<usize> {
        let agrees = |c: &Clue| {
            let Some([a, b, d, e]) = t.jacobian(c.pair.0) else {
                return false;
            };
            let determinant = a * e - b * d;
            if determinant <= 0.0 {
                return false;
            }
            let degrees = (d - b).atan2(a + e).to_degrees();
            let log_scale = determinant.ln() / 2.0;
            error(t, c) <= self.tolerance(determinant.sqrt())
                && turn(degrees, c.degrees) <= self.options.max_rotation
                && (log_scale - c.log_scale).abs() <= self.options.max_scale.ln()
        };
        (0..self.clues.len())
            .filter(|&i| agrees(&self.clues[i]))
            .collect()
    }

    fn pairs(&self, inliers: &[usize]) -> Vec<PointPair> {
        inliers.iter().map(|&i| self.clues[i].pair).collect()
    }

    /// An affine transform from a similarity: fit to the inliers, look again, until it stays.
    fn grow(&self, start: &Transform) -> Option<Transform> {
        let mut inliers = self.inliers(start);
        let mut best = None;
        for _ in 0..5 {
            let t = affine(&self.pairs(&inliers)).filter(plausible)?;
            let next = self.inliers(&t);
            if self.distinct(&next) < self.options.min_inliers {
                break;
            }
            best = Some(t);
            if next == inliers {
                break;
            }
            inliers = next;
        }
        best
    }

    /// A homography where the inliers are many enough to tell one from an affine transform.
    fn homography(&self, start: &Transform, query: &View<'_>) -> Option<Transform> {
        let mut t = *start;
        for _ in 0..3 {
            let inliers = self.inliers(&t);
            if self.distinct(&inliers) < 8 {
                return None;
            }
            t = refine_homography(&t, &self.pairs(&inliers), self.found_tolerance / 4.0)?;
        }
        let sane = polygon::outline(query.width, query.height)
            .iter()
            .all(|&corner| t.weight(corner) > 0.2 && t.weight(corner) < 5.0);
        let no_worse = self.inliers(&t).len() >= self.inliers(start).len();
        (sane && no_worse).then_some(t)
    }

    /// More distinct inliers win; among equals, the smaller error.
    fn rank(&self, t: &Transform) -> f64 {
        let inliers = self.inliers(t);
        let error: f64 = inliers.iter().map(|&i| error(t, &self.clues[i])).sum();
        let mean = error / (inliers.len().max(1) as f64 * self.found_tolerance.max(1e-9));
        self.distinct(&inliers) as f64 - mean.min(1.0) / 2.0
    }

    /// Inliers at different places: several descriptors of one spot say one thing.
    fn distinct(&self, inliers: &[usize]) -> usize {
        let cell = |p: (f64, f64)| ((p.0 / 3.0).round() as i64, (p.1 / 3.0).round() as i64);
        let count = |side: fn(&PointPair) -> (f64, f64)| {
            inliers
                .iter()
                .map(|&i| cell(side(&self.clues[i].pair)))
                .collect::<BTreeSet<_>>()
                .len()
        };
        count(|p| p.0).min(count(|p| p.1))
    }

    fn agreement(
        &self,
        t: &Transform,
        query: &View<'_>,
        found: &View<'_>,
    ) -> Result<Agreement, Failure> {
        let back = t.inverse().ok_or(Failure::Degenerate)?;
        let inliers = self.inliers(t);
        let distinct = self.distinct(&inliers);
        if distinct < self.options.min_inliers {
            return Err(Failure::NoAgreement);
        }
        Ok(Agreement {
            residuals: inliers.iter().map(|&i| error(t, &self.clues[i])).collect(),
            inliers,
            distinct,
            query_overlap: polygon::coverage(&back, found.size(), query.size()),
            found_overlap: polygon::coverage(t, query.size(), found.size()),
            transform: *t,
        })
    }
}

/// Distance in found pixels between where a point goes and where it was matched.
fn error(t: &Transform, clue: &Clue) -> f64 {
    let (_, to) = clue.pair;
    t.apply(clue.pair.0)
        .map_or(f64::INFINITY, |p| (p.0 - to.0).hypot(p.1 - to.1))
}

/// A view of the same thing keeps its handedness, and is neither squeezed beyond 5:1 nor scaled
/// beyond 30 times.
fn plausible(t: &Transform) -> bool {
    let [a, b, _, d, e, ..] = t.rows();
    let determinant = a * e - b * d;
    let squares = a * a + b * b + d * d + e * e;
    if determinant.is_nan() || determinant <= 0.0 {
        return false;
    }
    // Singular values s >= r: s*r is the determinant, s^2 + r^2 the sum of squares.
    let root = (squares * squares / 4.0 - determinant * determinant)
        .max(0.0)
        .sqrt();
    let (large, small) = (
        (squares / 2.0 + root).sqrt(),
        (squares / 2.0 - root).max(0.0).sqrt(),
    );
    large <= 5.0 * small && large < 30.0 && small > 1.0 / 30.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keypoints spread without a pattern, by a small generator.
    fn keypoints(n: usize, width: f32, height: f32, mut seed: u32) -> Vec<Keypoint> {
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 24) as f32
        };
        (0..n)
            .map(|_| Keypoint {
                x: next() * width,
                y: next() * height,
                size: 4.0 + 20.0 * next(),
                angle: 360.0 * next(),
                response: 1.0,
                octave: 0,
                class_id: -1,
            })
            .collect()
    }

    fn moved(t: &Transform, k: &Keypoint) -> Keypoint {
        let p = (f64::from(k.x), f64::from(k.y));
        let (x, y) = t.apply(p).unwrap();
        let [a, b, d, e] = t.jacobian(p).unwrap();
        Keypoint {
            x: x as f32,
            y: y as f32,
            size: k.size * ((a * e - b * d).sqrt() as f32),
            angle: (k.angle + ((d - b).atan2(a + e).to_degrees() as f32)).rem_euclid(360.0),
            ..*k
        }
    }

    fn pairs(n: usize) -> Vec<Match> {
        (0..n).map(|i| Match { query: i, found: i }).collect()
    }

    fn views<'a>(q: &'a [Keypoint], f: &'a [Keypoint]) -> (View<'a>, View<'a>) {
        let view = |keypoints| View {
            width: 640,
            height: 480,
            keypoints,
        };
        (view(q), view(f))
    }

    #[test]
    fn the_true_transform_is_found_among_wrong_matches() {
        let truth = Transform::from_rows([0.6, -0.2, 150.0, 0.22, 0.65, 20.0, 2e-4, 1e-4, 1.0]);
        let q = keypoints(200, 640.0, 480.0, 7);
        let mut f = keypoints(200, 640.0, 480.0, 99);
        for i in 0..40 {
            f[i] = moved(&truth, &q[i]);
        }
        let (query, found) = views(&q, &f);
        let seen = verify(&query, &found, &pairs(200), &VerifyOptions::default()).unwrap();
        assert!(seen.distinct >= 39, "{}", seen.distinct);
        assert!(seen.inliers.iter().filter(|&&i| i < 40).count() >= 40);
        for corner in polygon::outline(640, 480) {
            let (a, b) = (
                seen.transform.apply(corner).unwrap(),
                truth.apply(corner).unwrap(),
            );
            assert!((a.0 - b.0).hypot(a.1 - b.1) < 4.0, "{a:?} {b:?}");
        }
        assert!(seen.found_overlap > 0.2 && seen.found_overlap < 0.6);
    }

    #[test]
    fn chance_matches_agree_on_little() {
        for seed in 0..30 {
            let (q, f) = (
                keypoints(150, 640.0, 480.0, seed),
                keypoints(150, 640.0, 480.0, 1000 + seed),
            );
            let (query, found) = views(&q, &f);
            let most = verify(&query, &found, &pairs(150), &VerifyOptions::default())
                .map_or(0, |a| a.distinct);
            assert!(most < 7, "{most} of 150 random matches agree");
        }
    }

    #[test]
    fn one_spot_is_no_proof() {
        let q = vec![keypoints(1, 640.0, 480.0, 3)[0]; 50];
        let (query, found) = views(&q, &q);
        assert!(verify(&query, &found, &pairs(50), &VerifyOptions::default()).is_err());
    }

    #[test]
    fn a_mirrored_picture_does_not_agree() {
        let q = keypoints(100, 640.0, 480.0, 5);
        let f: Vec<Keypoint> = q
            .iter()
            .map(|k| Keypoint {
                x: 639.0 - k.x,
                angle: (180.0 - k.angle).rem_euclid(360.0),
                ..*k
            })
            .collect();
        let (query, found) = views(&q, &f);
        let most = verify(&query, &found, &pairs(100), &VerifyOptions::default())
            .map_or(0, |a| a.distinct);
        assert!(most < 7, "{most}");
    }

    #[test]
    fn nothing_comes_of_nothing() {
        let (query, found) = views(&[], &[]);
        assert_eq!(
            verify(&query, &found, &[], &VerifyOptions::default()),
            Err(Failure::TooFewMatches)
        );
    }
}
