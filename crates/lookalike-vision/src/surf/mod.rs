//! SURF: blobs from box filters, described by sums of Haar responses.
//!
//! H. Bay, A. Ess, T. Tuytelaars, L. Van Gool, *Speeded-Up Robust Features (SURF)*, Computer
//! Vision and Image Understanding 110 (2008); in the conventions of `cv::xfeatures2d::SURF`.
//!
//! # Patent
//! US 8,165,401 and its family may still be in force where you are. OpenCV keeps SURF out of its
//! packages for that reason (`OPENCV_ENABLE_NONFREE`), and so does this crate: the cargo feature
//! `nonfree` is off by default. Whether you may use it is for you to find out.
//!
//! # Steps
//! 1. The integral image: any box sum from four numbers (section 3.1).
//! 2. For each octave and layer a box filter of side `(9 + 6 layer) 2^octave`, at every
//!    `2^octave`-th pixel of the picture in full size; its response is the determinant of the
//!    Hessian, `Dxx Dyy - .81 Dxy²` (3.2, 3.3). The paper's octaves overlap differently (15, 27,
//!    39, 51 in the second); these are OpenCV's sizes.
//! 3. Maxima among 26 neighbours above the threshold, refined by a quadratic (3.4).
//! 4. The direction: Haar responses within six scales, summed in a sliding window of 60 degrees
//!    (4.1); skipped where `upright`.
//! 5. The descriptor: 4 x 4 regions of 5 x 5 Haar responses, each summed as (dx, dy, |dx|, |dy|)
//!    or, `extended`, split by the sign of the other component into twice as many (4.2).
//!
//! # What comes out
//! Keypoints by falling response; `size` is the filter's side (the paper's scale is 1.2 / 9 of
//! it), `class_id` the sign of the Laplacian (1: dark on light), which saves comparing a light
//! blob with a dark one. Descriptors are `f32` of length 1, to be compared by Euclidean distance.
//!
//! # When to choose it
//! Where an older system speaks SURF. It is a few times cheaper than SIFT. Of the 100 strongest
//! keypoints of six photographs seen from another side (`tests/surf_sift.rs`; mutual nearest
//! neighbours), it matches right 89 % of what SIFT does where the view is tilted, sheared, reduced
//! or turned a little, and 76 % where it is turned by 25 to 45 degrees: sums of upright boxes do not
//! turn well. With more keypoints or with the ratio test SIFT is further ahead. Without such a
//! need, SIFT or AKAZE match better and are free.
//!
//! # Costs
//! Time grows with the pixels for steps 1 to 3 (about 32 additions a pixel and layer of the
//! first octave, a third of that for all others together) and with the keypoints for steps 4
//! and 5. Memory: the integral image twice and five planes of floats.

mod hessian;
mod maxima;
mod orientation;
mod patch;
mod rows;

use rayon::prelude::*;

use self::hessian::{Polyphase, filter_size, response_layer};
use self::maxima::{Triple, find_maxima, strongest_first};
use crate::integral::integral;
use crate::{
    DescriptorKind, Descriptors, Error, Exec, Feature2d, Features, GrayImage, Keypoint, Plane,
    Result,
};

/// The direction of all keypoints where none is sought: upwards, as OpenCV has it.
const UPRIGHT_ANGLE: f32 = 270.0;

/// The parameters of [`Surf`], under OpenCV's names and with OpenCV's defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurfParams {
    /// Smallest determinant of a keypoint, for grey values of 0 to 255; at least 0. 300 to 500
    /// suits most pictures. 100.
    pub hessian_threshold: f32,
    /// Octaves, each of twice the filter sizes; 1 to 12. 4.
    pub n_octaves: u32,
    /// Layers in an octave that are searched for maxima (two more are computed); 1 to 64. 3.
    pub n_octave_layers: u32,
    /// Descriptors of 128 elements instead of 64. Off.
    pub extended: bool,
    /// No direction is sought: faster, for pictures that are not turned. Off.
    pub upright: bool,
}

impl Default for SurfParams {
    fn default() -> Self {
        Self {
            hessian_threshold: 100.0,
            n_octaves: 4,
            n_octave_layers: 3,
            extended: false,
            upright: false,
        }
    }
}

impl SurfParams {
    fn check(&self) -> Result<()> {
        let fail = |parameter, value: String, expected| {
            Err(Error::Parameter {
                algorithm: "surf",
                parameter,
                value,
                expected,
            })
        };
        let threshold = self.hessian_threshold;
        if !(threshold >= 0.0 && threshold.is_finite()) {
            return fail("hessian-threshold", threshold.to_string(), "at least 0");
        }
        if !(1..=12).contains(&self.n_octaves) {
            return fail("n-octaves", self.n_octaves.to_string(), "1 to 12");
        }
        if !(1..=64).contains(&self.n_octave_layers) {
            return fail(
                "n-octave-layers",
                self.n_octave_layers.to_string(),
                "1 to 64",
            );
        }
        Ok(())
    }
}

