//! What can go wrong.

use std::path::PathBuf;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written, or is damaged.
    #[error(transparent)]
    Store(#[from] lookalike_store::Error),
    /// A vector of another length than the others.
    #[error("a vector of {received} elements where {expected} are expected")]
    Dimension {
        /// Elements of the vectors stored, or the allowed maximum for a new segment.
        expected: usize,
        /// Elements received.
        received: usize,
    },
    /// A vector holds a NaN or an infinity.
    #[error("element {index} of the vector is {value}")]
    NotFinite {
        /// Position in the vector.
        index: usize,
        /// The element.
        value: f32,
    },
    /// A vector too long, or too short, to have a score.
    #[error("a vector of length {length:e}; allowed are {least:e} to {most:e}")]
    Magnitude {
        /// Euclidean length received.
        length: f32,
        /// The least allowed.
        least: f32,
        /// The most allowed.
        most: f32,
    },
    /// A segment cannot hold another vector.
    #[error("more than {allowed} vectors in a segment")]
    Full {
        /// Vectors allowed.
        allowed: usize,
    },
    /// There is a vector of this id already.
    #[error("id {id} is taken")]
    DuplicateId {
        /// The id.
        id: u64,
    },
    /// Another program changes the index.
    #[error("{}: another program is writing", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// There is an index already.
    #[error("{}: there is an index already", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
