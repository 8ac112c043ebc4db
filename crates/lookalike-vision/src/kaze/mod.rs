//! KAZE: blobs of a nonlinear scale space, described by 64 or 128 numbers.
//!
//! P. F. Alcantarilla, A. Bartoli, A. J. Davison, *KAZE Features*, ECCV 2012, in the form that
//! OpenCV 5.0 gives it, keypoint for keypoint.
//!
//! Where SIFT and SURF blur a picture evenly, KAZE lets it diffuse: noise goes, edges stay, and
//! so the keypoints of coarse levels sit closer to what they show. The steps:
//!
//! 1. **Scale space** (paper, section 4.1). The picture, blurred by sigma 1.6, is level 0. A
//!    level's conductance falls with its gradient, relative to a contrast factor: the 70th
//!    percentile of the gradients of level 0. The paper solves the diffusion equation by AOS;
//!    OpenCV, and so this module, by the explicit steps of varying size of Grewenig, Weickert and
//!    Bruhn (*From Box Filtering to Fast Explicit Diffusion*, DAGM 2010). All octaves have the
//!    resolution of the picture.
//! 2. **Detection** (section 4.2). The response is the determinant of the Hessian, normalised for
//!    scale. A keypoint is a pixel that none of its 26 neighbours in position and scale exceeds.
//!    Of close keypoints at neighbouring levels the strongest stays. A parabola through the
//!    neighbours gives the position between pixels and levels.
//! 3. **Description** (section 4.3). The angle is that of the strongest 60 degrees of gradients
//!    around the keypoint, as in SURF; the descriptor is M-SURF: sums of the derivatives and of
//!    their absolute values over 4 x 4 overlapping regions.
//!
//! # Two kinds of descriptors
//! [`detect_and_compute`](Feature2d::detect_and_compute) samples derivatives at the level's scale.
//! [`detect`](Feature2d::detect), then [`compute`](Feature2d::compute) samples plain 3x3
//! derivatives of the blurred level, because OpenCV's `compute` skips the others. Angles and
//! descriptors of the two kinds do not match each other. The tutorial's vector uses the second
//! kind.
//!
//! # When to choose it
//! KAZE finds fewer, more stable points than SIFT, and keeps boundaries; its cost is the largest
//! of all the algorithms here, and goes up with the pixels, since coarse levels are not smaller.
//! AKAZE is its fast variant, with bits for descriptors.
//!
//! # Parameters
//! See [`KazeParams`]. A lower `threshold` gives more keypoints at little cost; fewer
//! `n_octaves` save the most time, since a level needs the more diffusion steps the coarser it is.
//!
//! # Time and memory
//! Levels stream through: a level is blurred, diffused in one sweep over its rows, its response
//! taken, and its keypoints are described as soon as nothing can displace them, which is two
//! levels later. So some ten planes of floats are alive at a time, whatever the number of levels.
//! With two threads, one diffuses and the other one does the rest; the result is the same.
//!
//! # Measured
//! Time to detect and compute on one thread, and how many times as fast that is as OpenCV
//! (`bench/run.sh features`, Intel(R) Xeon(R) Processor avx512f, 2026-11-27); repeatability /
//! matching score of the 500 strongest keypoints after a change of the picture (`bench/run.sh
//! quality`, AMD EPYC avx512f, 2026-11-23). All numbers are in `bench/results`.
//!
//! | 640 x 480 | 1600 x 1200 | rotation | scale | blur | JPEG |
//! |---|---|---|---|---|---|
//! | 29.2 ms, 9.4 x | 247 ms, 7.5 x | 0.81 / 0.63 | 0.75 / 0.43 | 0.76 / 0.58 | 0.89 / 0.78 |

mod descriptor;
mod entries;
mod extrema;
mod orientation;
mod params;
mod pipeline;
mod sampling;
mod space;
mod strongest;

pub(crate) use descriptor::{Patch, describe};
pub use params::KazeParams;
pub(crate) use sampling::{AtScale, Derivatives, PADDED, Places, SAMPLES};

use crate::{DescriptorKind, Descriptors, Exec, Feature2d, Features, GrayImage, Keypoint, Result};
use pipeline::{Pipeline, Wanted};

/// A KAZE worker.
#[derive(Debug)]
pub struct Kaze {
    pipeline: Pipeline,
}

impl Kaze {
    /// A worker with the given parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) where one is out of its range.
    pub fn new(params: KazeParams, exec: Exec) -> Result<Self> {
        params.check()?;
        Ok(Self {
            pipeline: Pipeline::new(params, exec),
        })
    }

    /// The parameters.
    pub fn params(&self) -> &KazeParams {
        self.pipeline.params()
    }
}

impl Feature2d for Kaze {
    fn name(&self) -> &'static str {
        "kaze"
    }

    fn descriptor_layout(&self) -> (DescriptorKind, usize) {
        (DescriptorKind::F32, self.params().descriptor_length())
    }

    fn detect(&mut self, image: &GrayImage) -> Result<Vec<Keypoint>> {
        Ok(self.pipeline.run(image, Wanted::Keypoints).keypoints)
    }

    /// Sets the angles and describes all keypoints, from plain Scharr derivatives of the blurred
    /// levels, as OpenCV does.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) where a `class_id` is no level of the scale
    /// space.
    fn compute(&mut self, image: &GrayImage, keypoints: &mut Vec<Keypoint>) -> Result<Descriptors> {
        self.pipeline.compute(image, keypoints)
    }

    fn detect_and_compute(&mut self, image: &GrayImage) -> Result<Features> {
        Ok(self.pipeline.run(image, Wanted::Features))
    }

    /// Builds the scale space only once.
    fn detect_then_compute_strongest(&mut self, image: &GrayImage, max: usize) -> Result<Features> {
        Ok(self.pipeline.run(image, Wanted::Strongest(max)))
    }
}
