//! The records of one part at one moment.

mod embeddings;
mod vectors;
mod words;

pub(crate) use embeddings::{WIDTH, scores};
pub(crate) use words::propose;

use crate::Result;
use crate::catalogue::Catalogue;
use crate::engine::Extent;
use crate::segments::{SegmentFile, SegmentFolder, is_in};
use std::sync::Arc;

/// The records of one part at one moment. Segments that a writer removes meanwhile stay mapped.
#[derive(Debug)]
pub(crate) struct Snapshot<S: SegmentFile> {
    /// The segments, with their ids in the catalogue.
    segments: Vec<(i64, Arc<S>)>,
    fresh: S::Fresh,
    dead: Vec<u64>,
}

impl<S: SegmentFile> Snapshot<S> {
    /// Maps what the catalogue names, with what may still be of use of an earlier snapshot; `None`
    /// where a segment is gone, because a writer has just merged it.
    pub(crate) fn take(
        before: Option<&Self>,
        catalogue: &Catalogue,
        folder: &SegmentFolder,
    ) -> Result<Option<Self>> {
        let mut segments = Vec::new();
        for row in catalogue.segments_of(S::PART)? {
            let mut known = before.iter().flat_map(|before| &before.segments);
            let segment = match known.find(|(id, _)| *id == row.id) {
                Some((_, segment)) => segment.clone(),
                None => match folder.open::<S>(&row)? {
                    Some(segment) => Arc::new(segment),
                    None => return Ok(None),
                },
            };
            segments.push((row.id, segment));
        }
        Ok(Some(Self {
            segments,
            fresh: S::fresh(catalogue, S::PART)?,
            dead: catalogue.dead(S::PART)?,
        }))
    }

    fn segments(&self) -> impl Iterator<Item = &S> {
        self.segments.iter().map(|(_, segment)| segment.as_ref())
    }

    fn is_alive(&self, id: u64) -> bool {
        !is_in(&self.dead, id)
    }

    /// Who may be found, where not all may.
    fn keep(&self) -> Option<impl Fn(u64) -> bool + Sync> {
        (!self.dead.is_empty()).then_some(|id| self.is_alive(id))
    }

    /// The segments that may hold a record of this picture. Ids grow with time, so most are found
    /// by looking at the two ends of a segment.
    fn holders(&self, id: u64) -> impl Iterator<Item = &S> {
        let may_hold = move |s: &&S| {
            let ids = s.ids();
            ids.first().is_some_and(|&f| f <= id) && ids.last().is_some_and(|&l| id <= l)
        };
        self.segments().filter(may_hold)
    }

    /// How many records there are, and how many of them are `linked`, those of a segment with a graph.
    fn extent(&self, fresh: usize, linked: impl Fn(&S) -> bool) -> Extent {
        let of = |segments: &mut dyn Iterator<Item = &S>| -> usize {
            segments.map(|segment| segment.ids().len()).sum()
        };
        Extent {
            records: of(&mut self.segments()) + fresh,
            linked: of(&mut self.segments().filter(|segment| linked(segment))),
        }
    }
}
