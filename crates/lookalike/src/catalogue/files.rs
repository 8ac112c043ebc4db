//! Files and their pictures.

use super::Catalogue;
use crate::{Part, Parts, PictureId, Result};
use rusqlite::{Row, params};

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
    /// Its picture, or why there is none.
    pub(crate) state: State,
}

/// Whether a file could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is this picture.
    Picture(PictureId),
    /// It could not be read.
    Failed {
        /// Why.
        reason: String,
        /// Whether the reason may go away without a change of the file.
        retry: bool,
    },
}

/// What is known of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PictureFacts {
    /// BLAKE3 of the file's bytes.
    pub(crate) hash: [u8; 32],
    /// Width and height in pixels, as displayed.
    pub(crate) size: Option<(u32, u32)>,
    /// Bytes of the file.
    pub(crate) bytes: Option<u64>,
    /// The name of the format.
    pub(crate) format: Option<String>,
}

/// How many of each a catalogue has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Pictures.
    pub(crate) pictures: u64,
    /// Files that are pictures.
    pub(crate) files: u64,
    /// Files that could not be read.
    pub(crate) failed: u64,
}

/// What is stored of one part of a picture.
pub(crate) type Record = (Part, Vec<u8>);

impl Catalogue {
    /// All files, by path.
    pub(crate) fn files(&self) -> Result<Vec<(Vec<u8>, FileRow)>> {
        self.many(
            "SELECT path, size, mtime, seen, mounted, picture, reason, retry FROM files
             ORDER BY path",
            [],
            |row| Ok((row.get(0)?, read_file_row(row)?)),
        )
    }

    /// Stores what is known of a file, in place of what was known before.
    pub(crate) fn put_file(&self, path: &[u8], file: &FileRow) -> Result<()> {
        let (picture, reason, retry) = match &file.state {
            State::Picture(id) => (Some(*id), None, false),
            State::Failed { reason, retry } => (None, Some(reason), *retry),
        };
        self.execute(
            "INSERT INTO files (path, picture, size, mtime, seen, mounted, reason, retry)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (path) DO UPDATE SET picture = excluded.picture, size = excluded.size,
                mtime = excluded.mtime, seen = excluded.seen, mounted = excluded.mounted,
                reason = excluded.reason, retry = excluded.retry",
            params![
                path,
                picture,
                file.size,
                file.mtime,
                file.seen,
                file.mounted,
                reason,
                retry
            ],
        )
        .map(drop)
    }

    /// Forgets a file; says whether it was known.
    pub(crate) fn remove_file(&self, path: &[u8]) -> Result<bool> {
        Ok(self.execute("DELETE FROM files WHERE path = ?1", [path])? > 0)
    }

    /// The picture of this content, and what there is a record of.
    pub(crate) fn picture_by_hash(&self, hash: &[u8; 32]) -> Result<Option<(PictureId, Parts)>> {
        let sql = "SELECT id, parts FROM pictures WHERE hash = ?1";
        self.first(sql, [hash], |row| {
            Ok((row.get(0)?, Parts::from_bits(row.get(1)?)))
        })
    }

    /// The pictures without a record of some of these parts, ascending.
    pub(crate) fn pictures_lacking(&self, parts: Parts) -> Result<Vec<PictureId>> {
        let sql = "SELECT id FROM pictures WHERE parts & ?1 <> ?1 ORDER BY id";
        self.many(sql, [parts.bits()], |row| row.get(0))
    }

    /// Adds a picture with its records, and gives it its id.
    pub(crate) fn add_picture(
        &self,
        facts: &PictureFacts,
        records: &[Record],
    ) -> Result<PictureId> {
        self.execute(
            "INSERT INTO pictures (hash, width, height, bytes, format, parts)
             VALUES (?1, ?2, ?3, ?4, ?5, 0)",
            params![
                facts.hash,
                facts.size.map(|s| s.0),
                facts.size.map(|s| s.1),
                facts.bytes.and_then(|n| i64::try_from(n).ok()),
                facts.format
            ],
        )?;
        let picture = PictureId::new(self.connection.last_insert_rowid().cast_unsigned());
        self.add_records(picture, records)?;
        Ok(picture)
    }

    /// Adds records to a picture that had none of these parts.
    pub(crate) fn add_records(&self, picture: PictureId, records: &[Record]) -> Result<()> {
        let mut parts = Parts::NONE;
        for (part, record) in records {
            self.put_fresh(*part, picture, record)?;
            parts = parts.and(*part);
        }
        self.add_parts(picture, parts)
    }

    /// Notes that there is a record of these parts, too.
    pub(crate) fn add_parts(&self, picture: PictureId, parts: Parts) -> Result<()> {
        self.execute(
            "UPDATE pictures SET parts = parts | ?2 WHERE id = ?1",
            params![picture, parts.bits()],
        )
        .map(drop)
    }

