//! Which files belong to a library.

use crate::catalogue::Catalogue;
use crate::walk::Walk;
use crate::{Error, Library, Result};
use std::collections::BTreeSet;
use std::path::PathBuf;

impl Library {
    /// Of these files, relative to the indexed folder, those that are there and that an update of the
    /// whole folder would take: by name, by the recorded selection, and by ignore files. In a library
    /// of listed files, all that are there: an update leaves them as they are.
    ///
    /// # Errors
    /// [`Error::Imported`], [`Error::Root`] where the folder is out of reach, damage, and those of the
    /// system.
    pub fn belonging(&self, files: &BTreeSet<PathBuf>) -> Result<BTreeSet<PathBuf>> {
        let root = self.present_root()?;
        if self.is_listed()? {
            let there = files.iter().filter(|file| root.join(file).is_file());
            return Ok(there.cloned().collect());
        }
        let folder = std::path::absolute(self.folder());
        let walk = Walk {
            root,
            library: &folder.map_err(|e| Error::io(self.folder(), e))?,
            selection: &self.with_catalogue(Catalogue::selection)?,
            interrupt: None,
        };
        walk.find_among(files)
    }

    /// Whether it was made of a list of files, and not of all in a folder.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn is_listed(&self) -> Result<bool> {
        let selection = self.with_catalogue(Catalogue::selection)?;
        Ok(selection.files.is_some())
    }
}
