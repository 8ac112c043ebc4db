//! STAR: blobs by a bi-level star-shaped filter, OpenCV's variant of CenSurE (Agrawal, Konolige,
//! Blas 2008, "CenSurE: Center Surround Extremas for Realtime Feature Detection and Matching",
//! ECCV), as `cv::xfeatures2d::StarDetector`.
//!
//! # Steps
//! 1. *Responses* (section 2 of the paper, but with stars instead of octagons): a star of size s
//!    is an upright box of radius s laid over a diamond of radius 1.5 s. Its sum comes from four
//!    look-ups in an integral image and four in slanted ones (section 2.2). The response at a
//!    pixel is the mean over a small star minus the mean over the ring between it and a star
//!    about twice the size; of twelve such pairs the one with the strongest response counts. All
//!    sizes are computed at full resolution, so nothing is interpolated.
//! 2. *Extrema*: maxima and minima in tiles of half the suppression size, that are also the
//!    strongest in the same distance around themselves.
//! 3. *Line suppression* (section 2.4): points whose scale-adapted second moments of the
//!    response, or of the map of sizes, have too large a ratio of principal curvatures.
//!
//! # When to choose it
//! As the companion of [`Brief`](crate::Brief), whose authors use it: few, stable, well placed
//! blobs with a size. It is slower than FAST and finds nothing near the border (1.5 times the
//! largest star). It has neither orientation nor descriptor.
//!
//! # Costs
//! Time grows with pixels times sizes; memory is 18 bytes a pixel.

mod extrema;
mod response;

use crate::{DescriptorKind, Descriptors, Error, Exec, Feature2d, GrayImage, Keypoint, Result};
use response::Responses;

/// Parameters of [`Star`], those of `cv::xfeatures2d::StarDetector::create`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StarParams {
    /// The largest star (the radius of its box, in pixels), at least 0; sizes go up to 128.
    pub max_size: i32,
    /// The least response, in grey levels, at least 0.
    pub response_threshold: i32,
    /// Curvature ratio above which a point lies on a line, judged by responses. At least 0; 0
    /// takes every point for one of a line.
    pub line_threshold_projected: i32,
    /// The same, judged by the map of sizes.
    pub line_threshold_binarized: i32,
    /// Side of the window in which only the strongest point is kept, 1 to 10,000 pixels.
    pub suppress_nonmax_size: i32,
}

impl Default for StarParams {
    fn default() -> Self {
        Self {
            max_size: 45,
            response_threshold: 30,
            line_threshold_projected: 10,
            line_threshold_binarized: 8,
            suppress_nonmax_size: 5,
        }
    }
}

impl StarParams {
    fn check(&self) -> Result<()> {
        let at_least = |low: i32, expected, parameter, value: i32| {
            if value >= low {
                return Ok(());
            }
            Err(parameter_error(parameter, value, expected))
        };
        at_least(0, "at least 0", "max-size", self.max_size)?;
        at_least(
            0,
            "at least 0",
            "response-threshold",
            self.response_threshold,
        )?;
        at_least(
            0,
            "at least 0",
            "line-threshold-projected",
            self.line_threshold_projected,
        )?;
        at_least(
            0,
            "at least 0",
            "line-threshold-binarized",
            self.line_threshold_binarized,
        )?;
        if !(1..=10_000).contains(&self.suppress_nonmax_size) {
            return Err(parameter_error(
                "suppress-nonmax-size",
                self.suppress_nonmax_size,
                "1 to 10000",
            ));
        }
        Ok(())
    }
}

fn parameter_error(parameter: &'static str, value: i32, expected: &'static str) -> Error {
    Error::Parameter {
        algorithm: "star",
        parameter,
        value: value.to_string(),
        expected,
    }
}

/// The STAR detector. It only detects.
///
/// Keypoints come in OpenCV's order (tile by tile; the bright one first), with angle -1, octave
/// 0, class -1, and the radius of the outer star's box as size. A dark blob carries OpenCV's
/// response: that of the brightest point of its tile, or the threshold.
#[derive(Debug)]
pub struct Star {
    params: StarParams,
    exec: Exec,
    responses: Responses,
}

impl Star {
    /// A detector with these parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] where one is outside of its range.
    pub fn new(params: StarParams, exec: Exec) -> Result<Self> {
        params.check()?;
        Ok(Self {
            params,
            exec,
            responses: Responses::default(),
        })
    }
}

impl Feature2d for Star {
    fn name(&self) -> &'static str {
        "star"
    }

    /// No descriptor: 0 elements.
    fn descriptor_layout(&self) -> (DescriptorKind, usize) {
        (DescriptorKind::U8, 0)
    }

    fn detect(&mut self, image: &GrayImage) -> Result<Vec<Keypoint>> {
        Ok(
            match self.responses.fill(self.exec, image, self.params.max_size) {
                Some(border) => extrema::find(&self.responses, border, &self.params),
                None => Vec::new(),
            },
        )
    }

    /// # Errors
    /// Always [`Error::Unsupported`].
    fn compute(&mut self, _: &GrayImage, _: &mut Vec<Keypoint>) -> Result<Descriptors> {
        Err(Error::Unsupported {
            algorithm: self.name(),
            operation: "compute",
        })
    }
}
