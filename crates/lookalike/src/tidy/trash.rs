//! The desktop's trash, as <https://specifications.freedesktop.org/trash-spec/1.0/> has it: a folder with
//! `files`, which are what was thrown away, and `info`, which say where each was and since when it is there.
//!
//! What lies on the file system of the home folder goes to `$XDG_DATA_HOME/Trash`; else to `.Trash/UID` at the
//! top of its own file system, where an administrator made that safely, or to `.Trash-UID` there. Nothing is
//! ever copied to another file system. The paths are the library's alone: so the journal can say where a file
//! will be before it is there.

use super::act::{move_new, sync_folder_of};
use super::journal::encoded;
use crate::ShownPath;
use crate::walk::{device, system_reason};
use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File, Metadata};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Names that are tried for one file.
const NAMES: u32 = 100_000;
/// Bytes of a name that are kept, so that something can be added to it.
const NAME: usize = 200;

/// The trash of one user.
#[derive(Clone, Debug)]
pub(super) struct Trash {
    /// That on the file system of the home folder.
    home: Option<PathBuf>,
    user: Option<u32>,
}

/// A place in a trash that is taken for a file.
#[derive(Debug)]
pub(super) struct Place {
    /// Where the file will be.
    pub(super) file: PathBuf,
    /// What says where it was.
    info: PathBuf,
}

impl Trash {
    /// That of who runs this program.
    pub(super) fn of_user() -> Self {
        let folder = |name| std::env::var_os(name).map(PathBuf::from);
        let absolute = |path: &PathBuf| path.is_absolute();
        let data = folder("XDG_DATA_HOME").filter(absolute);
        let data = data.or_else(|| Some(folder("HOME").filter(absolute)?.join(".local/share")));
        Self {
            home: data.map(|data| data.join("Trash")),
            user: user(),
        }
    }

    /// Whether a path leads into a trash.
    pub(super) fn holds(&self, path: &Path) -> bool {
        let is_trash = |name: &OsStr| {
            let name = name.to_string_lossy();
            let user = name.strip_prefix(".Trash-");
            name == ".Trash" || user.is_some_and(|user| user.parse::<u32>().is_ok())
        };
        let at_home = self
            .home
            .as_ref()
            .is_some_and(|home| path.starts_with(home));
        at_home || path.iter().any(is_trash)
    }

    /// Takes a place for a file, which must be there; its path is absolute.
    pub(super) fn take(&self, path: &Path) -> Result<Place, String> {
        let (folder, recorded) = self.folder_for(path)?;
        let refused = |e: &std::io::Error| {
            let folder = ShownPath(&folder);
            format!("the trash {folder} cannot be written: {}", system_reason(e))
        };
        for part in ["files", "info"] {
            make_folder(&folder.join(part)).map_err(|e| refused(&e))?;
        }
        let place = place_in(&folder, path).map_err(|e| refused(&e))?;
        let text = format!(
            "[Trash Info]\nPath={}\nDeletionDate={}\n",
            encoded(&recorded),
            jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S")
        );
        let write = || -> std::io::Result<()> {
            let mut info = File::options().write(true).open(&place.info)?;
            info.write_all(text.as_bytes())?;
            info.sync_all()?;
            sync_folder_of(&place.info)
        };
        if let Err(e) = write() {
            place.give_back();
            return Err(refused(&e));
        }
        Ok(place)
    }

    /// Whether there is a trash for a file; nothing is made.
    pub(super) fn check(&self, path: &Path) -> Result<(), String> {
        self.folder_for(path).map(drop)
    }

