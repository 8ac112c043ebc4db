//! Exact search by cosine similarity: a scan of the codes, then the true score of whatever may
//! still belong to the answer.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fearless_simd::Level;

use crate::codes::CodedQuery;
use crate::graph::Scratch;
use crate::writer::check_vector;
use crate::{Error, Metric, QueryOptions, Result, VectorSegment, exact};
use lookalike_store::tasks;
use lookalike_store::{Neighbor, Segment, TopK};

/// Bytes of codes that one task scans.
const BYTES_PER_TASK: usize = 4 << 20;
/// Vectors that one task scores.
const SCORES_PER_TASK: usize = 256;

/// Vectors that are in no segment yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct FreshRows<'a> {
    /// Their ids.
    pub ids: &'a [u64],
    /// Their elements, one vector after the other.
    pub vectors: &'a [f32],
}

/// How to search.
#[derive(Clone, Copy)]
pub struct SearchOptions<'a> {
    /// How many neighbours at most; default 10.
    pub k: usize,
    /// The least score of a neighbour; default negative infinity.
    pub min_score: f32,
    /// Ids for which this says `false` are left out (deleted, or filtered); default none. It is
    /// asked only about vectors that are near enough.
    pub keep: Option<&'a (dyn Fn(u64) -> bool + Sync)>,
    /// Whether to compare with every vector also where there is a graph; default no.
    pub exact: bool,
    /// How many of the nearest vectors met in a graph are followed, at least `k`; default 128.
    pub width: usize,
    /// Threads, at least 1; default 1.
    pub threads: usize,
    /// The instruction set; the answer does not depend on it.
    pub level: Level,
}

impl Default for SearchOptions<'_> {
    fn default() -> Self {
        Self {
            k: 10,
            min_score: f32::NEG_INFINITY,
            keep: None,
            exact: false,
            width: 128,
            threads: 1,
            level: Level::new(),
        }
    }
}

/// Finds the `k` stored vectors of the largest cosine similarity to `query`, the best first,
/// vectors of equal score by ascending id.
///
/// The answer is exact unless a segment has a graph, where nearly all of the true neighbours are
/// found; it does not depend on threads or instruction set. A zero vector is similar
/// to nothing: stored it is never found, as a query it finds nothing. An id that occurs several
/// times may be found several times.
///
/// # Errors
/// [`Error::Dimension`] where a segment, or the fresh rows, have another number of elements than
/// the query; [`Error::NotFinite`] where the query or a fresh row has a NaN or an infinity.
pub fn search(
    query: &[f32],
    segments: &[&VectorSegment],
    fresh: FreshRows<'_>,
    options: SearchOptions<'_>,
) -> Result<Vec<Neighbor>> {
    check_vector(query, query.len())?;
    check_dimensions(query.len(), segments, fresh)?;
    let norm = exact::norm(options.level, query);
    if norm == 0.0 || options.k == 0 {
        return Ok(Vec::new());
    }
    let mut best = TopK::new(options.k, options.min_score);
    let mut run = Run {
        query,
        norm,
        segments,
        options,
    };
    run.score_fresh(fresh, &mut best)?;
    let scanned: Vec<&VectorSegment> = segments
        .iter()
        .copied()
        .filter(|segment| options.exact || !run.follow(segment, &mut best))
        .collect();
    run.segments = &scanned;
    let (candidates, floor) = run.scan(&best);
    Ok(run.score(&candidates, floor, best))
}

fn check_dimensions(dim: usize, segments: &[&VectorSegment], fresh: FreshRows<'_>) -> Result<()> {
    if let Some(other) = segments.iter().find(|s| s.dim() != dim) {
        return Err(Error::Dimension {
            expected: other.dim(),
            received: dim,
        });
    }
    if dim.checked_mul(fresh.ids.len()) != Some(fresh.vectors.len()) {
        return Err(Error::Dimension {
            expected: dim.saturating_mul(fresh.ids.len()),
            received: fresh.vectors.len(),
        });
    }
    Ok(())
}

/// A vector that may belong to the answer.
#[derive(Clone, Copy)]
struct Candidate {
    /// The most that its score can be.
    upper: f32,
    segment: usize,
    row: usize,
}

/// One search.
struct Run<'a> {
    query: &'a [f32],
    norm: f64,
    segments: &'a [&'a VectorSegment],
    options: SearchOptions<'a>,
}

