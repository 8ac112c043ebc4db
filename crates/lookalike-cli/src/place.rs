//! Which library is meant, and how its paths are shown.

use crate::options::Options;
use anyhow::{Context, Result};
use lookalike::{Library, Location};
use std::path::{Path, PathBuf};

/// The library that a command reads: that of `--library`, else of the given or the current folder
/// or of one above it, as git does it.
pub fn existing(options: &Options, dir: Option<&Path>) -> Result<Location> {
    if let Some(library) = &options.library {
        return Ok(Location::elsewhere(library, dir.map(Path::to_path_buf)));
    }
    Ok(Location::find(dir.unwrap_or(Path::new(".")))?)
}

/// The library that `search` brings up to date: one that exists, else a new one in the folder.
pub fn existing_or_new(options: &Options, dir: Option<&Path>) -> Result<Location> {
    match existing(options, dir) {
        Ok(location) => Ok(location),
        Err(error) => match error.downcast_ref() {
            Some(lookalike::Error::NoLibrary { .. }) => Ok(Location::inside(folder(dir)?)),
            _ => Err(error),
        },
    }
}

/// The library that `index` makes or updates: that of the folder it is given.
pub fn indexed(options: &Options, dir: Option<&Path>) -> Result<Location> {
    match (&options.library, dir) {
        (Some(library), None) => {
            let location = Location::elsewhere(library, None);
            let root = (!location.exists()).then(|| folder(None)).transpose()?;
            Ok(Location::elsewhere(library, root))
        }
        (Some(library), Some(_)) => Ok(Location::elsewhere(library, Some(folder(dir)?))),
        (None, Some(_)) => Ok(Location::inside(folder(dir)?)),
        (None, None) => existing_or_new(options, None),
    }
}

/// Where an imported library goes.
pub fn imported(options: &Options, dir: Option<&Path>) -> Result<Location> {
    match &options.library {
        Some(library) => Ok(Location::elsewhere(library, None)),
        None => Ok(Location::inside(folder(dir)?)),
    }
}

fn folder(dir: Option<&Path>) -> Result<PathBuf> {
    let dir = dir.unwrap_or(Path::new("."));
    std::path::absolute(dir).with_context(|| crate::input::shown(dir))
}

/// Turns paths of a library into paths that the user can open from where he is.
pub struct Shown {
    root: Option<PathBuf>,
    /// The folder on the command line, as typed and absolute.
    typed: Option<(PathBuf, PathBuf)>,
    current: Option<PathBuf>,
}

impl Shown {
    /// For the paths of `library`, where `dir` was typed on the command line.
    pub fn new(library: &Library, dir: Option<&Path>) -> Self {
        let absolute = |path: &Path| std::path::absolute(path).ok();
        Self {
            root: library.root().and_then(absolute),
            typed: dir.and_then(|dir| Some((dir.to_path_buf(), absolute(dir)?))),
            current: std::env::current_dir().ok(),
        }
    }

    /// The file itself; nothing in an imported library.
    pub fn file(&self, path: &Path) -> Option<PathBuf> {
        Some(self.root.as_ref()?.join(path))
    }

    /// The path to print: under the folder as it was typed, else relative to the current folder
    /// where that is near, else absolute.
    pub fn path(&self, path: &Path) -> PathBuf {
        let Some(root) = &self.root else {
            return path.to_path_buf();
        };
        let absolute = root.join(path);
        if let Some((typed, dir)) = &self.typed
            && let Ok(rest) = absolute.strip_prefix(dir)
        {
            return typed.join(rest);
        }
        let Some(current) = &self.current else {
            return absolute;
        };
        if let Ok(rest) = absolute.strip_prefix(current) {
            return rest.to_path_buf();
        }
        match current.strip_prefix(root) {
            Ok(below) => below.iter().map(|_| "..").collect::<PathBuf>().join(path),
            Err(_) => absolute,
        }
    }

    /// Whether the folder that was typed is only a part of the library's.
    pub fn is_part(&self) -> bool {
        match (&self.root, &self.typed) {
            (Some(root), Some((_, dir))) => dir != root && dir.starts_with(root),
            _ => false,
        }
    }

    /// Whether a path lies in the folder that was typed.
    pub fn is_inside(&self, path: &Path) -> bool {
        match (&self.root, &self.typed) {
            (Some(root), Some((_, dir))) => root.join(path).starts_with(dir),
            _ => true,
        }
    }
}
