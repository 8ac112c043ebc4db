//! Segments of visual words.

use super::{Records, RecordsWriter, tiers};
use crate::catalogue::Catalogue;
use crate::{Part, Result};
use lookalike_words::{FreshWords, Vocabulary, WordPicture, WordsKind, WordsSegment};

/// A query maps the lists of one segment at a time: some 130 MB.
const LARGEST: usize = 1 << 13;
const FAN_BITS: u32 = 3;

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
        Ok(FreshWords::new(&pictures)?)
    }
}
