//! Which pictures are worth a comparison: those with the most votes, and those whose votes agree.

use super::{Described, SameQuery, place};
use crate::Result;
use crate::snapshot::Snapshot;
use lookalike_vision::Keypoint;
use lookalike_vision::geometry::{VerifyOptions, View, support};
use lookalike_vision::matching::Match;
use lookalike_words::{Candidate, Vote, WordsSegment};
use rayon::prelude::*;
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
    pub(super) id: u64,
    /// Whether the mirror image of the query has more in common with it.
    pub(super) mirrored: bool,
    /// Its score in the index.
    pub(super) score: f32,
    /// How many of its votes agree on one similarity.
    support: usize,
}

/// The pictures to be compared with a query, at most `wanted`, by their score. Where more have
/// votes, those with the highest scores share the places with those whose votes agree best.
pub(super) fn shortlist(
    snapshot: &Snapshot<WordsSegment>,
    query: &SameQuery,
    wanted: usize,
    threads: usize,
) -> Result<Vec<Shortlisted>> {
    let sides = query.words.each_ref().map(Vec::as_slice);
    let found = snapshot.candidates(&sides, wanted.max(CANDIDATES), threads)?;
    let mut shortlist = Vec::new();
    for (candidates, mirrored) in found.iter().zip([false, true]) {
        let described = query.verifier.described(mirrored);
        let judged = |candidate: &Candidate| Shortlisted {
            id: candidate.id,
            mirrored,
            score: candidate.score,
            support: support_of(candidate, described),
        };
        if threads > 1 {
            shortlist.par_extend(candidates.par_iter().map(judged));
        } else {
            shortlist.extend(candidates.iter().map(judged));
        }
    }
    Ok(chosen(shortlist, wanted))
}

fn support_of(candidate: &Candidate, query: &Described) -> usize {
    let mut votes: Vec<&Vote> = candidate.votes.iter().collect();
    votes.sort_by_key(|vote| vote.distance);
    votes.truncate(VOTES);
    let found: Vec<Keypoint> = votes.iter().map(|v| place::unpack(v.place)).collect();
    let votes = votes.iter().enumerate();
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
fn chosen(mut found: Vec<Shortlisted>, wanted: usize) -> Vec<Shortlisted> {
    let by_score = |a: &Shortlisted, b: &Shortlisted| {
        let by_id = a.id.cmp(&b.id).then(a.mirrored.cmp(&b.mirrored));
        b.score.total_cmp(&a.score).then(by_id)
    };
    let by_support = |a: &Shortlisted, b: &Shortlisted| b.support.cmp(&a.support);
    let mut known = BTreeSet::new();
    found.sort_by(|a, b| by_support(a, b).then(by_score(a, b)));
    let agreeing = found.iter().filter(|c| c.support >= AGREEING);
    let agreeing = agreeing.filter(|c| known.insert(c.id)).take(wanted / 2);
    let mut chosen: Vec<Shortlisted> = agreeing.copied().collect();
    known = chosen.iter().map(|c| c.id).collect();
    found.sort_by(by_score);
    let others = found.iter().filter(|c| known.insert(c.id));
    chosen.extend(others.take(wanted - chosen.len()));
    chosen.sort_by(by_score);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: u64, score: f32, support: usize) -> Shortlisted {
        Shortlisted {
            id,
            mirrored: false,
            score,
            support,
        }
    }

    fn ids(found: Vec<Shortlisted>, wanted: usize) -> Vec<u64> {
        chosen(found, wanted).iter().map(|c| c.id).collect()
    }

    #[test]
    fn votes_that_agree_bring_a_picture_forward() {
        let all: Vec<Shortlisted> = (0..20)
            .map(|i| listed(i, 100.0 - i as f32, if i == 17 { 7 } else { 4 }))
            .collect();
        assert_eq!(ids(all.clone(), 4), [0, 1, 2, 17]);
        assert_eq!(ids(all, 40), (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn a_picture_is_compared_once_by_its_better_side() {
        let mirrored = Shortlisted {
            mirrored: true,
            ..listed(1, 5.0, 9)
        };
        let all = vec![listed(1, 6.0, 0), mirrored, listed(2, 5.5, 0)];
        assert_eq!(chosen(all, 2), [listed(2, 5.5, 0), mirrored]);
        let all = vec![
            listed(1, 6.0, 0),
            Shortlisted {
                support: 0,
                ..mirrored
            },
        ];
        assert_eq!(chosen(all, 2), [listed(1, 6.0, 0)]);
    }
}
