//! What is done to one file.

use super::Way;
use super::journal::{Entry, Journal, Line};
use super::trash::{Place, Trash};
use crate::walk::{Stamp, device, identity, system_reason};
use crate::{Error, Redundant, Result, ShownPath};
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};

/// Why a file stays as it is.
type Left = String;

/// Does to files what one run is to do.
pub(super) struct Acts {
    root: PathBuf,
    way: Way,
    trash: Trash,
    /// Files that are kept and were compared, with what tells whether they have changed since.
    compared: BTreeMap<PathBuf, Stamp>,
}

/// A file whose bytes were compared just now.
struct Compared {
    path: PathBuf,
    metadata: Metadata,
}

impl Acts {
    pub(super) fn new(root: &Path, way: Way) -> Result<Self> {
        let root = std::path::absolute(root).map_err(|e| Error::io(root, e))?;
        Ok(Self {
            root,
            way,
            trash: Trash::of_user(),
            compared: BTreeMap::new(),
        })
    }

    /// Whether it can be done, as far as that is known beforehand.
    pub(super) fn check(&mut self, file: &Redundant) -> std::result::Result<(), Left> {
        let compared = self.compare(file)?;
        match self.way {
            Way::Trash => self.trash.check(&compared.path),
            Way::HardLink => self.check_link(file, &compared),
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub(super) fn act(
        &mut self,
        file: &Redundant,
        journal: &mut Journal,
    ) -> Result<std::result::Result<(), Left>> {
        let compared = match self.compare(file) {
            Ok(compared) => compared,
            Err(left) => return Ok(Err(left)),
        };
        match self.way {
            Way::Trash => self.throw_away(file, &compared, journal),
            Way::HardLink => self.link(file, &compared, journal),
        }
    }

    /// Compares a file and the one that is kept with what they were.
    fn compare(&mut self, file: &Redundant) -> std::result::Result<Compared, Left> {
        let (path, kept) = (self.root.join(&file.path), self.root.join(&file.kept));
        if self.trash.holds(&path) {
            return Err("it is in the trash".into());
        }
        if self.trash.holds(&kept) {
            return Err(format!(
                "{}, to be kept, is in the trash",
                ShownPath(&file.kept)
            ));
        }
        let keeper = std::fs::metadata(&kept);
        let keeper = keeper.map_err(|e| self.of_kept(file, &system_reason(&e)))?;
        let metadata = std::fs::symlink_metadata(&path).map_err(|e| system_reason(&e))?;
        if !metadata.is_file() {
            return Err("it is no plain file any more".into());
        }
        if identity(&metadata).is_some() && identity(&metadata) == identity(&keeper) {
            return Err(format!("it is the same file as {}", ShownPath(&file.kept)));
        }
        let stamp = Stamp::of(&keeper);
        if self.compared.get(&file.kept) != Some(&stamp) {
            let hash = hash_of(&kept).map_err(|e| self.of_kept(file, &system_reason(&e)))?;
            if hash != file.kept_hash {
                return Err(self.of_kept(file, "it has changed"));
            }
            self.compared.insert(file.kept.clone(), stamp);
        }
        let hash = hash_of(&path).map_err(|e| system_reason(&e))?;
        match hash == file.hash {
            true => Ok(Compared { path, metadata }),
            false => Err("it has changed".into()),
        }
    }

    /// Why something stays because of the file that is to be kept.
    fn of_kept(&self, file: &Redundant, reason: &str) -> Left {
        format!("{}, to be kept: {reason}", ShownPath(&file.kept))
    }

    fn throw_away(
        &self,
        file: &Redundant,
        compared: &Compared,
        journal: &mut Journal,
    ) -> Result<std::result::Result<(), Left>> {
        let place = match self.trash.take(&compared.path) {
            Ok(place) => place,
            Err(left) => return Ok(Err(left)),
        };
        let entry = Entry::Trash {
            hash: file.hash,
            path: file.path.clone(),
            trashed: place.file.clone(),
        };
        let noted = journal.add(&Line::Entry(entry));
        noted.inspect_err(|_| place.give_back())?;
        Ok(moved(&place, &compared.path))
    }

    fn check_link(&self, file: &Redundant, compared: &Compared) -> std::result::Result<(), Left> {
        if file.hash != file.kept_hash {
            return Err(format!(
                "its bytes are not those of {}",
                ShownPath(&file.kept)
            ));
        }
        // A link to a symbolic link would lead elsewhere.
        let kept = std::fs::symlink_metadata(self.root.join(&file.kept));
        let kept = kept.map_err(|e| self.of_kept(file, &system_reason(&e)))?;
        if !kept.is_file() {
            return Err(self.of_kept(file, "a symbolic link"));
        }
        match device(&kept) == device(&compared.metadata) {
            true => Ok(()),
            false => Err(format!(
                "{} is on another file system, to which no hard link leads",
                ShownPath(&file.kept)
            )),
        }
    }

    /// Puts a file aside, makes a hard link in its place, and deletes what is aside. Stopped anywhere, the
    /// file is there, or aside; the journal says where.
    fn link(
        &self,
        file: &Redundant,
        compared: &Compared,
        journal: &mut Journal,
    ) -> Result<std::result::Result<(), Left>> {
        if let Err(left) = self.check_link(file, compared) {
            return Ok(Err(left));
        }
        let aside = aside(&compared.path);
        journal.add(&Line::Entry(Entry::Link {
            hash: file.hash,
            path: file.path.clone(),
            kept: file.kept.clone(),
            aside: aside.clone(),
            modified: Stamp::of(&compared.metadata).mtime,
            mode: mode(&compared.metadata),
        }))?;
        if let Err(e) = move_new(&compared.path, &aside) {
            return Ok(Err(system_reason(&e)));
        }
        let linked = self.put_link(file, &compared.path, &aside);
        Ok(match linked {
            Ok(()) => {
                let deleted = std::fs::remove_file(&aside);
                let synced = deleted.and_then(|()| sync_folder_of(&compared.path));
                synced.map_err(|e| system_reason(&e))
            }
            Err(left) => match move_new(&aside, &compared.path) {
                Ok(()) => Err(left),
                Err(e) => {
                    let (aside, e) = (ShownPath(&aside), system_reason(&e));
                    Err(format!("{left}; and it is now {aside}: {e}"))
                }
            },
        })
    }

    /// Makes the link, if what is aside, and what is kept, are still what they were.
    fn put_link(
        &self,
        file: &Redundant,
        path: &Path,
        aside: &Path,
    ) -> std::result::Result<(), Left> {
        let kept = self.root.join(&file.kept);
        let hash = hash_of(aside).map_err(|e| system_reason(&e))?;
        if hash != file.hash {
            return Err("it has changed".into());
        }
        std::fs::hard_link(&kept, path).map_err(|e| system_reason(&e))?;
        let linked = std::fs::metadata(path).map_err(|e| system_reason(&e))?;
        if self.compared.get(&file.kept) == Some(&Stamp::of(&linked)) {
            return Ok(());
        }
        // It changed since it was compared: what lies aside is not redundant.
        std::fs::remove_file(path).map_err(|e| system_reason(&e))?;
        Err(self.of_kept(file, "it has changed"))
    }
}

/// Fills a place in the trash, or gives it back.
fn moved(place: &Place, path: &Path) -> std::result::Result<(), Left> {
    place.fill(path).map_err(|e| {
        if std::fs::symlink_metadata(&place.file).is_err() {
            place.give_back();
        }
        format!("it cannot be moved to the trash: {}", system_reason(&e))
    })
}

/// A hidden name beside a file, which nothing has.
pub(super) fn aside(path: &Path) -> PathBuf {
    let number = jiff::Timestamp::now().as_nanosecond();
    path.with_file_name(format!(".lookalike-{}-{number}", std::process::id()))
}

/// BLAKE3 of a file's bytes.
pub(super) fn hash_of(path: &Path) -> std::io::Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(*hasher.finalize().as_bytes())
}

/// Moves a file within a file system to a path where nothing is.
pub(super) fn move_new(from: &Path, to: &Path) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Some file systems cannot promise it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            moved => return Ok(moved?),
        }
    }
    if std::fs::symlink_metadata(to).is_ok() {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

/// Makes last what was named in the folder of a file.
pub(super) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The permissions of a file, where the system has them.
fn mode(metadata: &Metadata) -> u32 {
    #[cfg(unix)]
    return std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
    #[cfg(not(unix))]
    {
        let _ = metadata;
        0
    }
}
