//! The trait that all feature algorithms share.

use crate::{DescriptorKind, Descriptors, GrayImage, Keypoint, Result};

/// Keypoints with their descriptors: row i of `descriptors` describes keypoint i.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// The keypoints, in OpenCV's order.
    pub keypoints: Vec<Keypoint>,
    /// One row per keypoint.
    pub descriptors: Descriptors,
}

/// A detector and descriptor of local features, as `cv::Feature2D`.
///
/// A worker owns its scratch memory, hence `&mut self`; the answer for a picture never depends
/// on the pictures before it. A picture too small or too flat has no keypoints; that is no error.
pub trait Feature2d: Send {
    /// The algorithm's name in lower case.
    fn name(&self) -> &'static str;

    /// What the elements of a descriptor are, and how many a descriptor has.
    fn descriptor_layout(&self) -> (DescriptorKind, usize);

    /// Finds keypoints.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) where the algorithm only describes.
    fn detect(&mut self, image: &GrayImage) -> Result<Vec<Keypoint>>;

    /// Describes keypoints that were found before. Like OpenCV, it may set their angle, and may
    /// drop those that it cannot describe.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) where the algorithm only detects.
    fn compute(&mut self, image: &GrayImage, keypoints: &mut Vec<Keypoint>) -> Result<Descriptors>;

    /// Finds and describes keypoints in one pass. For some algorithms this differs from
    /// [`detect`](Self::detect) followed by [`compute`](Self::compute).
    ///
    /// # Errors
    /// As the two steps.
    fn detect_and_compute(&mut self, image: &GrayImage) -> Result<Features> {
        let mut keypoints = self.detect(image)?;
        let descriptors = self.compute(image, &mut keypoints)?;
        Ok(Features {
            keypoints,
            descriptors,
        })
    }
    /// Detects, keeps the `max` keypoints of the largest response (the first of equals), and
    /// computes their descriptors: the tutorial's way.
    ///
    /// # Errors
    /// As the two steps.
    fn detect_then_compute_strongest(&mut self, image: &GrayImage, max: usize) -> Result<Features> {
        let mut keypoints = self.detect(image)?;
        keypoints.sort_by(|a, b| b.response.total_cmp(&a.response));
        keypoints.truncate(max);
        let descriptors = self.compute(image, &mut keypoints)?;
        Ok(Features {
            keypoints,
            descriptors,
        })
    }
}