/// The SURF detector and descriptor, `cv::xfeatures2d::SURF`.
pub struct Surf {
    params: SurfParams,
    exec: Exec,
    samples: orientation::Samples,
    weights: patch::Weights,
    sums: Plane<i32>,
    phases: [Polyphase; 2],
    layers: Vec<Plane<f32>>,
}

impl Surf {
    /// A worker with these parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] where one is out of range.
    pub fn new(params: SurfParams, exec: Exec) -> Result<Self> {
        params.check()?;
        Ok(Self {
            params,
            exec,
            samples: orientation::Samples::new(),
            weights: patch::Weights::new(),
            sums: Plane::default(),
            phases: Default::default(),
            layers: vec![Plane::default(); params.n_octave_layers as usize + 2],
        })
    }

    /// The parameters it was made with.
    pub fn params(&self) -> &SurfParams {
        &self.params
    }

    /// Steps 1 to 3; leaves the integral image behind.
    fn find(&mut self, image: &GrayImage) -> Vec<Keypoint> {
        integral(image, &mut self.sums);
        let mut keypoints = Vec::new();
        self.phases[0].reset(&self.sums);
        for octave in 0..self.params.n_octaves as usize {
            // The first middle layer has to fit, or nothing of this octave and the next does.
            let smallest = filter_size(octave, 1);
            if smallest > image.width() || smallest > image.height() {
                break;
            }
            if octave > 0 {
                let [current, next] = &mut self.phases;
                next.halve(current);
                self.phases.swap(0, 1);
            }
            for (layer, plane) in self.layers.iter_mut().enumerate() {
                let size = filter_size(octave, layer);
                response_layer(
                    self.exec.level,
                    self.exec.threads,
                    &self.phases[0],
                    size,
                    plane,
                );
            }
            for (i, layers) in self.layers.windows(3).enumerate() {
                let triple = Triple {
                    layers: [&layers[0], &layers[1], &layers[2]],
                    octave,
                    layer: i + 1,
                };
                find_maxima(
                    &triple,
                    &self.sums,
                    self.params.hessian_threshold,
                    &mut keypoints,
                );
            }
        }
        keypoints.sort_by(strongest_first);
        keypoints
    }

    /// Step 4: sets the angles, dropping keypoints that reach too far out of the picture.
    fn orient(&self, keypoints: &mut Vec<Keypoint>) {
        let angle = |keypoint: &Keypoint| {
            let side = orientation::wavelet_side(&self.sums, keypoint)?;
            if patch::window_side(keypoint) == 0 {
                None
            } else if self.params.upright {
                Some(UPRIGHT_ANGLE)
            } else {
                orientation::orientation(&self.samples, &self.sums, keypoint, side)
            }
        };
        let angles: Vec<_> = if self.exec.threads > 1 {
            let share = keypoints.len().div_ceil(self.exec.threads).max(1);
            keypoints
                .par_iter()
                .with_min_len(share)
                .map(angle)
                .collect()
        } else {
            keypoints.iter().map(angle).collect()
        };
        let mut angles = angles.into_iter();
        keypoints.retain_mut(|keypoint| {
            let angle = angles.next().flatten();
            keypoint.angle = angle.unwrap_or(keypoint.angle);
            angle.is_some()
        });
    }

    /// Step 5.
    fn describe(&self, image: &GrayImage, keypoints: &[Keypoint]) -> Descriptors {
        let length = self.descriptor_layout().1;
        let mut data = vec![0.0; keypoints.len() * length];
        let run = |(keypoints, rows): (&[Keypoint], &mut [f32])| {
            let mut scratch = patch::Scratch::default();
            for (keypoint, row) in keypoints.iter().zip(rows.chunks_exact_mut(length)) {
                patch::describe(
                    image,
                    keypoint,
                    &self.weights,
                    &self.params,
                    &mut scratch,
                    row,
                );
            }
        };
        if self.exec.threads > 1 {
            let share = keypoints.len().div_ceil(self.exec.threads).max(1);
            let rows = data.par_chunks_mut(share * length);
            keypoints.par_chunks(share).zip(rows).for_each(run);
        } else {
            run((keypoints, &mut data));
        }
        Descriptors::from_f32(length, data)
    }
}

impl Feature2d for Surf {
    fn name(&self) -> &'static str {
        "surf"
    }

    fn descriptor_layout(&self) -> (DescriptorKind, usize) {
        (
            DescriptorKind::F32,
            if self.params.extended { 128 } else { 64 },
        )
    }

    fn detect(&mut self, image: &GrayImage) -> Result<Vec<Keypoint>> {
        let mut keypoints = self.find(image);
        self.orient(&mut keypoints);
        Ok(keypoints)
    }

    fn compute(&mut self, image: &GrayImage, keypoints: &mut Vec<Keypoint>) -> Result<Descriptors> {
        integral(image, &mut self.sums);
        self.orient(keypoints);
        Ok(self.describe(image, keypoints))
    }

    fn detect_and_compute(&mut self, image: &GrayImage) -> Result<Features> {
        let keypoints = self.detect(image)?;
        let descriptors = self.describe(image, &keypoints);
        Ok(Features {
            keypoints,
            descriptors,
        })
    }
}
