//! The files of records, as a whole: sealing, merging, clearing away.
//!
//! The order is always: write the segment (its writer brings it and its folder safely to the
//! disk), commit the transaction that names it, and only then remove what it replaces. A crash
//! leaves at most a file that no catalogue names, which the next writer removes.

mod embeddings;
mod vectors;
mod words;

pub(crate) use embeddings::embedding_bytes;
pub(crate) use vectors::vector_bytes;

use crate::catalogue::{Catalogue, SegmentRow};
use crate::{Error, Models, Part, PictureId, Result};
use lookalike_index::{GraphSegment, Parameters, VectorSegment, WordsSegment};
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Fresh records are sealed when there are so many.
pub(crate) const SEAL_AT: u64 = 1024;
/// At the end of an update fewer are enough.
pub(crate) const SEAL_AT_END: u64 = 64;

/// A file of records of one part.
pub(crate) trait SegmentFile: Sized + fmt::Debug + Send + Sync {
    /// What the records are, for who searches them.
    const PART: Part;
    /// A merge makes no larger segment.
    const MAX_RECORDS: u64;
    /// So many segments of about one size become one, as a power of two. Sizes are about the same
    /// where they are within this factor.
    const MERGE_BITS: u32 = 3;
    /// Records that are not in a segment yet.
    type Fresh: fmt::Debug + Send + Sync;

    fn open(path: &Path) -> lookalike_index::Result<Self>;
    fn verify(&self) -> lookalike_index::Result<()>;
    /// The pictures, ascending.
    fn ids(&self) -> &[u64];
    fn file_bytes(&self) -> u64;
    /// How its graph was built, and the bytes of it; `None` where it has none.
    fn graph(&self) -> Option<(Parameters, u64)> {
        None
    }
    /// Reads the fresh records.
    fn fresh(catalogue: &Catalogue, part: Part) -> Result<Self::Fresh>;
    /// Writes a segment of the fresh records.
    fn write_fresh(path: &Path, sealer: &Sealer<'_>, part: Part) -> Result<Self>;
    /// Writes a segment of those records in `segments` that `keep` wants.
    fn write_merged(
        path: &Path,
        sealer: &Sealer<'_>,
        part: Part,
        segments: &[&Self],
        keep: &dyn Fn(u64) -> bool,
    ) -> Result<Self>;
}

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

    /// Opens a segment; `None` where it is gone, because a writer has just merged it.
    pub(crate) fn open<S: SegmentFile>(&self, row: &SegmentRow) -> Result<Option<S>> {
        match S::open(&self.file(&row.name)) {
            Ok(segment) => Ok(Some(segment)),
            Err(lookalike_index::Error::Io { source, .. })
                if source.kind() == ErrorKind::NotFound =>
            {
                Ok(None)
            }
            Err(e) => Err(Error::segment(e)),
        }
    }

