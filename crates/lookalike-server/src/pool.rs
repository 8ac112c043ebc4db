//! Threads that ask one library, fed by a queue of limited length.

use crate::problem::{Kind, Problem};
use lookalike::{Library, Location, Threads};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Work for a thread of a pool.
type Job = Box<dyn FnOnce(&mut Worker) + Send>;

/// What a thread gives to the work.
pub(crate) struct Turn<'a> {
    /// The library.
    pub(crate) library: &'a Library,
    /// The threads that the work may use: all of the pool's, shared with what else is being done.
    pub(crate) threads: Threads,
}

/// The library that all pools ask, opened for the first question, and anew after a failure.
#[derive(Debug)]
pub(crate) struct Shelf {
    location: Location,
    library: Mutex<Option<Library>>,
}

impl Shelf {
    pub(crate) fn new(location: &Location) -> Self {
        Self {
            location: location.clone(),
            library: Mutex::default(),
        }
    }

    /// Held for as long as it takes to look, not while somebody asks.
    fn library(&self) -> Result<Library, Problem> {
        let mut shelf = lock(&self.library);
        let library = match shelf.take() {
            Some(library) => library,
            None => Library::open(&self.location)?,
        };
        Ok(shelf.insert(library).clone())
    }

    fn forget(&self) {
        *lock(&self.library) = None;
    }
}

/// Some threads and their queue.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    name: &'static str,
    shelf: Arc<Shelf>,
    /// What computations use altogether.
    computing: Threads,
    limit: usize,
    queue: Mutex<Queue>,
    changed: Condvar,
    busy: AtomicUsize,
    refused: AtomicU64,
    abandoned: AtomicU64,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

/// How it goes with a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) name: &'static str,
    pub(crate) threads: usize,
    pub(crate) alive: usize,
    pub(crate) waiting: usize,
    pub(crate) busy: usize,
    pub(crate) refused: u64,
    pub(crate) abandoned: u64,
}

impl Pool {
    /// Starts `threads` threads. Of `cores` threads that computations may use altogether, each one
    /// takes its share; at most `limit` jobs wait.
    pub(crate) fn start(
        name: &'static str,
        shelf: &Arc<Shelf>,
        threads: usize,
        cores: usize,
        limit: usize,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            name,
            shelf: shelf.clone(),
            computing: Threads::new(cores),
            limit,
            queue: Mutex::default(),
            changed: Condvar::new(),
            busy: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
            abandoned: AtomicU64::new(0),
        });
        let start = |i: usize| {
            let shared = shared.clone();
            let builder = std::thread::Builder::new().name(format!("{name}-{i}"));
            builder.spawn(move || work(shared))
        };
        let threads = (0..threads.max(1)).map(start).collect::<Result<_, _>>()?;
        Ok(Self { shared, threads })
    }

    /// Lets a thread do `work`. Who stops waiting before a thread is free has it not done at all.
    ///
    /// # Errors
    /// [`Kind::Busy`] where the queue is full, and those of `work`.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(Turn<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let job = move |worker: &mut Worker| {
            if reply.is_closed() {
                worker.shared.abandoned.fetch_add(1, Ordering::Relaxed);
                return;
            }
            // Where nobody waits any more, nobody misses the answer.
            let _ = reply.send(worker.attempt(work));
        };
        self.push(Box::new(job))?;
        answer
            .await
            .unwrap_or_else(|_| Err(Problem::new(Kind::Stopping, "ask again in a moment")))
    }

    fn push(&self, job: Job) -> Result<(), Problem> {
        let shared = &self.shared;
        let mut queue = lock(&shared.queue);
        if queue.closed {
            return Err(Problem::new(Kind::Stopping, "ask again in a moment"));
        }
        if queue.jobs.len() >= shared.limit {
            shared.refused.fetch_add(1, Ordering::Relaxed);
            let waiting = queue.jobs.len();
            return Err(Problem::new(
                Kind::Busy,
                format!("{waiting} requests are waiting already"),
            ));
        }
        queue.jobs.push_back(job);
        drop(queue);
        shared.changed.notify_one();
        Ok(())
    }

    pub(crate) fn load(&self) -> Load {
        let shared = &self.shared;
        Load {
            name: shared.name,
            threads: self.threads.len(),
            alive: self.threads.iter().filter(|t| !t.is_finished()).count(),
            waiting: lock(&shared.queue).jobs.len(),
            busy: shared.busy.load(Ordering::Relaxed),
            refused: shared.refused.load(Ordering::Relaxed),
            abandoned: shared.abandoned.load(Ordering::Relaxed),
        }
    }

    /// Takes no more work; what waits is not done. Threads end when they have done what they do.
    pub(crate) fn close(&self) {
        let mut queue = lock(&self.shared.queue);
        queue.closed = true;
        let unheard = std::mem::take(&mut queue.jobs);
        drop(queue);
        drop(unheard);
        self.shared.changed.notify_all();
    }
}

/// One thread: does jobs until the pool is closed.
fn work(shared: Arc<Shared>) {
    let mut worker = Worker { shared };
    while let Some(job) = worker.next() {
        worker.shared.busy.fetch_add(1, Ordering::Relaxed);
        job(&mut worker);
        worker.shared.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Worker {
    shared: Arc<Shared>,
}

impl Worker {
    fn next(&self) -> Option<Job> {
        let mut queue = lock(&self.shared.queue);
        loop {
            if queue.closed {
                return None;
            }
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            let waited = self.shared.changed.wait(queue);
            queue = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn attempt<T>(&self, work: impl FnOnce(Turn<'_>) -> Result<T, Problem>) -> Result<T, Problem> {
        let library = self.shared.shelf.library()?;
        let computing = &self.shared.computing;
        let busy = self.shared.busy.load(Ordering::Relaxed).max(1);
        let turn = Turn {
            library: &library,
            threads: computing.at_most(computing.count() / busy),
        };
        // A fault costs its request, and what was opened.
        let result = catch_unwind(AssertUnwindSafe(|| work(turn)))
            .unwrap_or_else(|_| Err(Problem::internal(&"a computation broke down")));
        // Another library may have been put in its place.
        let stale = matches!(&result, Err(p) if matches!(p.kind, Kind::Internal | Kind::NotKept));
        if stale {
            self.shared.shelf.forget();
        }
        result
    }
}

/// What these locks guard is whole at any moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
