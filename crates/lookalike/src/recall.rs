//! How much of the truth the approximate searches of a library find.

use crate::catalogue::Catalogue;
use crate::snapshot::{Embeddings, Snapshots};
use crate::{Part, Result};
use lookalike_index::Recall;
use lookalike_store::SegmentFolder;

/// Neighbours that a sampled search asks for.
const NEIGHBOURS: usize = 10;
/// Comparisons that the exact searches of a quick estimate may take together.
const QUICK: usize = 1 << 22;
/// The most searches of a quick estimate.
const QUICK_SAMPLES: usize = 32;
/// Searches of a thorough one.
const SAMPLES: usize = 100;

/// What searches of a part by way of its graphs found of the true neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartRecall {
    /// The records that were searched.
    pub part: Part,
    /// What was found; the queries were records, too.
    pub recall: Recall,
}

/// How many samples to take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effort {
    /// So many that it takes some tenths of a second at most.
    Quick,
    Thorough,
}

impl Effort {
    fn samples(self, records: usize) -> usize {
        match self {
            Self::Quick => (QUICK / records.max(1)).clamp(4, QUICK_SAMPLES),
            Self::Thorough => SAMPLES,
        }
    }
}

/// That of every part that has a graph.
pub(crate) fn of_library(
    snapshots: &Snapshots,
    catalogue: &Catalogue,
    folder: &SegmentFolder,
    effort: Effort,
) -> Result<Vec<PartRecall>> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    snapshots.with(catalogue, folder, |snapshot: Embeddings| {
        if !snapshot.has_graph() {
            return Ok(Vec::new());
        }
        let queries = snapshot.sample(effort.samples(snapshot.len()));
        let recall = Recall::measure(queries, NEIGHBOURS, |query, k, exact| {
            snapshot.nearest(query, k, exact, threads)
        })?;
        let part = Part::Embedding;
        Ok(vec![PartRecall { part, recall }])
    })
}
