//! Bringing a library up to date with its folder.

mod plan;
mod work;
mod write;

use crate::decode::{Limits, Place};
use crate::{Library, LibraryKind, Result, Selection, path_from_bytes};
use plan::{Plan, Seen};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// How to update. `Default` is one thread, the recorded selection, no limit but the decoder's own.
#[derive(Clone, Debug, Default)]
pub struct UpdateOptions<'a> {
    /// Which files belong to the library; it is recorded. `None` takes the one recorded last:
    /// `index` says which files belong, the update before a search keeps to it.
    pub selection: Option<Selection>,
    /// Look at these files only, this once, and leave the others in the library as they are. Relative
    /// ones are relative to the current folder; each must lie in the indexed folder.
    pub only: Option<Vec<PathBuf>>,
    /// Worker threads; 0 counts as 1.
    pub threads: usize,
    /// Larger pictures are refused.
    pub max_megapixels: Option<f64>,
    /// Tell what would be done, and change nothing. (The content of changed and new files is not
    /// looked at, so moves count as new and removed.)
    pub dry_run: bool,
    /// Without anything to do, write nothing and ask for no lock: so a search works while another
    /// process writes, and on a read-only disk, as long as the folder has not changed.
    pub lock_when_needed: bool,
    /// Set it, and the update commits what is done and returns.
    pub interrupt: Option<&'a AtomicBool>,
}

/// What an update did. Numbers of files but for `pictures` and `bytes`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
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
    /// Pictures that are now in the library without what their damaged files lack.
    pub damaged: u64,
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
    /// How many files in the library's folder are of each picture format that this build does not
    /// read. They count as failed, too.
    pub unread: BTreeMap<String, u64>,
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
        /// Where in it, if its other pictures can be read.
        place: Option<Place>,
        /// Why.
        reason: &'a str,
        /// The picture format that this build does not read, where that is the reason.
        unread: Option<&'a str>,
    },
    /// A picture is in the library without what its damaged file lacks.
    Damaged {
        /// The file.
        path: &'a Path,
        /// Where in it, if it holds several pictures.
        place: Option<Place>,
        /// What is amiss.
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

/// Brings a library up to date.
pub(crate) fn update(
    library: &Library,
    options: &UpdateOptions<'_>,
    observer: &mut dyn Observer,
) -> Result<UpdateSummary> {
    let begin = Instant::now();
    if library.kind() == LibraryKind::Imported {
        return Err(library.imported());
    }
    let mut summary = if options.dry_run {
        preview(library, options, observer)?
    } else {
        write_changes(library, options, observer)?
    };
    let status = library.status()?;
    summary.pictures = status.pictures;
    summary.bytes = status.bytes();
    summary.unread = status.unread;
    summary.seconds = begin.elapsed().as_secs_f64();
    Ok(summary)
}

fn write_changes(
    library: &Library,
    options: &UpdateOptions<'_>,
    observer: &mut dyn Observer,
) -> Result<UpdateSummary> {
    let root = library.present_root()?.to_path_buf();
    let mut seen = None;
    if options.lock_when_needed && library.is_settled()? {
        let (state, now, plan) = library.with_catalogue(|ours| {
            let state = ours.number()?;
            let now = Seen::look(library, &root, ours, options)?;
            let plan = Plan::make(&now, &root, ours)?;
            Ok((state, now, plan))
        })?;
        if plan.is_empty() {
            return Ok(tell_unchanged(&plan, observer));
        }
        seen = Some((state, now));
    }
    let session = library.session()?;
    // If anything was written before the lock was ours, the folder is looked at once more.
    let seen = match seen {
        Some((state, seen)) if session.catalogue().number()? == state => seen,
        _ => Seen::look(library, &root, session.catalogue(), options)?,
    };
    let plan = Plan::make(&seen, &root, session.catalogue())?;
    let meta = session.meta();
    let records = session.writer(options.threads);
    let done = write::run(library, &root, &plan, meta, &records, options, observer);
    drop(session);
    library.refresh()?;
    done
}

/// What would be done, by names and times alone.
fn preview(
    library: &Library,
    options: &UpdateOptions<'_>,
    observer: &mut dyn Observer,
) -> Result<UpdateSummary> {
    let root = library.present_root()?;
    let plan = library.with_catalogue(|catalogue| {
        let seen = Seen::look(library, root, catalogue, options)?;
        Plan::make(&seen, root, catalogue)
    })?;
    let mut summary = tell_unchanged(&plan, observer);
    for job in &plan.jobs {
        let path = path_from_bytes(&job.path);
        observer.event(Event::Indexed { path: &path });
        summary.indexed += 1;
    }
    for path in plan.gone.keys() {
        let path = path_from_bytes(path);
        observer.event(Event::Removed { path: &path });
        summary.removed += 1;
    }
    Ok(summary)
}

/// Begins a summary with what needs no reading, and tells of what cannot be read at all.
fn tell_unchanged(plan: &Plan, observer: &mut dyn Observer) -> UpdateSummary {
    observer.event(Event::Planned {
        files: plan.files,
        to_read: plan.jobs.len() as u64,
    });
    for (path, reason) in &plan.strangers {
        observer.event(Event::Failed {
            path,
            place: None,
            reason,
            unread: None,
        });
    }
    for refused in &plan.refused {
        let path = path_from_bytes(&refused.path);
        let reason = &refused.reason;
        observer.event(Event::Failed {
            path: &path,
            place: None,
            reason,
            unread: None,
        });
    }
    UpdateSummary {
        unchanged: plan.unchanged,
        failed: (plan.refused.len() + plan.strangers.len()) as u64,
        still_failed: plan.still_failed,
        unreachable: plan.unreachable,
        interrupted: plan.interrupted,
        ..UpdateSummary::default()
    }
}

fn limits(options: &UpdateOptions<'_>) -> Limits {
    let mut limits = Limits::default();
    if let Some(megapixels) = options.max_megapixels {
        // A cast from float saturates, and makes nothing of what is no number.
        limits.max_pixels = (megapixels * 1e6) as u64;
    }
    limits
}
