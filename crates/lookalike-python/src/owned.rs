//! What belongs to one process.

use crate::error::library_error;
use pyo3::PyResult;
use std::process;

/// Something that a forked child must neither use nor take apart: it has connections to a database, locks,
/// and threads that were not copied.
#[derive(Debug)]
pub struct Owned<T> {
    value: Option<T>,
    process: u32,
}

impl<T> Owned<T> {
    /// It belongs to this process.
    pub fn new(value: T) -> Self {
        Self {
            value: Some(value),
            process: process::id(),
        }
    }

    /// It, in the process that made it.
    pub fn get(&self) -> PyResult<&T> {
        self.check()?;
        Ok(self.value.as_ref().expect("it is taken when dropped"))
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self) -> PyResult<&mut T> {
        self.check()?;
        Ok(self.value.as_mut().expect("it is taken when dropped"))
    }

    fn check(&self) -> PyResult<()> {
        if self.process == process::id() {
            return Ok(());
        }
        Err(library_error(
            "it was opened before this process was forked; open it again in this process",
        ))
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if self.process != process::id() {
            std::mem::forget(self.value.take());
        }
    }
}
