//! Files, and what became of them.

use super::values::StoredPlace;
use super::{Catalogue, ContentId};
use crate::{FailedFile, Result, path_from_bytes};
use rusqlite::{Row, params};
use std::collections::BTreeMap;

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileRow {
    /// Its size in bytes.
    pub(crate) size: i64,
    /// When it was changed, in ns since 1970.
    pub(crate) mtime: i64,
    /// When it was looked at, in ns since 1970.
    pub(crate) seen: i64,
    /// Whether it is on another file system than the indexed folder itself.
    pub(crate) mounted: bool,
    /// Its content, or why there is none.
    pub(crate) state: State,
}

/// Whether a file could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It has this content, which holds pictures.
    Content(ContentId),
    /// It could not be read.
    Failed {
        /// Why.
        reason: String,
        /// Whether the reason may go away without a change of the file.
        retry: bool,
        /// The picture format that the program does not read, where that is the reason.
        unread: Option<String>,
    },
}

/// How many of each a catalogue has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Pictures.
    pub(crate) pictures: u64,
    /// Files that hold pictures.
    pub(crate) files: u64,
    /// Files, and places in others, that could not be read.
    pub(crate) failed: u64,
}

impl Catalogue {
    /// All files, by path.
    pub(crate) fn files(&self) -> Result<Vec<(Vec<u8>, FileRow)>> {
        self.many(
            "SELECT path, size, mtime, seen, mounted, content, reason, retry, unread FROM files
             ORDER BY path",
            [],
            |row| Ok((row.get(0)?, read_file_row(row)?)),
        )
    }

    /// Stores what is known of a file, in place of what was known before.
    pub(crate) fn put_file(&self, path: &[u8], file: &FileRow) -> Result<()> {
        let (content, reason, retry, unread) = match &file.state {
            State::Content(id) => (Some(*id), None, false, None),
            State::Failed {
                reason,
                retry,
                unread,
            } => (None, Some(reason), *retry, unread.as_ref()),
        };
        self.execute(
            "INSERT INTO files (path, content, size, mtime, seen, mounted, reason, retry, unread)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (path) DO UPDATE SET content = excluded.content, size = excluded.size,
                mtime = excluded.mtime, seen = excluded.seen, mounted = excluded.mounted,
                reason = excluded.reason, retry = excluded.retry, unread = excluded.unread",
            params![
                path,
                content,
                file.size,
                file.mtime,
                file.seen,
                file.mounted,
                reason,
                retry,
                unread
            ],
        )
        .map(drop)
    }

    /// Forgets a file; says whether it was known.
    pub(crate) fn remove_file(&self, path: &[u8]) -> Result<bool> {
        Ok(self.execute("DELETE FROM files WHERE path = ?1", [path])? > 0)
    }

    /// All files, and places in others, that could not be read, or not wholly, with the reason, by path.
    pub(crate) fn failed_files(&self) -> Result<Vec<FailedFile>> {
        self.many(
            "SELECT path, place, reason, damaged FROM (
                SELECT path, '' AS place, reason, 0 AS damaged FROM files WHERE content IS NULL
                UNION ALL SELECT path, place, faults.reason,
                    (content, place) IN (SELECT content, place FROM pictures)
                FROM files JOIN faults USING (content)
             ) ORDER BY path, length(place), place",
            [],
            |row| {
                let path: Vec<u8> = row.get(0)?;
                let StoredPlace(place) = row.get(1)?;
                Ok(FailedFile {
                    path: path_from_bytes(&path),
                    place,
                    reason: row.get(2)?,
                    damaged: row.get(3)?,
                })
            },
        )
    }

    /// How many files are of each format that is not read.
    pub(crate) fn unread(&self) -> Result<BTreeMap<String, u64>> {
        let counted = self.many(
            "SELECT unread, count(*) FROM files
             WHERE content IS NULL AND unread IS NOT NULL GROUP BY unread",
            [],
            |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())),
        )?;
        Ok(counted.into_iter().collect())
    }

    /// Files whose content has no picture in the catalogue.
    pub(crate) fn stray_files(&self) -> Result<Vec<Vec<u8>>> {
        self.many(
            "SELECT path FROM files WHERE content IS NOT NULL
                AND content NOT IN (SELECT content FROM pictures) ORDER BY path",
            [],
            |row| row.get(0),
        )
    }

    /// How many pictures and files there are.
    pub(crate) fn tally(&self) -> Result<Tally> {
        let count = |sql: &str| self.one::<i64>(sql).map(i64::unsigned_abs);
        let failed = count("SELECT count(*) FROM files WHERE content IS NULL")?;
        let faults = count(
            "SELECT count(*) FROM files JOIN faults USING (content)
             WHERE (content, place) NOT IN (SELECT content, place FROM pictures)",
        )?;
        Ok(Tally {
            pictures: count("SELECT count(*) FROM pictures")?,
            files: count("SELECT count(*) FROM files")? - failed,
            failed: failed + faults,
        })
    }
}

fn read_file_row(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    let state = match row.get::<_, Option<ContentId>>("content")? {
        Some(id) => State::Content(id),
        None => State::Failed {
            reason: row.get("reason")?,
            retry: row.get("retry")?,
            unread: row.get("unread")?,
        },
    };
    Ok(FileRow {
        size: row.get("size")?,
        mtime: row.get("mtime")?,
        seen: row.get("seen")?,
        mounted: row.get("mounted")?,
        state,
    })
}
