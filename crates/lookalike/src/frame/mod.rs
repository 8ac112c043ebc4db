//! What a library keeps of a picture as a whole: the hash that finds its copies without any feature, and
//! a small copy for verdicts, which never need its file then.

mod fresh;
mod kind;
mod record;
mod scan;
mod segment;
mod small;

pub(crate) use fresh::FreshFrames;
pub(crate) use kind::FrameKind;
pub use record::Frame;
pub(crate) use record::gray;
pub(crate) use scan::near;
pub(crate) use segment::FrameSegment;
pub use small::SmallPicture;