    /// The trash for a file, and the path by which it remembers where the file was.
    fn folder_for(&self, path: &Path) -> Result<(PathBuf, PathBuf), String> {
        let metadata = |path: &Path| std::fs::metadata(path).map_err(|e| system_reason(&e));
        let above = path.parent().ok_or("it is in no folder")?;
        let on = device(&metadata(above)?);
        if let Some(home) = &self.home {
            let there = home
                .ancestors()
                .find_map(|above| std::fs::metadata(above).ok());
            if there.is_some_and(|there| device(&there) == on) {
                return Ok((home.clone(), path.to_path_buf()));
            }
        }
        let user = self
            .user
            .ok_or("this system has no trash that is known here")?;
        let is_on = |folder: &&Path| std::fs::metadata(folder).is_ok_and(|m| device(&m) == on);
        let above = above.canonicalize().map_err(|e| system_reason(&e))?;
        let top = above.ancestors().take_while(is_on).last();
        let top = top.ok_or("the top of its file system cannot be found")?;
        let name = path.file_name().ok_or("it has no name")?;
        let file = above.join(name);
        let recorded = file.strip_prefix(top).unwrap_or(&file).to_path_buf();
        Ok((at_top(top, user), recorded))
    }
}

/// The trash at the top of a file system.
fn at_top(top: &Path, user: u32) -> PathBuf {
    let shared = top.join(".Trash");
    let is_safe = std::fs::symlink_metadata(&shared).is_ok_and(|m| m.is_dir() && is_sticky(&m));
    let ours = shared.join(user.to_string());
    if is_safe && (ours.is_dir() || make_folder(&ours).is_ok()) {
        return ours;
    }
    top.join(format!(".Trash-{user}"))
}