    /// Opens segments, of which none can be gone: only a writer may ask.
    fn open_all<S: SegmentFile>(&self, rows: &[SegmentRow]) -> Result<Vec<S>> {
        let missing = || Error::Damaged {
            path: self.path.clone(),
            what: "a segment is missing".into(),
        };
        let open = |row| self.open(row)?.ok_or_else(missing);
        rows.iter().map(open).collect()
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
    /// What the embeddings are.
    pub(crate) models: &'a Models,
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

    /// Fresh records of the part that has most.
    pub(crate) fn fresh_count(&self) -> Result<u64> {
        let mut most = 0;
        for part in Part::ALL {
            most = most.max(self.catalogue.fresh_tally(part)?.records);
        }
        Ok(most)
    }

    /// Moves the fresh records of every part to segments where there are at least `enough`. Must
    /// be called between transactions.
    pub(crate) fn seal(&self, enough: u64) -> Result<()> {
        self.seal_part::<VectorSegment>(Part::Vector, enough)?;
        self.seal_part::<WordsSegment>(Part::Words, enough)?;
        self.seal_part::<GraphSegment>(Part::Embedding, enough)?;
        self.seal_part::<GraphSegment>(Part::NextEmbedding, enough)
    }

    fn seal_part<S: SegmentFile>(&self, part: Part, enough: u64) -> Result<()> {
        let count = self.catalogue.fresh_tally(part)?.records;
        if count == 0 || count < enough {
            return Ok(());
        }
        let (id, path) = self.next(part)?;
        let row = row(id, part, &S::write_fresh(&path, self, part)?);
        self.catalogue.in_transaction(|| {
            self.catalogue.add_segment(&row)?;
            self.catalogue.clear_fresh(part)
        })
    }

    /// Rewrites segments with many dead records, and makes one of many small ones.
    pub(crate) fn merge(&self) -> Result<()> {
        self.merge_part::<VectorSegment>(Part::Vector)?;
        self.merge_part::<WordsSegment>(Part::Words)?;
        self.merge_part::<GraphSegment>(Part::Embedding)?;
        self.merge_part::<GraphSegment>(Part::NextEmbedding)
    }

    fn merge_part<S: SegmentFile>(&self, part: Part) -> Result<()> {
        let rows = self.catalogue.segments_of(part)?;
        let dead = self.catalogue.dead(part)?;
        let segments = self.folder.open_all::<S>(&rows)?;
        let mut tiers: Vec<Vec<usize>> = Vec::new();
        for (i, segment) in segments.iter().enumerate() {
            let total = segment.ids().len() as u64;
            let gone = segment.ids().iter().filter(|id| is_in(&dead, **id)).count() as u64;
            if gone * 10 > total * 3 || total == 0 {
                self.rewrite(part, &[i], &rows, &segments, &dead)?;
            } else {
                let tier = ((total / SEAL_AT_END).max(1).ilog2() / S::MERGE_BITS) as usize;
                tiers.resize(tiers.len().max(tier + 1), Vec::new());
                tiers[tier].push(i);
            }
        }
        let enough = 1 << S::MERGE_BITS;
        for mut tier in tiers.into_iter().filter(|t| t.len() >= enough) {
            // The smallest that fit into one; at the last size those that are full stay out of it.
            tier.sort_by_key(|&i| rows[i].records);
            tier.truncate(enough);
            let mut total = 0;
            tier.retain(|&i| {
                total += rows[i].records;
                total <= S::MAX_RECORDS
            });
            if tier.len() >= 2 {
                self.rewrite(part, &tier, &rows, &segments, &dead)?;
            }
        }
        Ok(())
    }

    /// Makes one segment of the living records of some.
    fn rewrite<S: SegmentFile>(
        &self,
        part: Part,
        which: &[usize],
        rows: &[SegmentRow],
        segments: &[S],
        dead: &[u64],
    ) -> Result<()> {
        let chosen: Vec<&S> = which.iter().map(|&i| &segments[i]).collect();
        let all = || chosen.iter().flat_map(|segment| segment.ids());
        let buried: Vec<u64> = all().copied().filter(|id| is_in(dead, *id)).collect();
        for segment in &chosen {
            // Damage must not be copied into a file with good checksums.
            segment.verify().map_err(Error::segment)?;
        }
        let merged = if buried.len() == all().count() {
            None
        } else {
            let (id, path) = self.next(part)?;
            let keep = |id| !is_in(dead, id);
            let merged = S::write_merged(&path, self, part, &chosen, &keep)?;
            Some(row(id, part, &merged))
        };
        self.catalogue.in_transaction(|| {
            for &i in which {
                self.catalogue.drop_segment(rows[i].id)?;
            }
            for id in buried {
                self.catalogue.forget_dead(part, PictureId::new(id))?;
            }
            merged.map_or(Ok(()), |row| self.catalogue.add_segment(&row))
        })?;
        for &i in which {
            self.folder.remove(&rows[i].name);
        }
        Ok(())
    }

    /// Id and path of the next segment.
    pub(crate) fn next(&self, part: Part) -> Result<(i64, PathBuf)> {
        let id = self.catalogue.next_segment()?;
        Ok((id, self.folder.file(&name_of(part, id))))
    }
}

/// What the catalogue says of a segment; it exists when a transaction names it.
pub(crate) fn row<S: SegmentFile>(id: i64, part: Part, segment: &S) -> SegmentRow {
    SegmentRow {
        id,
        part,
        name: name_of(part, id),
        records: segment.ids().len() as u64,
        bytes: segment.file_bytes(),
    }
}

fn name_of(part: Part, id: i64) -> String {
    let part = match part {
        // Which it will be.
        Part::NextEmbedding => Part::Embedding,
        part => part,
    };
    format!("{id:08}.{part}")
}

/// Whether an ascending list holds an id.
pub(crate) fn is_in(ascending: &[u64], id: u64) -> bool {
    ascending.binary_search(&id).is_ok()
}
