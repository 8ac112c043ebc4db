//! Things that one thread at a time can use.

use std::sync::{Mutex, PoisonError};

/// A store of things of one kind: as many are made as are ever used at once.
pub(super) struct Spares<T>(Mutex<Vec<T>>);

impl<T> Spares<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// Puts one in.
    pub(super) fn put(&self, one: T) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(one);
    }

    /// Takes one out, if there is one.
    pub(super) fn take(&self) -> Option<T> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.pop()
    }
}
