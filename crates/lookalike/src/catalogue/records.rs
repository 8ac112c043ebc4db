//! Records: those in the catalogue itself, and which segments exist.

use super::Catalogue;
use crate::{Error, Part, Parts, PictureId, Result};
use rusqlite::params;

/// A segment that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    /// Its id; later segments have larger ones.
    pub(crate) id: i64,
    /// What its records are.
    pub(crate) part: Part,
    /// The name of its file.
    pub(crate) name: String,
    /// Records in it, the dead ones as well.
    pub(crate) records: u64,
    /// Length of its file.
    pub(crate) bytes: u64,
}

/// The fresh records of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FreshTally {
    /// How many there are.
    pub(crate) records: u64,
    /// Their length together.
    pub(crate) bytes: u64,
}

/// What is stored of one part of a picture.
pub(crate) type Record = (Part, Vec<u8>);

impl Catalogue {
    /// Stores a record of a new picture.
    pub(crate) fn put_fresh(&self, part: Part, picture: PictureId, record: &[u8]) -> Result<()> {
        self.execute(
            "INSERT INTO fresh (part, picture, record) VALUES (?1, ?2, ?3)",
            params![part, picture, record],
        )
        .map(drop)
    }

    /// Calls `each` with the picture and the bytes of every fresh record, by picture.
    pub(crate) fn each_fresh(
        &self,
        part: Part,
        mut each: impl FnMut(PictureId, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let sql = "SELECT picture, record FROM fresh WHERE part = ?1 ORDER BY picture";
        let failed = |e| self.failed(e);
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query([part]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let picture = row.get(0).map_err(failed)?;
            let record = row.get_ref(1).map_err(failed)?.as_blob();
            each(picture, record.unwrap_or_default())?;
        }
        Ok(())
    }

    /// What to say of a fresh record that is not what was stored.
    pub(crate) fn damaged_record(&self, part: Part, picture: PictureId, what: &str) -> Error {
        Error::Damaged {
            path: self.path.clone(),
            what: format!("the {part} of picture {picture}: {what}"),
        }
    }

    /// Number and length of the fresh records of a part.
    pub(crate) fn fresh_tally(&self, part: Part) -> Result<FreshTally> {
        let sql = "SELECT count(*), coalesce(sum(length(record)), 0) FROM fresh WHERE part = ?1";
        let tally = self.first(sql, [part], |row| {
            Ok(FreshTally {
                records: row.get::<_, i64>(0)?.unsigned_abs(),
                bytes: row.get::<_, i64>(1)?.unsigned_abs(),
            })
        })?;
        Ok(tally.unwrap_or_default())
    }

    /// Drops one fresh record.
    pub(crate) fn drop_fresh(&self, part: Part, picture: PictureId) -> Result<()> {
        self.execute(
            "DELETE FROM fresh WHERE part = ?1 AND picture = ?2",
            params![part, picture],
        )
        .map(drop)
    }

    /// Drops all fresh records of a part: they are in a segment now.
    pub(crate) fn clear_fresh(&self, part: Part) -> Result<()> {
        self.execute("DELETE FROM fresh WHERE part = ?1", [part])
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

    /// The segments that exist, by id.
    pub(crate) fn segments(&self) -> Result<Vec<SegmentRow>> {
        self.many(
            "SELECT id, part, name, records, bytes FROM segments ORDER BY id",
            [],
            |row| {
                Ok(SegmentRow {
                    id: row.get(0)?,
                    part: row.get(1)?,
                    name: row.get(2)?,
                    records: row.get::<_, i64>(3)?.unsigned_abs(),
                    bytes: row.get::<_, i64>(4)?.unsigned_abs(),
                })
            },
        )
    }

    /// The segments of a part, by id.
    pub(crate) fn segments_of(&self, part: Part) -> Result<Vec<SegmentRow>> {
        let mut rows = self.segments()?;
        rows.retain(|row| row.part == part);
        Ok(rows)
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
            "INSERT INTO segments (id, part, name, records, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                segment.id,
                segment.part,
                segment.name,
                segment.records as i64,
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

    /// Deleted pictures whose records of a part still stand in a segment, ascending.
    pub(crate) fn dead(&self, part: Part) -> Result<Vec<PictureId>> {
        let sql = "SELECT picture FROM dead WHERE part = ?1 ORDER BY picture";
        self.many(sql, [part], |row| row.get(0))
    }

    /// Marks a record in a segment as deleted.
    pub(crate) fn bury(&self, part: Part, picture: PictureId) -> Result<()> {
        self.execute(
            "INSERT OR IGNORE INTO dead (part, picture) VALUES (?1, ?2)",
            params![part, picture],
        )
        .map(drop)
    }

    /// Forgets a deleted record that is in no segment any more.
    pub(crate) fn forget_dead(&self, part: Part, picture: PictureId) -> Result<()> {
        self.execute(
            "DELETE FROM dead WHERE part = ?1 AND picture = ?2",
            params![part, picture],
        )
        .map(drop)
    }
}
