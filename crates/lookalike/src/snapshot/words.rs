//! The visual words of a snapshot.

use super::Snapshot;
use crate::engine::{Candidate, ProposeOptions, QueryFeature, WordPicture, Words};
use crate::{PictureId, Result, Threads};
use lookalike_words::{Neighbor, RankOptions, WordSource, WordsSegment, candidates, rank};

impl Words for Snapshot<WordsSegment> {
    fn propose(
        &self,
        queries: &[&[QueryFeature]],
        options: &ProposeOptions,
    ) -> Result<Vec<Vec<Candidate>>> {
        let segments = self.segments.iter().map(WordSource::Segment);
        let sources: Vec<_> = segments.chain([WordSource::Fresh(&self.fresh)]).collect();
        propose(&sources, queries, options)
    }

    fn fetch(&self, pictures: &[PictureId], threads: &Threads) -> Result<Vec<Option<WordPicture>>> {
        threads.try_map(pictures, |picture| self.words(picture.get()))
    }
}

impl Snapshot<WordsSegment> {
    /// The words of a living picture.
    fn words(&self, id: u64) -> Result<Option<WordPicture>> {
        if let Some(words) = self.fresh.get(id) {
            return Ok(Some(words.clone()));
        }
        let words = self.holder(id).map(|segment| segment.get(id));
        Ok(words.transpose()?.flatten())
    }
}

/// The candidates that some sources give.
pub(crate) fn propose(
    sources: &[WordSource<'_>],
    queries: &[&[QueryFeature]],
    options: &ProposeOptions,
) -> Result<Vec<Vec<Candidate>>> {
    let how = RankOptions {
        k: options.most,
        only: options.only.map(PictureId::get),
        threads: options.threads.count(),
        ..RankOptions::default()
    };
    if options.votes > 0 {
        let found = candidates(queries, sources, &how)?;
        let candidate = |candidate| with_votes(candidate, options.votes);
        let of_query = |found: Vec<_>| found.into_iter().map(candidate).collect();
        return Ok(found.into_iter().map(of_query).collect());
    }
    let without_votes = |neighbor: Neighbor| Candidate {
        picture: PictureId::new(neighbor.id),
        score: neighbor.score,
        size: [0; 2],
        votes: Vec::new(),
    };
    let found = rank(queries, sources, &how)?;
    let of_query = |found: Vec<_>| found.into_iter().map(without_votes).collect();
    Ok(found.into_iter().map(of_query).collect())
}

fn with_votes(candidate: lookalike_words::Candidate, most: usize) -> Candidate {
    let mut votes = candidate.votes;
    votes.sort_by_key(|vote| vote.distance);
    votes.truncate(most);
    Candidate {
        picture: PictureId::new(candidate.id),
        score: candidate.score,
        size: candidate.size,
        votes,
    }
}
