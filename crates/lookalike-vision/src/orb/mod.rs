//! ORB: FAST corners on a pyramid, oriented, with turned BRIEF descriptors (Rublee, Rabaud,
//! Konolige and Bradski 2011, "ORB: an efficient alternative to SIFT or SURF", ICCV), as
//! `cv::ORB`.
//!
//! # Steps
//! 1. *Pyramid* (section 3.1 of the paper): each level is the one before it, smaller by
//!    `scale_factor`, bilinear in fixed point.
//! 2. *Corners* (section 3.1): FAST 9 of 16; of each level the best by FAST's score, twice as
//!    many as wanted, and of these the best by Harris' measure. The number wanted falls from
//!    level to level like the side of the picture.
//! 3. *Orientation* (section 3.2): from the corner to the centroid of intensity of the disc
//!    around it.
//! 4. *Smoothing*: a Gaussian of 7 x 7 pixels, sigma 2, in 32-bit floats, rounded half to even, as
//!    OpenCV 5.0 does it. (The paper takes box sums.)
//! 5. *Descriptor* (sections 4.1 to 4.3, rBRIEF): 256 tests between two pixels, learned to be
//!    uncorrelated, turned by the angle and rounded to pixels. With `wta_k` 3 or 4 the place of
//!    the lightest of three or four pixels makes two bits.
//!
//! # When to choose it
//! For the light profile: some ten times quicker than SIFT, 32 bytes a point, nearly as good on
//! copies of a picture. It follows rotation and moderate scale; strong blur and perspective are
//! SIFT's and KAZE's. Compare descriptors by Hamming distance.
//!
//! # Costs
//! Three passes over 3.3 times the pixels (with 8 levels of 1.2), of which FAST is the longest;
//! smoothing happens only in tiles around keypoints. Memory: about 7 bytes a pixel.
//!
//! # Measured
//! Time to detect and compute on one thread, and how many times as fast that is as OpenCV
//! (`bench/run.sh features`, Intel(R) Xeon(R) Processor avx512f, 2026-11-27); repeatability /
//! matching score of the 500 strongest keypoints after a change of the picture (`bench/run.sh
//! quality`, AMD EPYC avx512f, 2026-11-23). All numbers are in `bench/results`.
//!
//! | 640 x 480 | 1600 x 1200 | rotation | scale | blur | JPEG |
//! |---|---|---|---|---|---|
//! | 3.5 ms, 1.9 x | 8.3 ms, 2.7 x | 0.74 / 0.51 | 0.69 / 0.37 | 0.69 / 0.45 | 0.88 / 0.64 |

mod blur;
mod describe;
mod level;
mod measure;
mod params;
mod patch;
mod pattern;
mod resize;
mod select;

use crate::border::is_inside;
use crate::spread::spread;
use crate::{DescriptorKind, Descriptors, Exec, Feature2d, Features, GrayImage, Keypoint, Result};
use describe::{BYTES, Pattern};
use level::{Level, Plan, Point};
use params::MAX_LEVELS;
pub use params::{OrbParams, OrbScore};
use resize::Resizer;

/// The ORB detector and descriptor.
///
/// Keypoints come level by level, within a level in OpenCV's order (that of GNU's
/// `std::nth_element`). Size is the patch size in pixels of the picture, angle that of the
/// intensity centroid, octave the level, class -1.
#[derive(Debug)]
pub struct Orb {
    plan: Plan,
    exec: Exec,
    /// How many keypoints each level is to give.
    counts: Vec<usize>,
    pyramid: Vec<GrayImage>,
    resizer: Resizer,
    levels: Vec<Level>,
}

/// What is wanted of a picture.
#[derive(Clone, Copy, PartialEq)]
enum Goal {
    Detect,
    Describe,
    Both,
}

impl Orb {
    /// A worker with these parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) where one is outside of its range.
    pub fn new(params: OrbParams, exec: Exec) -> Result<Self> {
        params.check()?;
        Ok(Self {
            plan: Plan {
                params,
                pattern: Pattern::new(params.patch_size as i32, params.wta_k),
                disc: measure::disc(params.patch_size as i32),
            },
            exec,
            counts: params.features_per_level(),
            pyramid: Vec::new(),
            resizer: Resizer::default(),
            levels: Vec::new(),
        })
    }

