//! How much of the machine a worker may use.

use fearless_simd::Level;

/// The instruction set and the number of threads that a worker uses.
///
/// The result of an algorithm does not depend on `threads`; between instruction sets it may
/// differ by float rounding.
#[derive(Clone, Copy, Debug)]
pub struct Exec {
    /// The SIMD instruction set; tests force each one in turn.
    pub level: Level,
    /// Threads for one picture, at least 1. Where many pictures wait, one thread per picture is
    /// the better use of the machine.
    pub threads: usize,
}

impl Exec {
    /// The best instruction set of this machine and `threads` threads (0 counts as 1).
    pub fn with_threads(threads: usize) -> Self {
        Self {
            level: Level::new(),
            threads: threads.max(1),
        }
    }
}

impl Default for Exec {
    /// The best instruction set of this machine, one thread.
    fn default() -> Self {
        Self::with_threads(1)
    }
}
