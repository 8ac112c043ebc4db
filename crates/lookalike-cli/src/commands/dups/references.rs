//! Folders whose files must stay.

use crate::input;
use anyhow::{Context, Result, bail};
use lookalike::Library;
use std::path::{Path, PathBuf};

/// Such folders, relative to the indexed one.
pub struct References(Vec<PathBuf>);

impl References {
    /// Those that were typed, each of which must be in the library's folder: a mistyped one would protect
    /// nothing.
    pub fn new(library: &Library, typed: &[PathBuf]) -> Result<Self> {
        if typed.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let Some(root) = library.root() else {
            bail!("this library was imported, it has no files");
        };
        let real = |path: &Path| path.canonicalize().with_context(|| input::shown(path));
        let root = real(root)?;
        let relative = |folder: &PathBuf| match real(folder)?.strip_prefix(&root) {
            Ok(inside) => Ok(inside.to_path_buf()),
            Err(_) => bail!("{}: not in the library's folder", input::shown(folder)),
        };
        Ok(Self(typed.iter().map(relative).collect::<Result<_>>()?))
    }

    /// Whether a file, by its path relative to the indexed folder, is in one of them.
    pub fn hold(&self, path: &Path) -> bool {
        self.0.iter().any(|folder| path.starts_with(folder))
    }
}
