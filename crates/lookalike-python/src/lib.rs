//! Python's package `lookalike`: what of it is in Rust.
//!
//! Conversion only: `picture` takes pictures from Python and `error` gives errors back; `cv2` has
//! OpenCV's names, `library` the library, `vectors` the index of vectors, and `single` what needs one
//! picture alone. Whatever computes does so without the interpreter's lock; `work` is for what takes long,
//! and lets ctrl-C and progress through; `owned` keeps what must not outlive a fork.

// Python hands over what it calls with.
#![allow(clippy::needless_pass_by_value)]

mod cv2;
mod error;
mod library;
mod owned;
mod picture;
mod program;
mod single;
mod threads;
mod vectors;
mod work;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::cv2::{
        AKAZE_create, BriefDescriptorExtractor_create, FastFeatureDetector_create, Feature2D,
        KAZE_create, KeyPoint, ORB_create, SIFT_create, StarDetector_create, draw_keypoints,
        getNumThreads, setNumThreads,
    };
    #[pymodule_export]
    use crate::library::{Explanation, Library, explain, thumbnail};
    #[pymodule_export]
    use crate::program::program;
    #[pymodule_export]
    use crate::single::{embed, vector};
    #[pymodule_export]
    use crate::vectors::VectorIndex;

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
