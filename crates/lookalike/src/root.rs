//! Where the pictures of a library are.

use crate::catalogue::Meta;
use crate::walk::device;
use crate::{Error, Location, Result};
use std::path::{Path, PathBuf};

/// What is recorded as the folder of pictures: nothing where it is the folder around the library,
/// so that both can be moved together; else its absolute path.
pub(crate) fn recorded_root(folder: &Path, root: Option<&Path>) -> Result<Option<PathBuf>> {
    let Some(root) = root else { return Ok(None) };
    let real = |path: &Path| path.canonicalize().map_err(|e| Error::io(path, e));
    let (folder, root) = (real(folder)?, real(root)?);
    let inside =
        folder.file_name() == Some(Location::FOLDER.as_ref()) && folder.parent() == Some(&root);
    Ok((!inside).then_some(root))
}

/// The folder of pictures: as given, else as recorded, else the folder around the library.
pub(crate) fn root_of(location: &Location, meta: &Meta) -> Result<PathBuf> {
    match (&location.root, &meta.root) {
        (Some(given), Some(recorded)) => {
            // A folder that is still there has not moved: somebody mistook the library.
            let same = match (given.canonicalize(), recorded.canonicalize()) {
                (Ok(given), Ok(recorded)) => given == recorded,
                _ => true,
            };
            if same {
                return Ok(given.clone());
            }
            Err(Error::SettingDiffers {
                path: location.library.clone(),
                setting: "the folder",
                recorded: crate::ShownPath(recorded).to_string(),
                asked: crate::ShownPath(given).to_string(),
            })
        }
        (Some(given), None) => Ok(given.clone()),
        (None, Some(recorded)) => Ok(recorded.clone()),
        (None, None) => std::path::absolute(&location.library)
            .ok()
            .and_then(|folder| folder.parent().map(Path::to_path_buf))
            .ok_or_else(|| Error::RootUnknown {
                path: location.library.clone(),
            }),
    }
}

/// Whether another file system begins at this folder.
pub(crate) fn is_mount_point(folder: &Path) -> bool {
    let device_of = |path: &Path| std::fs::metadata(path).map(|m| device(&m));
    let above = folder.canonicalize().ok();
    let above = above.as_deref().and_then(Path::parent);
    match (device_of(folder), above.map(device_of)) {
        (Ok(here), Some(Ok(above))) => here != above,
        _ => false,
    }
}
