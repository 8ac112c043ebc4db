//! Local features of pictures, in OpenCV's conventions.
//!
//! Pixels in; keypoints and descriptors out. This crate reads no files and knows no codecs.
//! The principal types are [`GrayImage`], the input of every algorithm; [`Keypoint`] and
//! [`Descriptors`], its output; and [`Feature2d`], the trait that all algorithms share, so that
//! one is exchanged for another by exchanging one name.
//!
//! Every algorithm owns its scratch memory: make one worker per thread and use it for many
//! pictures. How much of the machine a worker may use is given once, as [`Exec`].

pub mod akaze;
mod algorithm;
mod angle;
mod area;
mod border;
mod brief;
pub mod dense;
mod descriptor;
mod error;
mod exec;
mod fast;
mod feature;
pub mod frame;
pub mod geometry;
mod gray;
mod integral;
pub mod kaze;
mod keypoint;
pub mod matching;
mod nonlinear;
mod orb;
mod plane;
pub mod sift;
mod spread;
mod star;
#[cfg(feature = "nonfree")]
pub mod surf;

pub use akaze::{Akaze, AkazeDescriptor, AkazeParams};
pub use algorithm::Algorithm;
pub use angle::fast_atan2;
pub use brief::{Brief, BriefDetector, BriefParams};
pub use descriptor::{DescriptorData, DescriptorKind, Descriptors};
pub use error::{Error, Result};
pub use exec::Exec;
pub use fast::{Fast, FastParams, FastType};
pub use fearless_simd::Level;
pub use feature::{Feature2d, Features};
pub use gray::{ChannelOrder, gray_from_rgb};
pub use kaze::{Kaze, KazeParams};
pub use keypoint::Keypoint;
pub use nonlinear::Diffusivity;
pub use orb::{Orb, OrbParams, OrbScore};
pub use plane::{GrayImage, Plane};
pub use sift::{Sift, SiftParams};
pub use star::{Star, StarParams};
#[cfg(feature = "nonfree")]
pub use surf::{Surf, SurfParams};
