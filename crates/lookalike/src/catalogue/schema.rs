//! The tables.

/// The version of the format that this program writes; it reads all up to it.
pub(crate) const FORMAT: i64 = 1;

/// `LOOK` in ASCII: marks the file as a catalogue of ours.
pub(super) const APPLICATION: i64 = 0x4c4f_4f4b;

/// A writer's settings. The page size must come first: it is fixed with the first page.
pub(super) const WRITER: &str = "
    PRAGMA page_size = 16384;
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
/// * `pictures`: contents, each once. Ids are never used again, so that a deleted one stays dead.
/// * `files`: names of pictures (relative to the indexed folder, as bytes), and what could not be
///   read, with its reason. `seen` is when the file was looked at, in ns like `mtime`.
///   `mounted`: on another file system than the indexed folder itself.
/// * `fresh`: vectors not yet in a segment, as little-endian f32.
/// * `segments`: the files of vectors that exist.
/// * `dead`: pictures that are deleted and whose vectors still stand in a segment.
pub(super) const CREATE: &str = "
    PRAGMA application_id = 0x4c4f4f4b;
    CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value
    ) WITHOUT ROWID;
    CREATE TABLE pictures (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        hash BLOB NOT NULL UNIQUE,
        width INTEGER,
        height INTEGER,
        bytes INTEGER,
        format TEXT
    );
    CREATE TABLE files (
        path BLOB PRIMARY KEY,
        picture INTEGER REFERENCES pictures (id),
        size INTEGER NOT NULL,
        mtime INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        mounted INTEGER NOT NULL DEFAULT 0,
        reason TEXT,
        retry INTEGER NOT NULL DEFAULT 0,
        CHECK ((picture IS NULL) <> (reason IS NULL))
    ) WITHOUT ROWID;
    CREATE INDEX files_of_picture ON files (picture) WHERE picture IS NOT NULL;
    CREATE INDEX files_failed ON files (path) WHERE picture IS NULL;
    CREATE TABLE fresh (
        picture INTEGER PRIMARY KEY,
        vector BLOB NOT NULL
    );
    CREATE TABLE segments (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        vectors INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    );
    CREATE TABLE dead (
        picture INTEGER PRIMARY KEY
    );";
