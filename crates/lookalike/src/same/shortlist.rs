//! Which pictures are worth a comparison: those with the most votes, and those whose votes agree.

use super::{Described, SameQuery, place};
use crate::engine::{Candidate, ProposeOptions, Vote, Words};
use crate::{PictureId, Result, Threads};
use lookalike_vision::Keypoint;
use lookalike_vision::geometry::{VerifyOptions, View, support};
use lookalike_vision::matching::Match;
use std::collections::BTreeSet;

/// Pictures whose votes are looked at, of the query as it is and of its mirror image.
const CANDIDATES: usize = 100;
/// Votes of a picture that are looked at, those of the nearest signatures: the time grows with their
/// square.
const VOTES: usize = 64;
/// Fewest votes that must agree on one similarity to bring a picture forward.
const AGREEING: usize = 5;

/// A picture to be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shortlisted {
    pub(super) picture: PictureId,
    /// Whether the mirror image of the query has more in common with it.
    pub(super) mirrored: bool,
    /// Its score as a candidate.
    pub(super) score: f32,
    /// How many of its votes agree on one similarity.
    pub(super) support: usize,
}

/// The pictures to be compared with a query, at most `wanted`, by their score. Where more have
/// votes, those with the highest scores share the places with those whose votes agree best. `only` one
/// picture may be asked about.
pub(super) fn shortlist(
    words: &dyn Words,
    query: &SameQuery,
    wanted: usize,
    only: Option<PictureId>,
    threads: &Threads,
) -> Result<Vec<Shortlisted>> {
    let sides = query.words.each_ref().map(Vec::as_slice);
    let options = ProposeOptions {
        most: wanted.max(CANDIDATES),
        votes: VOTES,
        only,
        threads: threads.clone(),
    };
    let proposed = words.propose(&sides, &options)?;
    let mut judged = Vec::new();
    for (candidates, mirrored) in proposed.iter().zip([false, true]) {
        let described = query.verifier.described(mirrored);
        judged.extend(threads.map(candidates, |candidate| Shortlisted {
            picture: candidate.picture,
            mirrored,
            score: candidate.score,
            support: support_of(candidate, described),
        }));
    }
    Ok(chosen(judged, wanted))
}

fn support_of(candidate: &Candidate, query: &Described) -> usize {
    let found = |vote: &Vote| place::unpack(vote.place);
    let found: Vec<Keypoint> = candidate.votes.iter().map(found).collect();
    let votes = candidate.votes.iter().enumerate();
    let matches: Vec<Match> = votes
        .map(|(found, vote)| Match {
            query: vote.feature as usize,
            found,
        })
        .collect();
    let found = View {
        width: candidate.size[0].into(),
        height: candidate.size[1].into(),
        keypoints: &found,
    };
    support(&query.view(), &found, &matches, &VerifyOptions::default())
}

/// Each picture once, the better of its two sides.
fn chosen(mut judged: Vec<Shortlisted>, wanted: usize) -> Vec<Shortlisted> {
    let by_score = |a: &Shortlisted, b: &Shortlisted| {
        let by_id = a.picture.cmp(&b.picture).then(a.mirrored.cmp(&b.mirrored));
        b.score.total_cmp(&a.score).then(by_id)
    };
    let by_support = |a: &Shortlisted, b: &Shortlisted| b.support.cmp(&a.support);
    let mut known = BTreeSet::new();
    judged.sort_by(|a, b| by_support(a, b).then(by_score(a, b)));
    let agreeing = judged.iter().filter(|c| c.support >= AGREEING);
    let agreeing = agreeing
        .filter(|c| known.insert(c.picture))
        .take(wanted / 2);
    let mut chosen: Vec<Shortlisted> = agreeing.copied().collect();
    known = chosen.iter().map(|c| c.picture).collect();
    judged.sort_by(by_score);
    let others = judged.iter().filter(|c| known.insert(c.picture));
    chosen.extend(others.take(wanted - chosen.len()));
    chosen.sort_by(by_score);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: u64, score: f32, support: usize) -> Shortlisted {
        Shortlisted {
            picture: PictureId::new(id),
            mirrored: false,
            score,
            support,
        }
    }

    fn ids(judged: Vec<Shortlisted>, wanted: usize) -> Vec<u64> {
        let chosen = chosen(judged, wanted);
        chosen.iter().map(|c| c.picture.get()).collect()
    }

    #[test]
    fn votes_that_agree_bring_a_picture_forward() {
        let all: Vec<Shortlisted> = (0..20)
            .map(|i| one(i, 100.0 - i as f32, if i == 17 { 7 } else { 4 }))
            .collect();
        assert_eq!(ids(all.clone(), 4), [0, 1, 2, 17]);
        assert_eq!(ids(all, 40), (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn a_picture_is_compared_once_by_its_better_side() {
        let mirrored = Shortlisted {
            mirrored: true,
            ..one(1, 5.0, 9)
        };
        let all = vec![one(1, 6.0, 0), mirrored, one(2, 5.5, 0)];
        assert_eq!(chosen(all, 2), [one(2, 5.5, 0), mirrored]);
        let all = vec![
            one(1, 6.0, 0),
            Shortlisted {
                support: 0,
                ..mirrored
            },
        ];
        assert_eq!(chosen(all, 2), [one(1, 6.0, 0)]);
    }
}
