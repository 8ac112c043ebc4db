//! What can go wrong.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written, or is damaged.
    #[error(transparent)]
    Store(#[from] lookalike_store::Error),
    /// Features that cannot be stored, or are not what was once stored.
    #[error("features of a picture: {reason}")]
    Features {
        /// What is wrong.
        reason: &'static str,
    },
    /// A vocabulary cannot be read or made.
    #[error("not a usable vocabulary: {reason}")]
    Vocabulary {
        /// What is wrong.
        reason: String,
    },
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
