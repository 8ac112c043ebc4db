//! Extrema of the differences of Gaussians (Lowe 2004, section 3.1).

use std::ops::Range;

use fearless_simd::{Level, dispatch, f32x16, prelude::*};

use super::{lanes::load16, planes::Planes, refine::Cube, top::Filtered};

/// Pixels along the edges in which no extremum is sought.
pub(super) const BORDER: usize = 5;
/// Rows that are searched at a time.
pub(super) const ROWS: usize = 8;

/// A pixel that is an extremum of level `level` of the differences.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub level: u32,
    pub x: u32,
    pub y: u32,
    /// What is around it.
    pub cube: Cube,
}

/// What a search finds, and its memory.
#[derive(Debug, Default)]
pub(super) struct Search {
    pub found: Vec<Candidate>,
    pub filtered: Filtered,
}

impl<P: AsRef<[f32]>> Planes<'_, P> {
    /// Searches at most [`ROWS`] rows and the given columns for extrema among the 26 neighbours,
    /// whose difference is more than `threshold` from 0. All levels must exist one pixel around
    /// the area.
    pub fn search(
        &self,
        level: Level,
        rows: &Range<usize>,
        columns: &Range<usize>,
        threshold: f32,
        search: &mut Search,
    ) {
        dispatch!(level, simd => self.search_blocks(simd, rows, columns, threshold, search));
    }

    #[inline(always)]
    fn search_blocks<S: Simd>(
        &self,
        simd: S,
        rows: &Range<usize>,
        columns: &Range<usize>,
        threshold: f32,
        search: &mut Search,
    ) {
        let limit = f32x16::splat(simd, threshold.next_up());
        let inside = BORDER..self.layout.width.saturating_sub(BORDER).min(columns.end);
        for x in columns.clone().step_by(16) {
            for l in 1..self.levels.len() - 1 {
                if self.is_flat(simd, l, rows, x, limit) {
                    continue;
                }
                let mut bits = self.search_block(simd, l, rows, x, limit);
                while bits != 0 {
                    let i = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    let (column, y) = (x + i % 16, rows.start + i / 16);
                    if inside.contains(&column) && self.leads(l, column, y) {
                        self.check(l, column, y, search);
                    }
                }
            }
        }
    }

    /// Whether no pixel of 16 columns is as far from 0 as `limit`.
    #[inline(always)]
    fn is_flat<S: Simd>(
        &self,
        simd: S,
        level: usize,
        rows: &Range<usize>,
        x: usize,
        limit: f32x16<S>,
    ) -> bool {
        let mut farthest = f32x16::splat(simd, 0.0);
        for y in rows.clone() {
            let low = load16(simd, self.row(level, y, x, 0, 16), 0);
            let high = load16(simd, self.row(level + 1, y, x, 0, 16), 0);
            farthest = farthest.max((high - low).abs());
        }
        !farthest.simd_ge(limit).any_true()
    }

    /// Goes down 16 columns from `x` on. Gives the pixels that are as far from 0 as `limit` and
    /// extreme among the 8 neighbours in their own level, ties allowed: 16 bits a row, the first
    /// row lowest. Hits are too frequent for the branch that each would be.
    #[inline(always)]
    fn search_block<S: Simd>(
        &self,
        simd: S,
        level: usize,
        rows: &Range<usize>,
        x: usize,
        limit: f32x16<S>,
    ) -> u128 {
        let mut found = 0;
        let mut here = limit;
        // Of the rows above: the highest and the lowest of each pixel and its two neighbours.
        let (mut highs, mut lows) = ([limit; 2], [limit; 2]);
        for y in rows.start - 1..=rows.end {
            let low = self.row(level, y, x, 1, 18);
            let high = self.row(level + 1, y, x, 1, 18);
            let left = load16(simd, high, 0) - load16(simd, low, 0);
            let middle = load16(simd, high, 1) - load16(simd, low, 1);
            let right = load16(simd, high, 2) - load16(simd, low, 2);
            let highest = left.max(middle).max(right);
            let lowest = left.min(middle).min(right);
            if y > rows.start {
                let top = here.simd_ge(highs[0].max(highs[1]).max(highest.max(limit)));
                let bottom = here.simd_le(lows[0].min(lows[1]).min(lowest.min(-limit)));
                let bits = u128::from((top | bottom).to_bitmask());
                found = (found >> 16) | (bits << (16 * (ROWS - 1)));
            }
            here = middle;
            highs = [highs[1], highest];
            lows = [lows[1], lowest];
        }
        found >> (16 * (ROWS - rows.len()))
    }

    /// Whether a pixel is as extreme as those before and after it.
    #[inline(always)]
    fn leads(&self, level: usize, x: usize, y: usize) -> bool {
        let picture = |level| self.row(level, y, x, 0, 1)[0];
        let here = picture(level + 1) - picture(level);
        let before = picture(level) - picture(level - 1);
        let after = match level + 2 < self.levels.len() {
            true => picture(level + 2) - picture(level + 1),
            false => before,
        };
        if here > 0.0 {
            here >= before.max(after)
        } else {
            here <= before.min(after)
        }
    }

    /// Notes the pixel, if it is as extreme among its neighbours in the levels before and after
    /// its own.
    fn check(&self, level: usize, x: usize, y: usize, search: &mut Search) {
        let cube = self.extreme(level, x, y, &mut search.filtered);
        search.found.extend(cube.map(|cube| Candidate {
            level: level as u32,
            x: x as u32,
            y: y as u32,
            cube,
        }));
    }
}