/// Takes a name in a trash that nothing has: whoever makes the info first has it.
fn place_in(folder: &Path, path: &Path) -> std::io::Result<Place> {
    let name = path.file_name().unwrap_or(OsStr::new("file"));
    for number in 1..NAMES {
        let name = numbered(name, number);
        let file = folder.join("files").join(&name);
        let mut info = name;
        info.push(".trashinfo");
        let info = folder.join("info").join(info);
        match File::create_new(&info) {
            Ok(_) if std::fs::symlink_metadata(&file).is_err() => return Ok(Place { file, info }),
            // A file without an info is somebody's, too.
            Ok(_) => std::fs::remove_file(&info)?,
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// `a.jpg`, `a.2.jpg`, `a.3.jpg`; of a very long name only the beginning.
fn numbered(name: &OsStr, number: u32) -> OsString {
    let bytes = name.as_encoded_bytes();
    if number == 1 && bytes.len() <= NAME {
        return name.to_owned();
    }
    let path = Path::new(name);
    let extension = path.extension().filter(|extension| extension.len() < 16);
    let stem = match extension {
        Some(_) => path.file_stem().unwrap_or(name),
        None => name,
    };
    let stem = crate::path_to_bytes(Path::new(stem));
    let stem = crate::path_from_bytes(&stem[..stem.len().min(NAME)]);
    let mut numbered = stem.into_os_string();
    numbered.push(format!(".{number}"));
    if let Some(extension) = extension {
        numbered.push(".");
        numbered.push(extension);
    }
    numbered
}

impl Place {
    /// Moves a file there.
    pub(super) fn fill(&self, path: &Path) -> std::io::Result<()> {
        move_new(path, &self.file)?;
        sync_folder_of(&self.file)
    }

    /// Frees the place: the file did not come.
    pub(super) fn give_back(&self) {
        // What is left there is an info without a file, which trashes pass over.
        let _ = std::fs::remove_file(&self.info);
    }
}

/// Forgets where a file was that has come back from its place in a trash.
pub(super) fn forget(trashed: &Path) {
    let folder = trashed.parent().and_then(Path::parent);
    let (Some(folder), Some(name)) = (folder, trashed.file_name()) else {
        return;
    };
    let mut info = name.to_owned();
    info.push(".trashinfo");
    // As in `give_back`.
    let _ = std::fs::remove_file(folder.join("info").join(info));
}

/// A folder for its owner alone, with those above it.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// The number of who runs this program; `None` where the system has no trash of this kind.
fn user() -> Option<u32> {
    #[cfg(unix)]
    return Some(rustix::process::getuid().as_raw());
    #[cfg(not(unix))]
    return None;
}

/// Whether nobody may delete in a folder what belongs to others.
fn is_sticky(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o1000 != 0;
    #[cfg(not(unix))]
    {
        let _ = metadata;
        false
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn set_up() -> (tempfile::TempDir, Trash) {
        let folder = tempfile::tempdir().unwrap();
        let home = Some(folder.path().join("data/Trash"));
        (
            folder,
            Trash {
                home,
                user: Some(7),
            },
        )
    }

    #[test]
    fn a_file_goes_to_the_trash_with_where_it_was() {
        let (folder, trash) = set_up();
        for _ in 0..2 {
            let path = folder.path().join("a b\u{e4}.jpg");
            std::fs::write(&path, "x").unwrap();
            let place = trash.take(&path).unwrap();
            place.fill(&path).unwrap();
            assert!(!path.exists());
        }
        let of = |part: &str| {
            let names = std::fs::read_dir(folder.path().join("data/Trash").join(part)).unwrap();
            let mut names: Vec<_> = names
                .map(|n| n.unwrap().file_name().into_string())
                .collect();
            names.sort();
            names.into_iter().map(Result::unwrap).collect::<Vec<_>>()
        };
        assert_eq!(of("files"), ["a b\u{e4}.2.jpg", "a b\u{e4}.jpg"]);
        assert_eq!(
            of("info"),
            ["a b\u{e4}.2.jpg.trashinfo", "a b\u{e4}.jpg.trashinfo"]
        );
        let info = folder
            .path()
            .join("data/Trash/info/a b\u{e4}.jpg.trashinfo");
        let info = std::fs::read_to_string(info).unwrap();
        let lines: Vec<&str> = info.lines().collect();
        assert_eq!(lines[0], "[Trash Info]");
        assert!(lines[1].starts_with("Path=/") && lines[1].ends_with("/a%20b%C3%A4.jpg"));
        let date = lines[2].strip_prefix("DeletionDate=").unwrap();
        assert!(date.parse::<jiff::civil::DateTime>().is_ok(), "{date}");
    }

    #[test]
    fn a_trash_that_cannot_be_written_is_told() {
        let (folder, trash) = set_up();
        std::fs::write(folder.path().join("data"), "no folder").unwrap();
        let path = folder.path().join("a.jpg");
        std::fs::write(&path, "x").unwrap();
        let error = trash.take(&path).unwrap_err();
        assert!(error.contains("data/Trash cannot be written"), "{error}");
    }

    #[test]
    fn at_the_top_of_a_file_system_a_shared_trash_must_be_safe() {
        let (folder, _) = set_up();
        let top = folder.path();
        assert_eq!(at_top(top, 7), top.join(".Trash-7"));
        let shared = top.join(".Trash");
        std::fs::create_dir(&shared).unwrap();
        assert_eq!(at_top(top, 7), top.join(".Trash-7"));
        let sticky = std::fs::Permissions::from_mode(0o1777);
        std::fs::set_permissions(&shared, sticky).unwrap();
        assert_eq!(at_top(top, 7), shared.join("7"));
    }

    #[test]
    fn what_is_in_a_trash_is_known() {
        let (folder, trash) = set_up();
        let held = |path: &str| trash.holds(&folder.path().join(path));
        assert!(held("data/Trash/files/a.jpg") && held("x/.Trash-1000/files/a.jpg"));
        assert!(held(".Trash/7/files/a.jpg") && !held(".Trash-old/a.jpg") && !held("a.jpg"));
    }

    #[test]
    fn names_are_numbered_and_shortened() {
        let of = |name: &str, number| numbered(OsStr::new(name), number).into_string().unwrap();
        assert_eq!(of("a.jpg", 1), "a.jpg");
        assert_eq!(of("a.tar.gz", 3), "a.tar.3.gz");
        assert_eq!(of("a", 2), "a.2");
        let long = of(&format!("{}.jpg", "x".repeat(250)), 1);
        assert_eq!(long, format!("{}.1.jpg", "x".repeat(200)));
    }
}
