//! The tables.

/// The version of the format that this program reads and writes. (Those before were never released.)
pub(crate) const FORMAT: i64 = 3;

/// `LOOK` in ASCII: marks the file as a catalogue of ours.
pub(super) const APPLICATION: i64 = 0x4c4f_4f4b;

/// A writer's settings. The first two are fixed with the first page.
pub(super) const WRITER: &str = "
    PRAGMA page_size = 16384;
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 256;
    PRAGMA journal_size_limit = 16777216;";

/// A reader's settings; reading the schema shows at once whether the file can be read at all.
pub(super) const READER: &str = "
    PRAGMA query_only = ON;
    SELECT count(*) FROM sqlite_master;";

/// * `meta`: the format, the settings, the folder: see `meta.rs`.
/// * `contents`: what is in files, each once. `frames`: of an animation, how many frames of it were asked
///   for at most.
/// * `pictures`: those of a content, of which most have one. `place`: where in it, as `page 3`; empty
///   where it has one only. Ids are never used again, so that a deleted one stays dead.
/// * `faults`: places of a content that could not be read, with the reason; where there is a picture, what
///   it lacks.
/// * `files`: names of contents (relative to the indexed folder, as bytes), and what could not be
///   read, with its reason. `seen` is when the file was looked at, in ns like `mtime`.
///   `mounted`: on another file system than the indexed folder itself.
///   `unread`: the format that the program did not read.
///   `parts`: the set of [`Parts`](crate::Parts) of which there is a record.
/// * `fresh`: records that are not in a segment yet.
/// * `segments`: the files of records that exist, each of one part.
/// * `dead`: records in segments whose pictures are deleted.
pub(super) const CREATE: &str = "
    PRAGMA application_id = 0x4c4f4f4b;
    CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value
    ) WITHOUT ROWID;
    CREATE TABLE contents (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        bytes INTEGER,
        format TEXT,
        frames INTEGER
    );
    CREATE TABLE pictures (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        content INTEGER NOT NULL REFERENCES contents (id),
        place TEXT NOT NULL DEFAULT '',
        width INTEGER,
        height INTEGER,
        parts INTEGER NOT NULL,
        UNIQUE (content, place)
    );
    CREATE TABLE faults (
        content INTEGER NOT NULL REFERENCES contents (id),
        place TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (content, place)
    ) WITHOUT ROWID;
    CREATE TABLE files (
        path BLOB PRIMARY KEY,
        content INTEGER REFERENCES contents (id),
        size INTEGER NOT NULL,
        mtime INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        mounted INTEGER NOT NULL DEFAULT 0,
        reason TEXT,
        retry INTEGER NOT NULL DEFAULT 0,
        unread TEXT,
        CHECK ((content IS NULL) <> (reason IS NULL))
    ) WITHOUT ROWID;
    CREATE INDEX files_of_content ON files (content) WHERE content IS NOT NULL;
    CREATE INDEX files_failed ON files (path) WHERE content IS NULL;
    CREATE TABLE fresh (
        part TEXT NOT NULL,
        picture INTEGER NOT NULL,
        record BLOB NOT NULL,
        PRIMARY KEY (part, picture)
    );
    CREATE TABLE segments (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        part TEXT NOT NULL,
        name TEXT NOT NULL UNIQUE,
        records INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    );
    CREATE TABLE dead (
        part TEXT NOT NULL,
        picture INTEGER NOT NULL,
        PRIMARY KEY (part, picture)
    ) WITHOUT ROWID;";
