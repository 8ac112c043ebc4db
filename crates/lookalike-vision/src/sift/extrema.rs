//! Extrema of the differences of Gaussians (Lowe 2004, section 3.1).

use std::ops::Range;

use fearless_simd::{Level, dispatch, f32x16, prelude::*};

use super::{lanes::load16, padded::Layout, refine::Cube};

/// Pixels along the edges in which no extremum is sought.
pub(super) const BORDER: usize = 5;

/// A pixel that is an extremum of level `level` of the differences.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub level: u32,
    pub x: u32,
    pub y: u32,
    /// What is around it.
    pub cube: Cube,
}

/// The Gaussian pictures of an octave from row `first` on.
#[derive(Clone, Copy)]
pub(super) struct Planes<'a> {
    pub levels: &'a [&'a mut [f32]],
    pub first: usize,
    pub layout: &'a Layout,
}

impl<'a> Planes<'a> {
    /// Searches a few rows and the given columns for extrema among the 26 neighbours, whose
    /// difference is more than `threshold` from 0. All levels must exist one pixel around the
    /// area.
    pub fn search(
        self,
        level: Level,
        rows: &Range<usize>,
        columns: &Range<usize>,
        threshold: f32,
        found: &mut Vec<Candidate>,
    ) {
        dispatch!(level, simd => self.search_blocks(simd, rows, columns, threshold, found));
    }

    #[inline(always)]
    fn search_blocks<S: Simd>(
        self,
        simd: S,
        rows: &Range<usize>,
        columns: &Range<usize>,
        threshold: f32,
        found: &mut Vec<Candidate>,
    ) {
        let inside = BORDER..self.layout.width.saturating_sub(BORDER).min(columns.end);
        for x in columns.clone().step_by(16) {
            for l in 1..self.levels.len() - 2 {
                self.search_block(simd, l, rows, x, threshold, |y, mut bits| {
                    while bits != 0 {
                        let column = x + bits.trailing_zeros() as usize;
                        bits &= bits - 1;
                        if inside.contains(&column) {
                            found.extend(self.candidate(l, column, y));
                        }
                    }
                });
            }
        }
    }

    /// Goes down 16 columns from `x` on; tells for each row which of its pixels are beyond the
    /// threshold and extreme among the 8 neighbours in their own level, ties allowed.
    #[inline(always)]
    fn search_block<S: Simd>(
        self,
        simd: S,
        level: usize,
        rows: &Range<usize>,
        x: usize,
        threshold: f32,
        mut check: impl FnMut(usize, u64),
    ) {
        let limit = f32x16::splat(simd, threshold);
        let mut here = limit;
        // Of the rows above: the highest and the lowest of each pixel and its two neighbours.
        let (mut highs, mut lows) = ([limit; 2], [limit; 2]);
        for y in rows.start - 1..=rows.end {
            let (low, high) = (self.row(level, y, x), self.row(level + 1, y, x));
            let left = load16(simd, high, 0) - load16(simd, low, 0);
            let middle = load16(simd, high, 1) - load16(simd, low, 1);
            let right = load16(simd, high, 2) - load16(simd, low, 2);
            let highest = left.max(middle).max(right);
            let lowest = left.min(middle).min(right);
            if y > rows.start {
                let top = here.simd_ge(highs[0].max(highs[1]).max(highest));
                let bottom = here.simd_le(lows[0].min(lows[1]).min(lowest));
                let bits = (top & here.simd_gt(limit)) | (bottom & here.simd_lt(-limit));
                if bits.any_true() {
                    check(y - 1, bits.to_bitmask());
                }
            }
            here = middle;
            highs = [highs[1], highest];
            lows = [lows[1], lowest];
        }
    }

    /// 18 pixels of row y, from the one before x on.
    #[inline(always)]
    fn row(self, level: usize, y: usize, x: usize) -> &'a [f32] {
        let start = (y - self.first) * self.layout.stride + self.layout.margin + x - 1;
        &self.levels[level][start..start + 18]
    }

    /// The pixel as a candidate, if it is as extreme among its neighbours in the levels before and
    /// after its own.
    fn candidate(self, level: usize, x: usize, y: usize) -> Option<Candidate> {
        let cube = Cube::around(|l, y| self.row(l, y, x), level, y);
        cube.is_extreme().then_some(Candidate {
            level: level as u32,
            x: x as u32,
            y: y as u32,
            cube,
        })
    }
}
