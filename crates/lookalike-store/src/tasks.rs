//! Work cut into numbered tasks, done by a few threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Lets all other threads go first, where the system knows of that: for work that nobody waits for,
/// beside searches that somebody does. Threads that this one starts do the same.
pub fn go_last() {
    #[cfg(target_os = "linux")]
    // A hint: refused, it only makes the others slower. On Linux it is about the calling thread.
    let _ = rustix::process::setpriority_process(None, 10);
}

/// Calls `work` for 0..`count` on up to `threads` threads, this one among them, and returns the
/// results in the order of their numbers.
pub fn run<T: Send>(threads: usize, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                return done;
            }
            done.push((i, work(i)));
        }
    };
    let mut done = thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads.min(count))
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, worker).ok())
            .collect();
        let mut done = worker();
        for helper in helpers {
            match helper.join() {
                Ok(part) => done.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|&(i, _)| i);
    done.into_iter().map(|(_, result)| result).collect()
}
