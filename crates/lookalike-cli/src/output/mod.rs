//! What is printed, and how.

pub mod files;
pub mod hint;
pub mod json;
pub mod link;
pub mod notes;
pub mod paths;
pub mod progress;
pub mod table;
pub mod thumbnail;
pub mod viewer;

use std::io::{BufWriter, StdoutLock, Write};

/// Stdout, buffered; what it cannot take is an error that `main` knows as a closed pipe.
pub type Out = BufWriter<StdoutLock<'static>>;

/// Locks stdout.
pub fn stdout() -> Out {
    BufWriter::with_capacity(1 << 16, std::io::stdout().lock())
}

/// Ends the output of a command.
pub fn finish(mut out: Out) -> anyhow::Result<()> {
    Ok(out.flush()?)
}
