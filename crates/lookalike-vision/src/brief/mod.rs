//! BRIEF: a bit string of comparisons between smoothed pixels (Calonder, Lepetit, Strecha and
//! Fua 2010, "BRIEF: Binary Robust Independent Elementary Features", ECCV), as
//! `cv::xfeatures2d::BriefDescriptorExtractor`.
//!
//! # Steps
//! 1. *Smoothing* (section 3.1 of the paper): every pixel becomes the sum of the 9 x 9 box
//!    around it.
//! 2. *Tests* (section 3.2, layout G II): 128, 256 or 512 fixed pairs of points within 24 pixels
//!    of the keypoint; a bit is set where the first is darker than the second. The first test is
//!    the highest bit of the first byte.
//! 3. With `use_orientation` the pattern is turned by the keypoint's angle, and cut to integers.
//!
//! Keypoints closer than 28 pixels to the border are dropped. Compare descriptors by Hamming
//! distance.
//!
//! # When to choose it
//! For pictures that are neither turned (more than about 15 degrees) nor scaled: it is then as
//! distinctive as SURF at a fraction of the cost. Where pictures turn, use [`Orb`](crate::Orb).
//! The detector matters more than the length: [`Star`](crate::Star) points are few and stable,
//! [`Fast`](crate::Fast) points many and quick to find.
//!
//! # Costs
//! One pass over the picture for the box sums (2 bytes a pixel), then well under a microsecond a
//! keypoint.
//!
//! # Measured
//! Time to detect and compute with FAST on one thread, and how many times as fast that is as OpenCV
//! (`bench/run.sh features`, Intel(R) Xeon(R) Processor avx512f, 2026-11-27); repeatability /
//! matching score of the 500 strongest keypoints with STAR after a change of the picture
//! (`bench/run.sh quality`, AMD EPYC avx512f, 2026-11-23). All numbers are in `bench/results`.
//!
//! | 640 x 480 | 1600 x 1200 | rotation | scale | blur | JPEG |
//! |---|---|---|---|---|---|
//! | 1.9 ms, 6.1 x | 8.8 ms, 6.8 x | 0.74 / 0.10 | 0.65 / 0.16 | 0.53 / 0.49 | 0.75 / 0.72 |

mod boxes;
mod pattern;

use crate::border::is_inside;
use crate::spread::spread;
use crate::{
    DescriptorKind, Descriptors, Error, Exec, Fast, FastParams, Feature2d, GrayImage, Keypoint,
    Result, Star, StarParams,
};
use boxes::BoxSums;
use pattern::TESTS;

/// The largest offset of a test from the keypoint.
const REACH: i32 = 24;
/// Half of the box.
const HALF_BOX: i32 = 4;
/// The frame without keypoints.
const BORDER: i32 = REACH + HALF_BOX;

/// Parameters of [`Brief`], those of `cv::xfeatures2d::BriefDescriptorExtractor::create`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BriefParams {
    /// Length of a descriptor: 16, 32 or 64 bytes.
    pub bytes: usize,
    /// Whether the pattern turns with the keypoint's angle. STAR and FAST give every keypoint
    /// the angle -1, which turns it by one degree.
    pub use_orientation: bool,
}

impl Default for BriefParams {
    fn default() -> Self {
        Self {
            bytes: 32,
            use_orientation: false,
        }
    }
}

/// Where [`Brief`] gets its keypoints when it is asked to detect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BriefDetector {
    /// From [`Star`].
    Star(StarParams),
    /// From [`Fast`].
    Fast(FastParams),
}

impl Default for BriefDetector {
    fn default() -> Self {
        Self::Star(StarParams::default())
    }
}

/// The BRIEF descriptor, with a detector to feed it.
pub struct Brief {
    params: BriefParams,
    exec: Exec,
    detector: Box<dyn Feature2d>,
    sums: BoxSums,
}

impl Brief {
    /// A descriptor with these parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] where one is outside of its range, of the detector too.
    pub fn new(params: BriefParams, detector: BriefDetector, exec: Exec) -> Result<Self> {
        if ![16, 32, 64].contains(&params.bytes) {
            return Err(Error::Parameter {
                algorithm: "brief",
                parameter: "bytes",
                value: params.bytes.to_string(),
                expected: "16, 32 or 64",
            });
        }
        Ok(Self {
            params,
            exec,
            detector: match detector {
                BriefDetector::Star(params) => Box::new(Star::new(params, exec)?),
                BriefDetector::Fast(params) => Box::new(Fast::new(params, exec)),
            },
            sums: BoxSums::default(),
        })
    }
}

