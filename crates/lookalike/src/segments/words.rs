//! Segments of visual words.

use super::{Sealer, SegmentFile};
use crate::catalogue::Catalogue;
use crate::{Error, Part, Result};
use lookalike_words::{FreshWords, Vocabulary, WordPicture, WordSource, WordsSegment, write_words};
use std::path::Path;

impl SegmentFile for WordsSegment {
    const PART: Part = Part::Words;
    // A query maps the lists of one segment at a time: some 130 MB.
    const MAX_RECORDS: u64 = 1 << 13;
    type Fresh = FreshWords;

    fn fresh(catalogue: &Catalogue, part: Part) -> Result<FreshWords> {
        let mut pictures = Vec::new();
        catalogue.each_fresh(part, |picture, record| {
            let damaged =
                |e: lookalike_words::Error| catalogue.damaged_record(part, picture, &e.to_string());
            let words = WordPicture::from_bytes(record).map_err(damaged)?;
            pictures.push((picture.cast_unsigned(), words));
            Ok(())
        })?;
        FreshWords::new(&pictures).map_err(Error::from)
    }

    fn write_fresh(path: &Path, sealer: &Sealer<'_>, part: Part) -> Result<Self> {
        let fresh = Self::fresh(sealer.catalogue, part)?;
        write(path, &[WordSource::Fresh(&fresh)], &|_| true)
    }

    fn write_merged(
        path: &Path,
        _: &Sealer<'_>,
        _: Part,
        segments: &[&Self],
        keep: &dyn Fn(u64) -> bool,
    ) -> Result<Self> {
        let sources: Vec<_> = segments.iter().map(|s| WordSource::Segment(s)).collect();
        write(path, &sources, keep)
    }
}

fn write(
    path: &Path,
    sources: &[WordSource<'_>],
    keep: &dyn Fn(u64) -> bool,
) -> Result<WordsSegment> {
    let label = format!("vocabulary {:016x}", Vocabulary::embedded_id());
    write_words(path, &label, sources, keep).map_err(Error::from)
}
