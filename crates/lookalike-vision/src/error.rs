//! What can go wrong.

use crate::DescriptorKind;

/// An error of this crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The pixels given are not as many as the size says.
    #[error("{width} x {height} pixels need another number of values than {received}")]
    PixelCount {
        /// Claimed width in pixels.
        width: usize,
        /// Claimed height in pixels.
        height: usize,
        /// Values received.
        received: usize,
    },
    /// A parameter outside of what the algorithm allows.
    #[error("{algorithm}: {parameter} is {value}, it must be {expected}")]
    Parameter {
        /// The algorithm's name, in lower case.
        algorithm: &'static str,
        /// The parameter under OpenCV's name, in kebab case.
        parameter: &'static str,
        /// The value received.
        value: String,
        /// What would be allowed.
        expected: &'static str,
    },
    /// Descriptors of two pictures that cannot be compared.
    #[error("descriptors of {query:?} cannot be compared with those of {found:?}")]
    DescriptorLayout {
        /// Kind and length of the query's descriptors.
        query: (DescriptorKind, usize),
        /// Kind and length of the found picture's descriptors.
        found: (DescriptorKind, usize),
    },
    /// The algorithm only detects, or only describes.
    #[error("{algorithm} does not {operation}")]
    Unsupported {
        /// The algorithm's name, in lower case.
        algorithm: &'static str,
        /// `detect` or `compute`.
        operation: &'static str,
    },
    /// No algorithm has this name.
    #[error("no algorithm is called {name:?}; there are kaze, akaze, sift, surf, orb and brief")]
    UnknownAlgorithm {
        /// The name received.
        name: String,
    },
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
