//! Vectors in, nearest neighbours out.
//!
//! A folder keeps vectors that come and go, with a proximity graph over them: [`IndexWriter`]
//! inserts, deletes and replaces at any time, [`IndexReader`] searches a snapshot, by cosine, dot
//! product or distance, over f32, twelve bits or bytes an element.
//!
//! ```
//! use lookalike_index::{GraphOptions, IndexReader, IndexWriter, QueryOptions, Space};
//!
//! let folder = tempfile::tempdir()?;
//! let space = Space::cosine(2);
//! let mut writer = IndexWriter::create(folder.path(), space, &GraphOptions::default())?;
//! writer.insert(1, &[1.0, 0.0])?;
//! writer.insert(2, &[0.6, 0.8])?;
//! writer.commit()?;
//!
//! let reader = IndexReader::open(folder.path())?;
//! let found = reader.search(&[0.0, 1.0], &QueryOptions::default())?;
//! assert_eq!(found[0].id, 2);
//! assert!((found[0].score - 0.8).abs() < 1e-3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Small parts of an index are compared vector by vector, larger ones by way of the graph, which
//! nearly always finds the same; [`Recall`] says how much of it. The example `index` shows more.
//!
//! An index is a [`Store`](lookalike_store::Store) of [`GraphSegment`]s, files that never change,
//! whose ledger is a file. Who keeps a ledger of another kind, in a database, makes a store of
//! [`GraphKind`] of its own, and searches its segments with [`search`].
//!
//! [`VectorSegment`]s have no graph: [`scan`] compares a query with every vector, at the cost of
//! reading a byte an element. [`ByteVectors`] are kept in memory and compared with one another.

mod error;
mod exact;
mod flat;
mod graph;
mod index;
mod pairs;
mod quantise;
mod recall;

pub use error::{Error, Result};
pub use fearless_simd::Level;
pub use flat::{
    FreshRows, MAX_DIMENSION, ScanOptions, VECTOR_FORMAT_VERSION, VectorKind, VectorSegment,
    VectorWriter, scan,
};
pub use graph::{
    Element, GRAPH_FORMAT_VERSION, GraphOptions, GraphSegment, GraphWriter, MAX_GRAPH_DIMENSION,
    MAX_GRAPH_VECTORS, Metric, Parameters, QueryOptions, Space, Vector, scores, search,
};
pub use index::{
    FreshVectors, GraphKind, IndexReader, IndexWriter, MANIFEST_FORMAT_VERSION, SegmentStatus,
    sample,
};
pub use lookalike_store::{Living, MAX_LABEL, Neighbor, Segment, Tiers};
pub use pairs::{ByteVectors, PairOptions};
pub use quantise::{BYTE_PEAK, quantise};
pub use recall::Recall;
