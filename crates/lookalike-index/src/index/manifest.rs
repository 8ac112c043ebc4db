//! The manifest: which segments an index consists of.

use std::path::{Path, PathBuf};

use bytemuck::cast_slice;

use crate::graph::Shape;
use crate::{Error, GraphSegment, Result, Space};
use lookalike_store::{
    Change, Dead, Entry, Error as StoreError, FileFormat, Ledger, Living, SectionFile,
    SectionWriter, Segment, SegmentFolder,
};

/// The version of the format of manifests that this crate writes, and the highest it reads.
pub const MANIFEST_FORMAT_VERSION: u32 = 2;

const SETTINGS: usize = 8;
const FIELDS: usize = 4;

/// A manifest: number of segments, and number of deleted vectors.
static FORMAT: FileFormat = FileFormat {
    magic: *b"\x89LAIDX\r\n",
    oldest: MANIFEST_FORMAT_VERSION,
    version: MANIFEST_FORMAT_VERSION,
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

/// What the manifest of an index says; for its one writer, the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    path: PathBuf,
    folder: SegmentFolder,
    pub(crate) space: Space,
    /// Grows by one with each commit.
    pub(crate) generation: u64,
    /// The number of the next segment.
    next: u64,
    entries: Vec<Entry>,
}

/// Where the manifest of an index lies.
pub(crate) fn manifest_path(folder: &Path) -> PathBuf {
    folder.join("manifest")
}

impl Manifest {
    /// Makes an empty index in a folder.
    pub(crate) fn create(folder: &Path, space: Space) -> Result<Self> {
        let manifest = Self {
            path: manifest_path(folder),
            folder: SegmentFolder::within(folder),
            space,
            generation: 0,
            next: 0,
            entries: Vec::new(),
        };
        manifest.folder.create()?;
        manifest.write()?;
        Ok(manifest)
    }

    /// Replaces the manifest: afterwards this one counts, whatever happens.
    fn write(&self) -> Result<()> {
        let mut out = SectionWriter::create(&self.path, &FORMAT, "")?;
        let shape = Shape::flat(self.space);
        let mut settings = [0; SETTINGS];
        settings[..3].copy_from_slice(&[shape.to_number(), self.generation, self.next]);
        out.put_section(cast_slice(&settings))?;
        let mut deleted = 0;
        for entry in &self.entries {
            let dead = rows(entry).len() as u64;
            out.put(cast_slice(&[entry.number, entry.records, dead, 0]))?;
            deleted += dead;
        }
        out.end_section()?;
        for entry in &self.entries {
            out.put(cast_slice(rows(entry)))?;
        }
        out.end_section()?;
        Ok(out.finish([self.entries.len() as u64, deleted])?)
    }

    /// Reads the manifest in a folder and checks it.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = manifest_path(folder);
        let file = SectionFile::open(&path, &FORMAT)?;
        file.verify()?;
        let wrong = |field, found, expected| StoreError::Header {
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
            let (number, records, count) = (fields[0], fields[1], fields[2]);
            let mine = dead
                .split_off(..count.min(u64::from(u32::MAX)) as usize)
                .ok_or(wrong("deleted", count, dead.len() as u64))?;
            let ascending = mine.windows(2).all(|pair| pair[0] < pair[1]);
            let last = mine.last().map_or(0, |&last| u64::from(last) + 1);
            if !ascending || last > records {
                return Err(wrong("deleted", last, records).into());
            }
            entries.push(Entry {
                number,
                records,
                dead: Dead::Rows(mine.to_vec()),
            });
        }
        Ok(Self {
            folder: SegmentFolder::within(folder),
            space: shape.space,
            generation: settings[1],
            next: settings[2],
            entries,
            path,
        })
    }

    /// Refuses segments of other vectors.
    pub(crate) fn check(&self, segments: &[Living<GraphSegment>]) -> Result<()> {
        let number = |space| Shape::flat(space).to_number();
        let others = |living: &&Living<GraphSegment>| living.segment().space() != self.space;
        match segments.iter().find(others) {
            None => Ok(()),
            Some(living) => Err(Error::Store(StoreError::Header {
                path: self.file(living.number()),
                field: "shape",
                expected: number(self.space),
                found: number(living.segment().space()),
            })),
        }
    }

    /// Removes what a writer that died may have left.
    pub(crate) fn clear_orphans(&self) -> Result<()> {
        let named = |name: &str| self.entries.iter().any(|e| self.name(e.number) == name);
        for orphan in self.folder.orphans(named)? {
            self.folder.remove(&orphan);
        }
        Ok(())
    }
}

impl Ledger for Manifest {
    type Error = Error;

    fn entries(&self) -> Result<Vec<Entry>> {
        Ok(self.entries.clone())
    }

    fn next_number(&mut self) -> Result<u64> {
        self.next += 1;
        Ok(self.next - 1)
    }

    fn folder(&self) -> &SegmentFolder {
        &self.folder
    }

    fn name(&self, number: u64) -> String {
        format!("{number:08}.vectors")
    }

    fn publish<S: Segment>(&mut self, change: &Change<'_, S>) -> Result<()> {
        let after = Self {
            generation: self.generation + 1,
            entries: change.after().iter().map(entry).collect(),
            ..self.clone()
        };
        after.write()?;
        *self = after;
        Ok(())
    }
}

fn entry<S: Segment>(living: &Living<S>) -> Entry {
    Entry {
        number: living.number(),
        records: living.segment().ids().len() as u64,
        dead: Dead::Rows(living.dead_rows().map(|row| row as u32).collect()),
    }
}

/// The deleted vectors of an entry.
fn rows(entry: &Entry) -> &[u32] {
    match &entry.dead {
        Dead::Rows(rows) => rows,
        Dead::Ids(_) => &[],
    }
}
