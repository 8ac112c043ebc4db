//! Proof by geometry that two pictures show the same thing.
//!
//! Matches of descriptors are cheap and often wrong. What tells the same picture from one that is
//! merely alike is that many matches agree on one transform. [`verify`] looks for it and reports
//! the [`Agreement`]: the homography, who agrees, and which share of either picture is seen in the
//! other. What the pixels under it say, [`dense`](crate::dense) looks at. Neither proves anything by
//! itself: the verdict, and its probability, belong to the caller.

mod estimate;
mod polygon;
mod transform;
mod verify;

pub(crate) use estimate::{PointPair, affine, refine_homography};
pub use polygon::{area, coverage, outline, visible};
pub use transform::Transform;
pub use verify::{Agreement, Failure, VerifyOptions, View, support, verify};
