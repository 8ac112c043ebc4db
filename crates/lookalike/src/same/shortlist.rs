//! Which pictures are worth a comparison: those with the most votes, and those whose votes agree.

use super::{Described, SameQuery, place};
use crate::snapshot::Snapshot;
use crate::{PictureId, Result};
use lookalike_index::{Nominee, Vote, WordsSegment};
use lookalike_vision::Keypoint;
use lookalike_vision::geometry::{VerifyOptions, View, support};
use lookalike_vision::matching::Match;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Pictures whose votes are looked at, of the query as it is and of its mirror image.
const NOMINEES: usize = 100;
/// Votes of a picture that are looked at, those of the nearest signatures: the time grows with their
/// square.
const VOTES: usize = 64;
/// Fewest votes that must agree on one similarity to bring a picture forward.
const AGREEING: usize = 5;

/// A picture to be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) id: PictureId,
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
) -> Result<Vec<Candidate>> {
    let sides = query.words.each_ref().map(Vec::as_slice);
    let nominated = snapshot.nominate(&sides, wanted.max(NOMINEES), threads)?;
    let mut candidates = Vec::new();
    for (nominees, mirrored) in nominated.iter().zip([false, true]) {
        let described = query.verifier.described(mirrored);
        let judged = |nominee: &Nominee| Candidate {
            id: PictureId::new(nominee.id),
            mirrored,
            score: nominee.score,
            support: support_of(nominee, described),
        };
        if threads > 1 {
            candidates.par_extend(nominees.par_iter().map(judged));
        } else {
            candidates.extend(nominees.iter().map(judged));
        }
    }
    Ok(chosen(candidates, wanted))
}

fn support_of(nominee: &Nominee, query: &Described) -> usize {
    let mut votes: Vec<&Vote> = nominee.votes.iter().collect();
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
        width: nominee.size[0].into(),
        height: nominee.size[1].into(),
        keypoints: &found,
    };
    support(&query.view(), &found, &matches, &VerifyOptions::default())
}

/// Each picture once, the better of its two sides.
fn chosen(mut candidates: Vec<Candidate>, wanted: usize) -> Vec<Candidate> {
    let by_score = |a: &Candidate, b: &Candidate| {
        let by_id = a.id.cmp(&b.id).then(a.mirrored.cmp(&b.mirrored));
        b.score.total_cmp(&a.score).then(by_id)
    };
    let by_support = |a: &Candidate, b: &Candidate| b.support.cmp(&a.support);
    let mut known = BTreeSet::new();
    candidates.sort_by(|a, b| by_support(a, b).then(by_score(a, b)));
    let agreeing = candidates.iter().filter(|c| c.support >= AGREEING);
    let agreeing = agreeing.filter(|c| known.insert(c.id)).take(wanted / 2);
    let mut chosen: Vec<Candidate> = agreeing.copied().collect();
    known = chosen.iter().map(|c| c.id).collect();
    candidates.sort_by(by_score);
    let others = candidates.iter().filter(|c| known.insert(c.id));
    chosen.extend(others.take(wanted - chosen.len()));
    chosen.sort_by(by_score);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: u64, score: f32, support: usize) -> Candidate {
        Candidate {
            id: PictureId::new(id),
            mirrored: false,
            score,
            support,
        }
    }

    fn ids(candidates: Vec<Candidate>, wanted: usize) -> Vec<u64> {
        let chosen = chosen(candidates, wanted);
        chosen.iter().map(|c| c.id.get()).collect()
    }

    #[test]
    fn votes_that_agree_bring_a_picture_forward() {
        let all: Vec<Candidate> = (0..20)
            .map(|i| candidate(i, 100.0 - i as f32, if i == 17 { 7 } else { 4 }))
            .collect();
        assert_eq!(ids(all.clone(), 4), [0, 1, 2, 17]);
        assert_eq!(ids(all, 40), (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn a_picture_is_compared_once_by_its_better_side() {
        let mirrored = Candidate {
            mirrored: true,
            ..candidate(1, 5.0, 9)
        };
        let all = vec![candidate(1, 6.0, 0), mirrored, candidate(2, 5.5, 0)];
        assert_eq!(chosen(all, 2), [candidate(2, 5.5, 0), mirrored]);
        let all = vec![
            candidate(1, 6.0, 0),
            Candidate {
                support: 0,
                ..mirrored
            },
        ];
        assert_eq!(chosen(all, 2), [candidate(1, 6.0, 0)]);
    }
}
