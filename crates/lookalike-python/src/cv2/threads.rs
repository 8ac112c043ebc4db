//! How many threads an algorithm uses.

// OpenCV's names.
#![allow(non_snake_case)]

use crate::threads::{self, Shared};
use lookalike::Threads;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

static COUNT: AtomicUsize = AtomicUsize::new(1);
static SHARED: Shared = Shared::new();

/// The threads of all calls.
pub fn current() -> Threads {
    SHARED.get(COUNT.load(Ordering::Relaxed))
}

/// Sets how many threads a call may use. As in OpenCV, 0 and 1 mean the calling thread alone, and a
/// negative number all cores. Results do not depend on it. 1 where nobody calls this.
#[pyfunction]
pub fn setNumThreads(nthreads: i64) {
    let count = usize::try_from(nthreads).ok();
    COUNT.store(threads::asked(count), Ordering::Relaxed);
}

/// How many threads a call may use.
#[pyfunction]
pub fn getNumThreads() -> usize {
    COUNT.load(Ordering::Relaxed)
}
