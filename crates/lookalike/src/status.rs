//! What a library holds.

use crate::catalogue::{Catalogue, Meta, SegmentRow};
use crate::decode::Place;
use crate::segments::Records;
use crate::snapshot::WIDTH;
use crate::{LibraryKind, Models, Part, PartRecall, Result, Settings};
use lookalike_index::GraphSegment;
use lookalike_store::{Segment, SegmentFolder};
use std::collections::BTreeMap;
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
    /// What makes its embeddings.
    pub models: Models,
    /// Different pictures.
    pub pictures: u64,
    /// Files whose pictures are in the library.
    pub files: u64,
    /// Files, and places in others, that could not be read.
    pub failed: u64,
    /// How many of them are of each picture format that the program that met them does not read.
    pub unread: BTreeMap<String, u64>,
    /// Bytes of the catalogue without the records in it.
    pub catalogue_bytes: u64,
    /// What is kept of each picture, and what that costs.
    pub parts: Vec<PartStatus>,
    /// What approximate searches find of each part that has a graph: what
    /// [`Library::recall`](crate::Library::recall) gives, for who has asked it.
    pub recall: Vec<PartRecall>,
}

/// The records of one part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartStatus {
    /// What they are.
    pub part: Part,
    /// Their bytes, in segments and in the catalogue.
    pub bytes: u64,
    /// Records in segments, the deleted ones as well.
    pub sealed: u64,
    /// Records still in the catalogue.
    pub fresh: u64,
    /// Deleted records whose room is not yet free.
    pub dead: u64,
    /// Segment files.
    pub segments: u64,
    /// Pictures that still lack a record.
    pub lacking: u64,
    /// The graphs in which they are searched; `None` where all are compared with.
    pub graph: Option<GraphStatus>,
}

/// The graphs over the records of a part: one in each of the larger segments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GraphStatus {
    /// Records in segments with a graph.
    pub records: u64,
    /// Such segments.
    pub segments: u64,
    /// Bytes of the graphs and of the codes that are read on the way through them.
    pub bytes: u64,
    /// The most neighbours of a record in a graph.
    pub degree: usize,
    /// Cache lines of 64 bytes for the code of a record.
    pub lines: usize,
    /// Width of the searches for neighbours while a graph is built.
    pub build_width: usize,
    /// The factor of the choice of neighbours.
    pub alpha: f32,
    /// Least width of a search.
    pub width: usize,
}

impl Status {
    /// Bytes of the whole library.
    pub fn bytes(&self) -> u64 {
        self.catalogue_bytes + self.parts.iter().map(|p| p.bytes).sum::<u64>()
    }

    /// Bytes of the whole library for each picture.
    pub fn bytes_per_picture(&self) -> f64 {
        self.bytes() as f64 / self.pictures.max(1) as f64
    }
}

/// A file that could not be read, or not wholly, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedFile {
    /// The file, relative to the indexed folder.
    pub path: PathBuf,
    /// Where in it, if its other pictures can be read.
    pub place: Option<Place>,
    /// Why.
    pub reason: String,
    /// Whether its picture is in the library all the same, without what is missing.
    pub damaged: bool,
}

/// Without the recall, which takes searches.
pub(crate) fn status(catalogue: &Catalogue, folder: &SegmentFolder, meta: &Meta) -> Result<Status> {
    catalogue.in_snapshot(|| {
        let tally = catalogue.tally()?;
        let kept = meta.settings.parts.and(meta.wanted());
        let parts = kept.iter();
        let parts: Vec<PartStatus> = parts
            .map(|part| part_status(catalogue, folder, part))
            .collect::<Result<_>>()?;
        let mut fresh_bytes = 0;
        for part in kept.iter() {
            fresh_bytes += catalogue.fresh_tally(part)?.bytes;
        }
        Ok(Status {
            format: catalogue.format()?,
            kind: meta.kind,
            settings: meta.settings,
            vector_length: meta.vector_length,
            models: meta.models.clone(),
            pictures: tally.pictures,
            files: tally.files,
            failed: tally.failed,
            unread: catalogue.unread()?,
            catalogue_bytes: bytes_on_disk(catalogue.path()).saturating_sub(fresh_bytes),
            parts,
            recall: Vec::new(),
        })
    })
}

fn part_status(catalogue: &Catalogue, folder: &SegmentFolder, part: Part) -> Result<PartStatus> {
    let segments = catalogue.segments_of(part)?;
    let fresh = catalogue.fresh_tally(part)?;
    Ok(PartStatus {
        part,
        bytes: segments.iter().map(|s| s.bytes).sum::<u64>() + fresh.bytes,
        sealed: segments.iter().map(|s| s.records).sum(),
        fresh: fresh.records,
        dead: catalogue.dead(part)?.len() as u64,
        segments: segments.len() as u64,
        lacking: catalogue.pictures_lacking(part.into())?.len() as u64,
        graph: graph_status(folder, part, &segments),
    })
}

fn graph_status(folder: &SegmentFolder, part: Part, rows: &[SegmentRow]) -> Option<GraphStatus> {
    if !matches!(part, Part::Embedding | Part::NextEmbedding) {
        return None;
    }
    let mut status: Option<GraphStatus> = None;
    for row in rows {
        // A writer may have merged it meanwhile, and damage is what `check` is for.
        let Ok(segment) = GraphSegment::open(&folder.file(&row.name)) else {
            continue;
        };
        let Some((parameters, bytes)) = segment.graph() else {
            continue;
        };
        let all = status.get_or_insert(GraphStatus {
            records: 0,
            segments: 0,
            bytes: 0,
            degree: parameters.degree,
            lines: parameters.lines,
            build_width: parameters.width,
            alpha: parameters.alpha,
            width: WIDTH,
        });
        all.records += segment.ids().len() as u64;
        all.segments += 1;
        all.bytes += bytes;
    }
    status
}

/// The catalogue's file with its write-ahead log.
fn bytes_on_disk(catalogue: &Path) -> u64 {
    let mut log = catalogue.as_os_str().to_owned();
    log.push("-wal");
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
    length(catalogue) + length(Path::new(&log))
}
