//! Extrema of the differences of Gaussians (Lowe 2004, section 3.1).

use std::ops::Range;

use fearless_simd::{Level, dispatch, f32x16, prelude::*};

use super::{lanes::load16, padded::Layout};

/// Pixels along the edges in which no extremum is sought.
pub(super) const BORDER: usize = 5;

/// Pixels that are searched at a time.
const TILE: usize = 128;
/// A tile and a pixel on both sides, in whole vectors.
const TILE_STRIDE: usize = TILE + 16;

/// A pixel that is an extremum of level `level` of the differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub level: u32,
    pub x: u32,
    pub y: u32,
}

/// Memory for a tile of all differences.
#[derive(Debug, Default)]
pub(super) struct Scan {
    tile: Vec<f32>,
}

impl Scan {
    /// Searches a few rows and the given columns of an octave for extrema among the 26
    /// neighbours, whose difference is more than `threshold` from 0. The planes are chunks from
    /// the given row on; all levels must exist one pixel around the area.
    pub fn search(
        &mut self,
        level: Level,
        layout: &Layout,
        (planes, first): (&[&mut [f32]], usize),
        (rows, columns): (&Range<usize>, &Range<usize>),
        threshold: f32,
        found: &mut Vec<Candidate>,
    ) {
        let tile_rows = rows.len() + 2;
        self.tile
            .resize((planes.len() - 1) * tile_rows * TILE_STRIDE, 0.0);
        for x in columns.clone().step_by(TILE) {
            let tile = Tile {
                layout,
                x,
                y: rows.start,
                width: TILE.min(columns.end - x),
                rows: tile_rows,
            };
            let values = &mut self.tile[..];
            dispatch!(level, simd => {
                tile.subtract(simd, planes, first, values);
                tile.search(simd, planes.len() - 1, values, threshold, found);
            });
        }
    }
}

/// Where a tile lies: its first pixel (x, y) and its rows with the ones above and below.
struct Tile<'a> {
    layout: &'a Layout,
    x: usize,
    y: usize,
    width: usize,
    rows: usize,
}

impl Tile<'_> {
    /// Fills `values` with the differences of successive planes, from one pixel left of and above
    /// the tile.
    #[inline(always)]
    fn subtract<S: Simd>(&self, simd: S, planes: &[&mut [f32]], first: usize, values: &mut [f32]) {
        let vectors = (self.width + 2).div_ceil(16);
        let mut tiles = values.chunks_exact_mut(TILE_STRIDE);
        for pair in planes.windows(2) {
            for row in 0..self.rows {
                let start = (self.y - 1 + row - first) * self.layout.stride;
                let start = start + self.layout.margin + self.x - 1;
                let (low, high) = (&pair[0][start..], &pair[1][start..]);
                let Some(out) = tiles.next() else { return };
                let blocks = low.chunks_exact(16).zip(high.chunks_exact(16));
                for (out, (low, high)) in out.chunks_exact_mut(16).zip(blocks).take(vectors) {
                    let difference = f32x16::from_slice(simd, high) - f32x16::from_slice(simd, low);
                    difference.store_slice(out);
                }
            }
        }
    }

    #[inline(always)]
    fn search<S: Simd>(
        &self,
        simd: S,
        differences: usize,
        values: &[f32],
        threshold: f32,
        found: &mut Vec<Candidate>,
    ) {
        let inside = BORDER..self.layout.width.saturating_sub(BORDER);
        let plane = self.rows * TILE_STRIDE;
        for level in 1..differences - 1 {
            for row in 1..self.rows - 1 {
                let start = level * plane + row * TILE_STRIDE;
                for x in (0..self.width).step_by(16) {
                    let at = start + x + 1;
                    let mut bits = flat_extrema(simd, values, at, threshold);
                    while bits != 0 {
                        let lane = bits.trailing_zeros() as usize;
                        bits &= bits - 1;
                        let column = self.x + x + lane;
                        if x + lane < self.width
                            && inside.contains(&column)
                            && deep_extremum(values, at + lane, plane)
                        {
                            found.push(Candidate {
                                level: level as u32,
                                x: column as u32,
                                y: (self.y + row - 1) as u32,
                            });
                        }
                    }
                }
            }
        }
    }
}

/// Which of the 16 values from `at` on are beyond the threshold and extreme among the 8
/// neighbours in their own level; ties are allowed.
#[inline(always)]
fn flat_extrema<S: Simd>(simd: S, values: &[f32], at: usize, threshold: f32) -> u64 {
    let window = &values[at - TILE_STRIDE - 1..at + TILE_STRIDE + 17];
    let load = |dx: usize, dy: usize| load16(simd, window, dy * TILE_STRIDE + dx);
    let here = load(1, 1);
    let threshold = f32x16::splat(simd, threshold);
    if !here.abs().simd_gt(threshold).any_true() {
        return 0;
    }
    let (left, right) = (load(0, 1), load(2, 1));
    let (mut high, mut low) = (left.max(right), left.min(right));
    for dy in [0, 2] {
        for dx in 0..3 {
            let neighbour = load(dx, dy);
            high = high.max(neighbour);
            low = low.min(neighbour);
        }
    }
    let top = here.simd_gt(threshold) & here.simd_ge(high);
    let bottom = here.simd_lt(-threshold) & here.simd_le(low);
    (top | bottom).to_bitmask()
}

/// Whether the value is as extreme among its neighbours in the levels before and after its own.
fn deep_extremum(values: &[f32], at: usize, plane: usize) -> bool {
    let here = values[at];
    let extreme = |other: f32| {
        if here > 0.0 {
            here >= other
        } else {
            here <= other
        }
    };
    [at - plane, at + plane].into_iter().all(|middle| {
        (0..3).all(|dy| {
            let row = middle + dy * TILE_STRIDE - TILE_STRIDE;
            values[row - 1..=row + 1].iter().all(|&v| extreme(v))
        })
    })
}
