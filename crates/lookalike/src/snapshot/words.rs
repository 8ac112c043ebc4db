//! The visual words of a snapshot.

use super::{Kept, Moment, Snapshot, Words};
use crate::{Error, PictureId, Result};
use lookalike_index::{
    Neighbor, Nominee, QueryFeature, RankOptions, WordPicture, WordSource, WordsSegment,
    nominate_words, rank_words,
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
        let rank = |options: &RankOptions<'_>| rank_words(query, &self.sources(), options);
        self.ranked(k, threads, rank)
    }

    /// The same pictures for each of some queries, each with its votes.
    pub(crate) fn nominate(
        &self,
        queries: &[&[QueryFeature]],
        k: usize,
        threads: usize,
    ) -> Result<Vec<Vec<Nominee>>> {
        let nominate =
            |options: &RankOptions<'_>| nominate_words(queries, &self.sources(), options);
        self.ranked(k, threads, nominate)
    }

    fn ranked<T>(
        &self,
        k: usize,
        threads: usize,
        rank: impl FnOnce(&RankOptions<'_>) -> lookalike_index::Result<T>,
    ) -> Result<T> {
        let keep = |id| self.is_alive(id);
        let options = RankOptions {
            k,
            keep: (!self.dead.is_empty()).then_some(&keep as &(dyn Fn(u64) -> bool + Sync)),
            threads: threads.max(1),
            ..RankOptions::default()
        };
        rank(&options).map_err(Error::segment)
    }

    /// The words of a living picture.
    pub(crate) fn words(&self, picture: PictureId) -> Result<Option<WordPicture>> {
        let id = picture.get();
        if let Some(words) = self.fresh.get(id) {
            return Ok(Some(words));
        }
        for segment in self.candidates(id) {
            if let Some(words) = segment.get(id).map_err(Error::segment)? {
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
