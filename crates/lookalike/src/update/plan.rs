//! What there is to do: the folder compared with the catalogue.

use super::UpdateOptions;
use crate::catalogue::{Catalogue, ContentId, FileRow, State};
use crate::decode::Format;
use crate::walk::{Found, Stamp, Walk, Walked, device};
use crate::{Error, Library, Result, Selection, path_from_bytes};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A file that changed so shortly before it was looked at may have changed once more since, with
/// no later time of change to show for it (FAT counts in steps of 2 s).
const RACY: i64 = 2_000_000_000;

/// A file to be read.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) path: Vec<u8>,
    pub(super) found: Found,
    /// What the catalogue knew of it.
    pub(super) before: Option<FileRow>,
}

/// What there is to do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The selection, where it is to be recorded.
    pub(super) selection: Option<Selection>,
    /// Frames of an animation that are wanted, at most.
    pub(super) frames: u32,
    /// Files to be read, by path.
    pub(super) jobs: Vec<Job>,
    /// Files in the catalogue that are gone, by path.
    pub(super) gone: BTreeMap<Vec<u8>, FileRow>,
    /// What cannot be read even before it is opened; with what to store for it, if anything.
    pub(super) refused: Vec<Refused>,
    /// Names on a list that cannot be files of this library.
    pub(super) strangers: Vec<(PathBuf, String)>,
    /// Files found.
    pub(super) files: u64,
    pub(super) unchanged: u64,
    pub(super) still_failed: u64,
    pub(super) unreachable: u64,
    pub(super) interrupted: bool,
}

/// Something that cannot be read.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) path: Vec<u8>,
    pub(super) reason: String,
    /// `None`: what the catalogue has for it stays.
    pub(super) store: Option<FileRow>,
}

/// The folder as it was found.
#[derive(Debug)]
pub(super) struct Seen {
    /// The selection that the catalogue recorded,
    recorded: Selection,
    /// and the one by which files were looked for.
    selection: Selection,
    walked: Walked,
    /// Whether files of a list were looked at, and no others.
    listed: bool,
}

impl Seen {
    /// Looks at the folder.
    pub(super) fn look(
        library: &Library,
        root: &Path,
        catalogue: &Catalogue,
        options: &UpdateOptions<'_>,
    ) -> Result<Self> {
        let recorded = catalogue.selection()?;
        let selection = options.selection.clone().unwrap_or(recorded.clone());
        let folder = std::path::absolute(library.folder());
        let walk = Walk {
            root,
            library: &folder.map_err(|e| Error::io(library.folder(), e))?,
            selection: &selection,
            interrupt: options.interrupt,
        };
        let walked = match (&options.only, &options.selection, &selection.files) {
            (Some(only), ..) => walk.list(only)?,
            (None, _, None) => walk.run()?,
            (None, Some(_), Some(list)) => walk.list(list)?,
            // The list was given earlier; what came of it is in the catalogue.
            (None, None, Some(_)) => {
                let known = catalogue.files()?.into_iter();
                let all = known.map(|(path, _)| root.join(path_from_bytes(&path)));
                walk.list(&all.collect::<Vec<_>>())?
            }
        };
        let listed = selection.files.is_some();
        Ok(Self {
            recorded,
            selection: Selection {
                files: listed.then(Vec::new),
                ..selection
            },
            walked,
            listed: listed || options.only.is_some(),
        })
    }
}

impl Plan {
    /// Compares the folder with the catalogue.
    pub(super) fn make(seen: &Seen, root: &Path, catalogue: &Catalogue) -> Result<Self> {
        let Seen {
            recorded,
            selection,
            walked,
            ..
        } = seen;
        let mut plan = Self {
            files: walked.files.len() as u64,
            interrupted: walked.interrupted,
            frames: selection.frames(),
            selection: (selection != recorded).then(|| selection.clone()),
            strangers: walked.strangers.clone(),
            ..Self::default()
        };
        let wanted = catalogue.meta()?.wanted();
        let lacking = catalogue.contents_lacking(wanted, plan.frames)?;
        let mut lacking: BTreeSet<ContentId> = lacking.into_iter().collect();
        let mut known: BTreeMap<Vec<u8>, FileRow> = catalogue.files()?.into_iter().collect();
        plan.compare(&mut known, walked, &mut lacking);
        if seen.listed {
            plan.compare_missing(&mut known, &walked.missing, root);
        } else {
            plan.compare_rest(known, &walked.unreadable, root);
        }
        Ok(plan)
    }

