//! Where a library is, and where its pictures are.

use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// The folder that keeps a library, and the folder of its pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The folder with `catalogue.sqlite` in it.
    pub library: PathBuf,
    /// The folder of pictures; `None` where the library itself knows.
    pub root: Option<PathBuf>,
}

impl Location {
    /// The name of the folder that keeps a library inside the indexed folder.
    pub const FOLDER: &'static str = ".lookalike";

    /// The library inside the folder of pictures `root`.
    pub fn inside(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self {
            library: root.join(Self::FOLDER),
            root: Some(root),
        }
    }

    /// A library kept apart from its pictures. Without `root` the folder recorded in the library
    /// holds; with it, the record is replaced when the library is next written.
    pub fn elsewhere(library: impl Into<PathBuf>, root: Option<PathBuf>) -> Self {
        Self {
            library: library.into(),
            root,
        }
    }

    /// Finds the library of `start` or of the nearest folder above it.
    ///
    /// # Errors
    /// [`Error::NoLibrary`] where there is none, [`Error::Root`] where `start` is no folder.
    pub fn find(start: &Path) -> Result<Self> {
        let absolute = std::path::absolute(start).map_err(|e| Error::io(start, e))?;
        if !absolute.is_dir() {
            return Err(Error::Root {
                path: start.to_path_buf(),
                reason: "no such folder".into(),
            });
        }
        absolute
            .ancestors()
            .map(Self::inside)
            .find(Self::exists)
            .ok_or_else(|| Error::NoLibrary {
                path: start.to_path_buf(),
            })
    }

    /// Whether there is a library.
    pub fn exists(&self) -> bool {
        self.library.join("catalogue.sqlite").is_file()
    }
}
