//! The way through the graph, from node to nearer node.

use fearless_simd::{Level, Simd, dispatch};

use super::codes::{LANES, Query};
use super::links::{DEGREE, Links};
use super::pool::{Near, Pool};
use super::prefetch::prefetch;
use super::visited::Visited;

/// Of the nodes where a search may begin, the nearest so many are where it does.
const ENTRIES: usize = 8;
/// Distances that are computed before any of them is looked at: whether a node is near nobody can
/// foretell, and a processor that guessed wrong throws away what it began meanwhile.
const GROUP: usize = 8;

/// A graph, as far as a search reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paths<'a> {
    /// Codes, `lines` cache lines a node.
    pub(crate) codes: &'a [i16],
    pub(crate) lines: usize,
    pub(crate) links: Links<'a>,
    /// The nodes before this are where a search begins.
    pub(crate) pivots: usize,
}

impl Paths<'_> {
    #[inline(always)]
    fn code(&self, node: u32) -> &[i16] {
        let stride = self.lines * LANES;
        &self.codes[node as usize * stride..][..stride]
    }

    #[inline(always)]
    fn prefetch_code(&self, node: u32) {
        for line in self.code(node).chunks_exact(LANES) {
            prefetch(&line[0]);
        }
    }
}

/// What a search needs beside the graph; made once, used many times.
#[derive(Debug, Default)]
pub(crate) struct Walker {
    pub(crate) query: Query,
    pool: Pool,
    visited: Visited,
    /// The neighbours that are to be looked at now, and those to be looked at next.
    now: Vec<u32>,
    next: Vec<u32>,
}

impl Walker {
    /// Walks until the `width` nearest nodes met are all expanded, and returns them. The query is
    /// what [`query`](Self::query) was set to.
    pub(crate) fn walk(&mut self, level: Level, paths: &Paths<'_>, width: usize) -> &[Near] {
        match paths.lines {
            1 => dispatch!(level, simd => self.walk_at::<_, 1>(simd, paths, width)),
            2 => dispatch!(level, simd => self.walk_at::<_, 2>(simd, paths, width)),
            _ => dispatch!(level, simd => self.walk_at::<_, 0>(simd, paths, width)),
        }
        self.pool.found()
    }

    /// A node is expanded before the neighbours of the one before are looked at, so that memory is
    /// fetched while distances are computed. What these neighbours tell comes one step late, which
    /// costs a few steps more and saves more time than that.
    #[inline(always)]
    fn walk_at<S: Simd, const LINES: usize>(&mut self, simd: S, paths: &Paths<'_>, width: usize) {
        self.visited.reset(paths.links.len());
        self.enter::<S, LINES>(simd, paths, width);
        loop {
            let more = self.expand(paths);
            if self.now.is_empty() && !more {
                break;
            }
            self.look::<S, LINES>(simd, paths);
            std::mem::swap(&mut self.now, &mut self.next);
        }
    }

    /// Fills the pool with the nodes to begin with.
    #[inline(always)]
    fn enter<S: Simd, const LINES: usize>(&mut self, simd: S, paths: &Paths<'_>, width: usize) {
        self.pool.reset(width.min(ENTRIES));
        self.now.clear();
        self.now.extend(0..paths.pivots as u32);
        self.look::<S, LINES>(simd, paths);
        self.pool.widen(width);
        self.now.clear();
        self.now
            .extend(self.pool.found().iter().map(|near| near.node()));
        self.visited.insert(&self.now);
        self.now.clear();
    }

    /// Leaves the neighbours of the nearest node that was not expanded yet in `next`, and asks for
    /// their codes; `false` where there is no such node.
    #[inline(always)]
    fn expand(&mut self, paths: &Paths<'_>) -> bool {
        self.next.clear();
        let Some(node) = self.pool.expand() else {
            return false;
        };
        let mut room = [0; DEGREE];
        let new = self.visited.insert(paths.links.list(node, &mut room));
        for &other in new {
            paths.prefetch_code(other);
        }
        self.next.extend_from_slice(new);
        if let Some(next) = self.pool.peek() {
            paths.links.prefetch(next);
        }
        true
    }

    /// Shows the nodes of `now` to the pool.
    #[inline(always)]
    fn look<S: Simd, const LINES: usize>(&mut self, simd: S, paths: &Paths<'_>) {
        for nodes in self.now.chunks(GROUP) {
            let mut distances = [0.0; GROUP];
            for (distance, &node) in distances.iter_mut().zip(nodes) {
                *distance = self.query.distance::<_, LINES>(simd, paths.code(node));
            }
            for (&distance, &node) in distances.iter().zip(nodes) {
                if self.pool.push(distance, node) {
                    paths.links.prefetch(node);
                }
            }
        }
    }
}
