//! Files and their pictures.

use super::Catalogue;
use crate::decode::Place;
use crate::{FailedFile, Part, Parts, Result, path_from_bytes};
use rusqlite::types::Type;
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
    Content(i64),
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

/// What is known of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContentFacts {
    /// BLAKE3 of the file's bytes.
    pub(crate) hash: [u8; 32],
    /// Bytes of the file.
    pub(crate) bytes: Option<u64>,
    /// The name of the format.
    pub(crate) format: Option<String>,
    /// Of an animation, how many frames were asked for at most.
    pub(crate) frames: Option<u32>,
}

/// What is known of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PictureFacts {
    /// The content that holds it.
    pub(crate) content: ContentFacts,
    /// Where in it, if it holds several.
    pub(crate) place: Option<Place>,
    /// Width and height in pixels, as displayed.
    pub(crate) size: Option<(u32, u32)>,
}

/// A content of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredContent {
    pub(crate) id: i64,
    /// As [`ContentFacts::frames`].
    pub(crate) frames: Option<u32>,
    /// Its pictures, by place, with what there is a record of.
    pub(crate) pictures: Vec<(i64, Option<Place>, Parts)>,
}

/// A picture in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedPicture {
    pub(crate) path: Vec<u8>,
    pub(crate) place: Option<Place>,
    pub(crate) picture: i64,
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