    /// Builds the first `count` levels. The level that is the picture itself is left out.
    fn build_pyramid(&mut self, image: &GrayImage, count: usize) {
        let params = &self.plan.params;
        let more = count.max(self.pyramid.len());
        self.pyramid.resize_with(more, GrayImage::default);
        for level in 0..count {
            let (width, height) = params.level_size(level, (image.width(), image.height()));
            let (done, rest) = self.pyramid.split_at_mut(level);
            let target = &mut rest[0];
            if level == params.first_level {
                continue;
            }
            target.resize(width, height);
            let source = if level > params.first_level + 1 {
                &done[level - 1]
            } else {
                image
            };
            if !target.data().is_empty() && !source.data().is_empty() {
                self.resizer.resize(self.exec, source, target);
            }
        }
    }

    /// Does what `goal` asks on the first `count` levels.
    fn run(&mut self, image: &GrayImage, count: usize, goal: Goal) {
        self.build_pyramid(image, count);
        let more = count.max(self.levels.len());
        self.levels.resize_with(more, Level::default);
        let (plan, pyramid, counts) = (&self.plan, &self.pyramid, &self.counts);
        let exec = Exec {
            threads: 1,
            ..self.exec
        };
        let levels = self.levels[..count].iter_mut().enumerate().collect();
        spread(
            self.exec.threads,
            levels,
            |(i, level): (usize, &mut Level)| {
                let image = if i == plan.params.first_level {
                    image
                } else {
                    &pyramid[i]
                };
                if image.data().is_empty() {
                    level.points.clear();
                } else if goal != Goal::Describe {
                    level.detect(exec, plan, image, counts[i]);
                }
                if goal != Goal::Detect {
                    level.describe(exec, plan, image);
                }
            },
        );
    }

    /// The points of all levels as keypoints of the picture.
    fn keypoints(&self, count: usize) -> Vec<Keypoint> {
        let params = &self.plan.params;
        let keypoint = |level: usize, point: &Point| {
            let scale = params.scale(level);
            Keypoint {
                x: point.x as f32 * scale,
                y: point.y as f32 * scale,
                size: params.patch_size as f32 * scale,
                angle: point.angle,
                response: point.response,
                octave: level as i32,
                class_id: -1,
            }
        };
        let levels = self.levels[..count].iter().enumerate();
        levels
            .flat_map(|(i, level)| level.points.iter().map(move |point| keypoint(i, point)))
            .collect()
    }

    /// The descriptors of all levels.
    fn descriptors(&self, count: usize) -> Descriptors {
        let rows: Vec<&[u8]> = self.levels[..count].iter().map(|l| &*l.rows).collect();
        Descriptors::from_u8(BYTES, rows.concat())
    }
}

impl Feature2d for Orb {
    fn name(&self) -> &'static str {
        "orb"
    }

    fn descriptor_layout(&self) -> (DescriptorKind, usize) {
        (DescriptorKind::U8, BYTES)
    }

    fn detect(&mut self, image: &GrayImage) -> Result<Vec<Keypoint>> {
        let count = self.plan.params.n_levels;
        self.run(image, count, Goal::Detect);
        Ok(self.keypoints(count))
    }

    /// Describes keypoints at the level their octave names, with the angle they have. Drops
    /// those within `edge_threshold` of the border and those of impossible octaves, and sorts
    /// the others by octave.
    fn compute(&mut self, image: &GrayImage, keypoints: &mut Vec<Keypoint>) -> Result<Descriptors> {
        let params = self.plan.params;
        let size = (image.width(), image.height());
        let exists = |level: usize| {
            let (width, height) = params.level_size(level, size);
            width > 0 && height > 0
        };
        keypoints.retain(|k| {
            is_inside(k, size, params.edge_threshold)
                && usize::try_from(k.octave).is_ok_and(|level| level < MAX_LEVELS && exists(level))
        });
        keypoints.sort_by_key(|k| k.octave);
        let count = keypoints.last().map_or(0, |k| k.octave as usize + 1);
        let more = count.max(self.levels.len());
        self.levels.resize_with(more, Level::default);
        for level in &mut self.levels {
            level.points.clear();
        }
        for k in keypoints.iter() {
            let shrink = 1.0 / params.scale(k.octave as usize);
            self.levels[k.octave as usize].points.push(Point {
                x: (k.x * shrink).round_ties_even() as i32,
                y: (k.y * shrink).round_ties_even() as i32,
                response: k.response,
                angle: k.angle,
            });
        }
        self.run(image, count, Goal::Describe);
        Ok(self.descriptors(count))
    }

    fn detect_and_compute(&mut self, image: &GrayImage) -> Result<Features> {
        let count = self.plan.params.n_levels;
        self.run(image, count, Goal::Both);
        Ok(Features {
            keypoints: self.keypoints(count),
            descriptors: self.descriptors(count),
        })
    }
}
