//! SIFT: keypoints that survive scaling and rotation, with descriptors of 128 numbers.
//!
//! D. G. Lowe, *Distinctive Image Features from Scale-Invariant Keypoints*, IJCV 60 (2004),
//! in the conventions of `cv::SIFT` of OpenCV 5.0: the same keypoints in the same order, and
//! descriptors that differ in single elements by 1 at most in few cases.
//!
//! # Steps
//! 1. The picture is doubled and blurred to `sigma` (section 3.3). Every octave blurs it on in
//!    `n_octave_layers + 3` pictures, each by the same factor more than the one before; the
//!    picture of twice the blur, at half the resolution, starts the next octave.
//! 2. Pixels of the differences of successive pictures that are not exceeded by any of their 26
//!    neighbours in place and scale are candidates (section 3.1).
//! 3. A parabola through each candidate gives its position and scale between the pixels; what has
//!    little contrast or lies on an edge goes (sections 4 and 4.1).
//! 4. The gradients around it vote for 36 directions; each peak of at least 0.8 times the highest
//!    makes a keypoint (section 5).
//! 5. A grid of 4 x 4 cells is laid over the keypoint, scaled and turned with it. In each cell
//!    the gradients fill a histogram of 8 directions. The 128 numbers are normalised, cut off at
//!    0.2, normalised to 512 and rounded to 0..=255 (section 6.1). Compare them by Euclidean
//!    distance.
//!
//! Gradients and all that follows take their angles with y upwards, as the paper does, and
//! [`Keypoint::angle`] turns them clockwise, as OpenCV does.
//!
//! # When to choose it
//! It is the most reliable of our features for finding the same thing again, at any scale and
//! rotation, under changes of light and moderate changes of viewpoint. ORB is many times faster
//! and its descriptors are smaller, but it finds less again; KAZE is slower than both. With
//! [`SiftParams::nfeatures`] only the strongest keypoints are oriented and described.
//!
//! # Costs
//! Time goes half into the pictures and half into descriptors, so it grows with the pixels and
//! with the keypoints. The last picture of each octave is made only where an extremum of the last
//! differences depends on it. A worker keeps its memory: at 640 x 480 about 40 MB, about 130 bytes
//! a pixel. With several threads the large octaves are split in bands and keypoints are shared out;
//! results and order do not change.
//!
//! # Measured
//! Time to detect and compute on one thread, and how many times as fast that is as OpenCV
//! (`bench/run.sh features`, Intel(R) Xeon(R) Processor avx512f, 2026-11-27); repeatability /
//! matching score of the 500 strongest keypoints after a change of the picture (`bench/run.sh
//! quality`, AMD EPYC avx512f, 2026-11-23). All numbers are in `bench/results`.
//!
//! | 640 x 480 | 1600 x 1200 | rotation | scale | blur | JPEG |
//! |---|---|---|---|---|---|
//! | 45.7 ms, 3.1 x | 252 ms, 2.8 x | 0.77 / 0.65 | 0.49 / 0.41 | 0.34 / 0.24 | 0.56 / 0.44 |
//!
//! # Patent
//! US 6,711,293, which covered the method, expired on 2020-03-06.
//!
//! ```
//! use lookalike_vision::{Exec, Feature2d, GrayImage, Sift, SiftParams};
//!
//! # fn main() -> lookalike_vision::Result<()> {
//! let pixels = (0..64 * 64).map(|i| if i / 64 % 32 / 16 == i % 32 / 16 { 200 } else { 40 });
//! let image = GrayImage::from_vec(64, 64, pixels.collect())?;
//! let mut sift = Sift::new(SiftParams::default(), Exec::default())?;
//! let features = sift.detect_and_compute(&image)?;
//! assert_eq!(features.keypoints.len(), features.descriptors.rows());
//! # Ok(())
//! # }
//! ```

mod aligned;
mod blur;
mod cascade;
mod descriptor;
mod extrema;
mod lanes;
mod octave;
mod order;
mod orientation;
mod padded;
mod params;
mod planes;
mod polar;
mod pyramid;
mod refine;
mod source;
mod top;

pub use params::SiftParams;