impl Run<'_> {
    fn keeps(&self, id: u64) -> bool {
        self.options.keep.is_none_or(|keep| keep(id))
    }

    fn score_fresh(&self, fresh: FreshRows<'_>, best: &mut TopK) -> Result<()> {
        let level = self.options.level;
        for (&id, vector) in fresh
            .ids
            .iter()
            .zip(fresh.vectors.chunks_exact(self.query.len()))
        {
            let norm = exact::norm(level, vector);
            if !norm.is_finite() {
                check_vector(vector, self.query.len())?;
            }
            let score = exact::cosine(level, self.query, self.norm, vector, norm);
            if let Some(score) = score.filter(|&score| score >= best.floor() && self.keeps(id)) {
                best.push(Neighbor { id, score });
            }
        }
        Ok(())
    }

    /// Searches a segment by way of its graph; `false` where it has none, or a scan is cheaper.
    fn follow(&self, segment: &VectorSegment, best: &mut TopK) -> bool {
        let Some(graph) = segment.linked() else {
            return false;
        };
        let options = QueryOptions {
            k: self.options.k,
            width: self.options.width,
            keep: self.options.keep,
            level: self.options.level,
            ..QueryOptions::default()
        };
        let mut scratch = idle(segment).pop().unwrap_or_default();
        let enough = scratch.follow(&graph, (Metric::Cosine, self.query), &options, &[]);
        for &row in scratch.rows().iter().filter(|_| enough) {
            let (vector, norm) = (segment.vector(row as usize), segment.norms()[row as usize]);
            let (level, id) = (self.options.level, segment.ids()[row as usize]);
            if let Some(score) = exact::cosine(level, self.query, self.norm, vector, norm) {
                best.push(Neighbor { id, score });
            }
        }
        idle(segment).push(scratch);
        enough
    }

    /// Scans all codes. Returns every vector whose upper bound reaches the `k`-th lower bound, the
    /// highest upper bound first, and that floor.
    fn scan(&self, fresh: &TopK) -> (Vec<Candidate>, f32) {
        let query = CodedQuery::new(self.query, self.norm);
        let parts = self.parts();
        // The lower bounds seen so far; the scores of fresh rows are their own bounds.
        let lowest = Mutex::new(fresh.clone());
        let found = tasks::run(self.options.threads, parts.len(), |i| {
            let (segment, rows) = parts[i].clone();
            self.scan_part(&query, segment, rows, &lowest)
        });
        let mut lowest = lowest.into_inner().unwrap_or_else(PoisonError::into_inner);
        lowest.cut();
        let floor = lowest.floor();
        let mut candidates: Vec<Candidate> = found.into_iter().flatten().collect();
        candidates.retain(|candidate| candidate.upper >= floor);
        candidates.sort_by(|a, b| b.upper.total_cmp(&a.upper));
        (candidates, floor)
    }

    /// All segments cut into tasks of a few megabytes.
    fn parts(&self) -> Vec<(usize, Range<usize>)> {
        let rows_per_task = (BYTES_PER_TASK / self.query.len()).max(1);
        let cut = |(i, segment): (usize, &&VectorSegment)| {
            let rows = segment.len();
            let starts = (0..rows).step_by(rows_per_task);
            starts.map(move |start| (i, start..rows.min(start + rows_per_task)))
        };
        self.segments.iter().enumerate().flat_map(cut).collect()
    }

    fn scan_part(
        &self,
        query: &CodedQuery,
        segment: usize,
        rows: Range<usize>,
        shared: &Mutex<TopK>,
    ) -> Vec<Candidate> {
        let ids = self.segments[segment].ids();
        let (codes, steps, errors) = self.segments[segment].codes(rows.clone());
        let mut local = TopK::new(self.options.k, lock(shared).floor());
        let mut candidates = Vec::new();
        query.scan(self.options.level, codes, steps, errors, |i, bounds| {
            let row = rows.start + i;
            // A step of zero marks a zero vector.
            if bounds.upper >= local.floor() && steps[i] > 0.0 && self.keeps(ids[row]) {
                candidates.push(Candidate {
                    upper: bounds.upper,
                    segment,
                    row,
                });
                local.push(Neighbor {
                    id: ids[row],
                    score: bounds.lower,
                });
            }
        });
        let mut shared = lock(shared);
        shared.merge(local);
        candidates.retain(|candidate| candidate.upper >= shared.floor());
        candidates
    }

    /// The true scores of the candidates, as far as they can still matter.
    fn score(&self, candidates: &[Candidate], floor: f32, best: TopK) -> Vec<Neighbor> {
        let best = Mutex::new(best);
        let parts: Vec<&[Candidate]> = candidates.chunks(SCORES_PER_TASK).collect();
        tasks::run(self.options.threads, parts.len(), |i| {
            let mut local = TopK::new(self.options.k, lock(&best).floor().max(floor));
            for candidate in parts[i] {
                // The rest of the candidates have still lower bounds.
                if candidate.upper < local.floor() {
                    break;
                }
                let segment = self.segments[candidate.segment];
                let vector = segment.vector(candidate.row);
                let norm = segment.norms()[candidate.row];
                let level = self.options.level;
                if let Some(score) = exact::cosine(level, self.query, self.norm, vector, norm) {
                    let id = segment.ids()[candidate.row];
                    local.push(Neighbor { id, score });
                }
            }
            lock(&best).merge(local);
        });
        let best = best.into_inner().unwrap_or_else(PoisonError::into_inner);
        best.into_sorted()
    }
}

fn idle(segment: &VectorSegment) -> MutexGuard<'_, Vec<Scratch>> {
    segment.idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A panic elsewhere is passed on by [`tasks::run`]; the list itself is never left half-changed.
fn lock(list: &Mutex<TopK>) -> MutexGuard<'_, TopK> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
