//! Files that are written whole or not at all.

use anyhow::{Result, bail};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Writes a file through a buffer. Where that fails, nothing half-written is left behind.
pub fn write(path: &Path, content: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let written = content(&mut out).and_then(|()| Ok(out.flush()?));
    if written.is_err() && path.is_file() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(path);
    }
    written
}

/// Refuses what cannot become a file: a folder, or a place in a folder that is not there.
pub fn check_place(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    if path.is_dir() {
        bail!("a folder");
    }
    if !folder.is_dir() {
        bail!("its folder is not there");
    }
    Ok(())
}

/// Writes a file beside the one that it then replaces, so that nobody ever reads half of it.
pub fn replace(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<&mut File>) -> Result<()>,
) -> Result<()> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: less what the umask forbids.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder_of(path))?;
    let mut out = BufWriter::new(file.as_file_mut());
    content(&mut out)?;
    out.flush()?;
    drop(out);
    file.persist(path)?;
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
