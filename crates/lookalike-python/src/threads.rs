//! The threads that were asked for.

use lookalike::Threads;
use std::sync::{Mutex, PoisonError};

/// All cores, where nobody asks for a number.
pub fn asked(count: Option<usize>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, |n| n.get());
    count.map_or_else(cores, |count| count.max(1))
}

/// The threads of calls that belong to no library, made once for as long as their number stays.
pub struct Shared(Mutex<Option<(u32, Threads)>>);

impl Shared {
    /// None yet.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// So many. A forked process has threads of its own.
    pub fn get(&self, count: usize) -> Threads {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let process = std::process::id();
        match &*kept {
            Some((owner, threads)) if *owner == process && threads.count() == count => {
                threads.clone()
            }
            _ => {
                let threads = Threads::new(count);
                if let Some((owner, old)) = kept.replace((process, threads.clone()))
                    && owner != process
                {
                    // Its threads are not here, so nobody can end them.
                    std::mem::forget(old);
                }
                threads
            }
        }
    }
}
