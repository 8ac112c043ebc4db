//! Segments of embeddings.

use super::{Records, RecordsWriter, tiers};
use crate::catalogue::Catalogue;
use crate::{Part, Result};
use lookalike_index::{
    Element, FreshVectors, GraphKind, GraphOptions, GraphSegment, Metric, Parameters, Space,
    quantise,
};

/// Segments of fewer embeddings are scanned, which takes about as long as a search of the graph and
/// is exact.
const GRAPH_FROM: usize = 1 << 11;
/// The larger a graph, the more it saves.
const LARGEST: usize = 1 << 20;
/// Every segment costs a query a search of its own.
const FAN_BITS: u32 = 2;

/// The space of embeddings of some elements.
pub(crate) fn space(dim: usize) -> Space {
    Space {
        dim,
        metric: Metric::Cosine,
        element: Element::I8,
    }
}

/// An embedding as a record: a byte for each element, the largest of them 127.
pub(crate) fn embedding_bytes(embedding: &[f32]) -> Vec<u8> {
    let mut bytes = vec![0; embedding.len()];
    quantise(embedding, &mut bytes);
    bytes.into_iter().map(i8::cast_unsigned).collect()
}

impl Records for GraphSegment {
    type Kind = GraphKind;

    fn kind(writer: &RecordsWriter<'_>, part: Part) -> GraphKind {
        let model = writer.models.of(part);
        GraphKind {
            space: space(model.dimensions),
            label: model.id.clone(),
            options: GraphOptions {
                graph_from: GRAPH_FROM,
                threads: writer.threads,
                ..GraphOptions::default()
            },
            tiers: tiers(FAN_BITS, LARGEST),
        }
    }

    fn fresh(catalogue: &Catalogue, part: Part) -> Result<FreshVectors> {
        let mut fresh = FreshVectors::new(space(0));
        catalogue.each_fresh(part, |picture, record| {
            if fresh.is_empty() {
                fresh = FreshVectors::new(space(record.len()));
            }
            let embedding: Vec<i8> = record.iter().map(|b| b.cast_signed()).collect();
            let damaged =
                |e: lookalike_index::Error| catalogue.damaged_record(part, picture, &e.to_string());
            let added = fresh.insert(picture.get(), embedding.as_slice());
            added.map(drop).map_err(damaged)
        })?;
        Ok(fresh)
    }

    fn graph(&self) -> Option<(Parameters, u64)> {
        let parameters = self.has_graph().then(|| self.parameters());
        parameters.map(|parameters| (parameters, self.graph_bytes()))
    }
}
