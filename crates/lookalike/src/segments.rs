//! The records of a library on the disk: a log-structured store for each part, whose ledger is the
//! catalogue. The order of things, and why a crash loses nothing, is said by
//! [`Ledger`](lookalike_store::Ledger).

mod embeddings;
mod frames;
mod ledger;
mod vectors;
mod words;

pub(crate) use embeddings::{embedding_bytes, space};
pub(crate) use ledger::PartLedger;
pub(crate) use vectors::vector_bytes;
pub(crate) use words::has_old_words;

use crate::catalogue::{Catalogue, SegmentRow};
use crate::frame::FrameSegment;
use crate::{Models, Part, Result};
use lookalike_index::{GraphSegment, Parameters, VectorSegment};
use lookalike_store::{Kind, Ledger, Segment, SegmentFolder, Store, Tiers};
use lookalike_words::WordsSegment;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// Fresh records are sealed when there are so many.
pub(crate) const SEAL_AT: u64 = 1024;
/// At the end of an update fewer are enough.
pub(crate) const SEAL_AT_END: u64 = 64;

/// Segments of the records of one part.
pub(crate) trait Records: Segment {
    /// How they come into being.
    type Kind: Kind<Segment = Self>;

    /// How `writer` writes them.
    fn kind(writer: &RecordsWriter<'_>, part: Part) -> Self::Kind;

    /// Reads the records that are not in a segment yet.
    fn fresh(catalogue: &Catalogue, part: Part) -> Result<Fresh<Self>>;

    /// How its graph was built, and the bytes of it; `None` where it has none.
    fn graph(&self) -> Option<(Parameters, u64)> {
        None
    }
}

/// Records that are not in a segment yet.
pub(crate) type Fresh<S> = <<S as Records>::Kind as Kind>::Fresh;

/// When segments of up to so many records are merged: where 2^`bits` are of about one size.
fn tiers(bits: u32, largest: usize) -> Tiers {
    Tiers {
        taken_in: 0,
        lowest: SEAL_AT_END as usize,
        bits,
        largest,
    }
}

/// What the one writer does with records.
#[derive(Debug)]
pub(crate) struct RecordsWriter<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) folder: &'a SegmentFolder,
    /// What the vectors are, for whoever opens a file.
    pub(crate) label: &'a str,
    pub(crate) vector_length: usize,
    /// What the embeddings are.
    pub(crate) models: &'a Models,
    pub(crate) threads: usize,
}

impl RecordsWriter<'_> {
    /// Removes the files that the catalogue does not name.
    pub(crate) fn clear_orphans(&self) -> Result<()> {
        for name in orphans(self.folder, &self.catalogue.segments()?)? {
            self.folder.remove(&name);
        }
        Ok(())
    }

    /// Fresh records of the part that has most.
    pub(crate) fn fresh_count(&self) -> Result<u64> {
        let mut most = 0;
        for part in Part::ALL {
            most = most.max(self.catalogue.fresh_tally(part)?.records);
        }
        Ok(most)
    }

    /// Moves the fresh records of every part to segments where there are at least `enough`. Must
    /// be called between transactions.
    pub(crate) fn seal(&self, enough: u64) -> Result<()> {
        self.seal_part::<VectorSegment>(Part::Vector, enough)?;
        self.seal_part::<WordsSegment>(Part::Words, enough)?;
        self.seal_part::<FrameSegment>(Part::Frame, enough)?;
        self.seal_part::<GraphSegment>(Part::Embedding, enough)?;
        self.seal_part::<GraphSegment>(Part::NextEmbedding, enough)
    }

    fn seal_part<S: Records>(&self, part: Part, enough: u64) -> Result<()>
    where
        crate::Error: From<<S::Kind as Kind>::Error>,
    {
        if self.catalogue.fresh_tally(part)?.records < enough.max(1) {
            return Ok(());
        }
        let fresh = S::fresh(self.catalogue, part)?;
        self.store::<S>(part)?.commit(Some(&fresh))
    }

    /// Rewrites segments with many dead records, and makes one of many small ones, until nothing is
    /// left to do or it is told to stop.
    pub(crate) fn merge(&self, stop: &AtomicBool) -> Result<()> {
        self.store::<VectorSegment>(Part::Vector)?.merge(stop)?;
        self.store::<WordsSegment>(Part::Words)?.merge(stop)?;
        self.store::<FrameSegment>(Part::Frame)?.merge(stop)?;
        self.store::<GraphSegment>(Part::Embedding)?.merge(stop)?;
        self.store::<GraphSegment>(Part::NextEmbedding)?.merge(stop)
    }

    fn store<S: Records>(&self, part: Part) -> Result<Store<S::Kind, PartLedger<'_>>>
    where
        crate::Error: From<<S::Kind as Kind>::Error>,
    {
        Store::open(S::kind(self, part), self.ledger(part))
    }

    fn ledger(&self, part: Part) -> PartLedger<'_> {
        PartLedger {
            catalogue: self.catalogue,
            folder: self.folder,
            part,
        }
    }

    /// Number and path of the next segment, for who writes it.
    pub(crate) fn next(&self, part: Part) -> Result<(u64, PathBuf)> {
        let mut ledger = self.ledger(part);
        let number = ledger.next_number()?;
        Ok((number, ledger.file(number)))
    }

    /// Names a segment that was written under such a number: from the end of the transaction on it
    /// exists.
    pub(crate) fn add<S: Segment>(&self, number: u64, part: Part, segment: &S) -> Result<()> {
        let row = self.ledger(part).row(number, segment);
        self.catalogue.add_segment(&row)
    }
}

/// The files in the folder of segments that the catalogue does not name.
pub(crate) fn orphans(folder: &SegmentFolder, rows: &[SegmentRow]) -> Result<Vec<String>> {
    Ok(folder.orphans(|name| rows.iter().any(|row| row.name == name))?)
}
