//! The library's folder of pictures, as the server may change it.
//!
//! Every path is opened below the folder's handle (`cap-std`), so that none leads out of it, whatever
//! links there are, and whoever swaps them meanwhile. A change is on the disk when the file and the
//! folder that names it are synced.

use crate::body::Held;
use crate::picture_path::PicturePath;
use crate::problem::{Kind, Problem};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Where files are before they are given their names, inside of the library's own folder.
const INCOMING: &str = "incoming";
/// What is older there is left from a crash.
const STALE: Duration = Duration::from_secs(3600);

/// The folder of pictures, and the one for what comes in.
#[derive(Debug)]
pub(crate) struct Folder {
    root: Dir,
    incoming: Dir,
    counter: AtomicU64,
}

/// A file without a name yet; it goes away with this.
#[derive(Debug)]
pub(crate) struct Incoming {
    folder: Arc<Folder>,
    name: String,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Where it was given its name, there is nothing left.
        let _ = self.folder.incoming.remove_file(&self.name);
    }
}

/// A place for a file: the folder that will name it, and the name.
struct Place {
    folder: Dir,
    name: PathBuf,
}

impl Folder {
    /// Opens the folder `root` of the library in `library`, and clears away what a crash left.
    pub(crate) fn open(root: &Path, library: &Path) -> Result<Self> {
        let root = Dir::open_ambient_dir(root, ambient_authority())?;
        let library = Dir::open_ambient_dir(library, ambient_authority())?;
        match library.create_dir(INCOMING) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(e),
            _ => {}
        }
        let incoming = library.open_dir(INCOMING)?;
        let this = Self {
            root,
            incoming,
            counter: AtomicU64::new(0),
        };
        this.clear_stale()?;
        Ok(this)
    }

    fn clear_stale(&self) -> Result<()> {
        for entry in self.incoming.entries()? {
            let entry = entry?;
            let changed = entry.metadata()?.modified()?.into_std();
            let age = SystemTime::now().duration_since(changed);
            if age.is_ok_and(|age| age > STALE) {
                entry.remove_file()?;
            }
        }
        Ok(())
    }

    /// A name that nobody has.
    fn fresh_name(&self) -> String {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.map_or(0, |now| now.as_nanos());
        format!("{}-{now}-{count}", std::process::id())
    }

    /// Writes bytes to the disk, without a name yet.
    pub(crate) async fn receive(
        self: &Arc<Self>,
        bytes: Held,
    ) -> std::result::Result<Incoming, Problem> {
        let folder = self.clone();
        let written = tokio::task::spawn_blocking(move || folder.write(&bytes.bytes)).await;
        let written = written.map_err(|e| Problem::internal(&e))?;
        written.map_err(|e| problem(&e))
    }

    fn write(self: &Arc<Self>, bytes: &[u8]) -> Result<Incoming> {
        let incoming = self.unnamed();
        let mut file = self.incoming.open_with(&incoming.name, &new_file())?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(incoming)
    }

    fn unnamed(self: &Arc<Self>) -> Incoming {
        Incoming {
            folder: self.clone(),
            name: self.fresh_name(),
        }
    }

    /// Gives a file its name, which nothing has yet.
    pub(crate) fn add(&self, incoming: &Incoming, path: &PicturePath) -> Result<()> {
        let place = self.place(path, true)?;
        if place.folder.symlink_metadata(&place.name).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        // A link, other than a new name, never takes the place of a file that has just come there.
        let linked = self
            .incoming
            .hard_link(&incoming.name, &place.folder, &place.name);
        match linked {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::AlreadyExists => return Err(e),
            Err(_) => self.move_to(&incoming.name, &place)?,
        }
        // A name that may not last is taken away: nobody is told of it.
        sync(&place.folder).inspect_err(|_| drop(place.folder.remove_file(&place.name)))
    }

    /// Gives a file its name; what had it before is kept, and returned.
    pub(crate) fn replace(
        self: &Arc<Self>,
        incoming: &Incoming,
        path: &PicturePath,
    ) -> Result<Option<Incoming>> {
        let place = self.place(path, true)?;
        let before = match place.folder.symlink_metadata(&place.name) {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                self.add(incoming, path)?;
                return Ok(None);
            }
            Err(e) => return Err(e),
            Ok(metadata) if !metadata.is_file() => return Err(not_a_file()),
            Ok(_) => self.keep(&place)?,
        };
        self.move_to(&incoming.name, &place)?;
        sync(&place.folder).inspect_err(|_| drop(self.move_to(&before.name, &place)))?;
        Ok(Some(before))
    }

    /// A second name for a file, by which it can be put back.
    fn keep(self: &Arc<Self>, place: &Place) -> Result<Incoming> {
        let kept = self.unnamed();
        let linked = place
            .folder
            .hard_link(&place.name, &self.incoming, &kept.name);
        if linked.is_err() {
            // Another file system, or one without links.
            place.folder.copy(&place.name, &self.incoming, &kept.name)?;
        }
        Ok(kept)
    }

    /// Moves a file there, in place of what is there.
    fn move_to(&self, incoming: &str, place: &Place) -> Result<()> {
        match self.incoming.rename(incoming, &place.folder, &place.name) {
            Err(e) if e.kind() == ErrorKind::CrossesDevices => {
                // Hidden, and without an extension: no update takes it for a picture.
                let passing = format!(".lookalike-{}", self.fresh_name());
                let mut from = self.incoming.open(incoming)?;
                let mut to = place.folder.open_with(&passing, &new_file())?;
                let copied = std::io::copy(&mut from, &mut to).and_then(|_| to.sync_all());
                let moved =
                    copied.and_then(|()| place.folder.rename(&passing, &place.folder, &place.name));
                if moved.is_err() {
                    // The first error is the one to tell.
                    let _ = place.folder.remove_file(&passing);
                }
                moved
            }
            moved => moved,
        }
    }

    /// Takes a file's name away; `None` where it has none. It is kept, and can be put back.
    pub(crate) fn remove(self: &Arc<Self>, path: &Path) -> Result<Option<Incoming>> {
        let place = match self.place_of(path, false) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            place => place?,
        };
        match place.folder.symlink_metadata(&place.name) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
            Ok(metadata) if !metadata.is_file() => return Err(not_a_file()),
            Ok(_) => {}
        }
        let kept = self.keep(&place)?;
        place.folder.remove_file(&place.name)?;
        sync(&place.folder)?;
        Ok(Some(kept))
    }

    /// Puts a file back under its name.
    pub(crate) fn put_back(&self, kept: &Incoming, path: &Path) -> Result<()> {
        let place = self.place_of(path, true)?;
        self.move_to(&kept.name, &place)?;
        sync(&place.folder)
    }

    fn place(&self, path: &PicturePath, make: bool) -> Result<Place> {
        self.place_of(path.as_path(), make)
    }

    /// Goes down to the folder of a file, and makes folders where they are missing. A symbolic link
    /// is none: an update does not follow it either.
    fn place_of(&self, path: &Path, make: bool) -> Result<Place> {
        let no_name = || Error::from(ErrorKind::InvalidInput);
        let name = PathBuf::from(path.file_name().ok_or_else(no_name)?);
        let mut folder = self.root.try_clone()?;
        for part in path.parent().unwrap_or(Path::new("")) {
            match folder.symlink_metadata(part) {
                Ok(metadata) if metadata.is_symlink() || !metadata.is_dir() => {
                    return Err(ErrorKind::NotADirectory.into());
                }
                Err(e) if e.kind() == ErrorKind::NotFound && make => {
                    match folder.create_dir(part) {
                        Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(e),
                        _ => sync(&folder)?,
                    }
                }
                Err(e) => return Err(e),
                Ok(_) => {}
            }
            folder = folder.open_dir(part)?;
        }
        Ok(Place { folder, name })
    }

    /// The bytes of a file's content, hashed; `None` where there is no plain file.
    pub(crate) fn hash(&self, path: &Path) -> Result<Option<[u8; 32]>> {
        let place = match self.place_of(path, false) {
            Err(e) if is_missing(&e) => return Ok(None),
            place => place?,
        };
        match place.folder.symlink_metadata(&place.name) {
            Err(e) if is_missing(&e) => return Ok(None),
            Ok(metadata) if !metadata.is_file() => return Ok(None),
            metadata => metadata?,
        };
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(place.folder.open(&place.name)?)?;
        Ok(Some(*hasher.finalize().as_bytes()))
    }
}

fn is_missing(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}

fn not_a_file() -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        "there is something that is no plain file",
    )
}

/// What a folder names is on the disk only when the folder itself is. The handle of a `Dir` may only
/// stand for a place; one that reads can be synced.
#[cfg(unix)]
fn sync(folder: &Dir) -> Result<()> {
    folder.open(".")?.sync_all()
}

#[cfg(not(unix))]
fn sync(_: &Dir) -> Result<()> {
    Ok(())
}

/// What the client is told of a failure of the system.
pub(crate) fn problem(error: &Error) -> Problem {
    match error.kind() {
        ErrorKind::AlreadyExists => {
            Problem::new(Kind::Exists, "PUT replaces it, or name another path")
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Problem::new(Kind::DiskFull, "nothing was changed")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Problem::new(Kind::ReadOnly, "the server may not write there")
        }
        ErrorKind::NotADirectory
        | ErrorKind::InvalidInput
        | ErrorKind::InvalidFilename
        | ErrorKind::IsADirectory
        | ErrorKind::DirectoryNotEmpty => Problem::new(
            Kind::LeftOut,
            "there is a link, a folder or a file where the path would need another",
        ),
        _ => Problem::internal(error),
    }
}
