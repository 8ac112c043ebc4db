//! Several segments made into one.

use crate::{Error, Kind, Living, Segment, tasks};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// A merge on its way.
#[derive(Debug)]
pub(crate) struct Merge<K: Kind> {
    /// The number of the segment that comes.
    number: u64,
    /// The segments that it replaces, as they were at the start.
    inputs: Vec<Living<K::Segment>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<K::Segment, K::Error>>>,
}

impl<K: Kind> Merge<K> {
    /// Begins to merge on another thread.
    pub(crate) fn start(
        kind: Arc<K>,
        number: u64,
        path: &Path,
        inputs: Vec<Living<K::Segment>>,
    ) -> Result<Self, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let (copy, told, to) = (inputs.clone(), stop.clone(), path.to_owned());
        let work = move || {
            tasks::go_last();
            write(&*kind, &to, &copy, None, &told)
        };
        let thread = std::thread::Builder::new()
            .name("merge".into())
            .spawn(work)
            .map_err(Error::io(path, "merge into"))?;
        Ok(Self {
            number,
            inputs,
            stop,
            thread: Some(thread),
        })
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Records that it works on.
    pub(crate) fn records(&self) -> usize {
        self.inputs.iter().map(Living::alive).sum()
    }

    pub(crate) fn replaces(&self, number: u64) -> bool {
        self.inputs.iter().any(|input| input.number() == number)
    }

    /// Waits for the segment, from which is deleted what was deleted in `now` meanwhile.
    pub(crate) fn finish(
        mut self,
        now: &[Living<K::Segment>],
    ) -> Result<(Living<K::Segment>, Self), K::Error> {
        let thread = self.thread.take();
        let result = thread.map_or(Err(Error::Stopped.into()), |thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        let mut merged = Living::new(self.number, result?);
        for input in &self.inputs {
            let Some(now) = now.iter().find(|other| other.number() == input.number()) else {
                continue;
            };
            let ids = now.segment().ids();
            for row in now.dead_rows().filter(|&row| !input.is_dead(row)) {
                if let Some(row) = merged.find(ids[row]) {
                    merged.kill(row);
                }
            }
        }
        Ok((merged, self))
    }
}

impl<K: Kind> Drop for Merge<K> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // What it says no longer matters.
            let _ = thread.join();
        }
    }
}

/// Writes the living records of `inputs`, and the fresh ones, as one segment.
pub(crate) fn write<K: Kind>(
    kind: &K,
    path: &Path,
    inputs: &[Living<K::Segment>],
    fresh: Option<&K::Fresh>,
    stop: &AtomicBool,
) -> Result<K::Segment, K::Error> {
    for input in inputs {
        // Damage must not be copied into a file with good checksums.
        input.segment().verify()?;
    }
    kind.write(path, inputs, fresh, stop)
}
