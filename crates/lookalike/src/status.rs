//! What a library holds.

use crate::{LibraryKind, Settings};
use std::path::PathBuf;

/// What a library holds, and what that costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The version of the format.
    pub format: i64,
    /// From a folder, or imported.
    pub kind: LibraryKind,
    /// How its vectors are made.
    pub settings: Settings,
    /// Elements of a vector; 0 while there is none.
    pub vector_length: usize,
    /// Different pictures.
    pub pictures: u64,
    /// Files that are in the library.
    pub files: u64,
    /// Files that could not be read.
    pub failed: u64,
    /// Bytes of the catalogue without the vectors in it.
    pub catalogue_bytes: u64,
    /// Bytes of the vectors, in segments and in the catalogue.
    pub vector_bytes: u64,
    /// Vectors in segments, in the catalogue, and those that are deleted but not yet cleaned up.
    pub vectors_sealed: u64,
    /// Vectors still in the catalogue.
    pub vectors_fresh: u64,
    /// Deleted vectors whose room is not yet free.
    pub vectors_dead: u64,
    /// Segment files.
    pub segments: u64,
}

impl Status {
    /// Bytes of the whole library for each picture.
    pub fn bytes_per_picture(&self) -> f64 {
        (self.catalogue_bytes + self.vector_bytes) as f64 / self.pictures.max(1) as f64
    }
}

/// A file that could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedFile {
    /// The file, relative to the indexed folder.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}
