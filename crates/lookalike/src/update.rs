//! Bringing a library up to date with its folder.

use crate::{Result, Selection};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// How to update. `Default` is one thread, the recorded selection, no limit but the decoder's own.
#[derive(Clone, Debug, Default)]
pub struct UpdateOptions<'a> {
    /// Which files belong to the library; it is recorded. `None` takes the one recorded last:
    /// `index` says which files belong, the update before a search keeps to it.
    pub selection: Option<Selection>,
    /// Worker threads; 0 counts as 1.
    pub threads: usize,
    /// Larger pictures are refused.
    pub max_megapixels: Option<f64>,
    /// Tell what would be done, and change nothing. (The content of changed and new files is not
    /// looked at, so moves count as new and removed.)
    pub dry_run: bool,
    /// Set it, and the update commits what is done and returns.
    pub interrupt: Option<&'a AtomicBool>,
}

/// What an update did. Numbers of files but for `pictures` and `bytes`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateSummary {
    /// New or changed files that are now in the library (copies of known pictures as well).
    pub indexed: u64,
    /// Files that are as they were.
    pub unchanged: u64,
    /// Files found under another name than before.
    pub moved: u64,
    /// Files that are gone.
    pub removed: u64,
    /// Files that were tried now and cannot be read.
    pub failed: u64,
    /// Files that could not be read earlier and have not changed since; they were not tried.
    pub still_failed: u64,
    /// Files out of reach (a folder that cannot be read, a disk that is not mounted) whose
    /// pictures stay in the library.
    pub unreachable: u64,
    /// Pictures in the library now.
    pub pictures: u64,
    /// Size of the library on disk now, in bytes.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// Whether it was interrupted.
    pub interrupted: bool,
}

/// What happens during an update. Paths are relative to the indexed folder.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The folder has been walked: so many files were found, so many of them must be read.
    Planned {
        /// Files found.
        files: u64,
        /// Files to be read.
        to_read: u64,
    },
    /// A file was read (with whatever result); sent once for each of `to_read`.
    Read {
        /// The file.
        path: &'a Path,
    },
    /// A new or changed file is in the library.
    Indexed {
        /// The file.
        path: &'a Path,
    },
    /// A file has another name now.
    Moved {
        /// The name before.
        from: &'a Path,
        /// The name now.
        to: &'a Path,
    },
    /// A file is gone.
    Removed {
        /// The file.
        path: &'a Path,
    },
    /// A file or folder cannot be read. A failure known from an earlier update is not told again.
    Failed {
        /// The file or folder.
        path: &'a Path,
        /// Why.
        reason: &'a str,
    },
    /// What was done so far is safe on the disk.
    Committed,
}

/// Is told what happens. All calls come from the thread that called [`Library::update`](crate::Library::update).
pub trait Observer {
    /// Something happened.
    fn event(&mut self, event: Event<'_>);
}

impl<F: FnMut(Event<'_>)> Observer for F {
    fn event(&mut self, event: Event<'_>) {
        self(event);
    }
}

/// An observer that does not care.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&mut self, _: Event<'_>) {}
}

#[allow(clippy::todo)]
pub(crate) fn update(
    _library: &mut crate::Library,
    _options: &UpdateOptions<'_>,
    _observer: &mut dyn Observer,
) -> Result<UpdateSummary> {
    todo!()
}
