//! Changing an index.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::living::{Living, segment_path};
use super::manifest::{Manifest, manifest_path};
use super::merge::{self, Merge};
use super::reader::snapshot;
use crate::graph::{Row, check, encode};
use crate::{Element, Error, GraphOptions, Result, Space, Vector};

/// Where there are more segments than this, commits wait for merges: a search looks into each.
const CROWDED: usize = 32;

/// Changes an index: the one writer that it has at a time.
///
/// What was inserted and deleted counts from the next [`commit`](Self::commit) on, all of it at
/// once; until then it is held in memory, and lost if the writer is dropped or the program dies.
/// A commit writes the new vectors as a segment; segments of about a size are merged in the
/// background, four at a time, and a commit after that puts the merged one in their place. Where
/// vectors come faster than they can be merged commits wait, so that searches stay quick.
#[derive(Debug)]
pub struct IndexWriter {
    folder: PathBuf,
    /// Held as long as the writer lives; the system releases it when the program dies.
    _lock: File,
    options: GraphOptions,
    space: Space,
    generation: u64,
    next: u64,
    segments: Vec<Living>,
    fresh: BTreeMap<u64, Fresh>,
    /// Whether something was deleted since the last commit.
    deleted: bool,
    /// The merges on their way, of different segments.
    merges: Vec<Merge>,
    values: Vec<f32>,
}

/// A vector that is not on the disk yet, as it will be kept.
#[derive(Debug)]
enum Fresh {
    F32(Box<[f32]>),
    I8(Box<[i8]>, f32),
    Bits12(Box<[i8]>, f32),
}

impl Fresh {
    fn row(&self) -> Row<'_> {
        match self {
            Self::F32(values) => Row::F32(values),
            Self::I8(values, step) => Row::I8(values, *step),
            Self::Bits12(row, step) => Row::Bits12(row, *step),
        }
    }
}

impl IndexWriter {
    /// Makes an empty index in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Dimension`], [`Error::Exists`] where there is an index already,
    /// [`Error::Locked`], [`Error::Io`].
    pub fn create(folder: &Path, space: Space, options: &GraphOptions) -> Result<Self> {
        if space.dim == 0 || space.dim > crate::MAX_GRAPH_DIMENSION {
            return Err(Error::Dimension {
                expected: crate::MAX_GRAPH_DIMENSION,
                received: space.dim,
            });
        }
        std::fs::create_dir_all(folder).map_err(lookalike_store::Error::io(folder, "create"))?;
        let lock = lock(folder)?;
        if manifest_path(folder).exists() {
            return Err(Error::Exists {
                path: folder.to_owned(),
            });
        }
        let manifest = Manifest {
            space,
            generation: 0,
            next: 0,
            entries: Vec::new(),
        };
        manifest.write(folder)?;
        Self::new(folder, lock, options)
    }

    /// Opens the index in a folder, and removes what a writer that died may have left.
    ///
    /// # Errors
    /// [`Error::Locked`] while there is another writer, else as
    /// [`IndexReader::open`](crate::IndexReader::open).
    pub fn open(folder: &Path, options: &GraphOptions) -> Result<Self> {
        let lock = lock(folder)?;
        Self::new(folder, lock, options)
    }

    fn new(folder: &Path, lock: File, options: &GraphOptions) -> Result<Self> {
        let (manifest, segments) = snapshot(folder, &[])?;
        let writer = Self {
            folder: folder.to_owned(),
            _lock: lock,
            options: *options,
            space: manifest.space,
            generation: manifest.generation,
            next: manifest.next,
            segments,
            fresh: BTreeMap::new(),
            deleted: false,
            merges: Vec::new(),
            values: Vec::new(),
        };
        writer.remove_orphans()?;
        Ok(writer)
    }

    /// What the vectors have in common.
    pub fn space(&self) -> Space {
        self.space
    }

