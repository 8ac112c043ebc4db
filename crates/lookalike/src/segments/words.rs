//! Segments of visual words.

use super::{Records, RecordsWriter, tiers};
use crate::catalogue::Catalogue;
use crate::{Part, Result};
use lookalike_store::{Kind, Ledger, SegmentFolder};
use lookalike_words::{FreshWords, OldWords, Vocabulary, WordPicture, WordsKind, WordsSegment};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// What a query does grows with the number of segments, and little with their size.
const LARGEST: usize = 1 << 22;
const FAN_BITS: u32 = 3;
/// Pictures of a segment of an earlier format that are in memory at once.
const UPGRADED_AT_ONCE: usize = 2048;

impl Records for WordsSegment {
    type Kind = WordsKind;

    fn kind(_: &RecordsWriter<'_>, _: Part) -> WordsKind {
        WordsKind {
            label: format!("vocabulary {:016x}", Vocabulary::embedded_id()),
            tiers: tiers(FAN_BITS, LARGEST),
        }
    }

    fn fresh(catalogue: &Catalogue, part: Part) -> Result<FreshWords> {
        let mut pictures = Vec::new();
        catalogue.each_fresh(part, |picture, record| {
            let damaged =
                |e: lookalike_words::Error| catalogue.damaged_record(part, picture, &e.to_string());
            let words = WordPicture::from_bytes(record).map_err(damaged)?;
            pictures.push((picture.get(), words));
            Ok(())
        })?;
        Ok(FreshWords::new(Vocabulary::embedded(), pictures)?)
    }
}

/// Whether there are segments of an earlier format.
pub(crate) fn has_old_words(catalogue: &Catalogue, library: &Path) -> Result<bool> {
    let folder = SegmentFolder::within(library);
    let rows = catalogue.segments_of(Part::Words)?;
    Ok(rows
        .iter()
        .any(|row| OldWords::is_at(&folder.file(&row.name))))
}

impl RecordsWriter<'_> {
    /// Makes segments of today of those of an earlier format, without reading a picture: each in a
    /// transaction of its own, so who is stopped goes on where that was.
    pub(crate) fn upgrade_words(&self) -> Result<()> {
        for row in self.catalogue.segments_of(Part::Words)? {
            let path = self.folder.file(&row.name);
            if !OldWords::is_at(&path) {
                continue;
            }
            let old = OldWords::open(&path)?;
            let parts = self.upgraded(&old)?;
            self.catalogue.in_transaction(|| {
                self.catalogue.drop_segment(row.id)?;
                parts
                    .iter()
                    .try_for_each(|(number, segment)| self.add(*number, Part::Words, segment))
            })?;
            self.folder.remove(&row.name);
        }
        Ok(())
    }

    /// Segments of what an old one holds, the deleted records as well, which nobody names yet.
    fn upgraded(&self, old: &OldWords) -> Result<Vec<(u64, WordsSegment)>> {
        let kind = WordsSegment::kind(self, Part::Words);
        let first = self.ledger(Part::Words).next_number()?;
        let all: Vec<usize> = (0..old.ids().len()).collect();
        let mut parts = Vec::new();
        for (places, number) in all.chunks(UPGRADED_AT_ONCE).zip(first..) {
            let picture = |&place: &usize| Ok((old.ids()[place], old.picture(place)?));
            let pictures = places.iter().map(picture).collect::<Result<Vec<_>>>()?;
            old.release();
            let fresh = FreshWords::new(Vocabulary::embedded(), pictures)?;
            let path = self.ledger(Part::Words).file(number);
            let never = AtomicBool::new(false);
            parts.push((number, kind.write(&path, &[], Some(&fresh), &never)?));
        }
        Ok(parts)
    }
}
