//! Segments of visual words.

use super::{Sealer, SegmentFile};
use crate::catalogue::Catalogue;
use crate::{Error, Part, Result};
use lookalike_index::{FreshWords, Vocabulary, WordPicture, WordSource, WordsSegment, write_words};
use std::path::Path;

impl SegmentFile for WordsSegment {
    const PART: Part = Part::Words;
    // A query maps the lists of one segment at a time: some 130 MB.
    const MAX_RECORDS: u64 = 1 << 13;
    type Fresh = FreshWords;

    fn open(path: &Path) -> lookalike_index::Result<Self> {
        Self::open(path)
    }

    fn verify(&self) -> lookalike_index::Result<()> {
        self.verify()
    }

    fn ids(&self) -> &[u64] {
        self.ids()
    }

    fn file_bytes(&self) -> u64 {
        self.file_bytes()
    }

    fn fresh(catalogue: &Catalogue, part: Part) -> Result<FreshWords> {
        let mut pictures = Vec::new();
        catalogue.each_fresh(part, |picture, record| {
            let damaged =
                |e: lookalike_index::Error| catalogue.damaged_record(part, picture, &e.to_string());
            let words = WordPicture::from_bytes(record).map_err(damaged)?;
            pictures.push((picture.get(), words));
            Ok(())
        })?;
        FreshWords::new(&pictures).map_err(Error::segment)
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
    write_words(path, &label, sources, keep).map_err(Error::segment)
}
