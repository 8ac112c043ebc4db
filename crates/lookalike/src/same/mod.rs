//! The same picture: what is kept of a picture to find and to prove it again.

mod features;
mod place;

pub use features::{Described, PictureFeatures, SameExtractor};
