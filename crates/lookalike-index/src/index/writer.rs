//! Changing an index.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::fresh::FreshVectors;
use super::kind::GraphKind;
use super::manifest::{Manifest, manifest_path};
use crate::{Error, GraphOptions, Result, Space, Vector};
use lookalike_store::{Error as StoreError, Living, Store};

/// Changes an index: the one writer that it has at a time.
///
/// What was inserted and deleted counts from the next [`commit`](Self::commit) on, all of it at
/// once; until then it is held in memory, and lost if the writer is dropped or the program dies.
/// A commit writes the new vectors as a segment; segments of about a size are merged in the
/// background, four at a time, and a commit after that puts the merged one in their place. Where
/// vectors come faster than they can be merged commits wait, so that searches stay quick.
#[derive(Debug)]
pub struct IndexWriter {
    store: Store<GraphKind, Manifest>,
    fresh: FreshVectors,
    /// Held as long as the writer lives; the system releases it when the program dies.
    _lock: File,
}

impl IndexWriter {
    /// Makes an empty index in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Dimension`], [`Error::Exists`] where there is an index already,
    /// [`Error::Locked`], [`Error::Store`].
    pub fn create(folder: &Path, space: Space, options: &GraphOptions) -> Result<Self> {
        if space.dim == 0 || space.dim > crate::MAX_GRAPH_DIMENSION {
            return Err(Error::Dimension {
                expected: crate::MAX_GRAPH_DIMENSION,
                received: space.dim,
            });
        }
        std::fs::create_dir_all(folder).map_err(StoreError::io(folder, "create"))?;
        let lock = lock(folder)?;
        if manifest_path(folder).exists() {
            return Err(Error::Exists {
                path: folder.to_owned(),
            });
        }
        Self::new(Manifest::create(folder, space)?, lock, options)
    }

    /// Opens the index in a folder, and removes what a writer that died may have left.
    ///
    /// # Errors
    /// [`Error::Locked`] while there is another writer, else as
    /// [`IndexReader::open`](crate::IndexReader::open).
    pub fn open(folder: &Path, options: &GraphOptions) -> Result<Self> {
        let lock = lock(folder)?;
        Self::new(Manifest::read(folder)?, lock, options)
    }

    fn new(manifest: Manifest, lock: File, options: &GraphOptions) -> Result<Self> {
        let space = manifest.space;
        let store = Store::open(GraphKind::new(space, "", options), manifest)?;
        store.ledger().check(store.segments())?;
        store.ledger().clear_orphans()?;
        Ok(Self {
            store,
            fresh: FreshVectors::new(space),
            _lock: lock,
        })
    }

    /// What the vectors have in common.
    pub fn space(&self) -> Space {
        self.fresh.space()
    }

    /// Number of vectors, those since the last commit included.
    pub fn len(&self) -> usize {
        let sealed = self.store.segments().iter().map(Living::alive);
        self.fresh.len() + sealed.sum::<usize>()
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is a vector of this id.
    pub fn contains(&self, id: u64) -> bool {
        self.fresh.contains(id) || self.store.contains(id)
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
        self.fresh.insert(id, vector.into()).map(drop)
    }

    /// Adds a vector in the place of the one of this id, and says whether there was one.
    ///
    /// # Errors
    /// [`Error::Dimension`], [`Error::NotFinite`], [`Error::Magnitude`]; nothing is changed then.
    pub fn replace<'v>(&mut self, id: u64, vector: impl Into<Vector<'v>>) -> Result<bool> {
        let was_fresh = self.fresh.insert(id, vector.into())?;
        Ok(self.store.delete(id) || was_fresh)
    }

    /// Deletes the vector of an id, and says whether there was one.
    pub fn delete(&mut self, id: u64) -> bool {
        let was_fresh = self.fresh.remove(id);
        self.store.delete(id) || was_fresh
    }

    /// Makes all changes since the last commit count. When this returns they survive a power cut.
    ///
    /// Takes time in proportion to what was inserted; every few thousand vectors one that builds a
    /// small graph, or waits until one is built.
    ///
    /// # Errors
    /// [`Error::Store`]: nothing counts then, the changes are kept, and one can try again.
    pub fn commit(&mut self) -> Result<()> {
        self.store.commit(Some(&self.fresh))?;
        self.fresh.clear();
        self.store.merge_behind()
    }

    /// Commits, and waits until no merge is on its way or due.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn settle(&mut self) -> Result<()> {
        self.commit()?;
        self.store.settle()
    }

    /// Commits, and makes one segment of all, without what was deleted: the fastest to search.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn optimize(&mut self) -> Result<()> {
        self.commit()?;
        self.store.merge_all()
    }
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(StoreError::io(&path, "open"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked {
            path: folder.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(StoreError::io(&path, "lock")(source).into()),
    }
}
