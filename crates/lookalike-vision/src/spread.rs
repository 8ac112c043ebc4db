//! A few pieces of work, shared out among threads.

use rayon::prelude::*;

/// Does `work` on every piece; on the calling thread alone where `threads` is 1. The pieces
/// should be as many as threads or few more: who takes which is left to the pool.
pub(crate) fn spread<T: Send>(threads: usize, pieces: Vec<T>, work: impl Fn(T) + Send + Sync) {
    if threads <= 1 || pieces.len() <= 1 {
        pieces.into_iter().for_each(work);
    } else {
        pieces.into_par_iter().with_max_len(1).for_each(work);
    }
}
