//! The same picture: what is kept of a picture to find and to prove it again.

mod features;
mod place;
mod query;
pub(crate) mod search;
mod verify;

pub use features::{Described, PictureFeatures, SameExtractor};
pub use query::SameQuery;
pub use verify::{Verdict, Verifier};
