//! FAST: corners by the segment test (Rosten and Drummond 2006, "Machine learning for high-speed
//! corner detection", ECCV), as `cv::FastFeatureDetector`.
//!
//! # Steps
//! 1. *Segment test* (section 2 of the paper): a pixel is a corner if more than half of the ring
//!    around it, in one unbroken arc, is brighter than the centre by more than the threshold, or
//!    darker. Rings of 16, 12 and 8 pixels exist; the arcs are 9, 7 and 5 pixels long. OpenCV
//!    first wants one of any two pixels that are 8 apart on the ring, whatever its length, to
//!    differ from the centre. On the ring of 16 every arc fulfils that; on the shorter ones it
//!    rejects some true corners, and so does this crate.
//! 2. *Score* (section 2.3, as OpenCV defines it): the largest threshold at which the pixel
//!    would still be a corner.
//! 3. *Non-maximum suppression*: a corner stays if its score exceeds that of all 8 neighbours.
//!
//! The paper learns a decision tree that asks for the ring's pixels in the best order. Here the
//! score itself is computed for a whole vector of pixels at once, from minima over arcs; two
//! such pairs of pixels first reject vectors without any candidate. The corners are the same.
//!
//! # When to choose it
//! Where speed is everything: FAST passes over a picture in about a tenth of the time that ORB
//! takes. It knows neither scale nor orientation, so it fits small changes of the view:
//! consecutive pictures of a video, or the same scan twice. It has no descriptor; feed its points
//! to [`Brief`](crate::Brief), or use ORB, which is FAST on a pyramid.
//!
//! # Costs
//! Time grows with the number of pixels, less than two instructions a pixel with wide vectors,
//! and hardly with the number of corners. Memory: three rows.

mod ring;
mod scan;

use crate::{DescriptorKind, Descriptors, Error, Exec, Feature2d, GrayImage, Keypoint, Result};
pub(crate) use scan::{Corner, Scanner, Window};

/// Which ring of pixels the segment test looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FastType {
    /// 5 of the 8 neighbours (`TYPE_5_8`).
    Type5_8,
    /// 7 of 12 pixels at distance 2 (`TYPE_7_12`).
    Type7_12,
    /// 9 of 16 pixels at distance 3 (`TYPE_9_16`).
    #[default]
    Type9_16,
}

/// Parameters of [`Fast`], those of `cv::FastFeatureDetector::create`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FastParams {
    /// By how much an arc must be brighter or darker than the centre: strictly more than this.
    pub threshold: u8,
    /// Whether only corners stronger than their 8 neighbours are kept. Without it no scores are
    /// computed, and the response of every keypoint is 0.
    pub nonmax_suppression: bool,
    /// The ring; `type` in OpenCV.
    pub kind: FastType,
}

impl Default for FastParams {
    fn default() -> Self {
        Self {
            threshold: 10,
            nonmax_suppression: true,
            kind: FastType::default(),
        }
    }
}

/// The FAST corner detector. It only detects.
///
/// Keypoints come in raster order, with size 7, angle -1, octave 0, class -1, and the score as
/// response.
#[derive(Debug)]
pub struct Fast {
    params: FastParams,
    exec: Exec,
    scanner: Scanner,
    corners: Vec<Corner>,
}

impl Fast {
    /// A detector with these parameters; every combination of them is valid.
    pub fn new(params: FastParams, exec: Exec) -> Self {
        Self {
            params,
            exec,
            scanner: Scanner::default(),
            corners: Vec::new(),
        }
    }
}

impl Feature2d for Fast {
    fn name(&self) -> &'static str {
        "fast"
    }

    /// No descriptor: 0 elements.
    fn descriptor_layout(&self) -> (DescriptorKind, usize) {
        (DescriptorKind::U8, 0)
    }

    fn detect(&mut self, image: &GrayImage) -> Result<Vec<Keypoint>> {
        let window = Window::inside(image.width(), image.height(), 0);
        self.scanner.scan(
            self.exec,
            (image.data(), image.width()),
            window,
            self.params,
            &mut self.corners,
        );
        let scored = self.params.nonmax_suppression;
        let keypoint = |corner: &Corner| Keypoint {
            x: corner.x as f32,
            y: corner.y as f32,
            size: 7.0,
            angle: -1.0,
            response: if scored {
                f32::from(corner.strength - 1)
            } else {
                0.0
            },
            octave: 0,
            class_id: -1,
        };
        Ok(self.corners.iter().map(keypoint).collect())
    }

    /// # Errors
    /// Always [`Error::Unsupported`].
    fn compute(&mut self, _: &GrayImage, _: &mut Vec<Keypoint>) -> Result<Descriptors> {
        Err(Error::Unsupported {
            algorithm: self.name(),
            operation: "compute",
        })
    }
}
