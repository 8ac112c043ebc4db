//! Proof by geometry that two pictures show the same thing.
//!
//! Matches of descriptors are cheap and often wrong. What tells the same picture from one that is
//! merely alike is that many matches agree on one transform. [`verify`] looks for it and reports
//! the [`Agreement`]: the homography, who agrees, and which share of either picture is seen in the
//! other; [`correlation`] compares the pixels under it. Neither proves anything by itself: the
//! verdict, and its probability, belong to the caller.

mod estimate;
mod pixels;
mod polygon;
mod transform;
mod verify;

pub use pixels::correlation;
pub use polygon::{area, outline, visible};
pub use transform::Transform;
pub use verify::{Agreement, Failure, VerifyOptions, View, support, verify};
