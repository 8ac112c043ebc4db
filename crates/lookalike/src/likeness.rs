//! What chance gives in a state of a library.

use crate::chance::Chance;
use crate::engine::{Moment, Vectors};
use crate::nouns::{self, Weighted};
use crate::{Result, Threads};
use lookalike_index::{Metric, scores};
use std::sync::{Arc, Mutex, PoisonError};

/// Pictures whose similarities to one another are what chance gives.
const PICTURES: usize = 128;
/// Pictures with which a query that is no picture is compared, to tell what chance gives.
const SCORED: usize = 1024;

/// The chance of the state that was asked about last, kept for the next question.
#[derive(Debug, Default)]
pub(crate) struct Likeness(Mutex<Option<(u64, Arc<Chance>)>>);

impl Likeness {
    /// The similarities of some pictures, always the same ones, to one another.
    pub(crate) fn of_pairs(&self, moment: &dyn Moment) -> Result<Arc<Chance>> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((number, chance)) = &*kept()
            && *number == moment.number()
        {
            return Ok(chance.clone());
        }
        let sample = moment.embeddings()?.sample(PICTURES)?;
        let pictures: Vec<_> = sample.into_iter().map(|(_, e)| e).collect();
        let pairs = pictures.iter().enumerate().flat_map(|(i, picture)| {
            let before = pictures[..i].iter().map(Vec::as_slice);
            scores(Metric::Cosine, picture, before)
        });
        let chance = Arc::new(Chance::new(pairs.collect()));
        *kept() = Some((moment.number(), chance.clone()));
        Ok(chance)
    }

    /// Those of a query that is no picture to some pictures, always the same ones.
    pub(crate) fn of_query(moment: &dyn Moment, query: &[f32]) -> Result<Arc<Chance>> {
        let scores = moment.embeddings()?.scores(query, SCORED)?;
        Ok(Arc::new(Chance::new(scores)))
    }

    /// Those of nouns.
    pub(crate) fn of_nouns(
        embeddings: &dyn Vectors,
        nouns: &[Weighted],
        threads: &Threads,
    ) -> Result<Arc<Chance>> {
        let scores = nouns::of_sample(embeddings, nouns, SCORED / 2, threads)?;
        Ok(Arc::new(Chance::new(scores)))
    }
}