/// What is stored of one part of a picture.
pub(crate) type Record = (Part, Vec<u8>);

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

    /// The content with this hash.
    pub(crate) fn content_by_hash(&self, hash: &[u8; 32]) -> Result<Option<StoredContent>> {
        let sql = "SELECT id, frames FROM contents WHERE hash = ?1";
        let found = self.first(sql, [hash], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some((id, frames)) = found else {
            return Ok(None);
        };
        let sql = "SELECT id, place, parts FROM pictures WHERE content = ?1
                   ORDER BY length(place), place";
        let pictures = self.many(sql, [id], |row| {
            Ok((
                row.get(0)?,
                read_place(row, 1)?,
                Parts::from_bits(row.get(2)?),
            ))
        })?;
        Ok(Some(StoredContent {
            id,
            frames,
            pictures,
        }))
    }

    /// The picture in this place of the content with this hash; without a place, the first.
    pub(crate) fn picture_by_hash(
        &self,
        hash: &[u8; 32],
        place: Option<Place>,
    ) -> Result<Option<i64>> {
        let sql = "SELECT pictures.id FROM pictures JOIN contents ON contents.id = content
                   WHERE hash = ?1 AND (?2 IS NULL OR place = ?2)
                   ORDER BY length(place), place LIMIT 1";
        let place = place.map(|place| place.to_string());
        self.first(sql, params![hash, place], |row| row.get(0))
    }

    /// The pictures without a record of some of these parts, ascending.
    pub(crate) fn pictures_lacking(&self, parts: Parts) -> Result<Vec<i64>> {
        let sql = "SELECT id FROM pictures WHERE parts & ?1 <> ?1 ORDER BY id";
        self.many(sql, [parts.bits()], |row| row.get(0))
    }

    /// The contents that must be read anew: some of their pictures have no record of some of these
    /// parts, or they are animations of which another number of frames is wanted.
    pub(crate) fn contents_lacking(&self, parts: Parts, frames: u32) -> Result<Vec<i64>> {
        let sql = "SELECT content FROM pictures WHERE parts & ?1 <> ?1
                   UNION SELECT id FROM contents WHERE frames IS NOT NULL AND frames <> ?2";
        self.many(sql, params![parts.bits(), frames], |row| row.get(0))
    }

    /// Adds a content, and gives it its id.
    pub(crate) fn add_content(&self, facts: &ContentFacts) -> Result<i64> {
        self.execute(
            "INSERT INTO contents (hash, bytes, format, frames) VALUES (?1, ?2, ?3, ?4)",
            params![
                facts.hash,
                facts.bytes.and_then(|n| i64::try_from(n).ok()),
                facts.format,
                facts.frames
            ],
        )?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Notes how many frames of an animation were asked for.
    pub(crate) fn set_frames(&self, content: i64, frames: Option<u32>) -> Result<()> {
        let sql = "UPDATE contents SET frames = ?2 WHERE id = ?1";
        self.execute(sql, params![content, frames]).map(drop)
    }

    /// Adds a picture with its records, and gives it its id.
    pub(crate) fn add_picture(
        &self,
        content: i64,
        place: Option<Place>,
        size: Option<(u32, u32)>,
        records: &[Record],
    ) -> Result<i64> {
        self.execute(
            "INSERT INTO pictures (content, place, width, height, parts) VALUES (?1, ?2, ?3, ?4, 0)",
            params![
                content,
                place_text(place),
                size.map(|s| s.0),
                size.map(|s| s.1)
            ],
        )?;
        let picture = self.connection.last_insert_rowid();
        self.add_records(picture, records)?;
        Ok(picture)
    }

    /// Notes why a place of a content could not be read; or, where there is a picture, not wholly.
    pub(crate) fn put_fault(&self, content: i64, place: Option<Place>, reason: &str) -> Result<()> {
        self.execute(
            "INSERT OR REPLACE INTO faults (content, place, reason) VALUES (?1, ?2, ?3)",
            params![content, place_text(place), reason],
        )
        .map(drop)
    }

    /// Forgets what could not be read of a content at all.
    pub(crate) fn clear_faults(&self, content: i64) -> Result<()> {
        let sql = "DELETE FROM faults WHERE content = ?1
                   AND place NOT IN (SELECT place FROM pictures WHERE content = ?1)";
        self.execute(sql, [content]).map(drop)
    }

    /// Adds records to a picture that had none of these parts.
    pub(crate) fn add_records(&self, picture: i64, records: &[Record]) -> Result<()> {
        let mut parts = Parts::NONE;
        for (part, record) in records {
            self.put_fresh(*part, picture, record)?;
            parts = parts.and(*part);
        }
        self.add_parts(picture, parts)
    }

    /// Notes that there is a record of these parts, too.
    pub(crate) fn add_parts(&self, picture: i64, parts: Parts) -> Result<()> {
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

    /// Drops pictures, with their files and all that these hold, and files without content; returns the
    /// files.
    pub(crate) fn drop_pictures(&self, pictures: &[i64]) -> Result<Vec<Vec<u8>>> {
        let mut files = Vec::new();
        for &picture in pictures {
            files.extend(self.paths_of(picture)?);
            self.execute(
                "DELETE FROM files
                 WHERE content = (SELECT content FROM pictures WHERE id = ?1)",
                [picture],
            )?;
        }
        for (path, _) in self.stray_files()? {
            self.remove_file(&path)?;
            files.push(path);
        }
        self.prune()?;
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// Drops the pictures that no file names; their records are gone, or dead.
    pub(crate) fn prune(&self) -> Result<()> {
        self.run(
            "CREATE TEMP TABLE orphans AS SELECT id, parts FROM pictures
             WHERE NOT EXISTS (SELECT 1 FROM files WHERE content = pictures.content)",
        )?;
        self.drop_orphans()?;
        self.run(
            "DELETE FROM faults
             WHERE NOT EXISTS (SELECT 1 FROM files WHERE content = faults.content);
             DELETE FROM contents
             WHERE NOT EXISTS (SELECT 1 FROM files WHERE content = contents.id);",
        )?;
        self.set_needs_pruning(false)
    }

    /// Drops pictures whose files stay: frames that are no longer wanted.
    pub(crate) fn drop_places(&self, pictures: &[i64]) -> Result<()> {
        if pictures.is_empty() {
            return Ok(());
        }
        self.run("CREATE TEMP TABLE orphans (id INTEGER, parts INTEGER)")?;
        for picture in pictures {
            self.execute(
                "INSERT INTO orphans SELECT id, parts FROM pictures WHERE id = ?1",
                [picture],
            )?;
        }
        self.drop_orphans()
    }

    /// Drops the pictures of the temporary table `orphans`, and the table.
    fn drop_orphans(&self) -> Result<()> {
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
        )
    }

    /// What is known of a picture.
    pub(crate) fn facts(&self, picture: i64) -> Result<Option<PictureFacts>> {
        let next = self.facts_after(picture.saturating_sub(1), 1)?.pop();
        Ok(next
            .filter(|(id, _)| *id == picture)
            .map(|(_, facts)| facts))
    }

    /// At most `limit` pictures with ids above `after`, by id.
    pub(crate) fn facts_after(&self, after: i64, limit: usize) -> Result<Vec<(i64, PictureFacts)>> {
        let sql = "SELECT pictures.id, hash, bytes, format, frames, place, width, height
                   FROM pictures JOIN contents ON contents.id = content
                   WHERE pictures.id > ?1 ORDER BY pictures.id LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.many(sql, params![after, limit], |row| {
            let (width, height): (Option<u32>, Option<u32>) = (row.get(6)?, row.get(7)?);
            let facts = PictureFacts {
                content: ContentFacts {
                    hash: row.get(1)?,
                    bytes: row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs),
                    format: row.get(3)?,
                    frames: row.get(4)?,
                },
                place: read_place(row, 5)?,
                size: width.zip(height),
            };
            Ok((row.get(0)?, facts))
        })
    }

    /// The first picture in a file.
    pub(crate) fn picture_at(&self, path: &[u8]) -> Result<Option<i64>> {
        let sql = "SELECT pictures.id FROM files JOIN pictures USING (content)
                   WHERE path = ?1 ORDER BY length(place), place LIMIT 1";
        self.first(sql, [path], |row| row.get(0))
    }

    /// The files of a picture, by path.
    pub(crate) fn paths_of(&self, picture: i64) -> Result<Vec<Vec<u8>>> {
        self.many(
            "SELECT path FROM files
             WHERE content = (SELECT content FROM pictures WHERE id = ?1) ORDER BY path",
            [picture],
            |row| row.get(0),
        )
    }

    /// All pictures in files, by path and place.
    pub(crate) fn named_pictures(&self) -> Result<Vec<NamedPicture>> {
        self.many(
            "SELECT path, place, pictures.id FROM files JOIN pictures USING (content)
             ORDER BY path, length(place), place",
            [],
            |row| {
                Ok(NamedPicture {
                    path: row.get(0)?,
                    place: read_place(row, 1)?,
                    picture: row.get(2)?,
                })
            },
        )
    }

    /// All pictures with what there is a record of, ascending.
    pub(crate) fn pictures(&self) -> Result<Vec<(i64, Parts)>> {
        let sql = "SELECT id, parts FROM pictures ORDER BY id";
        self.many(sql, [], |row| {
            Ok((row.get(0)?, Parts::from_bits(row.get(1)?)))
        })
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
                Ok(FailedFile {
                    path: path_from_bytes(&path),
                    place: read_place(row, 1)?,
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
    pub(crate) fn stray_files(&self) -> Result<Vec<(Vec<u8>, i64)>> {
        self.many(
            "SELECT path, content FROM files WHERE content IS NOT NULL
                AND content NOT IN (SELECT content FROM pictures) ORDER BY path",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
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

/// A place as it is stored.
fn place_text(place: Option<Place>) -> String {
    place.map(|place| place.to_string()).unwrap_or_default()
}

fn read_place(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Place>> {
    let text = row.get_ref(column)?.as_str()?;
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|()| {
            let what = format!("a place {text:?}").into();
            rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what)
        }),
    }
}

fn read_file_row(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    let state = match row.get::<_, Option<i64>>("content")? {
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
