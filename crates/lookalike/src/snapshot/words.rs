//! The visual words of a snapshot.

use super::{Kept, Moment, Snapshot, Words};
use crate::{Part, Result};
use lookalike_index::Neighbor;
use lookalike_words::{
    Candidate, QueryFeature, RankOptions, WordPicture, WordSource, WordsSegment, candidates, rank,
};

impl Kept for WordsSegment {
    const PART: Part = Part::Words;
    type Derived = ();

    fn slot(moment: &mut Moment) -> &mut Option<Words> {
        &mut moment.words
    }
}

/// The `k` best, by so many threads.
fn options(k: usize, threads: usize) -> RankOptions<'static> {
    RankOptions {
        k,
        threads: threads.max(1),
        ..RankOptions::default()
    }
}

impl Snapshot<WordsSegment> {
    /// The `k` living pictures that share most with `query`.
    pub(crate) fn rank(
        &self,
        query: &[QueryFeature],
        k: usize,
        threads: usize,
    ) -> Result<Vec<Neighbor>> {
        Ok(rank(query, &self.sources(), &options(k, threads))?)
    }

    /// The same pictures for each of some queries, each with its votes.
    pub(crate) fn candidates(
        &self,
        queries: &[&[QueryFeature]],
        k: usize,
        threads: usize,
    ) -> Result<Vec<Vec<Candidate>>> {
        Ok(candidates(queries, &self.sources(), &options(k, threads))?)
    }

    /// The words of a living picture.
    pub(crate) fn words(&self, id: u64) -> Result<Option<WordPicture>> {
        if let Some(words) = self.fresh.get(id) {
            return Ok(Some(words));
        }
        let words = self.holder(id).map(|segment| segment.get(id));
        Ok(words.transpose()?.flatten())
    }

    fn sources(&self) -> Vec<WordSource<'_>> {
        let segments = self.segments.iter().map(WordSource::Segment);
        segments.chain([WordSource::Fresh(&self.fresh)]).collect()
    }
}
