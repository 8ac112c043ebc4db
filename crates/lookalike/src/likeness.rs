//! How much alike pictures are by chance.

use crate::Result;
use crate::engine::Moment;
use lookalike_index::{Metric, scores_of_pairs};
use std::sync::{Arc, Mutex, PoisonError};

/// Pictures whose similarities to one another are what chance gives.
const PICTURES: usize = 128;
/// Pictures with which a query that is no picture is compared, to tell what chance gives.
const SCORED: usize = 1024;

/// The similarities that chance gives in a state of a library, kept for the next question.
#[derive(Debug, Default)]
pub(crate) struct Chance(Mutex<Option<(u64, Scores)>>);

/// Similarities, ascending.
#[derive(Clone, Debug)]
pub(crate) struct Scores(Arc<[f32]>);

impl Chance {
    /// Those of all pairs of some pictures, always the same ones.
    pub(crate) fn of_pairs(&self, moment: &dyn Moment) -> Result<Scores> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((number, scores)) = &*kept()
            && *number == moment.number()
        {
            return Ok(scores.clone());
        }
        let sample = moment.embeddings()?.sample(PICTURES)?;
        let pictures: Vec<_> = sample.into_iter().map(|(_, e)| e).collect();
        let mut scores = scores_of_pairs(Metric::Cosine, &pictures);
        scores.sort_by(f32::total_cmp);
        let scores = Scores(scores.into());
        *kept() = Some((moment.number(), scores.clone()));
        Ok(scores)
    }

    /// Those of a query that is no picture with some pictures, always the same ones.
    pub(crate) fn of_query(moment: &dyn Moment, query: &[f32]) -> Result<Scores> {
        let scores = moment.embeddings()?.scores(query, SCORED)?;
        Ok(Scores(scores.into()))
    }
}

impl Scores {
    /// The share of them that are below `score`, in [0, 1].
    pub(crate) fn share_below(&self, score: f32) -> f32 {
        let below = self.0.partition_point(|&chance| chance < score);
        below as f32 / self.0.len().max(1) as f32
    }
}
