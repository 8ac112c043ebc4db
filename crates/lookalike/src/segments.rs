//! The files of vectors, as a whole: sealing, merging, clearing away.
//!
//! The order is always: write the segment (the writer brings it and its folder safely to the
//! disk), commit the transaction that names it, and only then remove what it replaces. A crash
//! leaves at most a file that no catalogue names, which the next writer removes.

use crate::catalogue::{Catalogue, SegmentRow};
use crate::{Error, Result};
use lookalike_index::{SegmentWriter, VectorSegment};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Fresh vectors are sealed when there are so many.
pub(crate) const SEAL_AT: u64 = 1024;
/// At the end of an update fewer are enough.
pub(crate) const SEAL_AT_END: u64 = 256;
/// So many segments of about one size become one.
const MERGE_COUNT: usize = 8;
/// Segments with more vectors are merged no further: a merge writes at most a gigabyte or so.
const MERGE_MAX: u64 = 1 << 14;

/// The folder of segment files.
#[derive(Clone, Debug)]
pub(crate) struct SegmentFolder {
    path: PathBuf,
}

impl SegmentFolder {
    /// That of the library in `folder`.
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            path: folder.join("segments"),
        }
    }

    /// Makes the folder.
    pub(crate) fn create(&self) -> Result<()> {
        match std::fs::create_dir(&self.path) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(Error::writing(&self.path, e)),
            _ => Ok(()),
        }
    }

    /// The file of a segment.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Opens segments; `None` where one is gone, because a writer has just merged it.
    pub(crate) fn open(&self, rows: &[SegmentRow]) -> Result<Option<Vec<VectorSegment>>> {
        let mut segments = Vec::with_capacity(rows.len());
        for row in rows {
            match VectorSegment::open(&self.file(&row.name)) {
                Ok(segment) => segments.push(segment),
                Err(lookalike_index::Error::Io { source, .. })
                    if source.kind() == ErrorKind::NotFound =>
                {
                    return Ok(None);
                }
                Err(e) => return Err(Error::segment(e)),
            }
        }
        Ok(Some(segments))
    }

    /// Opens segments, of which none can be gone: only a writer may ask.
    fn open_all(&self, rows: &[SegmentRow]) -> Result<Vec<VectorSegment>> {
        self.open(rows)?.ok_or_else(|| Error::Damaged {
            path: self.path.clone(),
            what: "a segment is missing".into(),
        })
    }

    /// The files that no catalogue names, by name: what a crash left, or what readers still held.
    pub(crate) fn orphans(&self, rows: &[SegmentRow]) -> Result<Vec<String>> {
        let entries = match std::fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(Error::io(&self.path, e)),
        };
        let mut orphans = Vec::new();
        for entry in entries {
            let name = entry.map_err(|e| Error::io(&self.path, e))?.file_name();
            let name = name.to_string_lossy().into_owned();
            if rows.iter().all(|row| row.name != name) {
                orphans.push(name);
            }
        }
        orphans.sort();
        Ok(orphans)
    }

    /// Removes a file; one that cannot be removed is an orphan that the next writer tries again.
    pub(crate) fn remove(&self, name: &str) {
        let _ = std::fs::remove_file(self.file(name));
    }
}

/// What the one writer does with segments.
#[derive(Debug)]
pub(crate) struct Sealer<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) folder: &'a SegmentFolder,
    /// What the vectors are, for whoever opens a file.
    pub(crate) label: &'a str,
    pub(crate) vector_length: usize,
    pub(crate) threads: usize,
}

