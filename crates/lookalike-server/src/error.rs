//! What can go wrong before a server runs.

use lookalike::ShownPath;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Others could reach the server, and no token protects it.
    #[error("{address}: other machines can reach this address, so a token is needed")]
    NoToken {
        /// Where to listen.
        address: SocketAddr,
    },
    /// A token cannot be read.
    #[error("{}: {source}", ShownPath(path))]
    TokenFile {
        /// Its file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A token is too easily guessed, or cannot be sent in a header.
    #[error(
        "{}: a token is one line of at least {least} printable ASCII characters without spaces",
        ShownPath(path)
    )]
    BadToken {
        /// Its file.
        path: PathBuf,
        /// How long it must be.
        least: usize,
    },
    /// A name is none.
    #[error("{name:?}: a host name is expected, without scheme and port")]
    BadHost {
        /// What was given.
        name: String,
    },
    /// The address is taken, or not of this machine.
    #[error("{address}: cannot listen there: {source}")]
    Listen {
        /// Where to listen.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The system refuses threads, or the like.
    #[error("the server cannot run: {0}")]
    System(#[from] io::Error),
    /// The library cannot be opened.
    #[error(transparent)]
    Library(#[from] lookalike::Error),
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
