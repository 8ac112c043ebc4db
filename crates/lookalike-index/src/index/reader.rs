//! Searching an index.

use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use super::sample::sample;
use crate::{GraphSegment, Parameters, QueryOptions, Recall, Result, Space, Vector, search};
use lookalike_store::{
    ATTEMPTS, Error as StoreError, Ledger, Living, Neighbor, Result as StoreResult, Segment,
    exchange, open_all,
};

/// A snapshot of an index: what the last commit before [`open`](Self::open) or
/// [`refresh`](Self::refresh) left, whatever writers do since. Any number of readers, in any
/// number of processes, search while one writes, and none of them waits.
///
/// Opening reads the manifest and the headers of the segments. One reader serves any number of
/// threads.
#[derive(Debug)]
pub struct IndexReader {
    folder: PathBuf,
    space: Space,
    generation: u64,
    segments: Vec<Living<GraphSegment>>,
}

/// What a segment of an index consists of.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SegmentStatus {
    /// Vectors, the deleted ones included.
    pub vectors: usize,
    /// Deleted vectors.
    pub deleted: usize,
    /// Length of the file.
    pub bytes: u64,
    /// How it was built; without lines where it has no graph.
    pub parameters: Parameters,
}

impl IndexReader {
    /// Opens the index in a folder.
    ///
    /// # Errors
    /// [`lookalike_store::Error::Io`]; [`lookalike_store::Error::NotASegment`], [`lookalike_store::Error::Version`], [`lookalike_store::Error::Length`],
    /// [`lookalike_store::Error::Header`], [`lookalike_store::Error::Checksum`] where a file is none of an index, or damaged.
    pub fn open(folder: &Path) -> Result<Self> {
        let (manifest, segments) = snapshot(folder, &[])?;
        Ok(Self {
            folder: folder.to_owned(),
            space: manifest.space,
            generation: manifest.generation,
            segments,
        })
    }

    /// Takes a new snapshot if there was a commit since; says whether there was. What searches of
    /// new segments will read is mapped in the background, and what nobody searches any more is
    /// unmapped there: for a million vectors either takes tens of milliseconds.
    ///
    /// # Errors
    /// As [`open`](Self::open); the old snapshot is kept then.
    pub fn refresh(&mut self) -> Result<bool> {
        if Manifest::read(&self.folder)?.generation == self.generation {
            return Ok(false);
        }
        let (manifest, segments) = snapshot(&self.folder, &self.segments)?;
        self.generation = manifest.generation;
        let old = std::mem::replace(&mut self.segments, segments);
        exchange(old, &self.segments);
        Ok(true)
    }

    /// Makes searches of this snapshot faster for some memory: see
    /// [`GraphSegment::preload`](crate::GraphSegment::preload).
    ///
    /// # Errors
    /// [`lookalike_store::Error::Io`] where the memory is not to be had.
    pub fn preload(&self) -> Result<()> {
        self.segments
            .iter()
            .try_for_each(|living| living.segment().preload())
    }

    /// What the vectors have in common.
    pub fn space(&self) -> Space {
        self.space
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.segments.iter().map(Living::alive).sum()
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the index consists of.
    pub fn segments(&self) -> Vec<SegmentStatus> {
        let status = |living: &Living<GraphSegment>| SegmentStatus {
            vectors: living.segment().len(),
            deleted: living.dead_count(),
            bytes: living.segment().file_bytes(),
            parameters: living.segment().parameters(),
        };
        self.segments.iter().map(status).collect()
    }

    /// Reads every byte and compares it with the checksums.
    ///
    /// # Errors
    /// [`lookalike_store::Error::Checksum`], [`lookalike_store::Error::IdOrder`].
    pub fn verify(&self) -> StoreResult<()> {
        self.segments
            .iter()
            .try_for_each(|living| living.segment().verify())
    }

    /// Writes the vector stored under an id to `out`, as it is kept; `false` where there is none.
    pub fn read(&self, id: u64, out: &mut Vec<f32>) -> bool {
        let mut segments = self.segments.iter();
        segments.any(|living| living.find(id).is_some() && living.segment().read(id, out))
    }

    /// Finds the `k` vectors of the largest score to `query`, the best first, vectors of equal
    /// score by ascending id: the true ones of small and of exact searches, else nearly always.
    ///
    /// # Errors
    /// [`Dimension`](crate::Error::Dimension), [`NotFinite`](crate::Error::NotFinite),
    /// [`Magnitude`](crate::Error::Magnitude).
    pub fn search<'v>(
        &self,
        query: impl Into<Vector<'v>>,
        options: &QueryOptions<'_>,
    ) -> Result<Vec<Neighbor>> {
        search(self.space, query, &self.segments, None, options)
    }

    /// What searches find of the true neighbours, measured with up to `samples` stored vectors, evenly
    /// chosen, which each ask for `k` others.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn recall(&self, samples: usize, options: &QueryOptions<'_>) -> Result<Recall> {
        let queries = sample(&self.segments, None, samples);
        Recall::measure(queries, options.k, |query, k, exact| {
            let options = QueryOptions {
                k,
                exact,
                ..*options
            };
            self.search(query, &options)
        })
    }
}

/// Opens what the manifest names, but for what is `known`. Between reading it and opening the segments
/// a writer may have replaced it and removed them: then there is a newer one.
fn snapshot(
    folder: &Path,
    known: &[Living<GraphSegment>],
) -> Result<(Manifest, Vec<Living<GraphSegment>>)> {
    for _ in 0..ATTEMPTS {
        let manifest = Manifest::read(folder)?;
        if let Some(segments) = open_all(&manifest, known)? {
            manifest.check(&segments)?;
            return Ok((manifest, segments));
        }
    }
    let folder = Manifest::read(folder)?.folder().path().to_owned();
    Err(StoreError::Missing { path: folder }.into())
}
