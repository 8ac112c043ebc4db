//! Which pictures from elsewhere a library has a copy of. They are described and compared as its own are for
//! groups, many at a time, so that it takes hardly longer than to index them.

use super::groups::{CANDIDATES, GroupKind, MOST, kind_of, shown};
use super::search::{Collection, Small, Stored};
use super::{SameExtractor, SameQuery, frames};
use crate::decode::Picture;
use crate::engine::{Content, NearFrame, ProposeOptions};
use crate::judgements::{Judgements, Saying};
use crate::{PictureId, Result, StoredPicture, Threads};
use lookalike_vision::Exec;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// A copy that a library has.
#[derive(Clone, Debug)]
pub(crate) struct Copy {
    pub(crate) stored: StoredPicture,
    /// The probability that it is one.
    pub(crate) score: f32,
}

/// Looks for copies of pictures that are not of the library.
pub(crate) struct Search<'a> {
    collection: &'a Collection<'a>,
    judgements: &'a Judgements,
    threads: &'a Threads,
    /// Those that no thread uses now: their memory serves many pictures.
    extractors: Mutex<Vec<SameExtractor>>,
}

/// What may be a copy of a query.
type Candidates = BTreeMap<PictureId, Option<NearFrame>>;

impl<'a> Search<'a> {
    pub(crate) fn new(
        collection: &'a Collection<'a>,
        judgements: &'a Judgements,
        threads: &'a Threads,
    ) -> Self {
        Self {
            collection,
            judgements,
            threads,
            extractors: Mutex::default(),
        }
    }

    /// The copy that needs no comparison: equal bytes, or a person who says so.
    pub(crate) fn known(&self, hash: &[u8; 32]) -> Result<Option<Copy>> {
        let said = self.judgements.of(hash);
        let said = said.filter(|(_, saying)| *saying == Saying::Same);
        let contents = std::iter::once(*hash).chain(said.map(|(other, _)| *other));
        let contents = contents.map(|hash| Content { hash, place: None });
        let pictures = self.collection.pictures;
        let ids = pictures.by_content(&contents.collect::<Vec<_>>())?;
        let ids: Vec<PictureId> = ids.into_iter().flatten().take(1).collect();
        let stored = pictures.get(&ids)?.into_iter().flatten().next();
        Ok(stored.map(|stored| Copy { stored, score: 1.0 }))
    }

    /// Describes a picture, decoded as the library's are.
    pub(crate) fn describe(&self, picture: &Picture, hash: [u8; 32]) -> Result<SameQuery> {
        let idle = || {
            let extractors = self.extractors.lock();
            extractors.unwrap_or_else(PoisonError::into_inner)
        };
        let kept = idle().pop();
        let mut extractor = match kept {
            Some(extractor) => extractor,
            None => SameExtractor::new(self.collection.profile(), Exec::default())?,
        };
        let query = SameQuery::as_indexed(picture, &mut extractor)?;
        idle().push(extractor);
        Ok(query.of_content(Content { hash, place: None }))
    }

    /// Of each of some pictures a copy, if there is one.
    pub(crate) fn copies(&self, queries: &[SameQuery]) -> Result<Vec<Option<Copy>>> {
        let candidates = self.candidates(queries)?;
        let ids: BTreeSet<PictureId> = candidates.iter().flat_map(|c| c.keys().copied()).collect();
        let ids: Vec<PictureId> = ids.into_iter().collect();
        let words = self.collection.words.fetch(&ids, self.threads)?;
        let frames = self.collection.frames.fetch(&ids)?;
        let pictures = self.collection.pictures.get(&ids)?;
        let place: BTreeMap<PictureId, usize> =
            ids.iter().enumerate().map(|(i, &id)| (id, i)).collect();
        let pairs: Vec<_> = queries.iter().zip(candidates).collect();
        Ok(self.threads.map(&pairs, |(query, candidates)| {
            let compared = candidates.iter().filter_map(|(id, near)| {
                let i = place[id];
                let picture = pictures[i].as_ref()?;
                let found = Stored {
                    words: words[i].as_ref(),
                    small: Small::of(frames[i].as_ref()),
                    size: picture.size,
                    files: &picture.paths,
                    place: picture.place,
                };
                self.compare(query, picture, &found, near.as_ref())
            });
            compared.max_by(|a, b| a.score.total_cmp(&b.score))
        }))
    }

    /// What shares most words with each query, and what has a frame near to its own.
    fn candidates(&self, queries: &[SameQuery]) -> Result<Vec<Candidates>> {
        let options = ProposeOptions {
            most: CANDIDATES,
            votes: 0,
            only: None,
            threads: self.threads.clone(),
        };
        let sides: Vec<_> = queries.iter().map(|query| &query.words[0][..]).collect();
        let proposed = self.collection.words.propose(&sides, &options)?.into_iter();
        let proposed = proposed.map(|found| found.into_iter().map(|c| (c.picture, None)));
        let mut candidates: Vec<Candidates> = proposed.map(Iterator::collect).collect();
        let wholes = queries.iter().enumerate();
        let wholes = wholes.filter_map(|(i, query)| Some((i, query.whole()?.hashes())));
        let (of, hashes): (Vec<usize>, Vec<_>) = wholes.unzip();
        let near = frames::near(self.collection.frames, &hashes, None, self.threads)?;
        for (i, near) in of.into_iter().zip(near) {
            let near = near.into_iter().filter(|near| !near.turn.is_mirrored());
            candidates[i].extend(near.map(|near| (near.picture, Some(near))));
        }
        Ok(candidates)
    }

    /// The picture as a copy of the query, if it is one that shows all of it. A mere part of it is none: who
    /// throws away what is not missing must lose nothing.
    fn compare(
        &self,
        query: &SameQuery,
        picture: &StoredPicture,
        found: &Stored<'_>,
        near: Option<&NearFrame>,
    ) -> Option<Copy> {
        let content = query.content.as_ref()?;
        if self.judgements.get(&content.hash, &picture.hash) == Some(Saying::Different) {
            return None;
        }
        let verdict = self.collection.verdict(query, found, false, near);
        let is_copy = kind_of(&verdict) == Some(GroupKind::Same) && shown(&verdict)[0] >= MOST;
        is_copy.then(|| Copy {
            stored: picture.clone(),
            score: verdict.score as f32,
        })
    }
}
