//! Vectors: those in the catalogue itself, and which segments exist.

use super::Catalogue;
use crate::{Error, Result};
use rusqlite::params;

/// A segment that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    /// Its id; later segments have larger ones.
    pub(crate) id: i64,
    /// The name of its file.
    pub(crate) name: String,
    /// Vectors in it, the dead ones as well.
    pub(crate) vectors: u64,
    /// Length of its file.
    pub(crate) bytes: u64,
}

impl Catalogue {
    /// Stores the vector of a new picture.
    pub(crate) fn put_fresh(&self, picture: i64, vector: &[f32]) -> Result<()> {
        let bytes: Vec<u8> = vector.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.execute(
            "INSERT INTO fresh (picture, vector) VALUES (?1, ?2)",
            params![picture, bytes],
        )
        .map(drop)
    }

    /// Calls `each` with the id and the elements of every fresh vector, by id.
    pub(crate) fn each_fresh(&self, mut each: impl FnMut(i64, &[f32]) -> Result<()>) -> Result<()> {
        let sql = "SELECT picture, vector FROM fresh ORDER BY picture";
        let failed = |e| self.failed(e);
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let mut vector: Vec<f32> = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let picture = row.get(0).map_err(failed)?;
            let blob = row.get_ref(1).map_err(failed)?.as_blob();
            let (elements, rest) = blob.unwrap_or(&[0]).as_chunks::<4>();
            if !rest.is_empty() {
                return Err(Error::Damaged {
                    path: self.path.clone(),
                    what: format!("the vector of picture {picture} is cut short"),
                });
            }
            vector.clear();
            vector.extend(elements.iter().map(|&e| f32::from_le_bytes(e)));
            each(picture, &vector)?;
        }
        Ok(())
    }

    /// The ids of the fresh vectors with their lengths in bytes, ascending.
    pub(crate) fn fresh_ids(&self) -> Result<Vec<(i64, i64)>> {
        self.many(
            "SELECT picture, length(vector) FROM fresh ORDER BY picture",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// Number of fresh vectors.
    pub(crate) fn fresh_count(&self) -> Result<u64> {
        self.one::<i64>("SELECT count(*) FROM fresh")
            .map(i64::unsigned_abs)
    }

    /// Drops one fresh vector.
    pub(crate) fn drop_fresh(&self, picture: i64) -> Result<()> {
        self.execute("DELETE FROM fresh WHERE picture = ?1", [picture])
            .map(drop)
    }

    /// Drops all fresh vectors: they are in a segment now.
    pub(crate) fn clear_fresh(&self) -> Result<()> {
        self.run("DELETE FROM fresh")
    }

    /// The segments that exist, by id.
    pub(crate) fn segments(&self) -> Result<Vec<SegmentRow>> {
        self.many(
            "SELECT id, name, vectors, bytes FROM segments ORDER BY id",
            [],
            |row| {
                Ok(SegmentRow {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    vectors: row.get::<_, i64>(2)?.unsigned_abs(),
                    bytes: row.get::<_, i64>(3)?.unsigned_abs(),
                })
            },
        )
    }

    /// The id of the next segment. Ids are not used twice, so that no file name stands for two.
    pub(crate) fn next_segment(&self) -> Result<i64> {
        self.first(
            "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'segments'",
            [],
            |row| row.get(0),
        )
        .map(|id| id.unwrap_or(1))
    }

    /// Names a segment: from the end of the transaction on it exists.
    pub(crate) fn add_segment(&self, segment: &SegmentRow) -> Result<()> {
        self.execute(
            "INSERT INTO segments (id, name, vectors, bytes) VALUES (?1, ?2, ?3, ?4)",
            params![
                segment.id,
                segment.name,
                segment.vectors as i64,
                segment.bytes as i64
            ],
        )
        .map(drop)
    }

    /// Forgets a segment.
    pub(crate) fn drop_segment(&self, id: i64) -> Result<()> {
        self.execute("DELETE FROM segments WHERE id = ?1", [id])
            .map(drop)
    }

    /// Pictures that are deleted and whose vectors still stand in a segment, ascending.
    pub(crate) fn dead(&self) -> Result<Vec<u64>> {
        self.many("SELECT picture FROM dead ORDER BY picture", [], |row| {
            row.get::<_, i64>(0).map(i64::cast_unsigned)
        })
    }

    /// Marks a vector in a segment as deleted.
    pub(crate) fn bury(&self, picture: u64) -> Result<()> {
        self.execute(
            "INSERT OR IGNORE INTO dead (picture) VALUES (?1)",
            [picture.cast_signed()],
        )
        .map(drop)
    }

    /// Forgets a deleted picture whose vector is in no segment any more.
    pub(crate) fn forget_dead(&self, picture: u64) -> Result<()> {
        self.execute(
            "DELETE FROM dead WHERE picture = ?1",
            [picture.cast_signed()],
        )
        .map(drop)
    }
}
