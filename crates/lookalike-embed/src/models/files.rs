//! Reading small and large files, with limits.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// An ONNX file is one message of protobuf, which cannot be larger.
pub(crate) const MAX_MODEL: u64 = 1 << 31;
/// More than any configuration or tokenizer has.
pub(crate) const MAX_CONFIG: u64 = 1 << 26;

/// The whole file, at most `limit` bytes of it.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let io = |source| io(path, source);
    let file = File::open(path).map_err(io)?;
    let bytes = file.metadata().map_err(io)?.len();
    let too_large = |bytes| Error::TooLarge {
        path: path.to_owned(),
        bytes,
        limit,
    };
    if bytes > limit {
        return Err(too_large(bytes));
    }
    let mut content = Vec::new();
    // What is no plain file may hold more than it says.
    file.take(limit + 1).read_to_end(&mut content).map_err(io)?;
    if content.len() as u64 > limit {
        return Err(too_large(content.len() as u64));
    }
    Ok(content)
}

/// Whether there is such a file.
pub(crate) fn check(path: &Path) -> Result<()> {
    path.metadata().map(drop).map_err(|source| io(path, source))
}

fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        path: path.to_owned(),
        source,
    }
}

/// A JSON file.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_slice(&read(path, MAX_CONFIG)?).map_err(|e| config(path, e.to_string()))
}

/// The first of these files, in the folder or its folder `onnx`.
pub(crate) fn first_of(folder: &Path, names: &[&str]) -> Result<PathBuf> {
    names
        .iter()
        .flat_map(|name| [folder.join("onnx").join(name), folder.join(name)])
        .find(|path| path.is_file())
        .ok_or_else(|| Error::Unknown {
            path: folder.to_owned(),
            what: "where the network is",
            add: format!("add onnx/{}", names.join(" or onnx/")),
        })
}

/// An error about a configuration.
pub(crate) fn config(path: &Path, reason: impl Into<String>) -> Error {
    Error::Config {
        path: path.to_owned(),
        reason: reason.into().trim_end().replace('\n', " "),
    }
}
