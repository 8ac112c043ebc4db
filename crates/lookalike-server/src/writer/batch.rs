//! Some changes on their way: on the disk, in the library, answered.

use super::desk::Waiting;
use super::folder::{Folder, Incoming, problem};
use crate::picture_path::PicturePath;
use crate::problem::{Kind, Problem};
use lookalike::{Event, Library, PictureId, StoredPicture};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A change that a client asks for.
#[derive(Debug)]
pub(crate) enum Change {
    /// Give a file its name.
    Put {
        path: PicturePath,
        incoming: Incoming,
        may_replace: bool,
    },
    /// Delete a file.
    RemoveFile(PicturePath),
    /// Delete all files of a picture.
    RemovePicture(PictureId),
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Done {
    Put {
        picture: StoredPicture,
        replaced: bool,
    },
    Removed,
}

impl Change {
    /// Whether both can be done together: they concern different files for certain.
    pub(super) fn is_apart_from(&self, other: &Self) -> bool {
        match (self.path(), other.path()) {
            (Some(a), Some(b)) => a != b,
            // The files of a picture are known only when its turn comes.
            _ => false,
        }
    }

    fn path(&self) -> Option<&PicturePath> {
        match self {
            Self::Put { path, .. } | Self::RemoveFile(path) => Some(path),
            Self::RemovePicture(_) => None,
        }
    }
}

type Reply = oneshot::Sender<Result<Done, Problem>>;

/// A change that is on the disk.
struct Placed {
    reply: Reply,
    what: What,
}

enum What {
    Put {
        path: PathBuf,
        /// What was there before.
        before: Option<Incoming>,
    },
    /// The files that are gone, each kept.
    Removed(Vec<(PathBuf, Incoming)>),
}

/// Changes that are done together.
pub(super) struct Batch<'a> {
    folder: &'a Arc<Folder>,
    placed: Vec<Placed>,
    /// Files that turned out to be no pictures, with the reason.
    failed: BTreeMap<PathBuf, String>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(folder: &'a Arc<Folder>) -> Self {
        Self {
            folder,
            placed: Vec::new(),
            failed: BTreeMap::new(),
        }
    }

    /// Does a change on the disk; one that cannot be done is answered.
    pub(super) fn place(&mut self, library: &Library, waiting: Waiting) {
        let (change, reply) = waiting.split();
        match self.on_disk(library, change) {
            Ok(what) => self.placed.push(Placed { reply, what }),
            Err(problem) => drop(reply.send(Err(problem))),
        }
    }

    fn on_disk(&self, library: &Library, change: Change) -> Result<What, Problem> {
        match change {
            Change::Put {
                path,
                incoming,
                may_replace,
            } => {
                let before = match may_replace {
                    true => self.folder.replace(&incoming, &path),
                    false => self.folder.add(&incoming, &path).map(|()| None),
                };
                Ok(What::Put {
                    before: before.map_err(|e| problem(&e))?,
                    path: path.as_path().to_path_buf(),
                })
            }
            Change::RemoveFile(path) => {
                let path = path.as_path();
                if library.picture_at(path)?.is_none() {
                    let detail = "the library has no picture at this path";
                    return Err(Problem::new(Kind::NotFound, detail));
                }
                let mut removed = Vec::new();
                self.remove(path, &mut removed)?;
                Ok(What::Removed(removed))
            }
            Change::RemovePicture(id) => {
                let picture = library.picture(id)?;
                let picture = picture.ok_or_else(|| Problem::no_picture(id))?;
                self.remove_picture(&picture)
            }
        }
    }

    fn remove_picture(&self, picture: &StoredPicture) -> Result<What, Problem> {
        // Whatever else has come under its name is another picture.
        for path in &picture.paths {
            let hash = self.folder.hash(path).map_err(|e| problem(&e))?;
            if hash.is_some_and(|hash| hash != picture.hash) {
                let detail = format!("{}", lookalike::ShownPath(path));
                return Err(Problem::new(Kind::Changed, detail));
            }
        }
        let mut removed = Vec::new();
        for path in &picture.paths {
            if let Err(problem) = self.remove(path, &mut removed) {
                self.restore(&removed);
                return Err(problem);
            }
        }
        Ok(What::Removed(removed))
    }

