//! OpenCV's names: feature algorithms that take and give what OpenCV's take and give.

mod create;
mod draw;
mod feature;
mod keypoint;
mod threads;

pub use create::{
    AKAZE_create, BriefDescriptorExtractor_create, FastFeatureDetector_create, KAZE_create,
    ORB_create, SIFT_create, StarDetector_create,
};
pub use draw::draw_keypoints;
pub use feature::Feature2D;
pub use keypoint::KeyPoint;
pub use threads::{getNumThreads, setNumThreads};
