//! The manifest: which segments an index consists of.

use std::path::{Path, PathBuf};

use bytemuck::cast_slice;

use crate::graph::Shape;
use crate::{Error, GraphSegment, Result, Space};
use lookalike_store::{Format, SectionFile, SectionWriter};

const VERSION: u32 = 1;
const SETTINGS: usize = 8;
const FIELDS: usize = 4;

/// A manifest: number of segments, and number of deleted vectors.
static MANIFEST: Format = Format {
    magic: *b"\x89LAIDX\r\n",
    before: None,
    oldest: VERSION,
    version: VERSION,
    what: "an index",
    sections: &["settings", "segments", "deleted"],
    counts: [("segments", 0, u32::MAX as u64), ("deleted", 0, u64::MAX)],
    lengths: |[segments, dead], lengths| {
        lengths[0] = 8 * SETTINGS as u64;
        lengths[1] = segments.checked_mul(8 * FIELDS as u64)?;
        lengths[2] = dead.checked_mul(4)?;
        Some(())
    },
};

/// What the manifest says.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) space: Space,
    /// Grows by one with each commit.
    pub(crate) generation: u64,
    /// The number of the next segment.
    pub(crate) next: u64,
    pub(crate) entries: Vec<Entry>,
}

/// A segment.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) rows: u64,
    /// Which of its vectors are deleted, ascending.
    pub(crate) dead: Vec<u32>,
}

impl Entry {
    /// Refuses a segment that is not the one meant.
    pub(crate) fn check(&self, segment: &GraphSegment, space: Space) -> Result<()> {
        let wrong = |field, found, expected| {
            Err(Error::Store(lookalike_store::Error::Header {
                path: segment.path().into(),
                field,
                expected,
                found,
            }))
        };
        if segment.len() as u64 != self.rows {
            return wrong("count", segment.len() as u64, self.rows);
        }
        let number = |space| Shape::flat(space).to_number();
        if segment.space() != space {
            return wrong("shape", number(segment.space()), number(space));
        }
        Ok(())
    }
}

/// Where the manifest of an index lies.
pub(crate) fn manifest_path(folder: &Path) -> PathBuf {
    folder.join("manifest")
}

impl Manifest {
    /// Replaces the manifest: afterwards this one counts, whatever happens.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let mut out = SectionWriter::create(&manifest_path(folder), &MANIFEST, "")?;
        let shape = Shape::flat(self.space);
        let mut settings = [0; SETTINGS];
        settings[..3].copy_from_slice(&[shape.to_number(), self.generation, self.next]);
        out.put_section(cast_slice(&settings))?;
        let mut deleted = 0;
        for entry in &self.entries {
            let dead = entry.dead.len() as u64;
            out.put(cast_slice(&[entry.number, entry.rows, dead, 0]))?;
            deleted += dead;
        }
        out.end_section()?;
        for entry in &self.entries {
            out.put(cast_slice(&entry.dead))?;
        }
        out.end_section()?;
        Ok(out.finish([self.entries.len() as u64, deleted])?)
    }

    /// Reads the manifest and checks it.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = manifest_path(folder);
        let file = SectionFile::open(&path, &MANIFEST)?;
        file.verify()?;
        let wrong = |field, found, expected| lookalike_store::Error::Header {
            path: path.clone(),
            field,
            expected,
            found,
        };
        let settings: &[u64] = file.section(0);
        let shape = Shape::from_number(settings[0]).ok_or(wrong("shape", settings[0], 0))?;
        let mut dead: &[u32] = file.section(2);
        let mut entries = Vec::new();
        for fields in file.section::<u64>(1).chunks_exact(FIELDS) {
            let (number, rows, count) = (fields[0], fields[1], fields[2]);
            let mine = dead
                .split_off(..count.min(u64::from(u32::MAX)) as usize)
                .ok_or(wrong("deleted", count, dead.len() as u64))?;
            let ascending = mine.windows(2).all(|pair| pair[0] < pair[1]);
            let last = mine.last().map_or(0, |&last| u64::from(last) + 1);
            if !ascending || last > rows {
                return Err(wrong("deleted", last, rows).into());
            }
            entries.push(Entry {
                number,
                rows,
                dead: mine.to_vec(),
            });
        }
        Ok(Self {
            space: shape.space,
            generation: settings[1],
            next: settings[2],
            entries,
        })
    }
}
