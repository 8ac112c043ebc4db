//! The threads that a computation may use.

use lookalike_vision::Exec;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Some threads, started when they are first needed. Clones share them, so one value made at the
/// start is enough for a program; nothing in this crate uses others.
#[derive(Clone)]
pub struct Threads {
    count: usize,
    shared: Arc<Shared>,
}

struct Shared {
    size: usize,
    /// `None` where the system refuses.
    pool: OnceLock<Option<ThreadPool>>,
}

impl Threads {
    /// So many threads; 0 counts as 1. One is the calling thread itself.
    pub fn new(count: usize) -> Self {
        let size = count.max(1);
        let pool = OnceLock::new();
        Self {
            count: size,
            shared: Arc::new(Shared { size, pool }),
        }
    }

    /// How many a computation may use at a time.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The same threads, of which a computation may use at most `count` at a time.
    #[must_use]
    pub fn at_most(&self, count: usize) -> Self {
        Self {
            count: self.count.min(count.max(1)),
            shared: self.shared.clone(),
        }
    }

    /// For the algorithms of [`lookalike_vision`], which share their work out where they are called:
    /// inside of [`run`](Self::run).
    pub fn exec(&self) -> Exec {
        Exec::with_threads(self.count)
    }

    /// Does `work` so that what it shares out by `rayon` goes to these threads.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self.pool() {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Does `work` for each item; the results are in the order of the items.
    pub(crate) fn map<I: Sync, T: Send>(
        &self,
        items: &[I],
        work: impl Fn(&I) -> T + Send + Sync,
    ) -> Vec<T> {
        let Some(pool) = self.pool().filter(|_| items.len() > 1) else {
            return items.iter().map(work).collect();
        };
        // All may take what comes next, unless only some of them may be used.
        let least = match self.count < self.shared.size {
            true => items.len().div_ceil(self.count),
            false => 1,
        };
        pool.install(|| items.par_iter().with_min_len(least).map(work).collect())
    }

    /// As [`map`](Self::map), until an item fails.
    pub(crate) fn try_map<I: Sync, T: Send, E: Send>(
        &self,
        items: &[I],
        work: impl Fn(&I) -> Result<T, E> + Send + Sync,
    ) -> Result<Vec<T>, E> {
        self.map(items, work).into_iter().collect()
    }

    /// Does both.
    pub(crate) fn join<A: Send, B: Send>(
        &self,
        a: impl FnOnce() -> A + Send,
        b: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        match self.pool() {
            Some(pool) => pool.join(a, b),
            None => (a(), b()),
        }
    }

    fn pool(&self) -> Option<&ThreadPool> {
        if self.count == 1 {
            return None;
        }
        let start = || {
            let builder = ThreadPoolBuilder::new().num_threads(self.shared.size);
            builder.build().ok()
        };
        self.shared.pool.get_or_init(start).as_ref()
    }
}

impl Default for Threads {
    /// The calling thread alone.
    fn default() -> Self {
        Self::new(1)
    }
}

impl From<usize> for Threads {
    fn from(count: usize) -> Self {
        Self::new(count)
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Threads").field(&self.count).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Threads;
    use std::collections::BTreeSet;
    use std::sync::Mutex;
    use std::thread::{self, ThreadId};
    use std::time::Duration;

    fn used(threads: &Threads) -> BTreeSet<String> {
        let used: Mutex<Vec<ThreadId>> = Mutex::default();
        let squares = threads.map(&[1, 2, 3, 4, 5, 6, 7, 8], |i| {
            used.lock().unwrap().push(thread::current().id());
            thread::sleep(Duration::from_millis(2));
            i * i
        });
        assert_eq!(squares, [1, 4, 9, 16, 25, 36, 49, 64]);
        let used = used.into_inner().unwrap();
        used.iter().map(|id| format!("{id:?}")).collect()
    }

    #[test]
    fn so_many_are_used_and_no_others() {
        let here = format!("{:?}", thread::current().id());
        assert_eq!(used(&Threads::new(0)), [here.clone()].into());
        let three = Threads::new(3);
        let all = used(&three);
        assert!(all.len() <= 3 && !all.contains(&here));
        assert!(used(&three.at_most(2)).len() <= 2);
        assert_eq!(used(&three.at_most(1)), [here].into());
        assert!(three.run(rayon::current_num_threads) == 3);
        assert_eq!(three.join(|| 1, || 2), (1, 2));
    }

    #[test]
    fn the_first_failure_is_told() {
        let odd = |i: &i32| if i % 2 == 0 { Ok(*i) } else { Err(*i) };
        for threads in [1, 2] {
            let threads = Threads::new(threads);
            assert_eq!(threads.try_map(&[2, 4], odd), Ok(vec![2, 4]));
            assert_eq!(threads.try_map(&[2, 3, 5], odd), Err(3));
        }
    }
}
