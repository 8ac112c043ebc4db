//! How segments of visual words come into being.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::{FreshWords, WordSource, WordsSegment, write_words};
use crate::{Error, Result};
use lookalike_store::{Kind, Living, Tiers};

/// Segments of visual words.
#[derive(Clone, Debug)]
pub struct WordsKind {
    /// Of which vocabulary the words are, for whoever opens a file.
    pub label: String,
    /// When segments are merged; none may hold more than [`MAX_PICTURES`](crate::MAX_PICTURES).
    pub tiers: Tiers,
}

impl Kind for WordsKind {
    type Segment = WordsSegment;
    type Fresh = FreshWords;
    type Error = Error;

    fn tiers(&self) -> Tiers {
        self.tiers
    }

    fn count(&self, fresh: &FreshWords) -> usize {
        fresh.len()
    }

    fn write(
        &self,
        path: &Path,
        segments: &[Living<WordsSegment>],
        fresh: Option<&FreshWords>,
        stop: &AtomicBool,
    ) -> Result<WordsSegment> {
        let sealed = segments.iter().map(WordSource::Segment);
        let sources: Vec<_> = sealed.chain(fresh.map(WordSource::Fresh)).collect();
        write_words(path, &self.label, &sources, stop)
    }
}
