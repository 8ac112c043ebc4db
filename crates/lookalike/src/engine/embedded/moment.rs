//! A question's view of a library's files.

use super::{Embedded, State, lock};
use crate::catalogue::Catalogue;
use crate::engine::{self, Frames, Pictures, Vectors, Words};
use crate::{Error, Part, Result};
use std::sync::{Arc, Mutex};

/// One state, with a connection whose transaction sees it.
pub(crate) struct Moment<'a> {
    embedded: &'a Embedded,
    /// Taken when the moment ends, and not before.
    catalogue: Mutex<Option<Catalogue>>,
    state: Arc<State>,
}

impl<'a> Moment<'a> {
    /// `catalogue` is in a transaction that sees `state`.
    pub(super) fn new(embedded: &'a Embedded, catalogue: Catalogue, state: Arc<State>) -> Self {
        Self {
            embedded,
            catalogue: Mutex::new(Some(catalogue)),
            state,
        }
    }

    /// The state.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The library.
    pub(super) fn files(&self) -> &Embedded {
        self.embedded
    }

    /// Asks the catalogue, one thread at a time.
    pub(crate) fn ask<T>(&self, ask: impl FnOnce(&Catalogue) -> Result<T>) -> Result<T> {
        let catalogue = lock(&self.catalogue);
        ask(catalogue.as_ref().expect("it is there until the end"))
    }

    fn lacks(&self, part: Part) -> Error {
        Error::NoPart {
            path: self.embedded.folder().to_path_buf(),
            part,
        }
    }
}

impl engine::Moment for Moment<'_> {
    fn number(&self) -> u64 {
        self.state.number().cast_unsigned()
    }

    fn pictures(&self) -> &dyn Pictures {
        self
    }

    fn words(&self) -> Result<&dyn Words> {
        let words = self.state.words().map(|words| words as _);
        words.ok_or_else(|| self.lacks(Part::Words))
    }

    fn frames(&self) -> Result<&dyn Frames> {
        let frames = self.state.frames().map(|frames| frames as _);
        frames.ok_or_else(|| self.lacks(Part::Frame))
    }

    fn embeddings(&self) -> Result<&dyn Vectors> {
        let embeddings = self.state.embeddings().map(|embeddings| embeddings as _);
        embeddings.ok_or_else(|| self.lacks(Part::Embedding))
    }

    fn vectors(&self) -> Result<&dyn Vectors> {
        let vectors = self.state.vectors().map(|vectors| vectors as _);
        vectors.ok_or_else(|| self.lacks(Part::Vector))
    }
}

impl Drop for Moment<'_> {
    fn drop(&mut self) {
        if let Some(catalogue) = lock(&self.catalogue).take() {
            self.embedded.give_back(catalogue);
        }
    }
}
