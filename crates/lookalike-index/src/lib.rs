//! Vectors in, nearest neighbours out.
//!
//! The principal types are [`SegmentWriter`], which writes an immutable file of vectors;
//! [`VectorSegment`], which maps such a file into memory; and [`search`], which finds the vectors
//! of the largest cosine similarity in any number of segments and of rows that are not on disk yet
//! ([`FreshRows`]).
//!
//! The answer is exact, unless a segment was given a graph ([`SegmentWriter::with_graph`]). Beside
//! the 32-bit floats a segment stores one byte per element and, for each vector, how far these bytes
//! are off at most. A search reads the bytes, and computes the true similarity of every vector that
//! may still belong to the answer.
//!
//! [`ByteVectors`] are kept in memory and compared with one another.
//!
//! For vectors by the hundred thousand there is a folder that keeps a proximity graph over them:
//! [`IndexWriter`] inserts, deletes and replaces at any time, [`IndexReader`] searches a snapshot,
//! by cosine, dot product or distance, over f32, twelve bits or bytes an element. Small parts of it
//! are compared vector by vector, larger ones by way of the graph, which nearly always finds the
//! same. The example `index` shows both; [`GraphSegment`] and [`GraphWriter`] are its files, one by one.

mod codes;
mod error;
mod exact;
mod graph;
mod index;
mod pairs;
mod scan;
mod segment;
mod writer;

pub use error::{Error, Result};
pub use fearless_simd::Level;
pub use graph::{
    Element, GRAPH_FORMAT_VERSION, GraphOptions, GraphSegment, GraphWriter, MAX_GRAPH_DIMENSION,
    MAX_GRAPH_VECTORS, Metric, Parameters, QueryOptions, Space, Vector, nearest_of,
    scores_of_pairs,
};
pub use index::{IndexReader, IndexWriter, SegmentStatus};
pub use lookalike_store::{MAX_LABEL, Neighbor, Segment};
pub use pairs::{ByteVectors, PairOptions};
pub use scan::{FreshRows, SearchOptions, search};
pub use segment::{FORMAT_VERSION, MAX_DIMENSION, VectorSegment};
pub use writer::SegmentWriter;
