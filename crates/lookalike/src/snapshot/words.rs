//! The visual words of a snapshot.

use super::Snapshot;
use crate::engine::{Candidate, ProposeOptions, QueryFeature, WordPicture, Words};
use crate::{Error, PictureId, Result, Threads};
use lookalike_index::{Nominee, RankOptions, WordSource, WordsSegment, nominate_words, rank_words};

impl Words for Snapshot<WordsSegment> {
    fn propose(
        &self,
        queries: &[&[QueryFeature]],
        options: &ProposeOptions,
    ) -> Result<Vec<Vec<Candidate>>> {
        let segments = self.segments().map(WordSource::Segment);
        let sources: Vec<_> = segments.chain([WordSource::Fresh(&self.fresh)]).collect();
        let is_alive = |id| self.is_alive(id);
        let dead = !self.dead.is_empty();
        propose(&sources, queries, options, dead.then_some(&is_alive))
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
        for segment in self.holders(id) {
            if let Some(words) = segment.get(id).map_err(Error::segment)? {
                return Ok(Some(words));
            }
        }
        Ok(None)
    }
}

/// The candidates that some sources give, of the pictures for which `keep` says so.
pub(crate) fn propose(
    sources: &[WordSource<'_>],
    queries: &[&[QueryFeature]],
    options: &ProposeOptions,
    keep: Option<&(dyn Fn(u64) -> bool + Sync)>,
) -> Result<Vec<Vec<Candidate>>> {
    let is_it = |id| options.only.is_some_and(|only| only.get() == id);
    let is_kept = |id| is_it(id) && keep.is_none_or(|keep| keep(id));
    let keep = match options.only {
        Some(_) => Some(&is_kept as &(dyn Fn(u64) -> bool + Sync)),
        None => keep,
    };
    let rank = |threads| RankOptions {
        k: options.most,
        keep,
        threads,
        ..RankOptions::default()
    };
    if options.votes > 0 {
        let rank = rank(options.threads.count());
        let found = nominate_words(queries, sources, &rank).map_err(Error::segment)?;
        let candidate = |nominee| with_votes(nominee, options.votes);
        let candidates = |found: Vec<Nominee>| found.into_iter().map(candidate).collect();
        return Ok(found.into_iter().map(candidates).collect());
    }
    // Many queries keep the threads busier one by one.
    let inside = match queries.len() < options.threads.count() {
        true => options.threads.count(),
        false => 1,
    };
    let ranked = |query: &&[QueryFeature]| -> Result<Vec<Candidate>> {
        let found = rank_words(query, sources, &rank(inside)).map_err(Error::segment)?;
        let candidate = |neighbor: lookalike_index::Neighbor| Candidate {
            picture: PictureId::new(neighbor.id),
            score: neighbor.score,
            size: [0; 2],
            votes: Vec::new(),
        };
        Ok(found.into_iter().map(candidate).collect())
    };
    match inside {
        1 => options.threads.try_map(queries, ranked),
        _ => queries.iter().map(ranked).collect(),
    }
}

fn with_votes(nominee: Nominee, most: usize) -> Candidate {
    let mut votes = nominee.votes;
    votes.sort_by_key(|vote| vote.distance);
    votes.truncate(most);
    Candidate {
        picture: PictureId::new(nominee.id),
        score: nominee.score,
        size: nominee.size,
        votes,
    }
}
