//! What pixels say, in JSON.

use lookalike_vision::dense::Evidence;
use serde::Serialize;

/// What the pixels of two pictures say about each other; see [`Evidence`].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct JsonPixels {
    agreeing: f64,
    replaced: f64,
    worst: f64,
    recoloured: f64,
    ground: f64,
    warp: f64,
    beyond: [f64; 2],
    detail_beyond: [f64; 2],
}

impl From<&Evidence> for JsonPixels {
    fn from(evidence: &Evidence) -> Self {
        Self {
            agreeing: evidence.agreeing,
            replaced: evidence.replaced,
            worst: evidence.worst,
            recoloured: evidence.recoloured,
            ground: evidence.ground,
            warp: evidence.warp,
            beyond: evidence.beyond,
            detail_beyond: evidence.detail_beyond,
        }
    }
}
