//! What a library holds, in JSON.

use super::SCHEMA;
use crate::decode::Format;
use crate::{Library, LibraryKind, PartRecall, PartStatus, Status};
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
    unread: BTreeMap<String, u64>,
    /// Names of the formats that this build reads.
    reads: Vec<&'static str>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    graph: Option<JsonGraph>,
}

/// The graphs over the records of a part.
#[derive(Clone, Debug, Serialize)]
struct JsonGraph {
    records: u64,
    segments: u64,
    bytes: u64,
    degree: usize,
    code_lines: usize,
    build_width: usize,
    alpha: f32,
    width: usize,
    recall: Option<f64>,
    recall_samples: usize,
}

impl JsonPart {
    fn new(part: &PartStatus, recalls: &[PartRecall]) -> Self {
        let recall = recalls.iter().find(|found| found.part == part.part);
        let graph = part.graph.map(|graph| JsonGraph {
            records: graph.records,
            segments: graph.segments,
            bytes: graph.bytes,
            degree: graph.degree,
            code_lines: graph.lines,
            build_width: graph.build_width,
            alpha: graph.alpha,
            width: graph.width,
            recall: recall.map(|found| found.recall.share()),
            recall_samples: recall.map_or(0, |found| found.recall.samples),
        });
        Self {
            graph,
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
            unread: status.unread.clone(),
            reads: Format::read().collect(),
            bytes: status.bytes(),
            bytes_per_picture: status.bytes_per_picture(),
            catalogue_bytes: status.catalogue_bytes,
            profile: status.settings.profile.to_string(),
            parts: status
                .parts
                .iter()
                .map(|part| (part.part.name(), JsonPart::new(part, &status.recall)))
                .collect(),
            vector_algorithm: status.settings.algorithm.to_string(),
            vector_keypoints: status.settings.keypoints,
            vector_length: status.vector_length,
        }
    }
}
