//! The records of one part at one moment.

mod embeddings;
mod frames;
mod vectors;
mod words;

pub(crate) use embeddings::{WIDTH, near};
pub(crate) use words::propose;

use crate::catalogue::Catalogue;
use crate::segments::{Fresh, PartLedger, Records};
use crate::{Part, Result};
use lookalike_store::{Living, SegmentFolder, exchange, open_all};

/// The records of one part at one moment. Segments that a writer removes meanwhile stay mapped.
#[derive(Debug)]
pub(crate) struct Snapshot<S: Records> {
    segments: Vec<Living<S>>,
    fresh: Fresh<S>,
}

impl<S: Records> Snapshot<S> {
    /// Maps what the catalogue names, with what may still be of use of an earlier snapshot; `None`
    /// where a segment is gone, because a writer has just merged it.
    pub(crate) fn take(
        part: Part,
        before: Option<&Self>,
        catalogue: &Catalogue,
        folder: &SegmentFolder,
    ) -> Result<Option<Self>> {
        let ledger = PartLedger {
            catalogue,
            folder,
            part,
        };
        let known = before.map(|before| before.segments.clone());
        let known = known.unwrap_or_default();
        let Some(segments) = open_all(&ledger, &known)? else {
            return Ok(None);
        };
        if !known.is_empty() {
            exchange(known, &segments);
        }
        Ok(Some(Self {
            segments,
            fresh: S::fresh(catalogue, part)?,
        }))
    }

    fn segments(&self) -> impl Iterator<Item = &S> {
        self.segments.iter().map(Living::segment)
    }

    /// Records in segments for which `wanted` says so, the deleted ones included.
    fn sealed(&self, wanted: impl Fn(&S) -> bool) -> usize {
        let segments = self.segments().filter(|segment| wanted(segment));
        segments.map(|segment| segment.ids().len()).sum()
    }

    /// The segment that holds the living record of a picture.
    fn holder(&self, id: u64) -> Option<&S> {
        let mut segments = self.segments.iter();
        let living = segments.find(|living| living.find(id).is_some());
        living.map(Living::segment)
    }
}
