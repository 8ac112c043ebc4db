//! Searching an index.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::living::Living;
use super::manifest::Manifest;
use crate::graph::Prepared;
use crate::{Error, Parameters, QueryOptions, Result, Space, Vector};
use lookalike_store::{Neighbor, Random, Result as StoreResult, Segment, TopK};

/// How often a snapshot is tried while a writer removes segments.
const TRIES: usize = 20;

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
    segments: Vec<Living>,
}

/// What a segment of an index consists of.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// [`Error::Io`]; [`Error::NotASegment`], [`Error::Version`], [`Error::Length`],
    /// [`Error::Header`], [`Error::Checksum`] where a file is none of an index, or damaged.
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
    /// [`Error::Io`] where the memory is not to be had.
    pub fn preload(&self) -> Result<()> {
        self.segments
            .iter()
            .try_for_each(|living| living.segment.preload())
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
        let status = |living: &Living| SegmentStatus {
            vectors: living.segment.len(),
            deleted: living.dead_count(),
            bytes: living.segment.file_bytes(),
            parameters: living.segment.parameters(),
        };
        self.segments.iter().map(status).collect()
    }

    /// Reads every byte and compares it with the checksums.
    ///
    /// # Errors
    /// [`Error::Checksum`], [`Error::IdOrder`].
    pub fn verify(&self) -> StoreResult<()> {
        self.segments
            .iter()
            .try_for_each(|living| living.segment.verify())
    }

    /// Writes the vector stored under an id to `out`, as it is kept; `false` where there is none.
    pub fn read(&self, id: u64, out: &mut Vec<f32>) -> bool {
        let mut segments = self.segments.iter();
        segments.any(|living| living.find(id).is_some() && living.segment.read(id, out))
    }

    /// Finds the `k` vectors of the largest score to `query`, the best first, vectors of equal
    /// score by ascending id: the true ones of small and of exact searches, else nearly always.
    ///
    /// # Errors
    /// [`Error::Dimension`], [`Error::NotFinite`], [`Error::Magnitude`].
    pub fn search<'v>(
        &self,
        query: impl Into<Vector<'v>>,
        options: &QueryOptions<'_>,
    ) -> Result<Vec<Neighbor>> {
        let query = Prepared::new(self.space, query.into(), options)?;
        let mut best = TopK::new(options.k, f32::NEG_INFINITY);
        for living in &self.segments {
            living
                .segment
                .find(&query, options, living.dead(), &mut best);
        }
        Ok(best.into_sorted())
    }

    /// The share of the true neighbours that a search finds, measured with `samples` stored
    /// vectors as queries against exact searches; 1 where there is nothing to find. The vectors
    /// are chosen by `seed`.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn recall(&self, samples: usize, seed: u64, options: &QueryOptions<'_>) -> Result<f64> {
        let exact = QueryOptions {
            exact: true,
            ..*options
        };
        let (mut found, mut wanted) = (0, 0);
        for query in self.samples(samples, seed) {
            let truth = self.search(&query, &exact)?;
            // A vector at the distance of the last true neighbour is as good as that one.
            let least = truth.last().map_or(f32::INFINITY, |last| last.score);
            let answer = self.search(&query, options)?;
            found += answer
                .iter()
                .filter(|n| n.score >= least)
                .count()
                .min(truth.len());
            wanted += truth.len();
        }
        Ok(if wanted == 0 {
            1.0
        } else {
            found as f64 / wanted as f64
        })
    }

    /// Some of the stored vectors.
    fn samples(&self, count: usize, seed: u64) -> Vec<Vec<f32>> {
        let mut random = Random::new(seed);
        let total: usize = self
            .segments
            .iter()
            .map(|living| living.segment.len())
            .sum();
        let mut samples = Vec::new();
        for _ in 0..if total == 0 { 0 } else { count } {
            let mut row = random.below(total);
            for living in &self.segments {
                if row < living.segment.len() {
                    if !living.is_dead(row) {
                        let mut vector = Vec::new();
                        living.segment.read_row(row, &mut vector);
                        samples.push(vector);
                    }
                    break;
                }
                row -= living.segment.len();
            }
        }
        samples
    }
}

/// Maps those of the new segments that are not among the old, and lets go of the old ones.
fn exchange(old: Vec<Living>, new: &[Living]) {
    let among = |living: &Living, others: &[Living]| {
        let same = |other: &Living| other.number == living.number;
        others.iter().any(same)
    };
    let come: Vec<Living> = new.iter().filter(|s| !among(s, &old)).cloned().collect();
    if come.is_empty() && old.iter().all(|segment| among(segment, new)) {
        return;
    }
    let work = move || {
        come.iter().for_each(|living| living.segment.populate());
        drop(old);
    };
    // Without a thread the first searches wait for page after page, and nothing else changes.
    let _ = std::thread::Builder::new().name("map".into()).spawn(work);
}

/// Opens what the manifest names. Between reading it and opening the segments a writer may have
/// replaced it and removed them: then there is a newer one.
pub(crate) fn snapshot(folder: &Path, known: &[Living]) -> Result<(Manifest, Vec<Living>)> {
    let mut tries = 0;
    loop {
        let manifest = Manifest::read(folder)?;
        let open = |entry| Living::open(folder, manifest.space, entry, known);
        let segments: Result<Vec<Living>> = manifest.entries.iter().map(open).collect();
        tries += 1;
        match segments {
            Ok(segments) => return Ok((manifest, segments)),
            Err(Error::Store(lookalike_store::Error::Io { ref source, .. }))
                if source.kind() == ErrorKind::NotFound && tries < TRIES => {}
            Err(error) => return Err(error),
        }
    }
}
