//! How segments of vectors come into being.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::fresh::FreshVectors;
use crate::{Error, GraphOptions, GraphSegment, GraphWriter, Result, Space};
use lookalike_store::{Kind, Living, Tiers, in_order, interleaved};

/// So many segments of about a size become one, as a power of two: a search of each costs about as
/// much as one of all.
const FAN_BITS: u32 = 2;

/// Segments of vectors, which get a graph where there are many.
#[derive(Clone, Debug)]
pub struct GraphKind {
    /// What the vectors have in common.
    pub space: Space,
    /// What the vectors are, for whoever opens a file.
    pub label: String,
    /// How graphs are built.
    pub options: GraphOptions,
    /// When segments are merged.
    pub tiers: Tiers,
}

impl GraphKind {
    /// Segments of an index that changes all the time: those without a graph are taken in by the next,
    /// and those with one are merged four at a time, up to any size.
    pub fn new(space: Space, label: &str, options: &GraphOptions) -> Self {
        Self {
            space,
            label: label.to_owned(),
            options: *options,
            tiers: Tiers {
                taken_in: options.graph_from,
                lowest: options.graph_from,
                bits: FAN_BITS,
                largest: crate::MAX_GRAPH_VECTORS,
            },
        }
    }
}

impl Kind for GraphKind {
    type Segment = GraphSegment;
    type Fresh = FreshVectors;
    type Error = Error;

    fn tiers(&self) -> Tiers {
        self.tiers
    }

    fn count(&self, fresh: &FreshVectors) -> usize {
        fresh.len()
    }

    fn write(
        &self,
        path: &Path,
        segments: &[Living<GraphSegment>],
        fresh: Option<&FreshVectors>,
        stop: &AtomicBool,
    ) -> Result<GraphSegment> {
        let mut writer = GraphWriter::create(path, self.space, &self.label)?;
        let sealed = in_order(segments).map(|(id, i, row)| (id, segments[i].segment().row(row)));
        let fresh = fresh.into_iter().flat_map(FreshVectors::rows);
        for (id, row) in interleaved(sealed, fresh) {
            writer.push_row(id, row)?;
        }
        writer.finish_unless(&self.options, stop)
    }
}
