//! Pictures and lists from files or stdin.

use anyhow::{Context, Result};
use lookalike::ShownPath;
use lookalike::decode::{DecodeError, Limits, read_file};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Whether the argument means stdin.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A file's name as messages show it.
pub fn shown(path: &Path) -> String {
    if is_stdin(path) {
        "stdin".into()
    } else {
        ShownPath(path).to_string()
    }
}

/// A file's name for the library's messages.
pub fn name(path: &Path) -> PathBuf {
    if is_stdin(path) {
        PathBuf::from("stdin")
    } else {
        path.to_path_buf()
    }
}

/// The bytes of the picture at `path`, or of stdin where that is `-`.
pub fn picture_bytes(path: &Path) -> Result<Vec<u8>> {
    let limits = Limits::default();
    if !is_stdin(path) {
        return read_file(path, &limits).with_context(|| shown(path));
    }
    let mut bytes = Vec::new();
    let limit = limits.max_file_bytes;
    std::io::stdin()
        .lock()
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .context("stdin")?;
    if bytes.len() as u64 > limit {
        let bytes = bytes.len() as u64;
        return Err(DecodeError::FileTooLarge { bytes, limit }).context("stdin");
    }
    Ok(bytes)
}

/// The bytes of any file, or of stdin where `path` is `-`.
pub fn all_bytes(path: &Path) -> Result<Vec<u8>> {
    let bytes = if is_stdin(path) {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    bytes.with_context(|| shown(path))
}

/// The paths listed in a file, one a line; where `end` is 0, paths end with a zero byte.
pub fn paths(list: &Path, end: u8) -> Result<Vec<PathBuf>> {
    let bytes = all_bytes(list)?;
    Ok(bytes
        .split(|&b| b == end)
        .map(|line| match line.strip_suffix(b"\r") {
            Some(line) if end == b'\n' => line,
            _ => line,
        })
        .filter(|line| !line.is_empty())
        .map(lookalike::path_from_bytes)
        .collect())
}
