//! Files that are written whole or not at all.

use anyhow::Result;
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