    /// Whether any picture has a record of this part.
    pub(crate) fn has_part(&self, part: Part) -> Result<bool> {
        let sql = "SELECT 1 FROM pictures WHERE parts & ?1 <> 0 LIMIT 1";
        let found = self.first(sql, [Parts::from(part).bits()], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// Drops all records of a part. Their segments' files belong to nothing then.
    pub(crate) fn drop_part(&self, part: Part) -> Result<()> {
        for table in ["fresh", "segments", "dead"] {
            self.execute(&format!("DELETE FROM {table} WHERE part = ?1"), [part])?;
        }
        let sql = "UPDATE pictures SET parts = parts & ~?1 WHERE parts & ?1 <> 0";
        self.execute(sql, [Parts::from(part).bits()]).map(drop)
    }

    /// Makes the records of one part those of another, of which there are none.
    pub(crate) fn rename_part(&self, from: Part, to: Part) -> Result<()> {
        for table in ["fresh", "segments", "dead"] {
            let sql = format!("UPDATE {table} SET part = ?2 WHERE part = ?1");
            self.execute(&sql, [from, to])?;
        }
        let sql = "UPDATE pictures SET parts = (parts & ~?1) | ?2 WHERE parts & ?1 <> 0";
        let [from, to] = [from, to].map(|part| Parts::from(part).bits());
        self.execute(sql, [from, to]).map(drop)
    }

    /// Drops pictures, with all that is known of their files; returns the files.
    pub(crate) fn drop_pictures(&self, pictures: &[PictureId]) -> Result<Vec<Vec<u8>>> {
        let mut files = Vec::new();
        for &picture in pictures {
            files.extend(self.paths_of(picture)?);
            self.execute("DELETE FROM files WHERE picture = ?1", [picture])?;
        }
        self.prune()?;
        files.sort();
        Ok(files)
    }

    /// Drops the pictures that no file names; their records are gone, or dead.
    pub(crate) fn prune(&self) -> Result<()> {
        self.run(
            "CREATE TEMP TABLE orphans AS SELECT id, parts FROM pictures
             WHERE NOT EXISTS (SELECT 1 FROM files WHERE picture = pictures.id)",
        )?;
        for part in Part::ALL {
            self.execute(
                "INSERT OR IGNORE INTO dead (part, picture) SELECT ?1, id FROM orphans
                 WHERE parts & ?2 <> 0
                    AND id NOT IN (SELECT picture FROM fresh WHERE part = ?1)",
                params![part, Parts::from(part).bits()],
            )?;
        }
        self.run(
            "DELETE FROM fresh WHERE picture IN (SELECT id FROM orphans);
             DELETE FROM pictures WHERE id IN (SELECT id FROM orphans);
             DROP TABLE orphans;",
        )?;
        self.set_needs_pruning(false)
    }

    /// What is known of a picture.
    pub(crate) fn facts(&self, picture: PictureId) -> Result<Option<PictureFacts>> {
        let before = picture.get().checked_sub(1).map(PictureId::new);
        let next = self.facts_after(before, 1)?.pop();
        Ok(next
            .filter(|(id, _)| *id == picture)
            .map(|(_, facts)| facts))
    }

    /// At most `limit` pictures with ids above `after`, by id.
    pub(crate) fn facts_after(
        &self,
        after: Option<PictureId>,
        limit: usize,
    ) -> Result<Vec<(PictureId, PictureFacts)>> {
        let sql = "SELECT id, hash, width, height, bytes, format FROM pictures
                   WHERE id > ?1 ORDER BY id LIMIT ?2";
        let after = after.unwrap_or(PictureId::new(0));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.many(sql, params![after, limit], |row| {
            let (width, height): (Option<u32>, Option<u32>) = (row.get(2)?, row.get(3)?);
            let facts = PictureFacts {
                hash: row.get(1)?,
                size: width.zip(height),
                bytes: row.get::<_, Option<i64>>(4)?.map(i64::unsigned_abs),
                format: row.get(5)?,
            };
            Ok((row.get(0)?, facts))
        })
    }

    /// The picture in a file.
    pub(crate) fn picture_at(&self, path: &[u8]) -> Result<Option<PictureId>> {
        let sql = "SELECT picture FROM files WHERE path = ?1 AND picture IS NOT NULL";
        self.first(sql, [path], |row| row.get(0))
    }

    /// The files of a picture, by path.
    pub(crate) fn paths_of(&self, picture: PictureId) -> Result<Vec<Vec<u8>>> {
        self.many(
            "SELECT path FROM files WHERE picture = ?1 ORDER BY path",
            [picture],
            |row| row.get(0),
        )
    }

    /// All files that are pictures, with their picture, by path.
    pub(crate) fn named_pictures(&self) -> Result<Vec<(Vec<u8>, PictureId)>> {
        self.many(
            "SELECT path, picture FROM files WHERE picture IS NOT NULL ORDER BY path",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// All pictures with what there is a record of, ascending.
    pub(crate) fn pictures(&self) -> Result<Vec<(PictureId, Parts)>> {
        let sql = "SELECT id, parts FROM pictures ORDER BY id";
        self.many(sql, [], |row| {
            Ok((row.get(0)?, Parts::from_bits(row.get(1)?)))
        })
    }

    /// All files that could not be read, with the reason, by path.
    pub(crate) fn failed_files(&self) -> Result<Vec<(Vec<u8>, String)>> {
        self.many(
            "SELECT path, reason FROM files WHERE picture IS NULL ORDER BY path",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// Files whose picture is not in the catalogue.
    pub(crate) fn stray_files(&self) -> Result<Vec<(Vec<u8>, PictureId)>> {
        self.many(
            "SELECT path, picture FROM files WHERE picture IS NOT NULL
                AND picture NOT IN (SELECT id FROM pictures) ORDER BY path",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// How many pictures and files there are.
    pub(crate) fn tally(&self) -> Result<Tally> {
        let count = |sql: &str| self.one::<i64>(sql).map(i64::unsigned_abs);
        let failed = count("SELECT count(*) FROM files WHERE picture IS NULL")?;
        Ok(Tally {
            pictures: count("SELECT count(*) FROM pictures")?,
            files: count("SELECT count(*) FROM files")? - failed,
            failed,
        })
    }
}

fn read_file_row(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    let state = match row.get("picture")? {
        Some(id) => State::Picture(id),
        None => State::Failed {
            reason: row.get("reason")?,
            retry: row.get("retry")?,
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
