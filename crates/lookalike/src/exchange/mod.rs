//! Vectors to and from the files of other programs: Python's pickle and numpy's npz.
//!
//! The principal types are [`PickleWriter`] and [`read_pickle`] for the tutorial's
//! `features.pck`, a dictionary from file name to vector; [`NpzWriter`] and [`read_npz_vectors`]
//! for numpy's archives of arrays. The readers take foreign bytes: they run no code, refuse what
//! they do not know, and their memory is bounded by the size of the input.

use crate::NamedVector;

mod npy;
mod npz;
mod pickle;

pub use npy::{Array, NpyElement};
pub use npz::{NpzWriter, read_npz_vectors, write_npz_vectors};
pub use pickle::{PickleWriter, read_pickle};

/// What can be wrong with a file of vectors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The bytes end in the middle of something.
    #[error("the file ends too early (at byte {position})")]
    Truncated {
        /// Where the missing bytes should have begun.
        position: usize,
    },
    /// The file is not of this format, or uses something of it that a file of vectors never needs.
    #[error("{problem} (at byte {position})")]
    Malformed {
        /// What is wrong, in words.
        problem: String,
        /// Where it was noticed.
        position: usize,
    },
    /// The pickle names a Python object that this reader does not know; it is never run.
    #[error(
        "the pickle asks for the Python object {name}, which has no place in a file of vectors"
    )]
    ForeignObject {
        /// Module and name.
        name: String,
    },
    /// An entry that is no vector of numbers.
    #[error("the entry {name:?} is no vector of numbers: {problem}")]
    NotAVector {
        /// The entry's name.
        name: String,
        /// What it is instead.
        problem: String,
    },
    /// An entry that has another number of elements than the first.
    #[error("the entry {name:?} has {received} elements, the ones before it have {expected}")]
    Length {
        /// The entry's name.
        name: String,
        /// Elements of the first entry.
        expected: usize,
        /// Elements of this one.
        received: usize,
    },
    /// The file would need more memory than its size can justify.
    #[error("the file repeats itself so often that it would not fit in memory")]
    TooLarge,
    /// The archive cannot be read or written.
    #[error("the archive cannot be used: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// The system refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A result of this module.
pub type Result<T> = std::result::Result<T, ExchangeError>;

/// Checks that all vectors are equally long.
fn same_length(vectors: &[NamedVector]) -> Result<()> {
    let expected = vectors.first().map_or(0, |v| v.vector.len());
    match vectors.iter().find(|v| v.vector.len() != expected) {
        None => Ok(()),
        Some(v) => Err(ExchangeError::Length {
            name: String::from_utf8_lossy(&v.name).into_owned(),
            expected,
            received: v.vector.len(),
        }),
    }
}
