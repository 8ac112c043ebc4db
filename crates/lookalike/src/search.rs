//! Asking a library.

use std::path::PathBuf;

/// How to search.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchOptions {
    /// At most so many hits.
    pub top: usize,
    /// Only hits with at least this score.
    pub min_score: Option<f32>,
    /// Threads that scan; 0 counts as 1.
    pub threads: usize,
}

impl Default for SearchOptions {
    /// The best 10, whatever their score, found by one thread.
    fn default() -> Self {
        Self {
            top: 10,
            min_score: None,
            threads: 1,
        }
    }
}

/// A file whose picture is like the query.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The file, relative to the indexed folder (in an imported library its name).
    pub path: PathBuf,
    /// The picture's id, which files of equal content share.
    pub picture: i64,
    /// Cosine similarity of the vectors, in [-1, 1].
    pub score: f32,
}
