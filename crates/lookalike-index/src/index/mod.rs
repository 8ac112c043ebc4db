//! A folder of vectors that come and go.
//!
//! The vectors lie in immutable segments ([`GraphSegment`](crate::GraphSegment)): small ones that
//! are scanned, larger ones with a graph. A commit writes the new vectors as a segment, taking in
//! smaller ones beside it; larger ones are merged in the background. What was deleted stays in its
//! segment, marked, until that is merged. Which segments count, and what is deleted in them,
//! stands in one file, the manifest, which a commit replaces at once: a program that dies, or a
//! full disk, leaves the index as the last commit left it.

mod living;
mod manifest;
mod merge;
mod reader;
mod writer;

pub use reader::{IndexReader, SegmentStatus};
pub use writer::IndexWriter;
