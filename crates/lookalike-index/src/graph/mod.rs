//! A proximity graph over quantised vectors.
//!
//! One flat graph, in which every vector has up to 32 neighbours chosen by the relative
//! neighbourhood rule with slack (Fu and others: NSG, 2019; Subramanya and others: DiskANN, 2019),
//! takes the place of a hierarchy: a search begins at the nearest of 64 random nodes, goes from the
//! nearest node met to its neighbours, and ends when the `width` nearest are all expanded. On its
//! way it reads only codes of four bits an element ([`codes`]) of the projected vectors
//! ([`projection`]); the true scores of the best decide at the end. A search is as fast as memory
//! answers, so what it reads next is asked for before what it has is looked at ([`walk`]).

mod bits12;
mod build;
mod codes;
mod format;
mod links;
mod memory;
mod options;
mod order;
mod pool;
mod prefetch;
mod projection;
mod prune;
mod score;
mod screen;
mod search;
mod segment;
mod source;
mod visited;
mod walk;
mod wide;
mod writer;

pub(crate) use format::Shape;
pub(crate) use segment::Row;
pub(crate) use writer::{check, encode};

pub use format::{GRAPH_FORMAT_VERSION, MAX_GRAPH_DIMENSION, MAX_GRAPH_VECTORS, Parameters};
pub use options::{Element, GraphOptions, Metric, QueryOptions, Space, Vector};
pub use score::scores;
pub use search::search;
pub use segment::GraphSegment;
pub use writer::GraphWriter;
