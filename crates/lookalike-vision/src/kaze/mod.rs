//! KAZE features.

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
