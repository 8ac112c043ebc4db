//! Moving redundant files out of the way, and back.
//!
//! [`Library::tidy`] takes what [`redundant`](crate::redundant) lists, and moves it to the desktop's trash, or
//! makes hard links of equal files. Nothing is lost that was not said:
//!
//! * A file goes only if both it and the one that is kept have the bytes by which they were chosen, which is
//!   compared right before. Whatever changed, is gone, is a link, or cannot be moved stays as it is.
//! * Before each act the journal of the library, `tidy.journal`, says what is about to be done, safe on the
//!   disk. [`Library::untidy`] undoes the last run.
//! * One run at a time: the journal is locked.
//! * Nothing is ever deleted; where a file system has no trash, its files stay.

mod act;
mod journal;
mod trash;
mod undo;

use crate::{Library, Redundant, Result};
use act::Acts;
use journal::{Journal, Line};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is done with redundant files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// They are moved to the desktop's trash, as the freedesktop specification has it.
    Trash,
    /// They become hard links to the files that are kept, if every byte is equal.
    HardLink,
}

/// How to tidy up.
#[derive(Clone, Copy, Debug)]
pub struct TidyOptions<'a> {
    /// What is done.
    pub way: Way,
    /// Check all, and change nothing.
    pub dry_run: bool,
    /// Set it, and no further file is touched.
    pub interrupt: Option<&'a AtomicBool>,
}

/// What happens while files are moved. Paths are relative to the indexed folder.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TidyEvent<'a> {
    /// It was done, or in a dry run would be.
    Done {
        /// The file.
        path: &'a Path,
        /// The one that stays in its place; `None` where it came back.
        kept: Option<&'a Path>,
    },
    /// The file was left as it is.
    Left {
        /// The file.
        path: &'a Path,
        /// Why.
        reason: &'a str,
    },
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TidySummary {
    /// Files that were moved, linked, or came back.
    pub done: u64,
    /// Their bytes; of what came back 0.
    pub bytes: u64,
    /// Files that were left as they are.
    pub left: u64,
    /// Whether it was interrupted.
    pub interrupted: bool,
}

impl Library {
    /// Moves redundant files away, in their order.
    ///
    /// # Errors
    /// [`Error::Tidying`](crate::Error::Tidying) where another run is at work,
    /// [`Error::Imported`](crate::Error::Imported) where there are no files, where the journal cannot be
    /// written, and those of the system. A file that stays as it is is no error, `told` is told.
    pub fn tidy(
        &self,
        files: &[Redundant],
        options: &TidyOptions<'_>,
        told: &mut dyn FnMut(TidyEvent<'_>),
    ) -> Result<TidySummary> {
        let root = self.present_root()?;
        let mut acts = Acts::new(root, options.way)?;
        let mut journal = match options.dry_run {
            true => None,
            false => Some(Journal::open(self.folder())?),
        };
        if let Some(journal) = &mut journal {
            journal.add(&Line::run(options.way))?;
        }
        let mut summary = TidySummary::default();
        for file in files {
            if options
                .interrupt
                .is_some_and(|set| set.load(Ordering::Relaxed))
            {
                summary.interrupted = true;
                break;
            }
            let done = match &mut journal {
                Some(journal) => acts.act(file, journal)?,
                None => acts.check(file),
            };
            match done {
                Ok(()) => {
                    summary.done += 1;
                    summary.bytes += file.bytes;
                    let (path, kept) = (&*file.path, Some(&*file.kept));
                    told(TidyEvent::Done { path, kept });
                }
                Err(reason) => {
                    summary.left += 1;
                    let (path, reason) = (&*file.path, &*reason);
                    told(TidyEvent::Left { path, reason });
                }
            }
        }
        Ok(summary)
    }

    /// Undoes the last run that is not undone: what it moved to the trash comes back, its hard links become
    /// files of their own again. `None` where there is nothing to undo.
    ///
    /// # Errors
    /// As [`tidy`](Self::tidy).
    pub fn untidy(
        &self,
        dry_run: bool,
        told: &mut dyn FnMut(TidyEvent<'_>),
    ) -> Result<Option<TidySummary>> {
        let root = self.present_root()?;
        if !Journal::exists(self.folder()) {
            return Ok(None);
        }
        let mut journal = Journal::open(self.folder())?;
        undo::undo(root, &mut journal, dry_run, told)
    }
}
