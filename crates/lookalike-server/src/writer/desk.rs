//! What is left for the writer.

use super::{Change, Done, Folder, stopping};
use crate::problem::{Kind, Problem};
use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Changes that are done with one update.
const BATCH: usize = 32;
/// With more files to look at than that, the whole folder is looked at.
const MANY: usize = 1000;

/// Where everything that is to be done is left.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) folder: Arc<Folder>,
    limit: usize,
    state: Mutex<State>,
    changed: Condvar,
    interrupt: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    changes: VecDeque<Waiting>,
    files: BTreeSet<PathBuf>,
    whole: bool,
    closed: bool,
    /// Until then an update must not be interrupted, except to end.
    alone: Option<Instant>,
}

/// A change, and who waits for it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) change: Change,
    reply: oneshot::Sender<Result<Done, Problem>>,
}

impl Waiting {
    pub(super) fn answer(self, answer: Result<Done, Problem>) {
        // Where nobody waits any more, it is done all the same.
        let _ = self.reply.send(answer);
    }

    /// Takes it apart.
    pub(super) fn split(self) -> (Change, oneshot::Sender<Result<Done, Problem>>) {
        (self.change, self.reply)
    }
}

/// What is to be done next.
pub(super) enum Work {
    Changes(Vec<Waiting>),
    Files(BTreeSet<PathBuf>),
    Whole,
}

/// An update under way, which may be interrupted.
pub(super) struct Interrupt<'a>(&'a Desk);

impl Interrupt<'_> {
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.0.interrupt
    }

    /// Sets the flag, should somebody wait and the update have been let alone long enough.
    pub(super) fn look(&self) {
        self.0.interrupt_if_due(&lock(&self.0.state));
    }
}

impl Desk {
    pub(crate) fn new(folder: Folder, limit: usize) -> Self {
        Self {
            folder: Arc::new(folder),
            limit,
            state: Mutex::default(),
            changed: Condvar::new(),
            interrupt: AtomicBool::new(false),
        }
    }

    /// Leaves a change, and waits until it is done: in the library, and safe on the disk.
    ///
    /// # Errors
    /// [`Kind::Busy`] where too many wait, and what went wrong with it; then nothing was changed.
    pub(crate) async fn ask(&self, change: Change) -> Result<Done, Problem> {
        let (reply, answer) = oneshot::channel();
        {
            let mut state = lock(&self.state);
            if state.closed {
                return Err(stopping());
            }
            if state.changes.len() >= self.limit {
                let waiting = state.changes.len();
                let detail = format!("{waiting} changes are waiting already");
                return Err(Problem::new(Kind::Busy, detail));
            }
            state.changes.push_back(Waiting { change, reply });
            self.interrupt_if_due(&state);
        }
        self.changed.notify_all();
        answer.await.unwrap_or_else(|_| Err(stopping()))
    }

    /// The whole folder is to be looked at.
    pub(crate) fn ask_whole(&self) {
        lock(&self.state).whole = true;
        self.changed.notify_all();
    }

    /// Some files, relative to the folder, are to be looked at.
    pub(crate) fn ask_files(&self, files: BTreeSet<PathBuf>) {
        let mut state = lock(&self.state);
        state.files.extend(files);
        if state.files.len() > MANY {
            state.files.clear();
            state.whole = true;
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Takes no more; an update under way commits what is done. Changes that wait are done.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        (state.whole, state.alone) = (false, None);
        state.files.clear();
        self.interrupt.store(true, Ordering::Relaxed);
        drop(state);
        self.changed.notify_all();
    }

    /// Changes that wait.
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.state).changes.len()
    }

    /// Waits for what is to be done; `None` when the end has come.
    pub(super) fn next(&self) -> Option<Work> {
        let mut state = lock(&self.state);
        loop {
            if !state.changes.is_empty() {
                return Some(Work::Changes(batch(&mut state.changes)));
            }
            if state.closed {
                return None;
            }
            if std::mem::take(&mut state.whole) {
                // All files are among them.
                state.files.clear();
                return Some(Work::Whole);
            }
            if !state.files.is_empty() {
                return Some(Work::Files(std::mem::take(&mut state.files)));
            }
            let waited = self.changed.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// From now on an update is under way, to be let alone for so long.
    pub(super) fn interruptible(&self, alone: Duration) -> Interrupt<'_> {
        let mut state = lock(&self.state);
        state.alone = Some(Instant::now() + alone);
        self.interrupt.store(state.closed, Ordering::Relaxed);
        self.interrupt_if_due(&state);
        Interrupt(self)
    }

    fn interrupt_if_due(&self, state: &State) {
        let due = state.alone.is_none_or(|alone| Instant::now() >= alone);
        if due && !state.changes.is_empty() {
            self.interrupt.store(true, Ordering::Relaxed);
        }
    }
}

/// The changes from the front that can be done together: no two with one file.
fn batch(changes: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let mut taken: Vec<Waiting> = Vec::new();
    while taken.len() < BATCH
        && let Some(next) = changes.front()
        && (taken.is_empty() || taken.iter().all(|t| t.change.is_apart_from(&next.change)))
        && let Some(next) = changes.pop_front()
    {
        taken.push(next);
    }
    taken
}

/// What this lock guards is whole at any moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
