//! Work that takes long: ctrl-C stops it, and progress is told.

use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often Python is asked whether to go on.
const PERIOD: Duration = Duration::from_millis(50);

/// How far work is, and whether to stop it.
#[derive(Debug, Default)]
pub struct Steps {
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
}

/// What unwinds from work that cannot be stopped in another way.
struct Stopped;

impl Steps {
    /// There will be so many steps.
    pub fn expect(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    /// Another step is done.
    pub fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// So many steps of so many are done. Where the work is to be stopped it is unwound from here, as
    /// nothing that only reads needs to be told.
    pub fn set(&self, done: u64, total: u64) {
        self.expect(total);
        self.done.fetch_max(done, Ordering::Relaxed);
        if self.stop.load(Ordering::Relaxed) {
            // No panic: no message is printed.
            resume_unwind(Box::new(Stopped));
        }
    }

    /// Set when the work is to be stopped.
    pub fn stop(&self) -> &AtomicBool {
        &self.stop
    }

    fn tell(&self, progress: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        if let Some(progress) = progress {
            let (done, total) = (&self.done, &self.total);
            let numbers = [done, total].map(|number| number.load(Ordering::Relaxed));
            progress.call1((numbers[0], numbers[1]))?;
        }
        Ok(())
    }
}

/// Does `work` on another thread, without the interpreter's lock. Meanwhile this one lets Python handle
/// signals and calls `progress(done, total)`. An exception of either stops the work, and is raised when it
/// has ended: what it has committed stays.
pub fn interruptible<T: Send>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Steps) -> T + Send,
) -> PyResult<T> {
    let steps = Steps::default();
    let steps = &steps;
    let mut raised: Option<PyErr> = None;
    let ended = std::thread::scope(|scope| {
        let (end, ends) = channel();
        let worker = scope.spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| work(steps)));
            // The other thread waits for it.
            let _ = end.send(());
            result
        });
        let ends = std::sync::Mutex::new(ends);
        let wait = || {
            let ends = ends.lock().expect("one thread waits");
            ends.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout)
        };
        while py.detach(wait) {
            if raised.is_none()
                && let Err(error) = py.check_signals().and_then(|()| steps.tell(progress))
            {
                raised = Some(error);
                steps.stop.store(true, Ordering::Relaxed);
            }
        }
        py.detach(|| worker.join())
    });
    let ended = ended.and_then(|result| result);
    match (ended, raised) {
        (_, Some(error)) => Err(error),
        (Ok(value), None) => {
            steps.tell(progress)?;
            Ok(value)
        }
        (Err(panic), None) => resume_unwind(panic),
    }
}
