//! The folder of segment files.

use crate::{Error, Result};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A folder that holds segments and nothing else.
#[derive(Clone, Debug)]
pub struct SegmentFolder {
    path: PathBuf,
}

impl SegmentFolder {
    /// The folder `segments` in another one.
    pub fn within(folder: &Path) -> Self {
        Self {
            path: folder.join("segments"),
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder, unless it is there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn create(&self) -> Result<()> {
        match std::fs::create_dir(&self.path) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => {
                Err(Error::io(&self.path, "create")(e))
            }
            _ => Ok(()),
        }
    }

    /// The file of a name.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The files whose names are not `named`, by name: what a crash left, or what readers still held.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn orphans(&self, named: impl Fn(&str) -> bool) -> Result<Vec<String>> {
        let entries = match std::fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(Error::io(&self.path, "list")(e)),
        };
        let mut orphans = Vec::new();
        for entry in entries {
            let name = entry.map_err(Error::io(&self.path, "list"))?.file_name();
            let name = name.to_string_lossy().into_owned();
            if !named(&name) {
                orphans.push(name);
            }
        }
        orphans.sort();
        Ok(orphans)
    }

    /// Removes a file; one that cannot be removed is an orphan that the next writer tries again.
    pub fn remove(&self, name: &str) {
        let _ = std::fs::remove_file(self.file(name));
    }
}