use crate::{
    DescriptorKind, Descriptors, Error, Exec, Feature2d, Features, GrayImage, Keypoint, Result,
};
use descriptor::{Describer, Frame, LENGTH};
use pyramid::Pyramid;

/// The SIFT detector and descriptor, as `cv::SIFT`. See the [module](self) for what it does.
#[derive(Debug)]
pub struct Sift {
    params: SiftParams,
    exec: Exec,
    pyramid: Pyramid,
    describers: Vec<Describer>,
}

impl Sift {
    /// A worker with these parameters; it keeps its memory from picture to picture.
    ///
    /// # Errors
    /// [`Error::Parameter`] where a parameter is out of its range.
    pub fn new(params: SiftParams, exec: Exec) -> Result<Self> {
        params.validate()?;
        let mut describers = Vec::new();
        describers.resize_with(exec.threads.max(1), Describer::default);
        Ok(Self {
            params,
            exec,
            pyramid: Pyramid::new(&params, exec),
            describers,
        })
    }

    /// The parameters it was made with.
    pub fn params(&self) -> &SiftParams {
        &self.params
    }

    /// From now on keypoints have at least this contrast, in the units of
    /// [`SiftParams::contrast_threshold`]. Below 0.0236, where OpenCV lets every extremum through to
    /// the exact test, the noise of flat areas among them, those of less than half the contrast are
    /// left out at once.
    ///
    /// # Errors
    /// [`Error::Parameter`] where it is out of its range.
    pub fn set_contrast(&mut self, contrast_threshold: f64) -> Result<()> {
        let params = SiftParams {
            contrast_threshold,
            ..self.params
        };
        params.validate()?;
        self.params = params;
        self.pyramid.set_contrast(contrast_threshold);
        Ok(())
    }

    /// Finds keypoints as [`Feature2d::detect`] does, lets `select` remove some, and describes the
    /// others, with the descriptors as bytes: the same whole numbers from 0 to 255 in a quarter of
    /// the memory.
    pub fn detect_and_compute_bytes(
        &mut self,
        image: &GrayImage,
        select: impl FnOnce(&mut Vec<Keypoint>),
    ) -> (Vec<Keypoint>, Vec<[u8; LENGTH]>) {
        let mut keypoints = self.pyramid.detect(image);
        select(&mut keypoints);
        let rows = self.describe(&keypoints, |value| value as u8);
        (keypoints, rows)
    }

    /// Describes keypoints of the scale space that was built last.
    fn describe<T: Copy + Default + Send>(
        &mut self,
        keypoints: &[Keypoint],
        element: fn(f32) -> T,
    ) -> Vec<[T; LENGTH]> {
        // Neighbours after each other: what one brings into the cache serves the next.
        let mut order: Vec<usize> = (0..keypoints.len()).collect();
        let place = |k: &Keypoint| (k.octave & 0xffff, k.y.to_bits());
        order.sort_unstable_by_key(|&i| (place(&keypoints[i]), i));
        let mut rows = vec![[T::default(); LENGTH]; keypoints.len()];
        let (pyramid, level) = (&self.pyramid, self.exec.level);
        let run = |describer: &mut Describer, keypoint: &Keypoint| {
            let place = Place::of(keypoint);
            let picture = pyramid.picture(place.octave, place.level);
            let values = describer.describe(level, picture, place.frame(keypoint));
            values.map(element)
        };
        if let [describer] = &mut self.describers[..] {
            for i in order {
                rows[i] = run(describer, &keypoints[i]);
            }
            return rows;
        }
        let share = keypoints.len().div_ceil(self.describers.len()).max(1);
        let parts = order.chunks(share).zip(rows.chunks_mut(share));
        rayon::scope(|scope| {
            for ((order, rows), describer) in parts.zip(&mut self.describers) {
                scope.spawn(|_| {
                    for (&i, row) in order.iter().zip(rows) {
                        *row = run(describer, &keypoints[i]);
                    }
                });
            }
        });
        let mut in_order = vec![[T::default(); LENGTH]; keypoints.len()];
        for (&i, row) in order.iter().zip(rows) {
            in_order[i] = row;
        }
        in_order
    }

