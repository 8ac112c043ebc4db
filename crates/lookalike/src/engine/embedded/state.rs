//! One state of a library's files.

use crate::catalogue::{Catalogue, Meta};
use crate::frame::FrameSegment;
use crate::segments::Records;
use crate::snapshot::Snapshot;
use crate::{Part, Parts, Result};
use lookalike_index::{GraphSegment, VectorSegment};
use lookalike_store::SegmentFolder;
use lookalike_words::WordsSegment;
use std::sync::{Arc, OnceLock};

/// What all questions share that see the same state: mapped when first asked for.
#[derive(Debug)]
pub(crate) struct State {
    number: i64,
    meta: Meta,
    words: Kept<WordsSegment>,
    frames: Kept<FrameSegment>,
    embeddings: Kept<GraphSegment>,
    vectors: Kept<VectorSegment>,
}

/// The snapshot of a part.
#[derive(Debug)]
struct Kept<S: Records> {
    now: OnceLock<Arc<Snapshot<S>>>,
    /// Of an earlier state, whose segments may still be of use.
    before: Option<Arc<Snapshot<S>>>,
}

impl State {
    /// The state that a connection sees, after another one.
    pub(super) fn of(catalogue: &Catalogue, before: Option<&Self>) -> Result<Self> {
        Ok(Self {
            number: catalogue.number()?,
            meta: catalogue.meta()?,
            words: Kept::after(before.map(|state| &state.words)),
            frames: Kept::after(before.map(|state| &state.frames)),
            embeddings: Kept::after(before.map(|state| &state.embeddings)),
            vectors: Kept::after(before.map(|state| &state.vectors)),
        })
    }

    /// Maps the records of these parts, as a connection that sees this state names them; `false` where
    /// a segment is gone.
    pub(super) fn open(
        &self,
        parts: Parts,
        catalogue: &Catalogue,
        folder: &SegmentFolder,
    ) -> Result<bool> {
        for part in parts.iter() {
            let complete = match part {
                Part::Words => self.words.open(part, catalogue, folder)?,
                Part::Frame => self.frames.open(part, catalogue, folder)?,
                Part::Vector => self.vectors.open(part, catalogue, folder)?,
                Part::Embedding => self.embeddings.open(part, catalogue, folder)?,
                // Nobody searches it yet.
                Part::NextEmbedding => true,
            };
            if !complete {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Another state has another number.
    pub(crate) fn number(&self) -> i64 {
        self.number
    }

    /// What the library knows about itself.
    pub(crate) fn meta(&self) -> &Meta {
        &self.meta
    }

    pub(super) fn words(&self) -> Option<&Snapshot<WordsSegment>> {
        self.words.get()
    }

    pub(super) fn frames(&self) -> Option<&Snapshot<FrameSegment>> {
        self.frames.get()
    }

    pub(super) fn embeddings(&self) -> Option<&Snapshot<GraphSegment>> {
        self.embeddings.get()
    }

    pub(super) fn vectors(&self) -> Option<&Snapshot<VectorSegment>> {
        self.vectors.get()
    }
}

impl<S: Records> Kept<S> {
    fn after(before: Option<&Self>) -> Self {
        let before = before.and_then(|kept| kept.now.get().or(kept.before.as_ref()));
        Self {
            now: OnceLock::new(),
            before: before.cloned(),
        }
    }

    fn open(&self, part: Part, catalogue: &Catalogue, folder: &SegmentFolder) -> Result<bool> {
        if self.now.get().is_some() {
            return Ok(true);
        }
        let taken = Snapshot::take(part, self.before.as_deref(), catalogue, folder)?;
        let complete = taken.is_some();
        if let Some(snapshot) = taken {
            // Where two threads have mapped it, one of both stays: they are equal.
            let _ = self.now.set(Arc::new(snapshot));
        }
        Ok(complete)
    }

    fn get(&self) -> Option<&Snapshot<S>> {
        self.now.get().map(|snapshot| &**snapshot)
    }
}
