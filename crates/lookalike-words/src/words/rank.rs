//! Which pictures share most with a query: many are found by tokens, few of them looked at closely.

use super::query::QueryFeature;
use super::tally::{Tallied, Tally, Tokens};
use super::votes::{Vote, Voters, inverse_frequencies};
use super::writer::WordSource;
use crate::{Neighbor, Result};
use lookalike_store::tasks;

/// The votes of at least so many pictures are counted, those that share most tokens with the query. Among
/// more pictures more strangers come before the right one: one more for each [`STRANGERS`],
const LOOKED_AT: u64 = 100;
const STRANGERS: u64 = 1000;
/// but of no more than so many.
const LOOKED_AT_MOST: u64 = 1000;

/// How to rank.
#[derive(Clone, Copy, Debug)]
pub struct RankOptions {
    /// How many pictures at most; default 30.
    pub k: usize,
    /// Signatures that differ in more bits do not vote; default 36. Votes beyond it are many, weigh
    /// little and found nothing more.
    pub max_distance: u32,
    /// A vote at h bits weighs exp(-(h / sigma)^2); default 24.
    pub sigma: f32,
    /// The one id that is answered, also where it would not be found among others; default all.
    pub only: Option<u64>,
    /// Threads, at least 1; default 1. The answer does not depend on it.
    pub threads: usize,
}

impl Default for RankOptions {
    fn default() -> Self {
        Self {
            k: 30,
            max_distance: 36,
            sigma: 24.0,
            only: None,
            threads: 1,
        }
    }
}

/// A picture that shares words with a query, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its id.
    pub id: u64,
    /// The weight of its votes: positive, comparable within one state of the sources.
    pub score: f32,
    /// Width and height to which the places refer.
    pub size: [u16; 2],
    /// The nearest vote of each feature of the query that has one, by feature.
    pub votes: Vec<Vote>,
}

/// For each query the `k` pictures that share most tokens with it in one way of turning and scaling, the
/// best first, equal ones by ascending id. The score is the number of the query's features that do.
///
/// # Errors
/// [`lookalike_store::Error::Checksum`] where a list that is needed is damaged.
pub fn rank(
    queries: &[&[QueryFeature]],
    sources: &[WordSource<'_>],
    options: &RankOptions,
) -> Result<Vec<Vec<Neighbor>>> {
    let tally = Tokens::of(queries).tally(sources, options.threads)?;
    let ranked = |mut tallied: Vec<Tallied>| {
        if let Some(only) = options.only {
            tallied.retain(|one| one.id == only);
        }
        first(&mut tallied, options.k);
        let neighbor = |one: &Tallied| Neighbor {
            id: one.id,
            score: one.votes as f32,
        };
        tallied.iter().map(neighbor).collect()
    };
    Ok(tally.of_queries.into_iter().map(ranked).collect())
}

/// For each query the `k` pictures with the most weight of votes among those that share most tokens with
/// it, the best first, equal ones by ascending id. Pictures without a vote are left out.
///
/// # Errors
/// As [`rank`]; also where what is stored of a picture is damaged.
pub fn candidates(
    queries: &[&[QueryFeature]],
    sources: &[WordSource<'_>],
    options: &RankOptions,
) -> Result<Vec<Vec<Candidate>>> {
    let tally = Tokens::of(queries).tally(sources, options.threads)?;
    let pictures: u64 = sources.iter().map(|source| source.ids().len() as u64).sum();
    let looked_at = (LOOKED_AT + pictures / STRANGERS).min(LOOKED_AT_MOST) as usize;
    let Tally { of_queries, counts } = tally;
    let idf = inverse_frequencies(&counts, pictures);
    let voters: Vec<Voters<'_>> = queries
        .iter()
        .map(|query| Voters::new(query, &idf, options))
        .collect();
    let look = |tallied: &[Tallied], voters: &Voters<'_>| -> Result<Vec<Candidate>> {
        let looked = tasks::run(options.threads, tallied.len(), |i| {
            let one = &tallied[i];
            let picture = sources[one.source].picture(one.picture)?;
            let (score, votes) = voters.votes_of(&picture);
            Ok(Candidate {
                id: one.id,
                score,
                size: picture.size,
                votes,
            })
        });
        let mut looked = looked.into_iter().collect::<Result<Vec<Candidate>>>()?;
        looked.retain(|candidate| !candidate.votes.is_empty());
        looked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        looked.truncate(options.k);
        Ok(looked)
    };
    let mut found = Vec::with_capacity(queries.len());
    for (mut tallied, voters) in of_queries.into_iter().zip(&voters) {
        first(&mut tallied, looked_at.max(options.k));
        found.push(look(&tallied, voters)?);
    }
    let Some(only) = options.only else {
        return Ok(found);
    };
    // As it is found among all; only if it is not, by itself.
    found
        .iter_mut()
        .for_each(|found| found.retain(|one| one.id == only));
    if found.iter().all(Vec::is_empty) {
        let itself: Vec<Tallied> = find(only, sources).into_iter().collect();
        let each = voters.iter().map(|voters| look(&itself, voters));
        found = each.collect::<Result<_>>()?;
    }
    Ok(found)
}

/// Leaves the `count` with the most votes, the best first, equal ones by ascending id.
fn first(tallied: &mut Vec<Tallied>, count: usize) {
    tallied.sort_unstable_by(|a, b| b.votes.cmp(&a.votes).then(a.id.cmp(&b.id)));
    tallied.truncate(count);
}

/// The living picture of an id.
fn find(id: u64, sources: &[WordSource<'_>]) -> Option<Tallied> {
    sources.iter().enumerate().find_map(|(source, from)| {
        let picture = from.ids().binary_search(&id).ok()?;
        from.is_alive(picture).then_some(Tallied {
            id,
            source,
            picture,
            votes: 0,
        })
    })
}
