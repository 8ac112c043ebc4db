//! Exact search by cosine similarity: a scan of the codes, then the true score of whatever may
//! still belong to the answer.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fearless_simd::Level;

use super::codes::CodedQuery;
use super::writer::check_vector;
use super::{FreshRows, VectorSegment};
use crate::{Error, Result, exact};
use lookalike_store::{Living, Neighbor, Segment, TopK, tasks};

/// Bytes of codes that one task scans.
const BYTES_PER_TASK: usize = 4 << 20;
/// Vectors that one task scores.
const SCORES_PER_TASK: usize = 256;

/// How to scan.
#[derive(Clone, Copy)]
pub struct ScanOptions<'a> {
    /// How many neighbours at most; default 10.
    pub k: usize,
    /// The least score of a neighbour; default negative infinity.
    pub min_score: f32,
    /// Ids for which this says `false` are left out (deleted, or filtered); default none. It is
    /// asked only about vectors that are near enough.
    pub keep: Option<&'a (dyn Fn(u64) -> bool + Sync)>,
    /// Threads, at least 1; default 1.
    pub threads: usize,
    /// The instruction set; the answer does not depend on it.
    pub level: Level,
}

impl Default for ScanOptions<'_> {
    fn default() -> Self {
        Self {
            k: 10,
            min_score: f32::NEG_INFINITY,
            keep: None,
            threads: 1,
            level: Level::new(),
        }
    }
}

/// Finds the `k` stored vectors of the largest cosine similarity to `query`, the best first,
/// vectors of equal score by ascending id.
///
/// The answer is exact, and does not depend on threads or instruction set. A zero vector is similar
/// to nothing: stored it is never found, as a query it finds nothing. An id that occurs several
/// times may be found several times.
///
/// # Errors
/// [`Error::Dimension`] where a segment, or the fresh rows, have another number of elements than
/// the query; [`Error::NotFinite`] where the query has a NaN or an infinity.
pub fn scan(
    query: &[f32],
    segments: &[Living<VectorSegment>],
    fresh: Option<&FreshRows>,
    options: &ScanOptions<'_>,
) -> Result<Vec<Neighbor>> {
    check_vector(query, query.len())?;
    check_dimensions(query.len(), segments, fresh)?;
    let norm = exact::norm(options.level, query);
    if norm == 0.0 || options.k == 0 {
        return Ok(Vec::new());
    }
    let mut best = TopK::new(options.k, options.min_score);
    let run = Run {
        query,
        norm,
        segments,
        options,
    };
    if let Some(fresh) = fresh {
        run.score_fresh(fresh, &mut best);
    }
    let (candidates, floor) = run.scan(&best);
    Ok(run.score(&candidates, floor, best))
}

fn check_dimensions(
    dim: usize,
    segments: &[Living<VectorSegment>],
    fresh: Option<&FreshRows>,
) -> Result<()> {
    let sealed = segments.iter().map(|living| living.segment().dim());
    let fresh = fresh.filter(|fresh| !fresh.is_empty()).map(FreshRows::dim);
    match sealed.chain(fresh).find(|&other| other != dim) {
        None => Ok(()),
        Some(expected) => Err(Error::Dimension {
            expected,
            received: dim,
        }),
    }
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
    segments: &'a [Living<VectorSegment>],
    options: &'a ScanOptions<'a>,
}

impl Run<'_> {
    fn keeps(&self, id: u64) -> bool {
        self.options.keep.is_none_or(|keep| keep(id))
    }

    fn score_fresh(&self, fresh: &FreshRows, best: &mut TopK) {
        let level = self.options.level;
        for (id, vector) in fresh.iter() {
            let norm = exact::norm(level, vector);
            let score = exact::cosine(level, self.query, self.norm, vector, norm);
            if let Some(score) = score.filter(|&score| score >= best.floor() && self.keeps(id)) {
                best.push(Neighbor { id, score });
            }
        }
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
        let cut = |(i, living): (usize, &Living<VectorSegment>)| {
            let rows = living.segment().len();
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
        let living = &self.segments[segment];
        let ids = living.segment().ids();
        let (codes, steps, errors) = living.segment().codes(rows.clone());
        let mut local = TopK::new(self.options.k, lock(shared).floor());
        let mut candidates = Vec::new();
        query.scan(self.options.level, codes, steps, errors, |i, bounds| {
            let row = rows.start + i;
            // A step of zero marks a zero vector.
            let near = bounds.upper >= local.floor() && steps[i] > 0.0;
            if near && !living.is_dead(row) && self.keeps(ids[row]) {
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
                let segment = self.segments[candidate.segment].segment();
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

/// A panic elsewhere is passed on by [`tasks::run`]; the list itself is never left half-changed.
fn lock(list: &Mutex<TopK>) -> MutexGuard<'_, TopK> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
