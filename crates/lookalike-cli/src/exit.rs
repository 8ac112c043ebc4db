//! How a run ends, as grep's do.

use std::io::ErrorKind;

/// The exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Found, or done.
    Done,
    /// Nothing found.
    Nothing,
    /// An error, also where only some files could not be read.
    Error,
    /// Stopped by ctrl-C.
    Interrupted,
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => 0,
            Exit::Nothing => 1,
            Exit::Error => 2,
            Exit::Interrupted => 130,
        }
    }
}

/// Whether whoever read our output has gone; that is no error.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        let json = cause.downcast_ref::<serde_json::Error>();
        io.map(std::io::Error::kind)
            .or_else(|| json.and_then(serde_json::Error::io_error_kind))
            == Some(ErrorKind::BrokenPipe)
    })
}

/// Prints clap's help to stdout, or its error to stderr.
pub fn from_clap(error: &clap::Error) -> Exit {
    // Where the output is closed there is nobody to tell.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Error
    } else {
        Exit::Done
    }
}
