//! What can go wrong.

use crate::paths::ShownPath;
use std::io;
use std::path::{Path, PathBuf};

/// An error of this crate. Every message is one line and names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither this folder nor one above it has a library.
    #[error("{}: no library here or in a folder above", ShownPath(path))]
    NoLibrary {
        /// The folder where the search began.
        path: PathBuf,
    },
    /// The library was written by a newer program.
    #[error(
        "{}: this library has format {found}, this program knows up to {supported}: take a newer lookalike",
        ShownPath(path)
    )]
    NewerFormat {
        /// The library's folder.
        path: PathBuf,
        /// The format found.
        found: i64,
        /// The newest format that this program knows.
        supported: i64,
    },
    /// The library was written by an older program.
    #[error(
        "{}: this library has format {found}, which is no longer read: delete it and index again",
        ShownPath(path)
    )]
    OlderFormat {
        /// The library's folder.
        path: PathBuf,
        /// The format found.
        found: i64,
    },
    /// Records were written by an older program, and nobody has written to the library since.
    #[error(
        "{}: format version {found}; the next update of the library makes version {oldest} of it",
        ShownPath(path)
    )]
    Outdated {
        /// The file of records.
        path: PathBuf,
        /// The version found.
        found: u32,
        /// The oldest version that is searched.
        oldest: u32,
    },
    /// Another process is writing to the library.
    #[error("{}: the library is being written by {}; try again when it has finished",
        ShownPath(path), holder(*pid))]
    Locked {
        /// The library's folder.
        path: PathBuf,
        /// The process that writes, where it is known.
        pid: Option<u32>,
    },
    /// The indexed folder is not there, or is no folder.
    #[error("{}: {reason}", ShownPath(path))]
    Root {
        /// The indexed folder.
        path: PathBuf,
        /// Why it cannot be used.
        reason: String,
    },
    /// The library is kept apart from its pictures, and nobody said where these are.
    #[error(
        "{}: this library does not know its folder of pictures; name it",
        ShownPath(path)
    )]
    RootUnknown {
        /// The library's folder.
        path: PathBuf,
    },
    /// The library cannot be written where it is.
    #[error("{}: cannot write the library here ({source})", ShownPath(path))]
    ReadOnly {
        /// The library's folder, or a file in it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No room is left; what was committed before is safe.
    #[error(
        "{}: no space left on the disk; what was indexed before is kept",
        ShownPath(path)
    )]
    DiskFull {
        /// The library's folder, or a file in it.
        path: PathBuf,
    },
    /// Another failure of the system.
    #[error("{}: {source}", ShownPath(path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A part of the library does not hold what it should.
    #[error("{}: damaged: {what}", ShownPath(path))]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The catalogue's database refused.
    #[error("{}: {source}", ShownPath(path))]
    Catalogue {
        /// The catalogue.
        path: PathBuf,
        /// What the database said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An engine on another machine failed, or cannot be reached.
    #[error("{engine}: {source}")]
    Remote {
        /// Which one it is: its address.
        engine: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
        /// Whether the same question may be answered a moment later.
        retry: bool,
    },
    /// A setting was asked for that differs from the recorded one.
    #[error(
        "{}: this library was made with {setting} {recorded}, not {asked}",
        ShownPath(path)
    )]
    SettingDiffers {
        /// The library's folder.
        path: PathBuf,
        /// The setting's name.
        setting: &'static str,
        /// The value in the library.
        recorded: String,
        /// The value asked for.
        asked: String,
    },
    /// A setting is none of those that exist.
    #[error("{setting} is {value:?}, it must be {expected}")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// The value received.
        value: String,
        /// What would be allowed.
        expected: &'static str,
    },
    /// An imported library has no files that it could be brought up to date with.
    #[error(
        "{}: this library was imported, it has no folder to index",
        ShownPath(path)
    )]
    Imported {
        /// The library's folder.
        path: PathBuf,
    },
    /// There is a library already where one should be made.
    #[error("{}: there is a library here already", ShownPath(path))]
    Exists {
        /// The library's folder.
        path: PathBuf,
    },
    /// A glob or another part of a [`Selection`](crate::Selection) is wrong.
    #[error("{pattern:?}: {reason}")]
    Pattern {
        /// The pattern received.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A picture cannot be read.
    #[error("{}: {reason}", ShownPath(path))]
    Picture {
        /// The file, or `-`.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No pixel of the picture is in the region that was asked for.
    #[error("the region lies outside of the picture of {width} x {height} pixels")]
    Region {
        /// Columns of the picture.
        width: u32,
        /// Rows of the picture.
        height: u32,
    },
    /// A vector does not have as many elements as the others.
    #[error("{name:?}: a vector of {received} elements where {expected} are needed")]
    VectorLength {
        /// Whose vector it is.
        name: String,
        /// Elements of the library's vectors.
        expected: usize,
        /// Elements received.
        received: usize,
    },
    /// A vector holds a NaN or an infinity.
    #[error("{name:?}: its vector holds {value}")]
    VectorElement {
        /// Whose vector it is.
        name: String,
        /// The element.
        value: f32,
    },
    /// A line of a file of judgements says nothing that is understood.
    #[error("{}: line {line} is no judgement: {reason}", ShownPath(path))]
    Judgement {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// What people say of pictures cannot be kept here.
    #[error("this engine keeps no judgements")]
    NoJudgements,
    /// Redundant files of this library are being moved just now.
    #[cfg(feature = "tidy")]
    #[error(
        "{}: another run is tidying up here; try again when it has finished",
        ShownPath(path)
    )]
    Tidying {
        /// The library's folder.
        path: PathBuf,
    },
    /// The library does not keep what is asked for.
    #[error("{}: this library keeps no {part} of its pictures", ShownPath(path))]
    NoPart {
        /// The library's folder.
        path: PathBuf,
        /// What is missing.
        part: crate::Part,
    },
    /// The model of a library is not where it was.
    #[error(
        "{}: not there; the library's embeddings are of the model {name} ({id})",
        ShownPath(path)
    )]
    ModelGone {
        /// Where it was.
        path: PathBuf,
        /// Its name.
        name: String,
        /// Its hash.
        id: String,
    },
    /// The model of a library was swapped.
    #[error(
        "{}: not the model {name} of this library: its hash is {found}, expected {expected}",
        ShownPath(path)
    )]
    ModelDiffers {
        /// Where it is.
        path: PathBuf,
        /// The model's name in the library.
        name: String,
        /// Its hash in the library.
        expected: String,
        /// The hash found.
        found: String,
    },
    /// A model's vectors are too long to be kept.
    #[error(
        "{}: vectors of {dimensions} numbers; at most {limit} can be kept",
        ShownPath(path)
    )]
    ModelTooWide {
        /// The model.
        path: PathBuf,
        /// Length of its vectors.
        dimensions: usize,
        /// The limit.
        limit: usize,
    },
    /// A model fails on a picture; pictures that it did before are kept.
    #[error("{}: the model {name} has no answer to it: {source}", ShownPath(path))]
    ModelFailed {
        /// The picture.
        path: PathBuf,
        /// The model's name.
        name: String,
        /// What went wrong.
        source: Box<lookalike_embed::Error>,
    },
    /// Models from files cannot be opened by this build.
    #[error(
        "{}: this program was built without the feature `models`, it has the embedded model only",
        ShownPath(path)
    )]
    NoModels {
        /// The model.
        path: PathBuf,
    },
    /// A query was made by another model than the embeddings that it is compared with.
    #[error(
        "the query was made by the model {received}, the embeddings are of {expected}; ask again"
    )]
    QueryModel {
        /// The model of the embeddings, by hash.
        expected: String,
        /// The model of the query, by hash.
        received: String,
    },
    /// What is added to a query and what is subtracted from it leave nothing.
    #[error("what is added to the query and what is subtracted leave nothing to look for")]
    EmptyQuery,
    /// Vectors cannot be used together.
    #[error(transparent)]
    Index(lookalike_index::Error),
    /// Visual words cannot be used together.
    #[error(transparent)]
    Words(lookalike_words::Error),
    /// Records cannot be kept in a file.
    #[error(transparent)]
    Store(lookalike_store::Error),
    /// A decoded picture cannot be made smaller.
    #[error(transparent)]
    Decode(#[from] crate::decode::DecodeError),
    /// The embedding of a picture cannot be computed.
    #[error(transparent)]
    Embed(#[from] lookalike_embed::Error),
    /// The features of a picture cannot be computed.
    #[error(transparent)]
    Vision(#[from] lookalike_vision::Error),
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Sorts a failure of the system: full disk, read-only, or another.
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path, source },
            _ => Self::Io { path, source },
        }
    }

    /// As [`Error::io`], for writing to the library: no permission is read-only too.
    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::ReadOnly {
                path: path.to_path_buf(),
                source,
            },
            _ => Self::io(path, source),
        }
    }

    /// Sorts a failure of SQLite in the same way.
    pub(crate) fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let path = path.to_path_buf();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly {
                path,
                source: io::Error::from(io::ErrorKind::ReadOnlyFilesystem),
            },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged {
                path,
                what: source.to_string(),
            },
            _ => Self::Catalogue {
                path,
                source: Box::new(source),
            },
        }
    }
}

