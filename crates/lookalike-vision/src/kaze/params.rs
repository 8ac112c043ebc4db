//! What can be set, and the levels that follow from it.

use crate::nonlinear::{Diffusivity, fed};
use crate::{Error, Result};

/// Scale of level 0 in pixels, `soffset` in OpenCV.
const BASE_SCALE: f32 = 1.6;

/// Parameters of [`Kaze`](super::Kaze), under OpenCV's names; the default is OpenCV's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KazeParams {
    /// Smallest response of a keypoint, for pixel values of 0 to 1. Fewer for larger values;
    /// zero and below keep every maximum above it.
    pub threshold: f32,
    /// Octaves of the scale space, 1 to 10. All of them have full resolution, and the time goes
    /// up with every one.
    pub n_octaves: u32,
    /// Levels in an octave, 1 to 32. The first and the last level of all hold no keypoints.
    pub n_octave_layers: u32,
    /// How gradients become conductance.
    pub diffusivity: Diffusivity,
    /// Descriptors of 128 instead of 64 numbers.
    pub extended: bool,
    /// No orientation: faster, for pictures that are not rotated.
    pub upright: bool,
}

impl Default for KazeParams {
    fn default() -> Self {
        Self {
            threshold: 0.001,
            n_octaves: 4,
            n_octave_layers: 4,
            diffusivity: Diffusivity::PmG2,
            extended: false,
            upright: false,
        }
    }
}

impl KazeParams {
    /// Refuses what is out of range.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |parameter, value: String, expected| {
            Err(Error::Parameter {
                algorithm: "kaze",
                parameter,
                value,
                expected,
            })
        };
        if !self.threshold.is_finite() {
            return refuse("threshold", self.threshold.to_string(), "a finite number");
        }
        if !(1..=10).contains(&self.n_octaves) {
            return refuse("n-octaves", self.n_octaves.to_string(), "1 to 10");
        }
        if !(1..=32).contains(&self.n_octave_layers) {
            return refuse(
                "n-octave-layers",
                self.n_octave_layers.to_string(),
                "1 to 32",
            );
        }
        Ok(())
    }

    /// Numbers in a descriptor.
    pub(super) fn descriptor_length(&self) -> usize {
        if self.extended { 128 } else { 64 }
    }

    /// The levels of the scale space, finest first.
    pub(super) fn levels(&self) -> Vec<Level> {
        let count = self.n_octaves * self.n_octave_layers;
        let mut before = None;
        (0..count)
            .map(|l| {
                let octave = l / self.n_octave_layers;
                let sublevel = l % self.n_octave_layers;
                let scale = self.scale(octave, sublevel as f32);
                let time = 0.5 * scale * scale;
                let steps = before.map_or_else(Vec::new, |b| fed::steps(time - b));
                before = Some(time);
                Level {
                    octave,
                    sublevel,
                    scale,
                    step: scale.round_ties_even() as usize,
                    steps,
                }
            })
            .collect()
    }

    /// The scale in pixels at a fractional sublevel.
    pub(super) fn scale(&self, octave: u32, sublevel: f32) -> f32 {
        BASE_SCALE * (octave as f32 + sublevel / self.n_octave_layers as f32).exp2()
    }
}

/// A level of the scale space.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) octave: u32,
    pub(super) sublevel: u32,
    /// Sigma in pixels.
    pub(super) scale: f32,
    /// The same in whole pixels: distance of the taps of derivatives.
    pub(super) step: usize,
    /// Diffusion steps from the level before.
    pub(super) steps: Vec<f32>,
}
