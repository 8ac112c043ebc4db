//! Reading a picture's bytes, and nothing that is not a plain file.

use std::fs::{File, FileType, Metadata};
use std::io::Read;
use std::path::Path;

use super::{DecodeError, Limits};

/// The whole content of a regular file (symbolic links are followed).
///
/// A directory, pipe, socket or device is refused without being opened, so that this never waits
/// for a writer.
///
/// # Errors
/// [`DecodeError::NotAFile`], [`DecodeError::FileTooLarge`], [`DecodeError::Empty`],
/// [`DecodeError::Io`].
pub fn read_file(path: &Path, limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    let (file, len) = open(path)?;
    if len > limits.max_file_bytes {
        return Err(too_large(len, limits));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0).saturating_add(1));
    // One byte more than allowed, should the file be growing meanwhile.
    file.take(limits.max_file_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        0 => Err(DecodeError::Empty),
        len if len > limits.max_file_bytes => Err(too_large(len, limits)),
        _ => Ok(bytes),
    }
}

/// Opens a regular file; gives its length in bytes too.
pub(super) fn open(path: &Path) -> Result<(File, u64), DecodeError> {
    refuse_special(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    // The name may stand for something else by now.
    let metadata = file.metadata()?;
    refuse_special(&metadata)?;
    Ok((file, metadata.len()))
}

fn too_large(bytes: u64, limits: &Limits) -> DecodeError {
    DecodeError::FileTooLarge {
        bytes,
        limit: limits.max_file_bytes,
    }
}

fn refuse_special(metadata: &Metadata) -> Result<(), DecodeError> {
    if metadata.is_file() {
        return Ok(());
    }
    let kind = if metadata.is_dir() {
        "a directory"
    } else {
        special_kind(metadata.file_type())
    };
    Err(DecodeError::NotAFile { kind })
}

#[cfg(unix)]
fn special_kind(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special_kind(_: FileType) -> &'static str {
    "a special file"
}
