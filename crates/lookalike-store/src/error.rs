//! What can go wrong.

use std::path::{Path, PathBuf};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried, as a verb: "open", "write".
        action: &'static str,
        /// The reason.
        source: std::io::Error,
    },
    /// The file does not begin as a segment does.
    #[error("{}: not a file of {what}", path.display())]
    NotASegment {
        /// The file.
        path: PathBuf,
        /// What it should hold: "vectors", "visual words".
        what: &'static str,
    },
    /// The file was written by a newer program.
    #[error("{}: format version {found}, this program reads up to {supported}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: u32,
        /// The highest version that can be read.
        supported: u32,
    },
    /// The file was written by an older program, and has to be made anew.
    #[error("{}: format version {found}, this program reads from {oldest} on", path.display())]
    Outdated {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: u32,
        /// The lowest version that can be read.
        oldest: u32,
    },
    /// The file is shorter or longer than its header says.
    #[error("{}: {found} bytes long instead of {expected}", path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// The length that the header calls for, in bytes.
        expected: u64,
        /// The length of the file in bytes.
        found: u64,
    },
    /// The header contradicts itself.
    #[error("{}: damaged header: {field} is {found}, expected {expected}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The part of the header.
        field: &'static str,
        /// What it should be.
        expected: u64,
        /// What it is.
        found: u64,
    },
    /// A part of the file is not what was once written.
    #[error("{}: damaged {section}: checksum {found:08x}, expected {expected:08x}", path.display())]
    Checksum {
        /// The file.
        path: PathBuf,
        /// The part of the file.
        section: &'static str,
        /// The checksum stored.
        expected: u32,
        /// The checksum of what is there.
        found: u32,
    },
    /// The label of a segment is too long, or holds a NUL.
    #[error("a label of {received} bytes; allowed are {allowed}, none of them zero")]
    Label {
        /// Bytes allowed.
        allowed: usize,
        /// Bytes received.
        received: usize,
    },
    /// The ids of a segment are not ascending.
    #[error("id {received} after id {previous}: ids must ascend")]
    IdOrder {
        /// The id before.
        previous: u64,
        /// The id received.
        received: u64,
    },
    /// A segment that a ledger names is not there.
    #[error("{}: a segment is missing", path.display())]
    Missing {
        /// The folder of segments.
        path: PathBuf,
    },
    /// The writing of a segment was told to stop.
    #[error("stopped before the segment was complete")]
    Stopped,
}

impl Error {
    /// Wraps a refusal of the operating system: `.map_err(Error::io(path, "open"))`.
    pub fn io(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            path: path.to_owned(),
            action,
            source,
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