impl Feature2d for Brief {
    fn name(&self) -> &'static str {
        "brief"
    }

    fn descriptor_layout(&self) -> (DescriptorKind, usize) {
        (DescriptorKind::U8, self.params.bytes)
    }

    fn detect(&mut self, image: &GrayImage) -> Result<Vec<Keypoint>> {
        self.detector.detect(image)
    }

    fn compute(&mut self, image: &GrayImage, keypoints: &mut Vec<Keypoint>) -> Result<Descriptors> {
        let bytes = self.params.bytes;
        let size = (image.width(), image.height());
        keypoints.retain(|k| is_inside(k, size, BORDER as u32));
        let mut rows = vec![0; bytes * keypoints.len()];
        if !keypoints.is_empty() {
            self.sums.fill(self.exec, image);
            self.describe(keypoints, &mut rows);
        }
        Ok(Descriptors::from_u8(bytes, rows))
    }
}

impl Brief {
    fn describe(&self, keypoints: &[Keypoint], rows: &mut [u8]) {
        let Self { params, sums, .. } = self;
        let tests = &TESTS[..8 * params.bytes];
        let stride = sums.stride();
        let upright = Offsets::new(tests, stride, |x, y| (x, y));
        let chunk = keypoints.len().div_ceil(self.exec.threads.max(1));
        let rows = rows.chunks_mut(chunk * params.bytes);
        let pieces = keypoints.chunks(chunk).zip(rows).collect();
        spread(
            self.exec.threads,
            pieces,
            |(keypoints, rows): (&[Keypoint], &mut [u8])| {
                let mut turned = upright.clone();
                for (keypoint, row) in keypoints.iter().zip(rows.chunks_exact_mut(params.bytes)) {
                    let patch = sums.patch(keypoint);
                    if params.use_orientation {
                        let turn = Turn::by(keypoint.angle);
                        turned.set(tests, stride, |x, y| turn.apply(x, y));
                        turned.compare(patch, row);
                    } else {
                        upright.compare(patch, row);
                    }
                }
            },
        );
    }
}

/// A rotation, in single precision.
struct Turn {
    sin: f32,
    cos: f32,
}

impl Turn {
    fn by(degrees: f32) -> Self {
        let radians = f64::from(degrees * (std::f64::consts::PI / 180.0) as f32);
        Self {
            sin: radians.sin() as f32,
            cos: radians.cos() as f32,
        }
    }

    fn apply(&self, x: i32, y: i32) -> (i32, i32) {
        let (fx, fy) = (x as f32, y as f32);
        let turned_x = (fx * self.cos - fy * self.sin) as i32;
        let turned_y = (fx * self.sin + fy * self.cos) as i32;
        (turned_x.clamp(-REACH, REACH), turned_y.clamp(-REACH, REACH))
    }
}

/// Where the tests find their boxes, relative to the top left corner of a patch.
#[derive(Clone)]
struct Offsets(Vec<[u32; 2]>);

impl Offsets {
    fn new(tests: &[[i8; 4]], stride: usize, map: impl Fn(i32, i32) -> (i32, i32)) -> Self {
        let mut offsets = Self(Vec::new());
        offsets.set(tests, stride, map);
        offsets
    }

    fn set(&mut self, tests: &[[i8; 4]], stride: usize, map: impl Fn(i32, i32) -> (i32, i32)) {
        let offset = |x: i8, y: i8| {
            let (x, y) = map(i32::from(x), i32::from(y));
            (y + REACH) as u32 * stride as u32 + (x + REACH) as u32
        };
        let pair = |t: &[i8; 4]| [offset(t[0], t[1]), offset(t[2], t[3])];
        self.0.clear();
        self.0.extend(tests.iter().map(pair));
    }

    fn compare(&self, patch: &[u16], row: &mut [u8]) {
        let (eights, _) = self.0.as_chunks::<8>();
        for (byte, tests) in row.iter_mut().zip(eights) {
            *byte = tests.iter().fold(0, |bits, &[a, b]| {
                bits << 1 | u8::from(patch[a as usize] < patch[b as usize])
            });
        }
    }
}