    fn describe_floats(&mut self, keypoints: &[Keypoint]) -> Descriptors {
        let rows = self.describe(keypoints, |value| value);
        Descriptors::from_f32(LENGTH, rows.into_flattened())
    }
}

/// The descriptor of the mirrored picture: of [`Sift`]'s descriptor of a keypoint, makes the one
/// that the keypoint has when the picture is mirrored left to right.
///
/// Element `32 * row + 8 * column + direction` belongs to a cell of the grid that is turned with
/// the keypoint, whose rows run along the keypoint's direction. In the mirror this direction has
/// become 180 degrees less the angle, columns stay, rows change places, and the gradients turn
/// the other way round.
pub fn mirror_descriptor(descriptor: &[u8; LENGTH]) -> [u8; LENGTH] {
    std::array::from_fn(|i| {
        let (row, column, direction) = (i / 32, i / 8 % 4, i % 8);
        descriptor[32 * (3 - row) + 8 * column + (8 - direction) % 8]
    })
}

/// The descriptor that a keypoint with this one has in the negative of the picture, where the gradients
/// point the other way: with the keypoint's direction the grid turns by 180 degrees, and directions
/// within it stay.
pub fn invert_descriptor(descriptor: &[u8; LENGTH]) -> [u8; LENGTH] {
    std::array::from_fn(|i| {
        let (row, column, direction) = (i / 32, i / 8 % 4, i % 8);
        descriptor[32 * (3 - row) + 8 * (3 - column) + direction]
    })
}

/// Where in the scale space a keypoint was found, unpacked from its octave field.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// -1 is the doubled picture.
    octave: i32,
    level: usize,
}

impl Place {
    fn of(keypoint: &Keypoint) -> Self {
        Self {
            octave: i32::from(keypoint.octave as u8 as i8),
            level: (keypoint.octave >> 8 & 255) as usize,
        }
    }

    fn frame(self, keypoint: &Keypoint) -> Frame {
        let scale = (-self.octave as f32).exp2();
        Frame {
            x: keypoint.x * scale,
            y: keypoint.y * scale,
            angle: orientation::upright(360.0 - keypoint.angle),
            scale: keypoint.size * scale * 0.5,
        }
    }
}

impl Feature2d for Sift {
    fn name(&self) -> &'static str {
        "sift"
    }

    fn descriptor_layout(&self) -> (DescriptorKind, usize) {
        (DescriptorKind::F32, LENGTH)
    }

    fn detect(&mut self, image: &GrayImage) -> Result<Vec<Keypoint>> {
        Ok(self.pyramid.detect(image))
    }

    /// Describes keypoints by their position, size, angle and the octave and level in their
    /// `octave` field, all of which stay as they are. The scale space begins with the lowest
    /// octave among them, -1 being the doubled picture.
    ///
    /// # Errors
    /// [`Error::Parameter`] where an `octave` field names an octave or a level that the scale
    /// space of this picture does not have.
    fn compute(&mut self, image: &GrayImage, keypoints: &mut Vec<Keypoint>) -> Result<Descriptors> {
        let side = image.width().min(image.height());
        let exists = |place: Place| {
            let halved = side.checked_shr(place.octave.max(0) as u32).unwrap_or(0);
            place.octave >= -1 && halved > 0 && place.level < self.params.levels()
        };
        if let Some(wrong) = keypoints.iter().find(|k| !exists(Place::of(k))) {
            return Err(Error::Parameter {
                algorithm: "sift",
                parameter: "octave",
                value: wrong.octave.to_string(),
                expected: "an octave and a level of this picture's scale space",
            });
        }
        let octaves = keypoints.iter().map(|k| Place::of(k).octave);
        if let Some(last) = octaves.clone().max() {
            let first = octaves.min().unwrap_or(0).min(0);
            self.pyramid.build(image, first, last);
        }
        Ok(self.describe_floats(keypoints))
    }

    fn detect_and_compute(&mut self, image: &GrayImage) -> Result<Features> {
        let keypoints = self.pyramid.detect(image);
        let descriptors = self.describe_floats(&keypoints);
        Ok(Features {
            keypoints,
            descriptors,
        })
    }
}
