//! The way through the graph, from node to nearer node.

use fearless_simd::{Level, Simd, dispatch};

use super::codes::{LANES, Query};
use super::pool::{Near, Pool};
use super::prefetch::prefetch;
use super::visited::Visited;

/// The most neighbours of a node.
pub(crate) const DEGREE: usize = 32;
/// Stands where a node has no further neighbour.
pub(crate) const NONE: u32 = u32::MAX;

/// A graph, as far as a search reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paths<'a> {
    /// Codes, `lines` cache lines a node.
    pub(crate) codes: &'a [i16],
    pub(crate) lines: usize,
    /// Neighbours of every node, `degree` each, filled up with [`NONE`].
    pub(crate) links: &'a [u32],
    pub(crate) degree: usize,
    /// The nodes before this are where a search begins.
    pub(crate) pivots: usize,
}

impl Paths<'_> {
    pub(crate) fn len(&self) -> usize {
        self.links.len() / self.degree
    }

    #[inline(always)]
    fn code(&self, node: u32) -> &[i16] {
        let stride = self.lines * LANES;
        &self.codes[node as usize * stride..][..stride]
    }

    #[inline(always)]
    fn links(&self, node: u32) -> &[u32] {
        &self.links[node as usize * self.degree..][..self.degree]
    }

    #[inline(always)]
    fn prefetch_code(&self, node: u32) {
        for line in self.code(node).chunks_exact(LANES) {
            prefetch(&line[0]);
        }
    }

    #[inline(always)]
    fn prefetch_links(&self, node: u32) {
        for line in self.links(node).chunks(2 * LANES / 4) {
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
    fresh: Vec<u32>,
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

    #[inline(always)]
    fn walk_at<S: Simd, const LINES: usize>(&mut self, simd: S, paths: &Paths<'_>, width: usize) {
        self.pool.reset(width);
        self.visited.reset(paths.len());
        for node in 0..paths.pivots as u32 {
            self.visited.insert(node);
            self.pool.push(
                self.query.distance::<_, LINES>(simd, paths.code(node)),
                node,
            );
        }
        while let Some(node) = self.pool.expand() {
            self.fresh.clear();
            for &other in paths.links(node) {
                // NONE is no node, and so never new.
                if self.visited.insert(other) {
                    paths.prefetch_code(other);
                    self.fresh.push(other);
                }
            }
            if let Some(next) = self.pool.peek() {
                paths.prefetch_links(next);
            }
            for &other in &self.fresh {
                let distance = self.query.distance::<_, LINES>(simd, paths.code(other));
                if self.pool.push(distance, other) {
                    paths.prefetch_links(other);
                }
            }
        }
    }
}