/// Sorts a failure of a file of records.
impl From<lookalike_store::Error> for Error {
    fn from(error: lookalike_store::Error) -> Self {
        use lookalike_store::Error as Store;
        match error {
            Store::Io { path, source, .. } => Self::writing(&path, source),
            Store::Version {
                path,
                found,
                supported,
            } => Self::NewerFormat {
                path,
                found: found.into(),
                supported: supported.into(),
            },
            Store::Outdated {
                path,
                found,
                oldest,
            } => Self::Outdated {
                path,
                found,
                oldest,
            },
            Store::NotASegment { path, .. }
            | Store::Length { path, .. }
            | Store::Header { path, .. }
            | Store::Checksum { path, .. } => Self::Damaged {
                path,
                what: "its bytes are not those that were written".into(),
            },
            Store::Missing { path } => Self::Damaged {
                path,
                what: "a segment is missing".into(),
            },
            other => Self::Store(other),
        }
    }
}

impl From<lookalike_index::Error> for Error {
    fn from(error: lookalike_index::Error) -> Self {
        match error {
            lookalike_index::Error::Store(error) => error.into(),
            other => Self::Index(other),
        }
    }
}

impl From<lookalike_words::Error> for Error {
    fn from(error: lookalike_words::Error) -> Self {
        match error {
            lookalike_words::Error::Store(error) => error.into(),
            other => Self::Words(other),
        }
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".into(), |pid| format!("process {pid}"))
}
