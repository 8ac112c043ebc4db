//! Paths on stdout, one a line.

use super::Out;
use crate::options::Options;
use anyhow::Result;
use std::io::Write;
use std::path::Path;

/// Prints a path as the bytes that it is, for other programs to read.
pub fn line(out: &mut Out, options: &Options, path: &Path) -> Result<()> {
    out.write_all(path.as_os_str().as_encoded_bytes())?;
    out.write_all(&[options.path_end])?;
    Ok(())
}

/// Ends a group of paths: an empty one.
pub fn end_of_group(out: &mut Out, options: &Options) -> Result<()> {
    out.write_all(&[options.path_end])?;
    Ok(())
}
