//! Putting back what a run moved away.

use super::act::{aside, hash_of, move_new, sync_folder_of};
use super::journal::{Entry, Journal, Line};
use super::{TidyEvent, TidySummary, trash};
use crate::walk::{identity, system_reason};
use crate::{Error, Result, ShownPath};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// What came of an entry.
enum Undone {
    /// The file is what it was again.
    Back,
    /// It never was anything else, or is already.
    Nothing,
    /// Not now; it may be tried again.
    Left(String),
    /// Never.
    Lost(String),
}

/// Undoes the last run, the last act first.
pub(super) fn undo(
    root: &Path,
    journal: &mut Journal,
    dry_run: bool,
    told: &mut dyn FnMut(TidyEvent<'_>),
) -> Result<Option<TidySummary>> {
    let Some(run) = journal.last_run()? else {
        return Ok(None);
    };
    let root = std::path::absolute(root).map_err(|e| Error::io(root, e))?;
    let mut summary = TidySummary::default();
    let mut again = false;
    for entry in run.iter().rev() {
        let undone = match entry {
            Ok(entry) => Undo {
                root: &root,
                dry_run,
            }
            .entry(entry),
            Err(line) => Undone::Lost(format!("line {line} is not understood")),
        };
        let path = match entry {
            Ok(Entry::Trash { path, .. } | Entry::Link { path, .. }) => path,
            Err(_) => journal.path(),
        };
        match &undone {
            Undone::Back => {
                summary.done += 1;
                told(TidyEvent::Done { path, kept: None });
            }
            Undone::Nothing => {}
            Undone::Left(reason) | Undone::Lost(reason) => {
                summary.left += 1;
                told(TidyEvent::Left { path, reason });
            }
        }
        again |= matches!(undone, Undone::Left(_));
    }
    if !dry_run && !again {
        journal.add(&Line::Undone)?;
    }
    Ok(Some(summary))
}

struct Undo<'a> {
    root: &'a Path,
    dry_run: bool,
}

impl Undo<'_> {
    fn entry(&self, entry: &Entry) -> Undone {
        let undone = match entry {
            Entry::Trash {
                hash,
                path,
                trashed,
            } => self.take_back(hash, &self.root.join(path), trashed),
            Entry::Link { .. } => self.separate(entry),
        };
        undone.unwrap_or_else(|e| Undone::Left(system_reason(&e)))
    }

    /// Brings a file back from the trash.
    fn take_back(&self, hash: &[u8; 32], path: &Path, trashed: &Path) -> std::io::Result<Undone> {
        let is_there = std::fs::symlink_metadata(path).is_ok();
        let in_trash = std::fs::symlink_metadata(trashed).is_ok_and(|m| m.is_file());
        if !in_trash || hash_of(trashed)? != *hash {
            // It was stopped before it went, or somebody took it back.
            if is_there && hash_of(path).is_ok_and(|here| here == *hash) {
                return Ok(Undone::Nothing);
            }
            return Ok(Undone::Lost("it is no longer in the trash".into()));
        }
        if is_there {
            let trashed = ShownPath(trashed);
            let reason = format!("something else is there; it stays in the trash, as {trashed}");
            return Ok(Undone::Left(reason));
        }
        if !self.dry_run {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            move_new(trashed, path)?;
            sync_folder_of(path)?;
            trash::forget(trashed);
        }
        Ok(Undone::Back)
    }

    /// Makes a hard link a file of its own again.
    fn separate(&self, entry: &Entry) -> std::io::Result<Undone> {
        let Entry::Link {
            hash,
            path,
            kept,
            aside: put_aside,
            modified,
            mode,
        } = entry
        else {
            return Ok(Undone::Nothing);
        };
        let (path, kept): (PathBuf, PathBuf) = (self.root.join(path), self.root.join(kept));
        let there = std::fs::symlink_metadata(&path).ok();
        let keeper = std::fs::metadata(&kept).ok();
        let is_link =
            identity_of(there.as_ref()).is_some_and(|i| Some(i) == identity_of(keeper.as_ref()));
        if std::fs::symlink_metadata(put_aside).is_ok() {
            // It was stopped half-way: the file itself is still there.
            if there.is_some() && !is_link {
                let put_aside = ShownPath(put_aside);
                let reason = format!("something else is there; it is {put_aside}");
                return Ok(Undone::Left(reason));
            }
            if !self.dry_run {
                std::fs::rename(put_aside, &path)?;
                sync_folder_of(&path)?;
            }
            return Ok(Undone::Back);
        }
        if !is_link {
            // A file of its own: it was left, or somebody wrote it anew.
            let here = there.map(|_| hash_of(&path)).transpose()?;
            return Ok(match here {
                Some(here) if here == *hash => Undone::Nothing,
                Some(_) => Undone::Lost("it has changed".into()),
                None => Undone::Lost("it is gone".into()),
            });
        }
        if hash_of(&path)? != *hash {
            return Ok(Undone::Lost(
                "it has changed, together with what it is a link to".into(),
            ));
        }
        if !self.dry_run {
            let copy = aside(&path);
            let copied = copy_as(&path, &copy, *modified, *mode);
            let placed = copied.and_then(|()| std::fs::rename(&copy, &path));
            placed.inspect_err(|_| drop(std::fs::remove_file(&copy)))?;
            sync_folder_of(&path)?;
        }
        Ok(Undone::Back)
    }
}

fn identity_of(metadata: Option<&std::fs::Metadata>) -> Option<(u64, u64)> {
    metadata.and_then(identity)
}

/// Copies a file, with a time of change and permissions, to the disk.
fn copy_as(from: &Path, to: &Path, modified: i64, mode: u32) -> std::io::Result<()> {
    let (mut read, mut written) = (File::open(from)?, File::create_new(to)?);
    std::io::copy(&mut read, &mut written)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        written.set_permissions(std::fs::Permissions::from_mode(mode & 0o7777))?;
    }
    #[cfg(not(unix))]
    let _ = mode;
    let since = Duration::from_nanos(modified.unsigned_abs());
    let modified = match modified < 0 {
        true => UNIX_EPOCH.checked_sub(since),
        false => UNIX_EPOCH.checked_add(since),
    };
    if let Some(modified) = modified {
        written.set_modified(modified)?;
    }
    written.sync_all()
}
