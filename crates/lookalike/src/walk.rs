//! Which files of a folder are its pictures.

use crate::candidates::is_candidate;
use crate::decode::has_picture_extension;
use crate::{Error, Location, Result, path_from_bytes, path_to_bytes};
use ignore::overrides::OverrideBuilder;
use ignore::{DirEntry, WalkBuilder};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{FileType, Metadata};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Which files belong to a library. The default is what a user means who says nothing: all
/// picture files that are neither hidden nor ignored. A file is one whose name ends as pictures' do, or
/// which begins as pictures do.
///
/// Ignore files (`.gitignore`, `.ignore`, `.lookalikeignore`) count in the indexed folder and
/// below, with or without a git repository. Those above it, and the user's own git settings, do
/// not: what belongs to a library goes with its folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Hidden files and folders as well.
    pub hidden: bool,
    /// Do not read `.gitignore`, `.ignore` and `.lookalikeignore`.
    pub no_ignore: bool,
    /// Globs of what to leave out, as in a `.gitignore`.
    pub exclude: Vec<String>,
    /// Only these extensions, without dot, in any case; empty means all picture formats.
    pub extensions: Vec<String>,
    /// Follow symbolic links.
    pub follow: bool,
    /// At most so many frames of an animation, spread evenly over it; `None` is
    /// [`DEFAULT_FRAMES`](Self::DEFAULT_FRAMES).
    pub max_frames: Option<u32>,
    /// How deep to go; 1 is the folder itself without those below.
    pub max_depth: Option<usize>,
    /// Look at these files only, and leave the others in the library as they are. Relative ones
    /// are relative to the current folder; each must lie in the indexed folder.
    pub files: Option<Vec<PathBuf>>,
}

impl Selection {
    /// Frames of an animation that are pictures of a library, where nobody asks for another number.
    pub const DEFAULT_FRAMES: u32 = 8;

    /// Frames of an animation that are pictures of the library, at most.
    pub(crate) fn frames(&self) -> u32 {
        self.max_frames.unwrap_or(Self::DEFAULT_FRAMES).max(1)
    }
}

/// How many pictures a selection passes over, by what would take them in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Named by ignore files: [`Selection::no_ignore`].
    pub ignored: u64,
    /// Hidden, or in hidden folders: [`Selection::hidden`].
    pub hidden: u64,
    /// Behind symbolic links: [`Selection::follow`].
    pub linked: u64,
}

/// A file as the walk found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) stamp: Stamp,
    /// On another file system than the indexed folder itself.
    pub(crate) mounted: bool,
    /// What is there is no file that could be read: why.
    pub(crate) refused: Option<String>,
    /// Its file system and its number there, where the system tells.
    pub(crate) identity: Option<(u64, u64)>,
}

/// What tells whether a file has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Bytes.
    pub(crate) size: i64,
    /// Last change, in ns since 1970.
    pub(crate) mtime: i64,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            size: i64::try_from(metadata.len()).unwrap_or(i64::MAX),
            mtime: metadata.modified().map_or(0, nanoseconds),
        }
    }
}

/// Nanoseconds since 1970.
pub(crate) fn nanoseconds(time: SystemTime) -> i64 {
    let clamp = |n: u128| i64::try_from(n).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => clamp(after.as_nanos()),
        Err(before) => -clamp(before.duration().as_nanos()),
    }
}

/// What a walk brought back. Paths are relative to the indexed folder, as bytes.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// The files, by path.
    pub(crate) files: BTreeMap<Vec<u8>, Found>,
    /// Folders and links that could not be read, with the reason.
    pub(crate) unreadable: BTreeMap<Vec<u8>, String>,
    /// Names on a list that cannot be files of this library, with the reason.
    pub(crate) strangers: Vec<(PathBuf, String)>,
    /// Files on a list that are not there.
    pub(crate) missing: Vec<Vec<u8>>,
    /// It was interrupted, and is not complete.
    pub(crate) interrupted: bool,
}

/// One walk through the indexed folder.
pub(crate) struct Walk<'a> {
    pub(crate) root: &'a Path,
    /// The library's own folder, which is passed by.
    pub(crate) library: &'a Path,
    pub(crate) selection: &'a Selection,
    pub(crate) interrupt: Option<&'a AtomicBool>,
}

