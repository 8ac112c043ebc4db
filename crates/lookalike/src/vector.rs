//! The tutorial's vector: the descriptors of the strongest keypoints, one after the other.

use crate::{Result, Settings};
use lookalike_vision::{Algorithm, DescriptorData, Exec, Feature2d, GrayImage};

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

    /// A worker for the vectors of a library.
    pub(crate) fn of(settings: &Settings, exec: Exec) -> Result<Self> {
        Self::new(settings.algorithm, settings.keypoints, exec)
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
    pub fn extract(&mut self, image: &GrayImage) -> Result<Vec<f32>> {
        let strongest = self
            .features
            .detect_then_compute_strongest(image, self.keypoints)?;
        let mut vector = match strongest.descriptors.data() {
            DescriptorData::F32(values) => values.clone(),
            DescriptorData::U8(bytes) => bytes.iter().map(|&b| f32::from(b)).collect(),
        };
        vector.resize(self.len(), 0.0);
        Ok(vector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lookalike_vision::{DescriptorKind, Descriptors, Keypoint};

    /// Keypoints of given responses; a descriptor is the x of its keypoint, twice.
    struct Given(Vec<f32>);

    impl Feature2d for Given {
        fn name(&self) -> &'static str {
            "given"
        }

        fn descriptor_layout(&self) -> (DescriptorKind, usize) {
            (DescriptorKind::U8, 2)
        }

        fn detect(&mut self, _: &GrayImage) -> lookalike_vision::Result<Vec<Keypoint>> {
            let keypoint = |(i, &response): (usize, &f32)| Keypoint {
                x: i as f32,
                y: 0.0,
                size: 1.0,
                angle: -1.0,
                response,
                octave: 0,
                class_id: -1,
            };
            Ok(self.0.iter().enumerate().map(keypoint).collect())
        }

        fn compute(
            &mut self,
            _: &GrayImage,
            keypoints: &mut Vec<Keypoint>,
        ) -> lookalike_vision::Result<Descriptors> {
            let rows = keypoints.iter().flat_map(|k| [k.x as u8; 2]).collect();
            Ok(Descriptors::from_u8(2, rows))
        }
    }

    fn extract(responses: &[f32], keypoints: usize) -> Vec<f32> {
        VectorExtractor::with_features(Box::new(Given(responses.to_vec())), keypoints)
            .extract(&GrayImage::new(4, 4))
            .unwrap()
    }

    #[test]
    fn the_strongest_come_first_and_equal_ones_keep_their_order() {
        let vector = extract(&[0.5, 0.7, 0.5, 0.9], 3);
        assert_eq!(vector, [3.0, 3.0, 1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn missing_keypoints_are_zeros() {
        assert_eq!(extract(&[0.1, 0.2], 3), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(extract(&[], 2), [0.0; 4]);
    }
}
