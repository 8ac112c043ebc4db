//! Searching one segment.

use std::sync::PoisonError;

use super::options::{Element, Metric, QueryOptions, Space, Vector};
use super::score::Scorer;
use super::screen::Screen;
use super::segment::{GraphSegment, Linked, Row};
use super::source::Lift;
use super::walk::Walker;
use super::writer::check;
use crate::{Error, FreshVectors, Result};
use lookalike_store::{Living, Neighbor, Segment, TopK, tasks};

/// Vectors that one task of a scan compares with.
const ROWS_PER_TASK: usize = 4096;
/// How much wider a search becomes that found too little.
const WIDER: usize = 4;
/// A search as wide as this part of all vectors costs as much as a scan.
const SCAN_INSTEAD: usize = 32;

/// Which vectors of a segment are deleted: a bit for each, or nothing if none is.
pub(crate) type Dead = [u64];

/// The memory of a search; made once, used many times.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    walker: Walker,
    lifted: Vec<f32>,
    projected: Vec<f32>,
    rows: Vec<u32>,
}

/// A query that was found to be in order.
#[derive(Debug)]
pub(super) struct Prepared {
    scorer: Scorer,
    space: Space,
}

impl Prepared {
    pub(crate) fn new(space: Space, query: Vector<'_>, options: &QueryOptions<'_>) -> Result<Self> {
        let mut values = Vec::with_capacity(space.dim);
        check(options.level, space, query, &mut values)?;
        Ok(Self {
            scorer: Scorer::new(options.level, space.metric, values),
            space,
        })
    }
}

/// Finds among the living vectors of `segments`, and the fresh ones, the `k` of the largest score to
/// `query`, the best first, vectors of equal score by ascending id: the true ones of small segments and
/// of exact searches, else nearly always.
///
/// # Errors
/// [`Error::Dimension`](crate::Error::Dimension), [`Error::NotFinite`](crate::Error::NotFinite),
/// [`Error::Magnitude`](crate::Error::Magnitude).
pub fn search<'v>(
    space: Space,
    query: impl Into<Vector<'v>>,
    segments: &[Living<GraphSegment>],
    fresh: Option<&FreshVectors>,
    options: &QueryOptions<'_>,
) -> Result<Vec<Neighbor>> {
    let query = Prepared::new(space, query.into(), options)?;
    let sealed = segments.iter().map(|living| living.segment().space().dim);
    let fresh_dim = fresh.filter(|f| !f.is_empty()).map(|f| f.space().dim);
    if let Some(expected) = sealed.chain(fresh_dim).find(|&dim| dim != space.dim) {
        return Err(Error::Dimension {
            expected,
            received: space.dim,
        });
    }
    let mut best = TopK::new(options.k, f32::NEG_INFINITY);
    let wanted = |id| options.keep.is_none_or(|keep| keep(id));
    let fresh = fresh.into_iter().flat_map(FreshVectors::rows);
    for (id, row) in fresh.filter(|&(id, _)| wanted(id)) {
        let score = row.score(options.level, &query.scorer);
        best.push(Neighbor { id, score });
    }
    for living in segments {
        living
            .segment()
            .find(&query, options, living.dead(), &mut best);
    }
    Ok(best.into_sorted())
}

