//! Contents: what is in files, each once.

use super::values::StoredPlace;
use super::{Catalogue, ContentId};
use crate::decode::Place;
use crate::{Parts, PictureId, Result};
use rusqlite::params;

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

/// A content of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredContent {
    pub(crate) id: ContentId,
    /// As [`ContentFacts::frames`].
    pub(crate) frames: Option<u32>,
    /// Its pictures, by place, with what there is a record of.
    pub(crate) pictures: Vec<(PictureId, Option<Place>, Parts)>,
}

impl Catalogue {
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
            let StoredPlace(place) = row.get(1)?;
            Ok((row.get(0)?, place, Parts::from_bits(row.get(2)?)))
        })?;
        Ok(Some(StoredContent {
            id,
            frames,
            pictures,
        }))
    }

    /// The contents that must be read anew: some of their pictures have no record of some of these
    /// parts, or they are animations of which another number of frames is wanted.
    pub(crate) fn contents_lacking(&self, parts: Parts, frames: u32) -> Result<Vec<ContentId>> {
        let sql = "SELECT content FROM pictures WHERE parts & ?1 <> ?1
                   UNION SELECT id FROM contents WHERE frames IS NOT NULL AND frames <> ?2";
        self.many(sql, params![parts.bits(), frames], |row| row.get(0))
    }

    /// Adds a content, and gives it its id.
    pub(crate) fn add_content(&self, facts: &ContentFacts) -> Result<ContentId> {
        self.execute(
            "INSERT INTO contents (hash, bytes, format, frames) VALUES (?1, ?2, ?3, ?4)",
            params![
                facts.hash,
                facts.bytes.and_then(|n| i64::try_from(n).ok()),
                facts.format,
                facts.frames
            ],
        )?;
        Ok(ContentId(self.connection.last_insert_rowid()))
    }

    /// Notes how many frames of an animation were asked for.
    pub(crate) fn set_frames(&self, content: ContentId, frames: Option<u32>) -> Result<()> {
        let sql = "UPDATE contents SET frames = ?2 WHERE id = ?1";
        self.execute(sql, params![content, frames]).map(drop)
    }

    /// Notes why a place of a content could not be read; or, where there is a picture, not wholly.
    pub(crate) fn put_fault(
        &self,
        content: ContentId,
        place: Option<Place>,
        reason: &str,
    ) -> Result<()> {
        self.execute(
            "INSERT OR REPLACE INTO faults (content, place, reason) VALUES (?1, ?2, ?3)",
            params![content, StoredPlace(place), reason],
        )
        .map(drop)
    }

    /// Forgets what could not be read of a content at all.
    pub(crate) fn clear_faults(&self, content: ContentId) -> Result<()> {
        let sql = "DELETE FROM faults WHERE content = ?1
                   AND place NOT IN (SELECT place FROM pictures WHERE content = ?1)";
        self.execute(sql, [content]).map(drop)
    }
}
