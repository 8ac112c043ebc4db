//! The parameters, under OpenCV's names.

use crate::{Error, Result};

/// Parameters of [`Sift`](super::Sift), with the names, meanings and defaults of
/// `cv::SIFT::create`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SiftParams {
    /// How many of the strongest keypoints to keep; 0 keeps all. Keypoints that tie with the
    /// weakest kept one are kept too, so there may be a few more.
    pub nfeatures: usize,
    /// Levels per octave in which extrema are sought, 1 to 32 (Lowe: 3). Each octave has three
    /// Gaussian pictures more.
    pub n_octave_layers: usize,
    /// Extrema of less contrast are dropped, in units of the grey range and before division by
    /// `n_octave_layers`; at least 0. Larger finds fewer.
    pub contrast_threshold: f64,
    /// Extrema with a ratio of principal curvatures above this lie on an edge and are dropped;
    /// above 0. Larger finds more.
    pub edge_threshold: f64,
    /// Blur of the first picture of the first octave, in its pixels, 0.1 to 16.
    pub sigma: f64,
    /// Doubles the picture without OpenCV's customary shift by a quarter of a pixel. Keypoints
    /// are then a quarter of a pixel further right and down, where they really are.
    pub enable_precise_upscale: bool,
}

impl Default for SiftParams {
    fn default() -> Self {
        Self {
            nfeatures: 0,
            n_octave_layers: 3,
            contrast_threshold: 0.04,
            edge_threshold: 10.0,
            sigma: 1.6,
            enable_precise_upscale: false,
        }
    }
}

impl SiftParams {
    /// # Errors
    /// [`Error::Parameter`] for the first value out of range.
    pub(super) fn validate(&self) -> Result<()> {
        let wrong = |parameter, value: String, expected| {
            Err(Error::Parameter {
                algorithm: "sift",
                parameter,
                value,
                expected,
            })
        };
        if !(1..=32).contains(&self.n_octave_layers) {
            let value = self.n_octave_layers.to_string();
            return wrong("n-octave-layers", value, "1 to 32");
        }
        let contrast = self.contrast_threshold;
        if !(0.0..=1e6).contains(&contrast) {
            return wrong("contrast-threshold", contrast.to_string(), "0 to 1e6");
        }
        let edge = self.edge_threshold;
        if !(edge > 0.0 && edge <= 1e6) {
            return wrong("edge-threshold", edge.to_string(), "above 0, up to 1e6");
        }
        if !(0.1..=16.0).contains(&self.sigma) {
            return wrong("sigma", self.sigma.to_string(), "0.1 to 16");
        }
        Ok(())
    }

    /// Gaussian pictures per octave.
    pub(super) fn levels(&self) -> usize {
        self.n_octave_layers + 3
    }

    /// The blur that makes level `i >= 1` of an octave out of level `i - 1`, in pixels (Lowe
    /// 2004, section 3.3: levels differ by the factor k = 2^(1/layers)).
    pub(super) fn level_blur(&self, i: usize) -> f64 {
        let k = 2f64.powf(1.0 / self.n_octave_layers as f64);
        let before = k.powi(i as i32 - 1) * self.sigma;
        let after = before * k;
        (after * after - before * before).sqrt()
    }

    /// The blur that makes the base picture, which is taken to have a blur of 0.5 pixels before
    /// it is doubled.
    pub(super) fn base_blur(&self, doubled: bool) -> f64 {
        let camera = if doubled { 1.0f32 } else { 0.5 };
        let sigma = self.sigma as f32;
        f64::from((sigma * sigma - camera * camera).max(0.01).sqrt())
    }
}
