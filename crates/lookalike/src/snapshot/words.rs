//! The visual words of a snapshot.

use super::Snapshot;
use crate::engine::{Candidate, ProposeOptions, QueryFeature, WordPicture, Words};
use crate::{PictureId, Result, Threads};
use lookalike_words::{RankOptions, WordSource, WordsSegment, candidates, rank};

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
            return Ok(Some(words));
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
    let is_it = |id| options.only.is_some_and(|only| only.get() == id);
    let only = options
        .only
        .map(|_| &is_it as &(dyn Fn(u64) -> bool + Sync));
    let how = |threads| RankOptions {
        k: options.most,
        keep: only,
        threads,
        ..RankOptions::default()
    };
    if options.votes > 0 {
        let found = candidates(queries, sources, &how(options.threads.count()))?;
        let candidate = |candidate| with_votes(candidate, options.votes);
        let of_query = |found: Vec<_>| found.into_iter().map(candidate).collect();
        return Ok(found.into_iter().map(of_query).collect());
    }
    // Many queries keep the threads busier one by one.
    let inside = match queries.len() < options.threads.count() {
        true => options.threads.count(),
        false => 1,
    };
    let ranked = |query: &&[QueryFeature]| -> Result<Vec<Candidate>> {
        let found = rank(query, sources, &how(inside))?.into_iter();
        Ok(found
            .map(|neighbor| Candidate {
                picture: PictureId::new(neighbor.id),
                score: neighbor.score,
                size: [0; 2],
                votes: Vec::new(),
            })
            .collect())
    };
    match inside {
        1 => options.threads.try_map(queries, ranked),
        _ => queries.iter().map(ranked).collect(),
    }
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