    /// Whether nothing has changed.
    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
            && self.gone.is_empty()
            && self.selection.is_none()
            && self.refused.iter().all(|r| r.store.is_none())
    }

    fn compare(
        &mut self,
        known: &mut BTreeMap<Vec<u8>, FileRow>,
        walked: &Walked,
        lacking: &mut BTreeSet<ContentId>,
    ) {
        for (path, found) in &walked.files {
            let before = known.remove(path);
            if let Some(reason) = &found.refused {
                self.refuse(path, reason, found.stamp, before.as_ref());
                continue;
            }
            if let Some(row) = &before
                && is_current(row, found.stamp)
            {
                match row.state {
                    // One of its files is enough to make what a content lacks.
                    State::Content(id) if lacking.remove(&id) => {}
                    State::Content(_) => {
                        self.unchanged += 1;
                        continue;
                    }
                    State::Failed { .. } => {
                        self.still_failed += 1;
                        continue;
                    }
                }
            }
            self.jobs.push(Job {
                path: path.clone(),
                found: found.clone(),
                before,
            });
        }
        for (path, reason) in &walked.unreadable {
            let before = known.remove(path);
            self.refuse(path, reason, Stamp::default(), before.as_ref());
        }
    }

    /// What the walk did not come across is gone, unless it is only out of reach.
    fn compare_rest(
        &mut self,
        rest: BTreeMap<Vec<u8>, FileRow>,
        unreadable: &BTreeMap<Vec<u8>, String>,
        root: &Path,
    ) {
        let root_device = std::fs::metadata(root).map_or(0, |m| device(&m));
        for (path, row) in rest {
            let hidden = folders_above(&path).any(|folder| unreadable.contains_key(folder));
            if hidden || row.mounted && !is_mounted(root, &path, root_device) {
                self.unreachable += 1;
            } else {
                self.gone.insert(path, row);
            }
        }
    }

    /// Listed files that are not there: gone if they were known, else a mistake in the list.
    fn compare_missing(
        &mut self,
        known: &mut BTreeMap<Vec<u8>, FileRow>,
        missing: &[Vec<u8>],
        root: &Path,
    ) {
        let mut gone = BTreeMap::new();
        for path in missing {
            match known.remove(path) {
                Some(row) => {
                    gone.insert(path.clone(), row);
                }
                None => self
                    .strangers
                    .push((path_from_bytes(path), "no such file".into())),
            }
        }
        self.compare_rest(gone, &BTreeMap::new(), root);
    }

    fn refuse(&mut self, path: &[u8], reason: &str, stamp: Stamp, before: Option<&FileRow>) {
        let store = match before.map(|row| &row.state) {
            Some(State::Failed { reason: same, .. }) if *same == reason => {
                self.still_failed += 1;
                return;
            }
            // What cannot be looked at now is not thereby gone.
            Some(State::Content(_)) if stamp == Stamp::default() => {
                self.unreachable += 1;
                None
            }
            _ => Some(FileRow {
                size: stamp.size,
                mtime: stamp.mtime,
                seen: 0,
                mounted: false,
                state: State::Failed {
                    reason: reason.to_owned(),
                    retry: true,
                    unread: None,
                },
            }),
        };
        self.refused.push(Refused {
            path: path.to_vec(),
            reason: reason.to_owned(),
            store,
        });
    }
}

/// Whether what the catalogue knows of a file still holds.
fn is_current(row: &FileRow, stamp: Stamp) -> bool {
    let same = row.size == stamp.size && row.mtime == stamp.mtime;
    let racy = row.mtime > row.seen.saturating_sub(RACY);
    let retry = match &row.state {
        State::Content(_) => false,
        // Another build may have met it.
        State::Failed { retry, unread, .. } => {
            let format = unread.as_deref().and_then(Format::named);
            *retry || format.is_some_and(Format::is_read)
        }
    };
    same && !racy && !retry
}

/// The folders around a file, the nearest first, without the indexed folder itself.
fn folders_above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let cuts = path.iter().enumerate().rev();
    cuts.filter(|(_, byte)| **byte == b'/')
        .map(|(i, _)| &path[..i])
}

/// Whether the file system on which a file was is still there: the nearest folder above it that
/// exists does not belong to the one of the indexed folder.
fn is_mounted(root: &Path, path: &[u8], root_device: u64) -> bool {
    folders_above(path)
        .find_map(|folder| std::fs::metadata(root.join(path_from_bytes(folder))).ok())
        .is_some_and(|folder| device(&folder) != root_device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(mtime: i64, seen: i64) -> FileRow {
        FileRow {
            size: 3,
            mtime,
            seen,
            mounted: false,
            state: State::Content(ContentId(1)),
        }
    }

    #[test]
    fn a_file_changed_just_before_it_was_read_is_not_trusted() {
        let stamp = |mtime| Stamp { size: 3, mtime };
        let second = 1_000_000_000;
        assert!(is_current(&row(0, 10 * second), stamp(0)));
        assert!(!is_current(
            &row(9 * second, 10 * second),
            stamp(9 * second)
        ));
        assert!(!is_current(
            &row(11 * second, 10 * second),
            stamp(11 * second)
        ));
        assert!(!is_current(&row(0, 10 * second), stamp(1)));
    }

    #[test]
    fn the_folders_above_a_file() {
        let above: Vec<&[u8]> = folders_above(b"a/b/c.jpg").collect();
        assert_eq!(above, [b"a/b".as_slice(), b"a"]);
        assert_eq!(folders_above(b"c.jpg").count(), 0);
    }
}
