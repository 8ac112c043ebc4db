//! What a library holds.

use crate::catalogue::{Catalogue, Meta};
use crate::{LibraryKind, Result, Settings};
use std::path::{Path, PathBuf};

/// What a library holds, and what that costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The version of the format.
    pub format: i64,
    /// From a folder, or imported.
    pub kind: LibraryKind,
    /// How its vectors are made.
    pub settings: Settings,
    /// Elements of a vector.
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
    /// Vectors in segments, the deleted ones as well.
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

pub(crate) fn status(catalogue: &Catalogue, meta: &Meta) -> Result<Status> {
    catalogue.in_snapshot(|| {
        let tally = catalogue.tally()?;
        let segments = catalogue.segments()?;
        let fresh = catalogue.fresh_count()?;
        let fresh_bytes = fresh * meta.vector_length as u64 * 4;
        let segment_bytes: u64 = segments.iter().map(|s| s.bytes).sum();
        Ok(Status {
            format: catalogue.format()?,
            kind: meta.kind,
            settings: meta.settings,
            vector_length: meta.vector_length,
            pictures: tally.pictures,
            files: tally.files,
            failed: tally.failed,
            catalogue_bytes: bytes_on_disk(catalogue.path()).saturating_sub(fresh_bytes),
            vector_bytes: segment_bytes + fresh_bytes,
            vectors_sealed: segments.iter().map(|s| s.vectors).sum(),
            vectors_fresh: fresh,
            vectors_dead: catalogue.dead()?.len() as u64,
            segments: segments.len() as u64,
        })
    })
}

/// The catalogue's file with its write-ahead log.
fn bytes_on_disk(catalogue: &Path) -> u64 {
    let mut log = catalogue.as_os_str().to_owned();
    log.push("-wal");
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
    length(catalogue) + length(Path::new(&log))
}
