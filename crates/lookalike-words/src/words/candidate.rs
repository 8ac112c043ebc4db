//! The votes of the pictures that share most words with a query.

use super::postings::{List, Postings};
use super::rank::QueryFeature;
use crate::Neighbor;
use lookalike_store::TopK;

/// A feature of the query taken for one of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vote {
    /// Which feature of the query it is.
    pub feature: u32,
    /// The place of the picture's feature, as it was stored.
    pub place: u32,
    /// Bits in which their signatures differ.
    pub distance: u32,
}

/// A picture that shares words with a query, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its id.
    pub id: u64,
    /// Its score, as a ranking gives it.
    pub score: f32,
    /// Width and height to which the places refer.
    pub size: [u16; 2],
    /// The nearest vote of each feature of the query that has one, by feature.
    pub votes: Vec<Vote>,
}

impl Candidate {
    /// The pictures that a source elected, still without votes, by id; and their numbers in the
    /// source, which ascend with the ids.
    pub(super) fn of(elected: TopK, postings: &Postings<'_>) -> (Vec<Self>, Vec<u16>) {
        let mut elected = elected.into_sorted();
        elected.sort_unstable_by_key(|neighbor| neighbor.id);
        let candidate = |neighbor: &Neighbor| {
            let picture = postings.ids.binary_search(&neighbor.id).ok()?;
            let candidate = Self {
                id: neighbor.id,
                score: neighbor.score,
                size: postings.sizes[picture],
                votes: Vec::new(),
            };
            Some((candidate, u16::try_from(picture).ok()?))
        };
        elected.iter().filter_map(candidate).unzip()
    }

    /// Leaves of each feature's votes the nearest; of equals, that of the lower word.
    pub(super) fn keep_nearest(&mut self) {
        self.votes.sort_by_key(|vote| (vote.feature, vote.distance));
        self.votes.dedup_by_key(|vote| vote.feature);
    }
}

/// Adds the votes that features of a query have in the list of a word they share, for the pictures
/// with these ascending numbers. `voters` holds the number of each feature beside the word's slot.
pub(super) fn gather(
    query: &[QueryFeature],
    voters: &[(usize, u32)],
    list: &List<'_>,
    numbers: &[u16],
    most: u32,
    votes: &mut [Vec<Vote>],
) {
    let mut at = 0;
    for (&number, votes) in numbers.iter().zip(votes) {
        at += first_from(&list.pictures[at..], number);
        while list.pictures.get(at) == Some(&number) {
            for &(_, feature) in voters {
                let distance = (list.codes[at] ^ query[feature as usize].code).count_ones();
                if distance <= most {
                    votes.push(Vote {
                        feature,
                        place: list.places[at],
                        distance,
                    });
                }
            }
            at += 1;
        }
    }
}

/// Where the first of some ascending numbers is that is at least `number`, found in steps that
/// double: it is near more often than not.
fn first_from(numbers: &[u16], number: u16) -> usize {
    let mut step = 1;
    while numbers.get(step - 1).is_some_and(|&n| n < number) {
        step *= 2;
    }
    let (from, to) = (step / 2, step.min(numbers.len()));
    from + numbers[from..to].partition_point(|&n| n < number)
}
