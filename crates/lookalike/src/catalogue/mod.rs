//! The catalogue: what is in a library, in one SQLite database.
//!
//! Everything that knows SQL is in this module. A [`Catalogue`] is one connection: a reader's,
//! or the one writer's (who holds the lock of the library).

mod contents;
mod files;
mod meta;
mod pictures;
mod records;
mod schema;
mod values;

pub(crate) use contents::{ContentFacts, StoredContent};
pub(crate) use files::{FileRow, State};
pub use meta::Meta;
pub(crate) use records::{Record, SegmentRow};
pub(crate) use schema::FORMAT;
pub(crate) use values::ContentId;

use crate::{Error, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file's name in the folder of a library.
pub(crate) const FILE: &str = "catalogue.sqlite";

/// A connection to the catalogue.
#[derive(Debug)]
pub(crate) struct Catalogue {
    connection: Connection,
    path: PathBuf,
}

impl Catalogue {
    /// Opens the catalogue in `folder` for reading.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let this = Self::open_unchecked(folder)?;
        this.check_format(folder)?;
        Ok(this)
    }

    /// As [`open`](Self::open), whatever may be in it.
    pub(crate) fn open_unchecked(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Err(Error::NoLibrary {
                path: folder.to_path_buf(),
            });
        }
        let connection = connect_reader(&path).map_err(|e| Error::sqlite(&path, e))?;
        Ok(Self { connection, path })
    }

    /// Opens the catalogue in `folder` for writing.
    pub(crate) fn open_writer(folder: &Path) -> Result<Self> {
        let this = Self::connect_writer(folder, OpenFlags::empty())?;
        this.check_format(folder)?;
        Ok(this)
    }

    /// Makes a catalogue in `folder`, or completes one that was being made when the power went.
    pub(crate) fn create(folder: &Path, meta: &Meta) -> Result<Self> {
        let this = Self::connect_writer(folder, OpenFlags::SQLITE_OPEN_CREATE)?;
        this.in_transaction(|| {
            this.run(schema::CREATE)?;
            this.write_meta(meta)
        })?;
        Ok(this)
    }

    /// Whether the catalogue in `folder` was begun and never completed.
    pub(crate) fn is_unfinished(folder: &Path) -> Result<bool> {
        let this = Self::open_unchecked(folder)?;
        let tables: i64 = this.one("SELECT count(*) FROM sqlite_master")?;
        Ok(tables == 0)
    }

    fn connect_writer(folder: &Path, create: OpenFlags) -> Result<Self> {
        let path = folder.join(FILE);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
        let connection = Connection::open_with_flags(&path, flags)
            .and_then(|c| configure(&c, schema::WRITER).map(|()| c))
            .map_err(|e| Error::sqlite(&path, e))?;
        Ok(Self { connection, path })
    }

    /// Runs `work` as one transaction: all of it happens, or nothing.
    pub(crate) fn in_transaction<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.begin()?;
        let result = work().and_then(|value| self.commit().map(|()| value));
        if result.is_err() {
            self.roll_back();
        }
        result
    }

    /// Runs `work` on one state of the catalogue, whatever a writer does meanwhile; inside of such
    /// work, on the same state.
    pub(crate) fn in_snapshot<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.connection.is_autocommit() {
            return work();
        }
        self.begin_reading()?;
        let result = work();
        self.roll_back();
        result
    }

    /// Begins to look at one state, until [`roll_back`](Self::roll_back): that of the next statement.
    pub(crate) fn begin_reading(&self) -> Result<()> {
        self.run("BEGIN")
    }

    /// Begins a transaction of the writer.
    pub(crate) fn begin(&self) -> Result<()> {
        self.run("BEGIN IMMEDIATE")
    }

    /// Makes what was done since [`begin`](Self::begin) last, as a new state.
    pub(crate) fn commit(&self) -> Result<()> {
        self.count_state()?;
        self.run("COMMIT")
    }

    /// Forgets what was done since [`begin`](Self::begin). SQLite may have done so itself.
    pub(crate) fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            let _ = self.run("ROLLBACK");
        }
    }

    /// Moves what is in the write-ahead log to the database and empties the log, so that the file
    /// alone is the catalogue. Where a reader is in the way, a later writer does it.
    pub(crate) fn empty_log(&self) {
        // Records come and go; what they leave free is given back.
        let _ = self.many("PRAGMA incremental_vacuum", [], |_| Ok(()));
        let _ = self.run("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// Whether SQLite finds its file whole, as the list of its complaints.
    pub(crate) fn complaints(&self) -> Result<Vec<String>> {
        let found: Vec<String> = self.many("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// Makes the indices of the database anew.
    pub(crate) fn rebuild_indices(&self) -> Result<()> {
        self.run("REINDEX")
    }

    /// The catalogue's file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn check_format(&self, folder: &Path) -> Result<()> {
        let ours: i64 = self.one("PRAGMA application_id")?;
        if ours != schema::APPLICATION {
            return Err(Error::Damaged {
                path: self.path.clone(),
                what: "not a catalogue of lookalike".into(),
            });
        }
        let found = self.format()?;
        if found < FORMAT {
            return Err(Error::OlderFormat {
                path: folder.to_path_buf(),
                found,
            });
        }
        if found > FORMAT {
            return Err(Error::NewerFormat {
                path: folder.to_path_buf(),
                found,
                supported: FORMAT,
            });
        }
        Ok(())
    }

    fn run(&self, sql: &str) -> Result<()> {
        self.connection
            .execute_batch(sql)
            .map_err(|e| self.failed(e))
    }

    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize> {
        debug_assert!(
            !self.connection.is_autocommit(),
            "states are counted by transactions"
        );
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(|e| self.failed(e))
    }

    fn one<T: rusqlite::types::FromSql>(&self, sql: &str) -> Result<T> {
        self.connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|e| self.failed(e))
    }

    fn first<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        use rusqlite::OptionalExtension;
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(values, read).optional())
            .map_err(|e| self.failed(e))
    }

    fn many<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_map(values, read)?.collect())
            .map_err(|e| self.failed(e))
    }

    fn failed(&self, source: rusqlite::Error) -> Error {
        Error::sqlite(&self.path, source)
    }
}

/// A reader of a WAL database writes too: it marks its snapshot in a file beside it. Where that
/// cannot be, on a read-only disk, nobody writes, and the file can be read as it is.
fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = |path: &Path, flags| {
        let connection = Connection::open_with_flags(path, flags)?;
        configure(&connection, schema::READER)?;
        Ok(connection)
    };
    match connect(path, flags) {
        Err(e) if cannot_mark(&e) => match immutable_uri(path) {
            Some(uri) => connect(&uri, flags | OpenFlags::SQLITE_OPEN_URI),
            None => Err(e),
        },
        result => result,
    }
}

fn cannot_mark(e: &rusqlite::Error) -> bool {
    matches!(
        e.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
    )
}

/// The URI by which SQLite reads a file that does not change; `None` where a write-ahead log
/// stands beside it that would have to be read too.
fn immutable_uri(path: &Path) -> Option<PathBuf> {
    use std::fmt::Write;
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(log).is_ok_and(|m| m.len() > 0) {
        return None;
    }
    let mut uri = String::from("file:");
    for byte in crate::path_to_bytes(path) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(byte));
            }
            _ => write!(uri, "%{byte:02x}").ok()?,
        }
    }
    uri.push_str("?immutable=1");
    Some(uri.into())
}

fn configure(connection: &Connection, pragmas: &str) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(pragmas)
}
