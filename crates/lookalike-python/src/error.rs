//! Errors as exceptions. The classes are those of `lookalike._errors`.

use lookalike::decode::DecodeError;
use pyo3::PyErr;
use pyo3::exceptions::PyOSError;
use std::fmt::Display;
use std::io;
use std::path::Path;

mod classes {
    pyo3::import_exception!(lookalike._errors, ArgumentError);
    pyo3::import_exception!(lookalike._errors, LibraryError);
    pyo3::import_exception!(lookalike._errors, LibraryLocked);
    pyo3::import_exception!(lookalike._errors, NoLibrary);
    pyo3::import_exception!(lookalike._errors, PictureError);
}

/// What a result's error is in Python.
pub trait Raise<T> {
    /// The value, or the exception.
    fn or_raise(self) -> pyo3::PyResult<T>;
}

impl<T, E: Into<Raised>> Raise<T> for Result<T, E> {
    fn or_raise(self) -> pyo3::PyResult<T> {
        self.map_err(|error| error.into().0)
    }
}

/// An exception made of an error.
pub struct Raised(PyErr);

impl From<lookalike::Error> for Raised {
    fn from(error: lookalike::Error) -> Self {
        use lookalike::Error as E;
        let message = error.to_string();
        Self(match error {
            E::NoLibrary { .. } => classes::NoLibrary::new_err(message),
            E::Locked { .. } => classes::LibraryLocked::new_err(message),
            E::Io { path, source } | E::ReadOnly { path, source } => os_error(&path, &source),
            E::Root { path, .. } if !path.exists() => {
                os_error(&path, &io::Error::from_raw_os_error(NO_SUCH_FILE))
            }
            E::Picture { .. } | E::Decode(_) | E::ModelFailed { .. } | E::Vision(_) => {
                picture_error(message)
            }
            E::Judgement { .. }
            | E::NoJudgements
            | E::Setting { .. }
            | E::SettingDiffers { .. }
            | E::Pattern { .. }
            | E::Region { .. }
            | E::VectorLength { .. }
            | E::VectorElement { .. }
            | E::EmptyQuery
            | E::NoPart { .. }
            | E::Embed(_) => argument_error(message),
            E::Index(error) => return error.into(),
            E::Store(error) => return error.into(),
            _ => library_error(message),
        })
    }
}

impl From<lookalike_vision::Error> for Raised {
    fn from(error: lookalike_vision::Error) -> Self {
        Self(argument_error(error))
    }
}

impl From<lookalike_embed::Error> for Raised {
    fn from(error: lookalike_embed::Error) -> Self {
        Self(picture_error(error))
    }
}

impl From<lookalike_index::Error> for Raised {
    fn from(error: lookalike_index::Error) -> Self {
        use lookalike_index::Error as E;
        match error {
            E::Store(error) => error.into(),
            E::Locked { .. } => Self(classes::LibraryLocked::new_err(error.to_string())),
            E::Exists { .. } => Self(library_error(error)),
            _ => Self(argument_error(error)),
        }
    }
}

impl From<lookalike_store::Error> for Raised {
    fn from(error: lookalike_store::Error) -> Self {
        match error {
            lookalike_store::Error::Io { path, source, .. } => Self(os_error(&path, &source)),
            other => Self(library_error(other)),
        }
    }
}

/// `ENOENT`.
const NO_SUCH_FILE: i32 = 2;

/// A file's failure: of the system an `OSError` of its kind, else what is wrong with the picture.
pub fn file_error(path: &Path, error: &DecodeError) -> PyErr {
    match error {
        DecodeError::Io(source) => os_error(path, source),
        other => picture_error(format!("{}: {other}", lookalike::ShownPath(path))),
    }
}

/// An `OSError`, which Python makes a `FileNotFoundError` or whatever its number says.
pub fn os_error(path: &Path, source: &io::Error) -> PyErr {
    let path = path.to_path_buf();
    match source.raw_os_error() {
        Some(number) => {
            // "No such file or directory (os error 2)": Python tells the number itself.
            let text = source.to_string();
            let text = text.split(" (os error").next().unwrap_or(&text).to_owned();
            PyOSError::new_err((number, text, path.into_os_string()))
        }
        None => {
            let message = format!("{}: {source}", lookalike::ShownPath(&path));
            match source.kind() {
                // A name that cannot be one, such as with a zero byte.
                io::ErrorKind::InvalidInput => argument_error(message),
                _ => PyOSError::new_err(message),
            }
        }
    }
}

/// Something that is no picture.
pub fn picture_error(message: impl Display) -> PyErr {
    classes::PictureError::new_err(message.to_string())
}

/// An argument out of its range.
pub fn argument_error(message: impl Display) -> PyErr {
    classes::ArgumentError::new_err(message.to_string())
}

/// A library, or an index, that cannot be used.
pub fn library_error(message: impl Display) -> PyErr {
    classes::LibraryError::new_err(message.to_string())
}
