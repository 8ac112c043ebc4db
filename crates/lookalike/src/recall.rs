//! How much of the truth the approximate searches of a library find.

use crate::catalogue::Catalogue;
use crate::segments::SegmentFolder;
use crate::snapshot::{Embeddings, Snapshots, Vectors};
use crate::{Part, Result};
use lookalike_index::Neighbor;

/// Neighbours that a sampled search asks for.
const NEIGHBOURS: usize = 10;
/// Comparisons that the exact searches of a quick estimate may take together.
const QUICK: usize = 1 << 22;
/// The most searches of a quick estimate.
const QUICK_SAMPLES: usize = 32;
/// Searches of a thorough one.
const SAMPLES: usize = 100;

/// What searches by way of a graph found of the true neighbours, of those that exact searches
/// found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recall {
    /// The records that were searched.
    pub part: Part,
    /// Records that served as queries.
    pub samples: usize,
    /// True neighbours.
    pub wanted: usize,
    /// Those of them that were found.
    pub found: usize,
}

impl Recall {
    /// The share of the true neighbours that was found; 1 where there are none.
    pub fn share(&self) -> f64 {
        match self.wanted {
            0 => 1.0,
            wanted => self.found as f64 / wanted as f64,
        }
    }
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

/// That of the embeddings; `None` where all searches are exact.
fn of_embeddings(snapshot: &Embeddings, effort: Effort, threads: usize) -> Result<Option<Recall>> {
    if !snapshot.has_graph() {
        return Ok(None);
    }
    let queries = snapshot.sample(effort.samples(snapshot.len())).collect();
    measure(Part::Embedding, queries, |query, exact| {
        snapshot.nearest(query, NEIGHBOURS + 1, exact, threads)
    })
    .map(Some)
}

/// That of the vectors; `None` where all searches are exact.
fn of_vectors(snapshot: &Vectors, effort: Effort, threads: usize) -> Result<Option<Recall>> {
    if !snapshot.has_graph() {
        return Ok(None);
    }
    let queries = snapshot.sample(effort.samples(snapshot.len()));
    let floor = f32::NEG_INFINITY;
    measure(Part::Vector, queries, |query, exact| {
        snapshot.nearest(query, NEIGHBOURS + 1, floor, exact, threads)
    })
    .map(Some)
}

/// That of every part that has a graph.
pub(crate) fn of_library(
    snapshots: &Snapshots,
    catalogue: &Catalogue,
    folder: &SegmentFolder,
    effort: Effort,
) -> Result<Vec<Recall>> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    let both = |(embeddings, vectors): (Embeddings, Vectors)| {
        let embeddings = of_embeddings(&embeddings, effort, threads)?;
        let vectors = of_vectors(&vectors, effort, threads)?;
        Ok(embeddings.into_iter().chain(vectors).collect())
    };
    snapshots.with(catalogue, folder, both)
}

/// Compares both ways to search.
fn measure(
    part: Part,
    queries: Vec<(u64, Vec<f32>)>,
    nearest: impl Fn(&[f32], bool) -> Result<Vec<Neighbor>>,
) -> Result<Recall> {
    let mut recall = Recall {
        part,
        samples: queries.len(),
        wanted: 0,
        found: 0,
    };
    for (id, query) in queries {
        // That a record finds itself says nothing.
        let others = |exact| -> Result<Vec<Neighbor>> {
            let mut others = nearest(&query, exact)?;
            others.retain(|neighbor| neighbor.id != id);
            others.truncate(NEIGHBOURS);
            Ok(others)
        };
        let truth = others(true)?;
        // What is as near as the last true neighbour is as good as that one.
        let least = truth.last().map_or(f32::INFINITY, |last| last.score);
        let good = others(false)?.iter().filter(|n| n.score >= least).count();
        recall.found += good.min(truth.len());
        recall.wanted += truth.len();
    }
    Ok(recall)
}
