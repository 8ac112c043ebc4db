//! EfficientNet-Lite0 without its classifier, compiled in.
//!
//! Tan and Le, "EfficientNet", ICML 2019; the "lite" variant, trained on ImageNet-1k, as f16
//! weights of 6.7 MB (see LICENSES/efficientnet-lite0.txt, and `bench/lite0.py`, which makes them).
//! The arithmetic is f32.

mod block;
mod depthwise;
mod floats;
mod network;
mod pointwise;
mod stem;
mod weights;

use std::sync::OnceLock;

use fearless_simd::Level;

use crate::embedder::normalize;
use crate::resample::Filter;
use crate::shape::{Fit, Shaper};
use crate::{Embedder, Error, ModelId, Picture, Result};
use network::{Network, OUTPUTS, SIDE, Scratch};

/// What the vectors depend on besides the weights.
const RECIPE: &str = "squash 224 bicubic, (x - 127) / 128, mean";

/// The model that is always there: 1,280 dimensions.
///
/// The whole picture is squashed to 224 x 224 pixels with Pillow's bicubic filter; the vector is
/// the mean over all places of the last layer.
pub struct Lite0 {
    level: Level,
    shaper: Shaper,
    scratch: Scratch,
}

impl Lite0 {
    /// Length of its vectors.
    pub const DIMENSIONS: usize = OUTPUTS;

    /// A worker of its own; `level` is the instruction set that it uses. The first one unpacks the
    /// weights (13 MB, some milliseconds), which all share.
    pub fn new(level: Level) -> Self {
        let side = SIDE as u32;
        Self {
            level,
            shaper: Shaper::new(level, (side, side), Fit::Squash, Filter::Bicubic),
            scratch: network().scratch(),
        }
    }

    /// The id of the model, without unpacking it.
    pub fn model_id() -> &'static ModelId {
        static ID: OnceLock<ModelId> = OnceLock::new();
        ID.get_or_init(|| ModelId::new(&blake3::hash(weights::FILE), RECIPE))
    }
}

fn network() -> &'static Network {
    static NETWORK: OnceLock<Network> = OnceLock::new();
    NETWORK.get_or_init(Network::new)
}

impl Embedder for Lite0 {
    fn id(&self) -> &ModelId {
        Self::model_id()
    }

    fn dimensions(&self) -> usize {
        OUTPUTS
    }

    fn embed(&mut self, picture: Picture<'_>) -> Result<Vec<f32>> {
        let pixels = self.shaper.shape(picture);
        let vector = network().run(self.level, pixels, &mut self.scratch);
        normalize(vector).ok_or(Error::NoDirection)
    }
}
