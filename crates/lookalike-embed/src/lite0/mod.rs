//! EfficientNet-Lite0, compiled in: without its last layer it makes embeddings, and of them the last
//! layer makes classes.
//!
//! Tan and Le, "EfficientNet", ICML 2019; the "lite" variant, trained on ImageNet-1k, as f16
//! weights of 6.7 MB (see LICENSES/efficientnet-lite0.txt, and `bench/lite0.py`, which makes them).
//! The arithmetic is f32.

mod block;
mod classes;
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
use crate::{Embedder, Error, ModelId, Pixels, Result};
pub use classes::{CLASSES, Classes};
use network::{Network, OUTPUTS, Scratch};
use stem::SIDE;

/// [`ModelId::new`] of the weights and `squash 224 bicubic, (x - 127) / 128, mean`; a test computes it,
/// so that no start has to read all weights for it.
const ID: &str = "2149b85c2fe36c93965d2c734444378b";

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

    /// A worker of its own; `level` is the instruction set that it uses.
    pub fn new(level: Level) -> Self {
        let side = SIDE as u32;
        Self {
            level,
            shaper: Shaper::new(level, (side, side), Fit::Squash, Filter::Bicubic),
            scratch: network().scratch(),
        }
    }

    /// The id of the model.
    pub fn model_id() -> &'static ModelId {
        static MODEL: OnceLock<ModelId> = OnceLock::new();
        MODEL.get_or_init(|| ModelId::known(ID))
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

    fn embed(&mut self, picture: Pixels<'_>) -> Result<Vec<f32>> {
        let pixels = self.shaper.shape(picture);
        let vector = network().run(self.level, pixels, &mut self.scratch);
        normalize(vector).ok_or(Error::NoDirection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_of_the_weights_and_their_use() {
        let recipe = "squash 224 bicubic, (x - 127) / 128, mean";
        let computed = ModelId::new(&blake3::hash(weights::FILE), recipe);
        assert_eq!(Lite0::model_id(), &computed);
    }
}
