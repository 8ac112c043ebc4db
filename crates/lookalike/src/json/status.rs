//! What a library holds, in JSON.

use super::SCHEMA;
use crate::{Library, LibraryKind, PartStatus, Status};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What a library holds, and what that costs.
#[derive(Clone, Debug, Serialize)]
pub struct JsonStatus {
    schema: u32,
    kind: &'static str,
    format: i64,
    imported: bool,
    library: String,
    folder: Option<String>,
    pictures: u64,
    files: u64,
    failed: u64,
    bytes: u64,
    bytes_per_picture: f64,
    catalogue_bytes: u64,
    profile: String,
    parts: BTreeMap<&'static str, JsonPart>,
    vector_algorithm: String,
    vector_keypoints: usize,
    vector_length: usize,
}

/// The records of one part.
#[derive(Clone, Debug, Serialize)]
struct JsonPart {
    bytes: u64,
    sealed: u64,
    fresh: u64,
    dead: u64,
    lacking: u64,
    segments: u64,
}

impl From<&PartStatus> for JsonPart {
    fn from(part: &PartStatus) -> Self {
        Self {
            bytes: part.bytes,
            sealed: part.sealed,
            fresh: part.fresh,
            dead: part.dead,
            lacking: part.lacking,
            segments: part.segments,
        }
    }
}

impl JsonStatus {
    /// Of this library.
    pub fn new(library: &Library, status: &Status) -> Self {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Self {
            schema: SCHEMA,
            kind: "status",
            format: status.format,
            imported: status.kind == LibraryKind::Imported,
            library: text(library.folder()),
            folder: library.root().map(text),
            pictures: status.pictures,
            files: status.files,
            failed: status.failed,
            bytes: status.bytes(),
            bytes_per_picture: status.bytes_per_picture(),
            catalogue_bytes: status.catalogue_bytes,
            profile: status.settings.profile.to_string(),
            parts: status
                .parts
                .iter()
                .map(|part| (part.part.name(), part.into()))
                .collect(),
            vector_algorithm: status.settings.algorithm.to_string(),
            vector_keypoints: status.settings.keypoints,
            vector_length: status.vector_length,
        }
    }
}
