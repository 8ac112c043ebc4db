//! What can be set, and the levels that follow from it.

use crate::nonlinear::{Diffusivity, fed};
use crate::{DescriptorKind, Error, Result};

/// Scale of level 0 in pixels, `soffset` in OpenCV.
const BASE_SCALE: f32 = 1.6;
/// Derivatives are taken at so many times a level's scale, `derivative_factor` in OpenCV.
const DERIVATIVE_FACTOR: f32 = 1.5;
/// A further octave has to be at least this large.
const SMALLEST: (usize, usize) = (80, 40);
/// Bits per channel of the full binary descriptor: pairs of 4, 9 and 16 cells.
pub(super) const BITS_PER_CHANNEL: u32 = 6 + 36 + 120;

/// What an AKAZE descriptor is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AkazeDescriptor {
    /// `DESCRIPTOR_KAZE_UPRIGHT`: 64 floats, not turned.
    KazeUpright,
    /// `DESCRIPTOR_KAZE`: 64 floats.
    Kaze,
    /// `DESCRIPTOR_MLDB_UPRIGHT`: bits, not turned.
    MldbUpright,
    /// `DESCRIPTOR_MLDB`: bits.
    #[default]
    Mldb,
}

/// Parameters of [`Akaze`](super::Akaze), under OpenCV's names; the default is OpenCV's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AkazeParams {
    /// Kind of the descriptors.
    pub descriptor_type: AkazeDescriptor,
    /// Bits of a binary descriptor, at most 162 per channel; 0 for all of them. Fewer are a fixed
    /// random choice, which always holds those of the coarsest grid. Without effect on the other
    /// kinds.
    pub descriptor_size: u32,
    /// What the bits compare: 1 brightness, 2 also the strength of the gradient, 3 brightness and
    /// both parts of the gradient. OpenCV refuses 1 and 2 unless `descriptor_size` is set.
    pub descriptor_channels: u32,
    /// Smallest response of a keypoint, for pixel values of 0 to 1. Fewer for larger values.
    pub threshold: f32,
    /// Most octaves of the scale space, 1 to 10. Each has half the width and height of the one
    /// before; those below 80 x 40 pixels are left out.
    pub n_octaves: u32,
    /// Levels in an octave, 1 to 32.
    pub n_octave_layers: u32,
    /// How gradients become conductance.
    pub diffusivity: Diffusivity,
    /// Where there are more keypoints than this, only so many of the strongest, by falling
    /// response; no limit where it is 0 or less.
    pub max_points: i32,
}

impl Default for AkazeParams {
    fn default() -> Self {
        Self {
            descriptor_type: AkazeDescriptor::Mldb,
            descriptor_size: 0,
            descriptor_channels: 3,
            threshold: 0.001,
            n_octaves: 4,
            n_octave_layers: 4,
            diffusivity: Diffusivity::PmG2,
            max_points: -1,
        }
    }
}

impl AkazeParams {
    /// Refuses what is out of range.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |parameter, value: String, expected| {
            Err(Error::Parameter {
                algorithm: "akaze",
                parameter,
                value,
                expected,
            })
        };
        let channels = self.descriptor_channels;
        if !(1..=3).contains(&channels) {
            return refuse("descriptor-channels", channels.to_string(), "1 to 3");
        }
        if self.descriptor_size > BITS_PER_CHANNEL * channels {
            let value = self.descriptor_size.to_string();
            return refuse("descriptor-size", value, "at most 162 per channel");
        }
        if !self.threshold.is_finite() {
            return refuse("threshold", self.threshold.to_string(), "a finite number");
        }
        if !(1..=10).contains(&self.n_octaves) {
            return refuse("n-octaves", self.n_octaves.to_string(), "1 to 10");
        }
        if !(1..=32).contains(&self.n_octave_layers) {
            let value = self.n_octave_layers.to_string();
            return refuse("n-octave-layers", value, "1 to 32");
        }
        Ok(())
    }

    /// What the elements of a descriptor are, and how many it has.
    pub(super) fn layout(&self) -> (DescriptorKind, usize) {
        match self.descriptor_type {
            AkazeDescriptor::Kaze | AkazeDescriptor::KazeUpright => (DescriptorKind::F32, 64),
            AkazeDescriptor::Mldb | AkazeDescriptor::MldbUpright => {
                let full = BITS_PER_CHANNEL * self.descriptor_channels;
                let bits = if self.descriptor_size == 0 {
                    full
                } else {
                    self.descriptor_size
                };
                (DescriptorKind::U8, bits.div_ceil(8) as usize)
            }
        }
    }

    /// Half the diagonal of a descriptor's pattern, in steps.
    fn reach(&self) -> f32 {
        let side = match self.descriptor_type {
            AkazeDescriptor::Kaze | AkazeDescriptor::KazeUpright => 12.0,
            AkazeDescriptor::Mldb | AkazeDescriptor::MldbUpright => 10.0,
        };
        side * std::f32::consts::SQRT_2
    }

    /// The levels of the scale space of a picture, finest first.
    pub(super) fn levels(&self, width: usize, height: usize) -> Vec<Level> {
        let mut levels: Vec<Level> = Vec::new();
        let mut time_before = 0.0;
        for octave in 0..self.n_octaves {
            let size = (width >> octave, height >> octave);
            if octave > 0 && (size.0 < SMALLEST.0 || size.1 < SMALLEST.1) {
                break;
            }
            for sublevel in 0..self.n_octave_layers {
                let exponent = sublevel as f32 / self.n_octave_layers as f32 + octave as f32;
                let scale = BASE_SCALE * exponent.exp2();
                let ratio = 1 << octave;
                let step = (scale * DERIVATIVE_FACTOR / ratio as f32).round_ties_even();
                let time = 0.5 * scale * scale;
                let first = levels.is_empty();
                levels.push(Level {
                    octave,
                    size,
                    ratio,
                    diameter: 2.0 * (scale * DERIVATIVE_FACTOR),
                    step: step as usize,
                    border: (self.reach() * step).round_ties_even() as usize + 1,
                    steps: if first {
                        Vec::new()
                    } else {
                        fed::steps(time - time_before)
                    },
                });
                time_before = time;
            }
        }
        levels
    }
}

/// A level of the scale space.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) octave: u32,
    /// Width and height in pixels of the level.
    pub(super) size: (usize, usize),
    /// Pixels of the picture along a pixel of the level.
    pub(super) ratio: usize,
    /// The size of its keypoints, in pixels of the picture.
    pub(super) diameter: f32,
    /// Distance of the taps of derivatives, in pixels of the level.
    pub(super) step: usize,
    /// Keypoints are at least this far from the level's border.
    pub(super) border: usize,
    /// Diffusion steps from the level before.
    pub(super) steps: Vec<f32>,
}
