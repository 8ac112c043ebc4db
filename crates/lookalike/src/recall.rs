//! How much of the truth the approximate searches of a library find.

use crate::engine::{Engine, Near, NearestOptions, Vectors};
use crate::{Part, Parts, Result, Threads};

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

/// That of every part that has a graph.
pub(crate) fn of_engine(engine: &dyn Engine, effort: Effort) -> Result<Vec<Recall>> {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let moment = engine.moment(Parts::from(Part::Embedding).and(Part::Vector))?;
    let parts = [
        (Part::Embedding, moment.embeddings()?),
        (Part::Vector, moment.vectors()?),
    ];
    let linked = parts.into_iter().filter(|(_, v)| v.extent().linked > 0);
    linked
        .map(|(part, vectors)| measure(part, vectors, effort, &Threads::new(cores)))
        .collect()
}

/// Compares both ways to search.
fn measure(part: Part, vectors: &dyn Vectors, effort: Effort, threads: &Threads) -> Result<Recall> {
    let queries = vectors.sample(effort.samples(vectors.extent().records))?;
    let mut recall = Recall {
        part,
        samples: queries.len(),
        wanted: 0,
        found: 0,
    };
    for (id, query) in queries {
        // That a record finds itself says nothing.
        let others = |exact| -> Result<Vec<Near>> {
            let options = NearestOptions {
                most: NEIGHBOURS + 1,
                exact,
                threads: threads.clone(),
                ..NearestOptions::default()
            };
            let found = vectors.nearest(&[&query], &options)?;
            let others = found.into_iter().flatten().filter(|n| n.picture != id);
            Ok(others.take(NEIGHBOURS).collect())
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