    fn remove(&self, path: &Path, removed: &mut Vec<(PathBuf, Incoming)>) -> Result<(), Problem> {
        let kept = self.folder.remove(path).map_err(|e| problem(&e))?;
        removed.extend(kept.map(|kept| (path.to_path_buf(), kept)));
        Ok(())
    }

    /// Refuses, and takes back, what the next update of the whole folder would forget again: files
    /// that the library leaves out.
    pub(super) fn check(&mut self, library: &Library) -> lookalike::Result<()> {
        let put = |placed: &Placed| match &placed.what {
            What::Put { path, .. } => Some(path.clone()),
            What::Removed(_) => None,
        };
        let files: BTreeSet<PathBuf> = self.placed.iter().filter_map(put).collect();
        if files.is_empty() {
            return Ok(());
        }
        let belonging = library.belonging(&files)?;
        let placed = std::mem::take(&mut self.placed);
        for placed in placed {
            match put(&placed) {
                Some(path) if !belonging.contains(&path) => {
                    self.undo(&placed.what);
                    let detail = "its ignore files, or how it was indexed, leave out this path";
                    let _ = placed.reply.send(Err(Problem::new(Kind::LeftOut, detail)));
                }
                _ => self.placed.push(placed),
            }
        }
        Ok(())
    }

    /// The files that the library is to look at.
    pub(super) fn files(&self, library: &Library) -> Vec<PathBuf> {
        let Some(root) = library.root() else {
            return Vec::new();
        };
        let files = self.placed.iter().flat_map(|placed| match &placed.what {
            What::Put { path, .. } => vec![root.join(path)],
            What::Removed(files) => files.iter().map(|(path, _)| root.join(path)).collect(),
        });
        files.collect()
    }

    /// Something happened while the library was brought up to date.
    pub(super) fn note(&mut self, event: Event<'_>) {
        if let Event::Failed { path, reason, .. } = event {
            self.failed.insert(path.to_path_buf(), reason.to_owned());
        }
    }

    /// Everything is in the library: says so. What turned out to be no picture is taken back; these
    /// files are returned, for the library to look at once more.
    pub(super) fn answer(mut self, library: &Library) -> BTreeSet<PathBuf> {
        let mut undone = BTreeSet::new();
        for placed in std::mem::take(&mut self.placed) {
            let answer = match &placed.what {
                What::Removed(_) => Ok(Done::Removed),
                What::Put { path, before } => self.found(library, path, before.is_some()),
            };
            if let (Err(_), What::Put { path, .. }) = (&answer, &placed.what) {
                self.undo(&placed.what);
                undone.insert(path.clone());
            }
            let _ = placed.reply.send(answer);
        }
        undone
    }

    /// What the library has now at a path.
    fn found(&self, library: &Library, path: &Path, replaced: bool) -> Result<Done, Problem> {
        let id = library.picture_at(path)?;
        let picture = id.map(|id| library.picture(id)).transpose()?.flatten();
        let picture = picture.ok_or_else(|| {
            let reason = self
                .failed
                .get(path)
                .map_or("it was not there", String::as_str);
            Problem::new(Kind::Unreadable, reason)
        })?;
        Ok(Done::Put { picture, replaced })
    }

    /// Nothing came of it: all is put back as it was.
    pub(super) fn take_back(self, problem: &Problem) {
        for placed in &self.placed {
            self.undo(&placed.what);
        }
        for placed in self.placed {
            let _ = placed.reply.send(Err(problem.clone()));
        }
    }

    fn undo(&self, what: &What) {
        match what {
            What::Removed(files) => self.restore(files),
            // Where it cannot be undone, the next update finds what there is.
            What::Put {
                path,
                before: Some(before),
            } => drop(self.folder.put_back(before, path)),
            What::Put { path, before: None } => drop(self.folder.remove(path)),
        }
    }

    fn restore(&self, files: &[(PathBuf, Incoming)]) {
        for (path, kept) in files {
            // Likewise.
            let _ = self.folder.put_back(kept, path);
        }
    }
}
