//! Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};

static WANTED: AtomicBool = AtomicBool::new(false);

/// Lets ctrl-C (also SIGTERM and SIGHUP) set the flag that is returned, so that work in hand can
/// be committed; pressed again, it ends the program at once. After [`release`], this begins anew.
pub fn catch() -> &'static AtomicBool {
    let handler = || {
        if WANTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    };
    WANTED.store(false, Ordering::Relaxed);
    // Where the system refuses, ctrl-C ends the program without the last commit, as `kill` does.
    let _ = ctrlc::set_handler(handler);
    &WANTED
}

/// From now on there is nothing to commit: ctrl-C ends the program at once.
pub fn release() {
    WANTED.store(true, Ordering::Relaxed);
}
