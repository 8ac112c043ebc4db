//! Pictures: places in contents.

use super::values::StoredPlace;
use super::{Catalogue, ContentId, Record};
use crate::decode::Place;
use crate::{Part, Parts, PictureId, Result, Source, StoredPicture, path_from_bytes};
use rusqlite::{Params, Row, params};

impl Catalogue {
    /// The picture in this place of the content with this hash; without a place, the first.
    pub(crate) fn picture_by_hash(
        &self,
        hash: &[u8; 32],
        place: Option<Place>,
    ) -> Result<Option<PictureId>> {
        let sql = "SELECT pictures.id FROM pictures JOIN contents ON contents.id = content
                   WHERE hash = ?1 AND (?2 IS NULL OR place = ?2)
                   ORDER BY length(place), place LIMIT 1";
        let place = place.map(|place| place.to_string());
        self.first(sql, params![hash, place], |row| row.get(0))
    }

    /// The first picture in a file.
    pub(crate) fn picture_at(&self, path: &[u8]) -> Result<Option<PictureId>> {
        let sql = "SELECT pictures.id FROM files JOIN pictures USING (content)
                   WHERE path = ?1 ORDER BY length(place), place LIMIT 1";
        self.first(sql, [path], |row| row.get(0))
    }

    /// All pictures with what there is a record of, ascending.
    pub(crate) fn pictures(&self) -> Result<Vec<(PictureId, Parts)>> {
        let sql = "SELECT id, parts FROM pictures ORDER BY id";
        self.many(sql, [], |row| {
            Ok((row.get(0)?, Parts::from_bits(row.get(1)?)))
        })
    }

    /// All pictures in files, by path and place.
    pub(crate) fn named_pictures(&self) -> Result<Vec<(Source, PictureId)>> {
        self.many(
            "SELECT path, place, pictures.id FROM files JOIN pictures USING (content)
             ORDER BY path, length(place), place",
            [],
            |row| {
                let (path, StoredPlace(place)) = (row.get_ref(0)?.as_blob()?, row.get(1)?);
                let source = Source::new(path_from_bytes(path), place);
                Ok((source, row.get(2)?))
            },
        )
    }

    /// The pictures without a record of some of these parts, ascending.
    pub(crate) fn pictures_lacking(&self, parts: Parts) -> Result<Vec<PictureId>> {
        let sql = "SELECT id FROM pictures WHERE parts & ?1 <> ?1 ORDER BY id";
        self.many(sql, [parts.bits()], |row| row.get(0))
    }

    /// What is known of these pictures, in their order; `None` where there is none of such an id.
    pub(crate) fn stored(&self, pictures: &[PictureId]) -> Result<Vec<Option<StoredPicture>>> {
        let ids: Vec<String> = pictures.iter().map(PictureId::to_string).collect();
        let asked = "SELECT value AS id, key FROM json_each(?1)";
        let mut stored = vec![None; pictures.len()];
        for (key, picture) in self.stored_in(asked, [format!("[{}]", ids.join(","))])? {
            stored[key as usize] = Some(picture);
        }
        Ok(stored)
    }

    /// At most `limit` pictures with ids above `after`, by id.
    pub(crate) fn stored_after(
        &self,
        after: PictureId,
        limit: usize,
    ) -> Result<Vec<StoredPicture>> {
        let clamped = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let values = [after.get(), limit as u64].map(clamped);
        let asked = "SELECT id, id AS key FROM pictures WHERE id > ?1 ORDER BY id LIMIT ?2";
        let stored = self.stored_in(asked, values)?;
        Ok(stored.into_iter().map(|(_, picture)| picture).collect())
    }

    /// What is known of the pictures that a statement asks for, as `id`, by its `key`.
    fn stored_in(&self, asked: &str, values: impl Params) -> Result<Vec<(i64, StoredPicture)>> {
        // A row for each file.
        let sql = format!(
            "SELECT key, pictures.id, place, hash, width, height, bytes, format, path
             FROM ({asked}) JOIN pictures USING (id)
                JOIN contents ON contents.id = pictures.content
                LEFT JOIN files ON files.content = pictures.content
             ORDER BY key, path"
        );
        let mut pictures: Vec<(i64, StoredPicture)> = Vec::new();
        let add = |row: &Row<'_>| {
            let key = row.get(0)?;
            if pictures.last().is_none_or(|(last, _)| *last != key) {
                pictures.push((key, read_stored(row)?));
            }
            let path = row.get_ref(8)?.as_blob_or_null()?;
            if let (Some(path), Some((_, picture))) = (path, pictures.last_mut()) {
                picture.paths.push(path_from_bytes(path));
            }
            Ok(())
        };
        self.many(&sql, values, add)?;
        Ok(pictures)
    }

    /// The files of a picture, by path.
    pub(crate) fn paths_of(&self, picture: PictureId) -> Result<Vec<Vec<u8>>> {
        self.many(
            "SELECT path FROM files
             WHERE content = (SELECT content FROM pictures WHERE id = ?1) ORDER BY path",
            [picture],
            |row| row.get(0),
        )
    }

    /// Adds a picture with its records, and gives it its id.
    pub(crate) fn add_picture(
        &self,
        content: ContentId,
        place: Option<Place>,
        size: Option<(u32, u32)>,
        records: &[Record],
    ) -> Result<PictureId> {
        self.execute(
            "INSERT INTO pictures (content, place, width, height, parts) VALUES (?1, ?2, ?3, ?4, 0)",
            params![
                content,
                StoredPlace(place),
                size.map(|s| s.0),
                size.map(|s| s.1)
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

    /// Drops pictures, with their files and all that these hold, and files without content; returns the
    /// files.
    pub(crate) fn drop_pictures(&self, pictures: &[PictureId]) -> Result<Vec<Vec<u8>>> {
        let mut files = Vec::new();
        for &picture in pictures {
            files.extend(self.paths_of(picture)?);
            self.execute(
                "DELETE FROM files
                 WHERE content = (SELECT content FROM pictures WHERE id = ?1)",
                [picture],
            )?;
        }
        for path in self.stray_files()? {
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
    pub(crate) fn drop_places(&self, pictures: &[PictureId]) -> Result<()> {
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
}

/// A picture without its files.
fn read_stored(row: &Row<'_>) -> rusqlite::Result<StoredPicture> {
    let StoredPlace(place) = row.get(2)?;
    let (width, height): (Option<u32>, Option<u32>) = (row.get(4)?, row.get(5)?);
    Ok(StoredPicture {
        id: row.get(1)?,
        place,
        hash: row.get(3)?,
        size: width.zip(height),
        bytes: row.get::<_, Option<i64>>(6)?.map(i64::unsigned_abs),
        format: row.get(7)?,
        paths: Vec::new(),
    })
}