    /// Number of vectors, those since the last commit included.
    pub fn len(&self) -> usize {
        self.fresh.len() + self.segments.iter().map(Living::alive).sum::<usize>()
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is a vector of this id.
    pub fn contains(&self, id: u64) -> bool {
        self.fresh.contains_key(&id) || self.segments.iter().any(|s| s.find(id).is_some())
    }

    /// Adds a vector.
    ///
    /// # Errors
    /// [`Error::DuplicateId`], [`Error::Dimension`], [`Error::NotFinite`], [`Error::Magnitude`];
    /// nothing is changed then.
    pub fn insert<'v>(&mut self, id: u64, vector: impl Into<Vector<'v>>) -> Result<()> {
        if self.contains(id) {
            return Err(Error::DuplicateId { id });
        }
        self.replace(id, vector).map(|_| ())
    }

    /// Adds a vector in the place of the one of this id, and says whether there was one.
    ///
    /// # Errors
    /// [`Error::Dimension`], [`Error::NotFinite`], [`Error::Magnitude`]; nothing is changed then.
    pub fn replace<'v>(&mut self, id: u64, vector: impl Into<Vector<'v>>) -> Result<bool> {
        let vector = vector.into();
        check(self.options.level, self.space, vector, &mut self.values)?;
        let fresh = match (self.space.element, vector) {
            (Element::F32, _) => Fresh::F32(self.values.as_slice().into()),
            (element, _) => {
                let mut row = Vec::new();
                let step = encode(element, vector, &mut row);
                match element {
                    Element::Bits12 => Fresh::Bits12(row.into(), step),
                    _ => Fresh::I8(row.into(), step),
                }
            }
        };
        let before = self.delete(id);
        self.fresh.insert(id, fresh);
        Ok(before)
    }

    /// Deletes the vector of an id, and says whether there was one.
    pub fn delete(&mut self, id: u64) -> bool {
        let mut before = self.fresh.remove(&id).is_some();
        for living in &mut self.segments {
            if let Some(row) = living.find(id) {
                living.kill(row);
                self.deleted = true;
                before = true;
            }
        }
        before
    }

    /// Makes all changes since the last commit count. When this returns they survive a power cut.
    ///
    /// Takes time in proportion to what was inserted; every few thousand vectors one that builds a
    /// small graph, or waits until one is built.
    ///
    /// # Errors
    /// [`Error::Io`]: nothing counts then, the changes are kept, and one can try again.
    pub fn commit(&mut self) -> Result<()> {
        self.commit_with(false)?;
        while self.segments.len() > CROWDED && !self.merges.is_empty() {
            self.commit_with(true)?;
        }
        Ok(())
    }

    /// Commits, and waits until no merge is on its way or due.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn settle(&mut self) -> Result<()> {
        self.commit()?;
        while !self.merges.is_empty() {
            self.commit_with(true)?;
        }
        Ok(())
    }

    fn commit_with(&mut self, wait: bool) -> Result<()> {
        let finished = self.take_finished(wait);
        if !finished.is_empty() || !self.fresh.is_empty() || self.deleted {
            let finish = |merge: Merge| merge.finish(&self.segments);
            let merged: Result<Vec<_>> = finished.into_iter().map(finish).collect();
            let segments = self.with_fresh(merged?)?;
            self.publish(segments)?;
            self.fresh.clear();
        }
        self.start_merges()
    }

    /// The merges that are finished; where none is, and one is to be waited for, the smallest.
    fn take_finished(&mut self, wait: bool) -> Vec<Merge> {
        let finished: Vec<Merge> = self.merges.extract_if(.., |m| m.is_finished()).collect();
        if !wait || !finished.is_empty() {
            return finished;
        }
        let sizes = self.merges.iter().map(Merge::vectors).enumerate();
        let smallest = sizes.min_by_key(|&(_, size)| size);
        let smallest = smallest.map(|(at, _)| self.merges.swap_remove(at));
        smallest.into_iter().collect()
    }

    fn start_merges(&mut self) -> Result<()> {
        loop {
            let idle = self.segments.iter().filter(|s| !self.is_merging(s.number));
            let idle: Vec<Living> = idle.cloned().collect();
            let inputs = merge::due(&idle, self.options.graph_from);
            if inputs.is_empty() {
                return Ok(());
            }
            let number = self.take_number();
            let merge = Merge::start(&self.folder, number, self.space, inputs, self.options)?;
            self.merges.push(merge);
        }
    }

    /// Commits, and makes one segment of all, without what was deleted: the fastest to search.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn optimize(&mut self) -> Result<()> {
        self.settle()?;
        let whole = self.segments.iter().all(|living| living.dead_count() == 0);
        if self.segments.len() > 1 || !whole {
            let number = self.take_number();
            let merged = self.merge_now(number, &self.segments, &[])?;
            self.publish(vec![merged])?;
        }
        Ok(())
    }

    /// The segments with merged ones in the place of what they were made of, and with one of the
    /// fresh vectors, which takes in smaller ones without a graph.
    fn with_fresh(&mut self, merged: Vec<(Living, Merge)>) -> Result<Vec<Living>> {
        let mut segments = self.segments.clone();
        for (living, merge) in merged {
            segments.retain(|old| !merge.replaces(old.number));
            segments.push(living);
        }
        segments.retain(|living| living.alive() > 0 || self.is_merging(living.number));
        if self.fresh.is_empty() {
            return Ok(segments);
        }
        let number = self.take_number();
        let mut taken = Vec::new();
        let mut count = self.fresh.len();
        let small = |living: &Living, count| !living.segment.has_graph() && living.alive() <= count;
        while let Some(at) = segments.iter().rposition(|living| small(living, count)) {
            count += segments[at].alive();
            taken.push(segments.remove(at));
        }
        let fresh = self.fresh.iter().map(|(&id, fresh)| (id, fresh.row()));
        let fresh: Vec<_> = fresh.collect();
        segments.push(self.merge_now(number, &taken, &fresh)?);
        Ok(segments)
    }

    fn merge_now(
        &self,
        number: u64,
        inputs: &[Living],
        fresh: &[(u64, Row<'_>)],
    ) -> Result<Living> {
        let never = AtomicBool::new(false);
        let (folder, options) = (&self.folder, &self.options);
        merge::merge(folder, number, self.space, inputs, fresh, options, &never)
            .map(|segment| Living::new(number, segment))
    }

    /// Makes these segments count, and removes the others.
    fn publish(&mut self, segments: Vec<Living>) -> Result<()> {
        let manifest = Manifest {
            space: self.space,
            generation: self.generation + 1,
            next: self.next,
            entries: segments.iter().map(Living::entry).collect(),
        };
        manifest.write(&self.folder)?;
        self.generation += 1;
        let old = std::mem::replace(&mut self.segments, segments);
        self.deleted = false;
        for living in old {
            let kept = self.segments.iter().any(|s| s.number == living.number);
            if !kept {
                // Where it cannot be removed now, the next writer will.
                let _ = std::fs::remove_file(segment_path(&self.folder, living.number));
            }
        }
        Ok(())
    }

    fn is_merging(&self, number: u64) -> bool {
        self.merges.iter().any(|merge| merge.replaces(number))
    }

    fn take_number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// Removes segments that the manifest does not name.
    fn remove_orphans(&self) -> Result<()> {
        let failed = |action| lookalike_store::Error::io(&self.folder, action);
        for entry in std::fs::read_dir(&self.folder).map_err(failed("list"))? {
            let path = entry.map_err(failed("list"))?.path();
            let ours = path.file_name().and_then(|name| name.to_str());
            let ours = ours.is_some_and(|n| n.starts_with("segment-") || n == "manifest.partial");
            let named = |s: &Living| segment_path(&self.folder, s.number) == path;
            if ours && !self.segments.iter().any(named) {
                std::fs::remove_file(&path).map_err(lookalike_store::Error::io(&path, "remove"))?;
            }
        }
        Ok(())
    }
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(lookalike_store::Error::io(&path, "open"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked {
            path: folder.to_owned(),
        }),
        Err(TryLockError::Error(source)) => {
            Err(lookalike_store::Error::io(&path, "lock")(source).into())
        }
    }
}
