//! The visual words of a snapshot.

use super::{Kept, Moment, Snapshot, Words};
use crate::{Error, Result};
use lookalike_index::Neighbor;
use lookalike_store::Segment;
use lookalike_words::{
    Candidate, QueryFeature, RankOptions, WordPicture, WordSource, WordsSegment, candidates, rank,
};

impl Kept for WordsSegment {
    type Derived = ();

    fn slot(moment: &mut Moment) -> &mut Option<Words> {
        &mut moment.words
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
        let rank = |options: &RankOptions<'_>| rank(query, &self.sources(), options);
        self.ranked(k, threads, rank)
    }

    /// The same pictures for each of some queries, each with its votes.
    pub(crate) fn candidates(
        &self,
        queries: &[&[QueryFeature]],
        k: usize,
        threads: usize,
    ) -> Result<Vec<Vec<Candidate>>> {
        let find = |options: &RankOptions<'_>| candidates(queries, &self.sources(), options);
        self.ranked(k, threads, find)
    }

    fn ranked<T>(
        &self,
        k: usize,
        threads: usize,
        rank: impl FnOnce(&RankOptions<'_>) -> lookalike_words::Result<T>,
    ) -> Result<T> {
        let keep = |id| self.is_alive(id);
        let options = RankOptions {
            k,
            keep: (!self.dead.is_empty()).then_some(&keep as &(dyn Fn(u64) -> bool + Sync)),
            threads: threads.max(1),
            ..RankOptions::default()
        };
        rank(&options).map_err(Error::from)
    }

    /// The words of a living picture.
    pub(crate) fn words(&self, id: u64) -> Result<Option<WordPicture>> {
        if let Some(words) = self.fresh.get(id) {
            return Ok(Some(words));
        }
        for segment in self.may_hold(id) {
            if let Some(words) = segment.get(id)? {
                return Ok(Some(words));
            }
        }
        Ok(None)
    }

    fn sources(&self) -> Vec<WordSource<'_>> {
        let segments = self.segments().map(WordSource::Segment);
        segments.chain([WordSource::Fresh(&self.fresh)]).collect()
    }
}
