mod fresh;
mod kind;
mod manifest;
mod reader;
mod sample;
mod writer;

pub use fresh::FreshVectors;
pub use kind::GraphKind;
pub use manifest::MANIFEST_FORMAT_VERSION;
pub use reader::{IndexReader, SegmentStatus};
pub use sample::sample;
pub use writer::IndexWriter;