impl Sealer<'_> {
    /// Removes the files that no catalogue names.
    pub(crate) fn clear_orphans(&self) -> Result<()> {
        for name in self.folder.orphans(&self.catalogue.segments()?)? {
            self.folder.remove(&name);
        }
        Ok(())
    }

    /// Moves the fresh vectors to a segment if there are at least `enough`. Must be called between
    /// transactions.
    pub(crate) fn seal(&self, enough: u64) -> Result<()> {
        let count = self.catalogue.fresh_count()?;
        if count == 0 || count < enough {
            return Ok(());
        }
        let mut writer = self.writer()?;
        self.catalogue
            .each_fresh(|picture, vector| writer.push(picture.cast_unsigned(), vector))?;
        let row = writer.finish(self.threads)?;
        self.catalogue.in_transaction(|| {
            self.catalogue.add_segment(&row)?;
            self.catalogue.clear_fresh()
        })
    }

    /// Rewrites segments with many dead vectors, and makes one of many small ones.
    pub(crate) fn merge(&self) -> Result<()> {
        let rows = self.catalogue.segments()?;
        let dead = self.catalogue.dead()?;
        let segments = self.folder.open_all(&rows)?;
        let mut tiers: Vec<Vec<usize>> = Vec::new();
        for (i, segment) in segments.iter().enumerate() {
            let total = segment.len() as u64;
            let gone = segment.ids().iter().filter(|id| is_in(&dead, **id)).count() as u64;
            if gone * 10 > total * 3 || total == 0 {
                self.rewrite(&[i], &rows, &segments, &dead)?;
            } else if total < MERGE_MAX {
                let tier = ((total / SEAL_AT_END).max(1).ilog2() / 3) as usize;
                tiers.resize(tiers.len().max(tier + 1), Vec::new());
                tiers[tier].push(i);
            }
        }
        for tier in tiers.into_iter().filter(|t| t.len() >= MERGE_COUNT) {
            self.rewrite(&tier, &rows, &segments, &dead)?;
        }
        Ok(())
    }

    /// Makes one segment of the living vectors of some.
    fn rewrite(
        &self,
        which: &[usize],
        rows: &[SegmentRow],
        segments: &[VectorSegment],
        dead: &[u64],
    ) -> Result<()> {
        let mut living: Vec<(u64, usize, usize)> = Vec::new();
        let mut buried: Vec<u64> = Vec::new();
        for &i in which {
            // Damage must not be copied into a file with good checksums.
            segments[i].verify().map_err(Error::segment)?;
            for (row, &id) in segments[i].ids().iter().enumerate() {
                if is_in(dead, id) {
                    buried.push(id);
                } else {
                    living.push((id, i, row));
                }
            }
        }
        living.sort_unstable();
        let merged = if living.is_empty() {
            None
        } else {
            let mut writer = self.writer()?;
            for (id, i, row) in living {
                writer.push(id, segments[i].vector(row))?;
            }
            Some(writer.finish(self.threads)?)
        };
        self.catalogue.in_transaction(|| {
            for &i in which {
                self.catalogue.drop_segment(rows[i].id)?;
            }
            for id in buried {
                self.catalogue.forget_dead(id)?;
            }
            merged.map_or(Ok(()), |row| self.catalogue.add_segment(&row))
        })?;
        for &i in which {
            self.folder.remove(&rows[i].name);
        }
        Ok(())
    }

    /// Begins the next segment.
    pub(crate) fn writer(&self) -> Result<NewSegment> {
        let id = self.catalogue.next_segment()?;
        let path = self.folder.file(&name_of(id));
        SegmentWriter::create(&path, self.vector_length, self.label)
            .map(|writer| NewSegment { id, writer })
            .map_err(Error::segment)
    }
}

/// A segment that is being written. Dropped before it is finished, it leaves nothing.
#[derive(Debug)]
pub(crate) struct NewSegment {
    id: i64,
    writer: SegmentWriter,
}

impl NewSegment {
    /// Adds the vector of a picture; ids must ascend.
    pub(crate) fn push(&mut self, picture: u64, vector: &[f32]) -> Result<()> {
        self.writer.push(picture, vector).map_err(Error::segment)
    }

    /// Brings it to the disk; it exists when a transaction names it.
    pub(crate) fn finish(self, threads: usize) -> Result<SegmentRow> {
        let segment = self.writer.finish(threads).map_err(Error::segment)?;
        Ok(SegmentRow {
            id: self.id,
            name: name_of(self.id),
            vectors: segment.len() as u64,
            bytes: segment.file_bytes(),
        })
    }
}

fn name_of(id: i64) -> String {
    format!("{id:08}.vec")
}

/// Whether an ascending list holds an id.
pub(crate) fn is_in(ascending: &[u64], id: u64) -> bool {
    ascending.binary_search(&id).is_ok()
}
