//! The vectors in which a graph is built: such that near means a small Euclidean distance.
//!
//! For the cosine, vectors are scaled to length 1. For the dot product, a vector x gets one more
//! element, the root of L² - |x|² with L the greatest length: then all have length L, and the
//! distance to a query, whose own further element is 0, falls as the dot product grows
//! (Bachrach and others: Speeding up the Xbox recommender system, 2014).

use fearless_simd::Level;

use super::options::Metric;
use super::score::squares;
use crate::exact;

/// Turns vectors into those in which a graph is built.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lift {
    pub(crate) metric: Metric,
    /// The square of the greatest length of all vectors; only read for the dot product.
    pub(crate) longest: f32,
}

impl Lift {
    /// Changes a stored vector.
    pub(crate) fn stored(&self, level: Level, vector: &mut Vec<f32>) {
        match self.metric {
            Metric::L2 => {}
            Metric::Cosine => scale_to_one(level, vector),
            Metric::Dot => {
                let rest = self.longest - squares(level, vector);
                vector.push(rest.max(0.0).sqrt());
            }
        }
    }

    /// Changes a query.
    pub(crate) fn query(metric: Metric, level: Level, vector: &mut Vec<f32>) {
        match metric {
            Metric::L2 => {}
            Metric::Cosine => scale_to_one(level, vector),
            Metric::Dot => vector.push(0.0),
        }
    }
}

fn scale_to_one(level: Level, vector: &mut [f32]) {
    // In f64, so that neither the longest nor the shortest vectors are lost; zeros stay.
    let length = exact::norm(level, vector);
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    let scaled = |value: f32| (f64::from(value) * scale) as f32;
    vector.iter_mut().for_each(|value| *value = scaled(*value));
}