impl GraphSegment {
    /// Finds the `k` vectors of the largest score to `query`, the best first, vectors of equal
    /// score by ascending id: the true ones if the segment has no graph or the search is exact,
    /// else nearly always.
    ///
    /// # Errors
    /// [`Error::Dimension`](crate::Error::Dimension), [`Error::NotFinite`](crate::Error::NotFinite),
    /// [`Error::Magnitude`](crate::Error::Magnitude).
    pub fn search<'v>(
        &self,
        query: impl Into<Vector<'v>>,
        options: &QueryOptions<'_>,
    ) -> Result<Vec<Neighbor>> {
        let query = Prepared::new(self.space(), query.into(), options)?;
        let mut best = TopK::new(options.k, f32::NEG_INFINITY);
        self.find(&query, options, &[], &mut best);
        Ok(best.into_sorted())
    }

    /// Shows the nearest living vectors to `best`.
    pub(super) fn find(
        &self,
        query: &Prepared,
        options: &QueryOptions<'_>,
        dead: &Dead,
        best: &mut TopK,
    ) {
        if options.exact || !self.has_graph() {
            return self.scan(query, options, dead, best);
        }
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = idle().pop().unwrap_or_default();
        let (metric, values) = (query.space.metric, query.scorer.query());
        if scratch.follow(&self.linked(), (metric, values), options, dead) {
            self.rerank(scratch.rows(), query, options, best);
        } else {
            self.scan(query, options, dead, best);
        }
        idle().push(scratch);
    }

    /// The true scores of the candidates.
    fn rerank(&self, rows: &[u32], query: &Prepared, options: &QueryOptions<'_>, best: &mut TopK) {
        for &row in rows {
            self.prefetch_row(row as usize);
        }
        for &row in rows {
            let score = self.row(row as usize).score(options.level, &query.scorer);
            let id = self.ids()[row as usize];
            best.push(Neighbor { id, score });
        }
    }

    /// Compares with every vector.
    fn scan(&self, query: &Prepared, options: &QueryOptions<'_>, dead: &Dead, best: &mut TopK) {
        if options.keep.is_none() {
            self.populate_vectors();
        }
        let level = options.level;
        let in_bytes = self.space().element == Element::I8;
        let screen = in_bytes.then(|| Screen::new(level, &query.scorer));
        let tasks = self.len().div_ceil(ROWS_PER_TASK);
        let found = tasks::run(options.threads, tasks, |i| {
            let rows = i * ROWS_PER_TASK..self.len().min((i + 1) * ROWS_PER_TASK);
            let rows = rows.filter(|&row| is_alive(self.ids(), row, options, dead));
            let mut local = TopK::new(options.k, best.floor());
            let mut score = |row: usize, at_most: f32| {
                if at_most < local.floor() {
                    return;
                }
                let score = self.row(row).score(level, &query.scorer);
                if score >= local.floor() {
                    let id = self.ids()[row];
                    local.push(Neighbor { id, score });
                }
            };
            match &screen {
                Some(screen) => {
                    let rows = rows.filter_map(|row| match self.row(row) {
                        Row::I8(values, step) => Some((row, values, step)),
                        Row::F32(_) | Row::Bits12(..) => None,
                    });
                    screen.scan(level, rows, score);
                }
                None => rows.for_each(|row| score(row, f32::INFINITY)),
            }
            local
        });
        found.into_iter().for_each(|part| best.merge(part));
    }
}

impl Scratch {
    /// Leaves the candidates for the answer in `rows`; `false` where a scan is the cheaper way to
    /// find enough.
    pub(crate) fn follow(
        &mut self,
        graph: &Linked<'_>,
        query: (Metric, &[f32]),
        options: &QueryOptions<'_>,
        dead: &Dead,
    ) -> bool {
        self.set_query(graph, query, options);
        let wanted = options.k.saturating_add(8);
        let mut width = options.width.max(options.k);
        while width <= options.width || width <= graph.ids.len() / SCAN_INSTEAD {
            let found = self.collect(graph, options, dead, width, wanted + width / 8);
            // A full pool of which most was left out says that there is more farther away.
            if self.rows.len() >= wanted.min(found) || found < width {
                return true;
            }
            width = width.saturating_mul(WIDER);
        }
        false
    }

    /// The candidates that [`follow`](Self::follow) left.
    pub(crate) fn rows(&self) -> &[u32] {
        &self.rows
    }

    fn set_query(
        &mut self,
        graph: &Linked<'_>,
        (metric, values): (Metric, &[f32]),
        options: &QueryOptions<'_>,
    ) {
        self.lifted.clear();
        self.lifted.extend_from_slice(values);
        Lift::query(metric, options.level, &mut self.lifted);
        self.projected.resize(graph.projection.output, 0.0);
        graph
            .projection
            .apply(options.level, &self.lifted, &mut self.projected);
        self.walker.query.set(&self.projected, graph.paths.lines);
    }

    /// Leaves the first `most` of the vectors found that are alive and wanted, and returns how
    /// many were found.
    fn collect(
        &mut self,
        graph: &Linked<'_>,
        options: &QueryOptions<'_>,
        dead: &Dead,
        width: usize,
        most: usize,
    ) -> usize {
        let found = self.walker.walk(options.level, &graph.paths, width);
        self.rows.clear();
        for near in found {
            let row = graph.rows[near.node() as usize];
            // A damaged file may name a vector that is not there.
            let there = (row as usize) < graph.ids.len();
            if there && is_alive(graph.ids, row as usize, options, dead) {
                self.rows.push(row);
                if self.rows.len() == most {
                    break;
                }
            }
        }
        found.len()
    }
}

/// Whether a vector is not deleted, and wanted.
#[inline]
fn is_alive(ids: &[u64], row: usize, options: &QueryOptions<'_>, dead: &Dead) -> bool {
    let deleted = dead
        .get(row / 64)
        .is_some_and(|word| word >> (row % 64) & 1 == 1);
    !deleted && options.keep.is_none_or(|keep| keep(ids[row]))
}
