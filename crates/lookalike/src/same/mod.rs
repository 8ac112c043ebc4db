//! The same picture: what is kept of a picture to find and to prove it again.

mod clusters;
mod explanation;
mod features;
mod frames;

pub(crate) mod groups;
pub(crate) mod judged;
mod place;
pub(crate) mod presence;
mod probability;
mod query;
mod relation;
mod rival;
pub(crate) mod search;
mod selection;
mod shortlist;
mod thumbnail;
mod thumbnails;
mod tones;
mod verify;

pub use explanation::Explanation;
pub use features::{Described, PictureFeatures, SameExtractor};
pub use groups::{Group, GroupKind, GroupOptions, WholeCopy};
pub use query::SameQuery;
pub use relation::Relation;
pub use verify::{MatchedPair, Origin, PixelSource, Verdict, Verifier};

pub use lookalike_vision::dense::{Evidence, Thumbnail};
pub use lookalike_vision::geometry::Failure;
