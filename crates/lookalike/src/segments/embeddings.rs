//! Segments of embeddings.

use super::{Sealer, SegmentFile};
use crate::catalogue::Catalogue;
use crate::{Error, ModelRecord, Part, Result};
use lookalike_index::{
    Element, GraphOptions, GraphSegment, GraphWriter, Metric, Parameters, Space,
};
use std::path::Path;

/// Segments of fewer embeddings are scanned, which takes about as long as a search of the graph and
/// is exact.
const GRAPH_FROM: usize = 1 << 11;

/// Embeddings that are not in a segment yet.
#[derive(Debug, Default)]
pub(crate) struct FreshEmbeddings {
    /// Their pictures, ascending.
    pub(crate) ids: Vec<u64>,
    /// Their elements, one embedding after the other.
    elements: Vec<i8>,
}

impl FreshEmbeddings {
    /// Each picture with its embedding.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &[i8])> {
        let length = self.elements.len() / self.ids.len().max(1);
        let rows = self.elements.chunks_exact(length.max(1));
        self.ids.iter().copied().zip(rows)
    }

    /// The embedding of a picture.
    pub(crate) fn get(&self, id: u64) -> Option<&[i8]> {
        let row = self.ids.binary_search(&id).ok()?;
        let length = self.elements.len() / self.ids.len();
        Some(&self.elements[row * length..][..length])
    }
}

/// An embedding as a record: a byte for each element, the largest of them 127.
pub(crate) fn embedding_bytes(embedding: &[f32]) -> Vec<u8> {
    let peak = embedding
        .iter()
        .fold(f32::MIN_POSITIVE, |p, v| p.max(v.abs()));
    let whole = |v: &f32| (v / peak * 127.0).round() as i8;
    embedding.iter().map(|v| whole(v).cast_unsigned()).collect()
}

impl SegmentFile for GraphSegment {
    const PART: Part = Part::Embedding;
    // The larger a graph, the more it saves.
    const MAX_RECORDS: u64 = 1 << 20;
    // Every segment costs a query a search of its own.
    const MERGE_BITS: u32 = 2;
    type Fresh = FreshEmbeddings;

    fn open(path: &Path) -> lookalike_index::Result<Self> {
        Self::open(path)
    }

    fn verify(&self) -> lookalike_index::Result<()> {
        self.verify()
    }

    fn ids(&self) -> &[u64] {
        self.ids()
    }

    fn file_bytes(&self) -> u64 {
        self.file_bytes()
    }

    fn graph(&self) -> Option<(Parameters, u64)> {
        let parameters = self.has_graph().then(|| self.parameters());
        parameters.map(|parameters| (parameters, self.graph_bytes()))
    }

    fn fresh(catalogue: &Catalogue, part: Part) -> Result<FreshEmbeddings> {
        let mut fresh = FreshEmbeddings::default();
        let mut length = None;
        catalogue.each_fresh(part, |picture, record| {
            if *length.get_or_insert(record.len()) != record.len() {
                return Err(catalogue.damaged_record(part, picture, "cut short"));
            }
            fresh.ids.push(picture.get());
            let elements = record.iter().map(|b| b.cast_signed());
            fresh.elements.extend(elements);
            Ok(())
        })?;
        Ok(fresh)
    }

    fn write_fresh(path: &Path, sealer: &Sealer<'_>, part: Part) -> Result<Self> {
        let fresh = Self::fresh(sealer.catalogue, part)?;
        let mut writer = writer(path, sealer.models.of(part))?;
        for (id, embedding) in fresh.iter() {
            writer.push(id, embedding).map_err(Error::segment)?;
        }
        finish(writer, sealer)
    }

    fn write_merged(
        path: &Path,
        sealer: &Sealer<'_>,
        part: Part,
        segments: &[&Self],
        keep: &dyn Fn(u64) -> bool,
    ) -> Result<Self> {
        let mut living: Vec<(u64, usize)> = Vec::new();
        for (i, segment) in segments.iter().enumerate() {
            let ids = segment.ids().iter().filter(|id| keep(**id));
            living.extend(ids.map(|&id| (id, i)));
        }
        living.sort_unstable();
        let mut writer = writer(path, sealer.models.of(part))?;
        let mut embedding = Vec::new();
        for (id, i) in living {
            // Back to bytes these floats become what they were.
            if segments[i].read(id, &mut embedding) {
                writer.push(id, &embedding).map_err(Error::segment)?;
            }
        }
        finish(writer, sealer)
    }
}

fn writer(path: &Path, model: &ModelRecord) -> Result<GraphWriter> {
    let space = Space {
        dim: model.dimensions,
        metric: Metric::Cosine,
        element: Element::I8,
    };
    GraphWriter::create(path, space, &model.id).map_err(Error::segment)
}

fn finish(writer: GraphWriter, sealer: &Sealer<'_>) -> Result<GraphSegment> {
    let options = GraphOptions {
        graph_from: GRAPH_FROM,
        threads: sealer.threads,
        ..GraphOptions::default()
    };
    writer.finish(&options).map_err(Error::segment)
}
