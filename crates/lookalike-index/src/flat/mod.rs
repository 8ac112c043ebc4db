//! Vectors that are compared one by one, exactly.
//!
//! Beside the 32-bit floats a segment stores one byte per element and, for each vector, how far these
//! bytes are off at most. A search reads the bytes, and computes the true similarity of every vector
//! that may still belong to the answer.

mod codes;
mod fresh;
mod kind;
mod scan;
mod segment;
mod writer;

pub(crate) use segment::code_stride;

pub use fresh::FreshRows;
pub use kind::VectorKind;
pub use scan::{ScanOptions, scan};
pub use segment::{MAX_DIMENSION, VECTOR_FORMAT_VERSION, VectorSegment};
pub use writer::VectorWriter;