impl Walk<'_> {
    /// Finds all files that belong to the library.
    pub(crate) fn run(&self) -> Result<Walked> {
        let device = device(&self.root_metadata()?);
        let mut walked = Walked::default();
        for entry in self.builder(|_| true)?.build() {
            if self.interrupt.is_some_and(|i| i.load(Ordering::Relaxed)) {
                walked.interrupted = true;
                break;
            }
            match entry {
                Ok(entry) => self.take(&entry, device, &mut walked),
                Err(e) => self.note(&e, None, &mut walked)?,
            }
        }
        if self.selection.follow {
            self.drop_other_names(&mut walked);
        }
        Ok(walked)
    }

    /// Of these files, relative to the indexed folder, those that [`run`](Self::run) would find. Only
    /// the folders on the way to them are listed.
    pub(crate) fn find_among(&self, files: &BTreeSet<PathBuf>) -> Result<BTreeSet<PathBuf>> {
        let folders = files.iter().flat_map(|file| file.ancestors());
        let on_the_way: HashSet<PathBuf> = folders.map(|path| self.root.join(path)).collect();
        let builder = self.builder(move |entry| on_the_way.contains(entry.path()))?;
        let mut walked = Walked::default();
        // What cannot be read on the way is not found.
        for entry in builder.build().flatten() {
            self.take(&entry, 0, &mut walked);
        }
        let found = walked.files.keys().map(|path| path_from_bytes(path));
        Ok(found.filter(|path| files.contains(path)).collect())
    }

    /// Looks at the files of a list instead.
    pub(crate) fn list(&self, files: &[PathBuf]) -> Result<Walked> {
        let device = device(&self.root_metadata()?);
        let mut walked = Walked::default();
        for file in files {
            match self.relative(file) {
                Ok(path) => self.look(&path, device, &mut walked),
                Err(reason) => walked.strangers.push((file.clone(), reason)),
            }
        }
        Ok(walked)
    }

    /// Leaves one name of each file that was reached by several ways, the one without links if there is one.
    /// Hard links are names of their own.
    fn drop_other_names(&self, walked: &mut Walked) {
        let mut names: BTreeMap<(u64, u64), Vec<Vec<u8>>> = BTreeMap::new();
        for (path, found) in &walked.files {
            if let Some(identity) = found.identity {
                names.entry(identity).or_default().push(path.clone());
            }
        }
        let real_root = self.root.canonicalize();
        for names in names.into_values().filter(|names| names.len() > 1) {
            let mut kept: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
            for name in names {
                let path = self.root.join(path_from_bytes(&name));
                let Ok(real) = path.canonicalize() else {
                    continue;
                };
                let without_links = real_root
                    .as_ref()
                    .map(|root| root.join(path_from_bytes(&name)));
                let is_real = without_links.is_ok_and(|path| path == real);
                let other = match is_real {
                    true => kept.insert(real, name),
                    false => match kept.entry(real) {
                        Entry::Occupied(_) => Some(name),
                        Entry::Vacant(entry) => {
                            entry.insert(name);
                            None
                        }
                    },
                };
                if let Some(other) = other {
                    walked.files.remove(&other);
                }
            }
        }
    }

    fn root_metadata(&self) -> Result<Metadata> {
        let refuse = |reason: String| Error::Root {
            path: self.root.to_path_buf(),
            reason,
        };
        let metadata = std::fs::metadata(self.root).map_err(|e| refuse(system_reason(&e)))?;
        if !metadata.is_dir() {
            return Err(refuse("not a folder".into()));
        }
        // Listing is what counts; a folder that cannot be listed looks empty to nobody.
        std::fs::read_dir(self.root).map_err(|e| refuse(system_reason(&e)))?;
        Ok(metadata)
    }

    /// `also`: what else must hold of a file or folder that is looked at.
    fn builder(
        &self,
        also: impl Fn(&DirEntry) -> bool + Send + Sync + 'static,
    ) -> Result<WalkBuilder> {
        let selection = self.selection;
        let mut excluded = OverrideBuilder::new(self.root);
        for glob in &selection.exclude {
            let wrong = |reason: String| Error::Pattern {
                pattern: glob.clone(),
                reason,
            };
            if glob.starts_with('!') || glob.is_empty() {
                return Err(wrong("a glob of what to leave out is expected".into()));
            }
            excluded
                .add(&format!("!{glob}"))
                .map_err(|e| wrong(e.to_string()))?;
        }
        let excluded = excluded.build().map_err(|e| Error::Pattern {
            pattern: selection.exclude.join(" "),
            reason: e.to_string(),
        })?;
        let library = self.library.to_path_buf();
        let ours = move |entry: &DirEntry| {
            let folder = entry.file_type().is_some_and(|t| t.is_dir());
            let passed_by = entry.file_name() == Location::FOLDER || entry.path() == library;
            !(folder && passed_by) && also(entry)
        };
        let mut builder = WalkBuilder::new(self.root);
        builder
            .standard_filters(false)
            .hidden(!selection.hidden)
            .ignore(!selection.no_ignore)
            .git_ignore(!selection.no_ignore)
            .require_git(false)
            .follow_links(selection.follow)
            .max_depth(selection.max_depth.map(|depth| depth.max(1)))
            .overrides(excluded)
            .filter_entry(ours);
        if !selection.no_ignore {
            builder.add_custom_ignore_filename(".lookalikeignore");
        }
        Ok(builder)
    }

    /// Takes what the walk found if it is a file that belongs to the library.
    fn take(&self, entry: &DirEntry, root_device: u64, walked: &mut Walked) {
        let Some(kind) = entry.file_type() else {
            return;
        };
        // Without --follow, a symbolic link is no file of this folder.
        if kind.is_dir() || kind.is_symlink() || !self.wanted(entry.path(), kind) {
            return;
        }
        let path = path_to_bytes(entry.path().strip_prefix(self.root).unwrap_or(entry.path()));
        match entry.metadata() {
            Ok(metadata) => {
                walked.files.insert(path, found(&metadata, root_device));
            }
            Err(e) => {
                walked.unreadable.insert(path, ignore_reason(&e));
            }
        }
    }

    fn wanted(&self, path: &Path, kind: FileType) -> bool {
        let extensions = &self.selection.extensions;
        if extensions.is_empty() {
            // A pipe or a device must not be opened; by their names they are told of.
            let plain = kind.is_file() && is_candidate(path);
            return plain || has_picture_extension(path);
        }
        let extension = path.extension().unwrap_or_default();
        extensions
            .iter()
            .any(|e| extension.eq_ignore_ascii_case(e.trim_start_matches('.')))
    }

    /// Notes what the walk could not read.
    fn note(&self, error: &ignore::Error, path: Option<&Path>, walked: &mut Walked) -> Result<()> {
        use ignore::Error as Ignore;
        match error {
            Ignore::Partial(errors) => errors.iter().try_for_each(|e| self.note(e, path, walked)),
            Ignore::WithLineNumber { err, .. } | Ignore::WithDepth { err, .. } => {
                self.note(err, path, walked)
            }
            Ignore::WithPath { path, err } => self.note(err, Some(path), walked),
            Ignore::Loop { child, .. } => self.note_at(child, "a loop of symbolic links", walked),
            other => {
                let reason = ignore_reason(other);
                self.note_at(path.unwrap_or(self.root), &reason, walked)
            }
        }
    }

    fn note_at(&self, path: &Path, reason: &str, walked: &mut Walked) -> Result<()> {
        let inside = path.strip_prefix(self.root).unwrap_or(path);
        if inside.as_os_str().is_empty() {
            return Err(Error::Root {
                path: self.root.to_path_buf(),
                reason: reason.into(),
            });
        }
        let reason = match std::fs::symlink_metadata(path) {
            Ok(m) if m.is_symlink() && !path.exists() => "a broken symbolic link",
            // It was there a moment ago: somebody is at work, and nothing is amiss.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            _ => reason,
        };
        walked
            .unreadable
            .insert(path_to_bytes(inside), reason.into());
        Ok(())
    }

    /// The path of a listed file relative to the indexed folder.
    fn relative(&self, file: &Path) -> std::result::Result<PathBuf, String> {
        let outside = || "not in the indexed folder".to_owned();
        let absolute = normal(&std::path::absolute(file).map_err(|e| system_reason(&e))?);
        let root = normal(&std::path::absolute(self.root).map_err(|e| system_reason(&e))?);
        if let Ok(inside) = absolute.strip_prefix(&root) {
            return Ok(inside.to_path_buf());
        }
        // The same folder may have two names.
        let name = absolute.file_name().ok_or_else(outside)?;
        let parent = absolute.parent().ok_or_else(outside)?;
        let parent = parent.canonicalize().map_err(|_| outside())?;
        let root = root.canonicalize().map_err(|_| outside())?;
        let inside = parent.strip_prefix(&root).map_err(|_| outside())?;
        Ok(inside.join(name))
    }

    /// Looks at one listed file.
    fn look(&self, path: &Path, root_device: u64, walked: &mut Walked) {
        match std::fs::metadata(self.root.join(path)) {
            Ok(metadata) => {
                let found = found(&metadata, root_device);
                walked.files.insert(path_to_bytes(path), found);
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                walked.missing.push(path_to_bytes(path));
            }
            Err(e) => {
                let reason = system_reason(&e);
                walked.unreadable.insert(path_to_bytes(path), reason);
            }
        }
    }
}

fn found(metadata: &Metadata, root_device: u64) -> Found {
    let special = if metadata.is_dir() {
        Some("a folder, not a file")
    } else if metadata.is_file() {
        None
    } else {
        Some("a pipe, a socket or a device, not a file")
    };
    Found {
        stamp: Stamp::of(metadata),
        mounted: device(metadata) != root_device,
        refused: special.map(str::to_owned),
        identity: identity(metadata),
    }
}

/// Without `.` and `..`, by the names alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

/// The number of the file system; equal numbers, equal file system.
pub(crate) fn device(metadata: &Metadata) -> u64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        metadata.dev()
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        0
    }
}

/// The file system of a file, and its number there: of two names of one file the same.
pub(crate) fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

/// What the system said, without the number.
pub(crate) fn system_reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "no such file or folder".into(),
        ErrorKind::PermissionDenied => "no permission to read it".into(),
        _ => error.to_string(),
    }
}

fn ignore_reason(error: &ignore::Error) -> String {
    match error.io_error() {
        Some(e) => system_reason(e),
        None => error.to_string(),
    }
}
