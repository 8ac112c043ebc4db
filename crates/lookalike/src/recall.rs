//! How much of the truth the approximate searches of a library find.

use crate::engine::{Engine, Near, NearestOptions};
use crate::{Error, Part, Result, Threads};
use lookalike_index::{Neighbor, Recall};

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
pub(crate) fn of_engine(engine: &dyn Engine, effort: Effort) -> Result<Vec<PartRecall>> {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let threads = Threads::new(cores);
    let moment = engine.moment(Part::Embedding.into())?;
    let embeddings = moment.embeddings()?;
    let extent = embeddings.extent();
    if extent.linked == 0 {
        return Ok(Vec::new());
    }
    let queries = embeddings.sample(effort.samples(extent.records))?;
    let queries = queries.into_iter().map(|(id, e)| (id.get(), e));
    let recall = Recall::measure(queries, NEIGHBOURS, |query, most, exact| {
        let options = NearestOptions {
            most,
            exact,
            threads: threads.clone(),
            ..NearestOptions::default()
        };
        let found = embeddings.nearest(&[query], &options)?;
        let neighbor = |near: Near| Neighbor {
            id: near.picture.get(),
            score: near.score,
        };
        Ok::<_, Error>(found.into_iter().flatten().map(neighbor).collect())
    })?;
    let part = Part::Embedding;
    Ok(vec![PartRecall { part, recall }])
}
