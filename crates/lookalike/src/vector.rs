//! The tutorial's vector: the descriptors of the strongest keypoints, one after the other.

use crate::Result;
use lookalike_vision::{Algorithm, Exec, Feature2d, GrayImage};

/// Computes vectors; make one for each thread and use it for many pictures.
pub struct VectorExtractor {
    features: Box<dyn Feature2d>,
    keypoints: usize,
}

impl VectorExtractor {
    /// A worker for vectors of `keypoints` descriptors of `algorithm`.
    ///
    /// # Errors
    /// Where this build does not have the algorithm.
    pub fn new(algorithm: Algorithm, keypoints: usize, exec: Exec) -> Result<Self> {
        Ok(Self::with_features(algorithm.create(exec)?, keypoints))
    }

    /// The same with any features, so that their parameters can be chosen.
    pub fn with_features(features: Box<dyn Feature2d>, keypoints: usize) -> Self {
        Self {
            features,
            keypoints,
        }
    }

    /// Elements of a vector.
    pub fn len(&self) -> usize {
        self.keypoints * self.features.descriptor_layout().1
    }

    /// Whether vectors have no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The vector of a picture: detect, keep the strongest (equal ones in the detector's order),
    /// describe, one descriptor after the other, zeros up to [`len`](Self::len). Bytes become
    /// floats of 0 to 255. The vector is not normalised.
    ///
    /// # Errors
    /// As the features'.
    #[allow(clippy::todo)]
    pub fn extract(&mut self, _image: &GrayImage) -> Result<Vec<f32>> {
        todo!()
    }
}
