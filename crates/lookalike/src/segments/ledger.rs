//! The catalogue as the ledger of a part.

use crate::catalogue::{Catalogue, SegmentRow};
use crate::{Error, Part, PictureId, Result};
use lookalike_store::{Change, Dead, Entry, Ledger, Segment, SegmentFolder};
use std::sync::Arc;

/// Names the segments of a part in the tables of the catalogue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartLedger<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) folder: &'a SegmentFolder,
    pub(crate) part: Part,
}

impl PartLedger<'_> {
    /// What the catalogue says of a segment; it exists when a transaction names it.
    pub(crate) fn row<S: Segment>(&self, number: u64, segment: &S) -> SegmentRow {
        SegmentRow {
            id: number.cast_signed(),
            part: self.part,
            name: self.name(number),
            records: segment.ids().len() as u64,
            bytes: segment.file_bytes(),
        }
    }
}

impl Ledger for PartLedger<'_> {
    type Error = Error;

    fn entries(&self) -> Result<Vec<Entry>> {
        let dead = self.catalogue.dead(self.part)?.into_iter();
        let dead: Arc<[u64]> = dead.map(PictureId::get).collect();
        let entry = |row: SegmentRow| Entry {
            number: row.id.cast_unsigned(),
            records: row.records,
            dead: Dead::Ids(dead.clone()),
        };
        let rows = self.catalogue.segments_of(self.part)?;
        Ok(rows.into_iter().map(entry).collect())
    }

    fn next_number(&mut self) -> Result<u64> {
        Ok(self.catalogue.next_segment()?.cast_unsigned())
    }

    fn folder(&self) -> &SegmentFolder {
        self.folder
    }

    fn name(&self, number: u64) -> String {
        let part = match self.part {
            // Which it will be.
            Part::NextEmbedding => Part::Embedding,
            part => part,
        };
        format!("{number:08}.{part}")
    }

    fn publish<S: Segment>(&mut self, change: &Change<'_, S>) -> Result<()> {
        self.catalogue.in_transaction(|| {
            for living in change.dropped() {
                self.catalogue.drop_segment(living.number().cast_signed())?;
            }
            for id in change.forgotten() {
                self.catalogue.forget_dead(self.part, PictureId::new(id))?;
            }
            for living in change.added() {
                let row = self.row(living.number(), living.segment());
                self.catalogue.add_segment(&row)?;
            }
            match change.sealed() {
                true => self.catalogue.clear_fresh(self.part),
                false => Ok(()),
            }
        })
    }
}
