//! What a trial found.

use super::{Modification, Original, TrialOptions};
use crate::{FailedFile, Hit, PictureId, Status};
use std::path::PathBuf;
use std::time::Duration;

/// How often the originals of some copies were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrialRecall {
    /// Copies looked for.
    pub queries: u64,
    /// Copies whose original was the first hit, proven or not.
    pub first: u64,
    /// Copies whose original was among the first ten.
    pub among_ten: u64,
    /// Copies whose original was proven the same.
    pub proven: u64,
}

impl TrialRecall {
    /// The shares found first, among the first ten, and proven; 0 without queries.
    pub fn shares(&self) -> [f64; 3] {
        [self.first, self.among_ten, self.proven]
            .map(|found| found as f64 / self.queries.max(1) as f64)
    }

    fn add(&mut self, answer: &Answer<'_>) {
        self.queries += 1;
        self.first += u64::from(answer.rank == Some(0));
        self.among_ten += u64::from(answer.rank.is_some_and(|rank| rank < 10));
        self.proven += u64::from(answer.proven);
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            queries: self.queries + other.queries,
            first: self.first + other.first,
            among_ten: self.among_ten + other.among_ten,
            proven: self.proven + other.proven,
        }
    }
}

/// Another picture that was proven the same as a copy. Paths are relative to the indexed folder.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WrongProof {
    /// The name of what the original had undergone.
    pub modification: &'static str,
    /// The original.
    pub original: PathBuf,
    /// What was found.
    pub found: PathBuf,
}

/// What a trial found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Pictures that copies were made of.
    pub tried: usize,
    /// Chosen pictures that cannot be read; others took their place as far as there were any.
    pub skipped: Vec<FailedFile>,
    /// Each modification in the order of the options.
    pub recalls: Vec<(&'static Modification, TrialRecall)>,
    /// Proofs that some copy shows a picture which it does not show.
    pub wrong: Vec<WrongProof>,
    /// Originals, each with another picture that is proven the same as it is, unmodified: mostly a
    /// copy that the collection holds. Such hits count neither as found nor as wrong.
    pub twins: Vec<(PathBuf, PathBuf)>,
    /// The library.
    pub status: Status,
    /// How long the queries took, from pixels to hits; ascending.
    times: Vec<Duration>,
}

impl Report {
    pub(super) fn new(
        originals: &[Original],
        skipped: Vec<FailedFile>,
        options: &TrialOptions,
        status: Status,
    ) -> Self {
        let twins = originals.iter().flat_map(|original| {
            let twins = original.twins.iter();
            twins.map(|(_, twin)| (original.path.clone(), twin.clone()))
        });
        let recalls = options.modifications.iter();
        Self {
            tried: originals.len(),
            skipped,
            recalls: recalls.map(|m| (*m, TrialRecall::default())).collect(),
            wrong: Vec::new(),
            twins: twins.collect(),
            status,
            times: Vec::new(),
        }
    }

    /// Counts the answer for a copy by the modification at `at`.
    pub(super) fn add(
        &mut self,
        at: usize,
        original: &Original,
        answer: &Answer<'_>,
        took: Duration,
    ) {
        let (modification, recall) = &mut self.recalls[at];
        recall.add(answer);
        self.wrong.extend(answer.wrong.iter().map(|hit| WrongProof {
            modification: modification.name(),
            original: original.path.clone(),
            found: hit.path.clone(),
        }));
        let place = self.times.partition_point(|&time| time <= took);
        self.times.insert(place, took);
    }

    /// All modifications together.
    pub fn overall(&self) -> TrialRecall {
        let recalls = self.recalls.iter();
        recalls.fold(TrialRecall::default(), |sum, (_, recall)| sum.plus(recall))
    }

    /// The time within which this share (0 to 1) of the queries was answered.
    pub fn time_of(&self, share: f64) -> Duration {
        let rank = (share * self.times.len() as f64).ceil() as usize;
        let time = self.times.get(rank.saturating_sub(1));
        time.copied().unwrap_or_default()
    }
}

/// How the hits for a copy are judged.
pub(super) struct Answer<'a> {
    /// The original's place among the pictures found, from 0.
    rank: Option<usize>,
    /// Whether it was proven.
    proven: bool,
    /// What else was proven, one hit a picture.
    wrong: Vec<&'a Hit>,
}

impl<'a> Answer<'a> {
    /// `right`: other pictures that may be found, and are passed over.
    pub(super) fn new(original: PictureId, right: &[PictureId], hits: &'a [Hit]) -> Self {
        let mut pictures: Vec<&Hit> = Vec::new();
        for hit in hits {
            let known = pictures.iter().any(|other| other.picture == hit.picture);
            if !known && (hit.picture == original || !right.contains(&hit.picture)) {
                pictures.push(hit);
            }
        }
        let rank = pictures.iter().position(|hit| hit.picture == original);
        let proven = |hit: &&Hit| hit.kind.is_whole();
        Self {
            rank,
            proven: rank.is_some_and(|rank| proven(&pictures[rank])),
            wrong: pictures
                .into_iter()
                .filter(|hit| hit.picture != original && proven(hit))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HitKind;
    use crate::same::{Relation, Verdict};

    fn hit(picture: u64, proven: bool) -> Hit {
        let verdict = Verdict {
            same: true,
            score: 1.0,
            inliers: 20,
            matches: 20,
            transform: None,
            mirrored: false,
            whole: false,
            judged: false,
            query_overlap: 1.0,
            found_overlap: 1.0,
            relation: Relation::Copy,
            pixels: None,
            failure: None,
        };
        Hit {
            path: PathBuf::from(picture.to_string()),
            place: None,
            picture: PictureId::new(picture),
            kind: match proven {
                true => HitKind::Same(Box::new(verdict)),
                false => HitKind::Candidate(Box::default()),
            },
            score: 0.5,
        }
    }

    #[test]
    fn what_a_copy_shows_is_passed_over_and_files_of_one_picture_count_once() {
        let hits = [
            hit(4, true),
            hit(7, true),
            hit(7, true),
            hit(5, true),
            hit(1, false),
        ];
        let [one, five, nine] = [1, 5, 9].map(PictureId::new);
        let answer = Answer::new(one, &[PictureId::new(4), five], &hits);
        assert_eq!((answer.rank, answer.proven), (Some(1), false));
        let wrong: Vec<u64> = answer.wrong.iter().map(|hit| hit.picture.get()).collect();
        assert_eq!(wrong, [7]);
        let answer = Answer::new(five, &[4, 7].map(PictureId::new), &hits);
        assert_eq!((answer.rank, answer.proven), (Some(0), true));
        assert!(answer.wrong.is_empty());
        assert_eq!(Answer::new(nine, &[], &hits).rank, None);
    }

    #[test]
    fn shares_are_of_the_queries() {
        let hits: Vec<Hit> = (0..11).map(|picture| hit(picture, picture < 1)).collect();
        let mut recall = TrialRecall::default();
        for original in [0, 9, 10, 99] {
            recall.add(&Answer::new(PictureId::new(original), &[], &hits));
        }
        assert_eq!(recall.shares(), [0.25, 0.5, 0.25]);
        assert_eq!(TrialRecall::default().shares(), [0.0; 3]);
    }
}
