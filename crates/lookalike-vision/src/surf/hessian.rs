//! The fast Hessian: determinants of box-filtered second derivatives (Bay et al. 2008, 3.2-3.3).
//!
//! A filter of side L approximates Gaussian second derivatives of scale 1.2 L / 9. It is laid
//! out on a grid of 9 x 9 cells: Dxx is three boxes side by side (cells 0-3-6-9 across, 2-7
//! down, weights 1, -2, 1), Dyy the same turned, and Dxy four boxes of 3 x 3 cells around the
//! middle row and column. Every sum is an integer; only the determinant is a float.

use fearless_simd::{Level, Simd, dispatch, prelude::*};

use super::rows::for_each_row;
use crate::Plane;

/// Cells of the layout, and the side of the smallest filter.
const CELLS: usize = 9;
/// From one layer to the next; an octave doubles it.
const SIZE_STEP: usize = 6;
/// Makes up for the box approximation of Dxy: .9 squared (Bay et al., 3.2).
const DXY_WEIGHT: f32 = 0.81;

/// The side of the filter of a layer, in pixels.
pub(super) fn filter_size(octave: usize, layer: usize) -> usize {
    (CELLS + SIZE_STEP * layer) << octave
}

/// The integral image, its columns sorted by their remainder modulo the sampling step: in each
/// row, block p holds the columns p, p + step, p + 2 step, ... A filter that is evaluated every
/// `step` pixels then reads consecutive numbers.
#[derive(Default)]
pub(super) struct Polyphase {
    step: usize,
    block: usize,
    stride: usize,
    rows: usize,
    columns: usize,
    data: Vec<i32>,
}

impl Polyphase {
    /// The integral image itself, for step 1.
    pub(super) fn reset(&mut self, sums: &Plane<i32>) {
        self.step = 1;
        self.block = sums.width();
        self.stride = sums.width();
        self.rows = sums.height();
        self.columns = sums.width();
        self.data.clear();
        self.data.extend_from_slice(sums.data());
    }

    /// Takes over `finer`, for twice its step.
    pub(super) fn halve(&mut self, finer: &Self) {
        self.step = 2 * finer.step;
        self.block = finer.block.div_ceil(2);
        self.stride = self.step * self.block;
        self.rows = finer.rows;
        self.columns = finer.columns;
        self.data.resize(self.stride * self.rows, 0);
        let odd = finer.step * self.block;
        for (from, to) in finer
            .data
            .chunks_exact(finer.stride)
            .zip(self.data.chunks_exact_mut(self.stride))
        {
            let (evens, odds) = to.split_at_mut(odd);
            for (block, (even, odd)) in from.chunks_exact(finer.block).zip(
                evens
                    .chunks_exact_mut(self.block)
                    .zip(odds.chunks_exact_mut(self.block)),
            ) {
                for ((pair, e), o) in block.chunks(2).zip(even).zip(odd) {
                    *e = pair[0];
                    *o = pair.last().copied().unwrap_or(0);
                }
            }
        }
    }

    /// Where the sums of column `x`, `x + step`, ... of row `y` begin.
    fn offset(&self, x: usize, y: usize) -> usize {
        y * self.stride + x % self.step * self.block + x / self.step
    }

    /// Whether a filter of this side fits into the picture.
    fn holds(&self, size: usize) -> bool {
        size < self.rows && size < self.columns
    }
}

/// Where one filter touches the integral image, for the first sample of a row of samples.
struct Taps {
    /// Across 0-3-6-9, at the upper (2) and lower (7) edge.
    xx: [[usize; 4]; 2],
    /// Down 0-3-6-9, at the left (2) and right (7) edge.
    yy: [[usize; 4]; 2],
    /// Down 1-4-5-8, and across 1-4-5-8.
    xy: [[usize; 4]; 4],
}

impl Taps {
    fn new(sums: &Polyphase, size: usize, y: usize) -> Self {
        let scale = size as f32 / CELLS as f32;
        let edge = |cell: usize| (scale * cell as f32).round_ties_even() as usize;
        let at = |cx: usize, cy: usize| sums.offset(edge(cx), y + edge(cy));
        Self {
            xx: [2, 7].map(|cy| [0, 3, 6, 9].map(|cx| at(cx, cy))),
            yy: [2, 7].map(|cx| [0, 3, 6, 9].map(|cy| at(cx, cy))),
            xy: [1, 4, 5, 8].map(|cy| [1, 4, 5, 8].map(|cx| at(cx, cy))),
        }
    }
}

/// The factors that turn box sums into means.
#[derive(Clone, Copy)]
struct Scales {
    straight: f32,
    mixed: f32,
}

impl Scales {
    fn new(size: usize) -> Self {
        let third = size as f32 / 3.0;
        let cell = size as f32 / CELLS as f32;
        let long = (cell * 7.0).round_ties_even() - (cell * 2.0).round_ties_even();
        Self {
            straight: 1.0 / (third * long),
            mixed: 1.0 / (third * third),
        }
    }
}

/// Dxx, Dyy and Dxy of one vector of samples, as integers. A wrapped integral image is good
/// enough: differences of wrapped sums are the true box sums.
#[inline(always)]
fn derivatives<S: Simd>(
    taps: &Taps,
    load: impl Fn(usize) -> S::i32s,
) -> (S::i32s, S::i32s, S::i32s) {
    let three_boxes = |edges: &[[usize; 4]; 2]| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| load(edges[1][i]) - load(edges[0][i]));
        let middle = c - b;
        (d - a) - (middle + middle + middle)
    };
    let [a, b, c, d] = taps
        .xy
        .map(|row| (load(row[1]) - load(row[0])) - (load(row[3]) - load(row[2])));
    (
        three_boxes(&taps.xx),
        three_boxes(&taps.yy),
        (b - a) - (d - c),
    )
}

/// One row of determinants.
#[inline(always)]
fn determinants<S: Simd>(simd: S, sums: &[i32], taps: &Taps, scales: Scales, out: &mut [f32]) {
    let n = S::i32s::LEN;
    let (straight, mixed) = (scales.straight, scales.mixed);
    let response = |(xx, yy, xy): (S::i32s, S::i32s, S::i32s)| {
        let [xx, yy, xy] = [xx, yy, xy].map(|v| v.to_float::<S::f32s>());
        let xy = xy * mixed;
        (xx * straight) * (yy * straight) - xy * xy * DXY_WEIGHT
    };
    let mut chunks = out.chunks_exact_mut(n);
    let mut k = 0;
    for chunk in &mut chunks {
        let load = |at: usize| S::i32s::from_slice(simd, &sums[at + k..at + k + n]);
        response(derivatives::<S>(taps, load)).store_slice(chunk);
        k += n;
    }
    let rest = chunks.into_remainder();
    if !rest.is_empty() {
        let load = |at: usize| {
            S::i32s::from_fn(simd, |j| sums.get(at + k + j).copied().unwrap_or_default())
        };
        let v = response(derivatives::<S>(taps, load));
        rest.copy_from_slice(&v.as_slice()[..rest.len()]);
    }
}

/// Fills `out` with the determinants of the filter of side `size` at every `step`-th pixel:
/// entry (i, j) belongs to the filter centred at about (i, j) * step. Where the filter does not
/// fit, the entry is 0.
pub(super) fn response_layer(
    level: Level,
    threads: usize,
    sums: &Polyphase,
    size: usize,
    out: &mut Plane<f32>,
) {
    let step = sums.step;
    out.resize((sums.columns - 1) / step, (sums.rows - 1) / step);
    if !sums.holds(size) {
        out.data_mut().fill(0.0);
        return;
    }
    let margin = size / 2 / step;
    let down = 1 + (sums.rows - 1 - size) / step;
    let across = 1 + (sums.columns - 1 - size) / step;
    let scales = Scales::new(size);
    for_each_row(threads, out, |i, row| {
        let Some(i) = i.checked_sub(margin).filter(|&i| i < down) else {
            return row.fill(0.0);
        };
        let taps = Taps::new(sums, size, i * step);
        let end = (margin + across).min(row.len());
        row[..margin].fill(0.0);
        row[end..].fill(0.0);
        let row = &mut row[margin..end];
        dispatch!(level, simd => determinants(simd, &sums.data, &taps, scales, row));
    });
}

/// The trace Dxx + Dyy of the filter whose top left corner is (x, y): positive at a dark blob.
pub(super) fn trace(sums: &Plane<i32>, size: usize, x: usize, y: usize) -> i32 {
    let scale = size as f32 / CELLS as f32;
    let edge = |cell: usize| (scale * cell as f32).round_ties_even() as usize;
    let area =
        |x0, y0, x1, y1| box_sum(sums, x + edge(x0), y + edge(y0), x + edge(x1), y + edge(y1));
    let xx = area(0, 2, 9, 7).wrapping_sub(area(3, 2, 6, 7).wrapping_mul(3));
    let yy = area(2, 0, 7, 9).wrapping_sub(area(2, 3, 7, 6).wrapping_mul(3));
    xx.wrapping_add(yy)
}

/// The sum of the pixels with x0 <= x < x1 and y0 <= y < y1.
pub(super) fn box_sum(sums: &Plane<i32>, x0: usize, y0: usize, x1: usize, y1: usize) -> i32 {
    let (top, bottom) = (sums.row(y0), sums.row(y1));
    let right = bottom[x1].wrapping_sub(top[x1]);
    right.wrapping_sub(bottom[x0].wrapping_sub(top[x0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: usize, height: usize) -> Plane<i32> {
        let data = (0..width * height).map(|i| (i * i % 251) as i32).collect();
        Plane::from_vec(width, height, data).unwrap()
    }

    #[test]
    fn filters_grow_as_published() {
        let sizes = |octave| [0, 1, 2, 3].map(|layer| filter_size(octave, layer));
        assert_eq!(sizes(0), [9, 15, 21, 27]);
        // The paper's second octave starts at 15 in steps of 12; OpenCV's at 18.
        assert_eq!(sizes(1), [18, 30, 42, 54]);
    }

    #[test]
    fn polyphase_keeps_every_sum() {
        let sums = table(37, 5);
        let mut fine = Polyphase::default();
        fine.reset(&sums);
        for _ in 0..4 {
            for (y, x) in (0..5).flat_map(|y| (0..37).map(move |x| (y, x))) {
                assert_eq!(fine.data[fine.offset(x, y)], sums.row(y)[x]);
            }
            let mut coarse = Polyphase::default();
            coarse.halve(&fine);
            fine = coarse;
        }
    }

    #[test]
    fn the_smallest_filter_is_the_published_one() {
        // One bright pixel: the responses are the filter's own weights (Bay et al., figure 4).
        let mut xx = [[0; 9]; 9];
        let mut xy = [[0; 9]; 9];
        for (y, x) in (0..9).flat_map(|y| (0..9).map(move |x| (y, x))) {
            let mut sums = Plane::<i32>::new(10, 10);
            for v in y + 1..10 {
                sums.row_mut(v)[x + 1..].fill(1);
            }
            let mut phases = Polyphase::default();
            phases.reset(&sums);
            let taps = Taps::new(&phases, 9, 0);
            let simd = fearless_simd::Level::baseline();
            let at = |o: usize| sums.data()[o];
            let got = dispatch!(simd, s => first(s, &taps, at));
            xx[y][x] = got.0;
            assert_eq!(
                got.1,
                if (2..7).contains(&x) {
                    [1, -2, 1][y / 3]
                } else {
                    0
                }
            );
            xy[y][x] = got.2;
        }
        let inside = [1, 1, 1, -2, -2, -2, 1, 1, 1];
        let mixed = [0, 1, 1, 1, 0, -1, -1, -1, 0];
        for y in 0..9 {
            assert_eq!(xx[y], if (2..7).contains(&y) { inside } else { [0; 9] });
            assert_eq!(xy[y], mixed.map(|v| v * mixed[y]));
        }
    }

    #[inline(always)]
    fn first<S: Simd>(simd: S, taps: &Taps, at: impl Fn(usize) -> i32) -> (i32, i32, i32) {
        let (xx, yy, xy) = derivatives::<S>(taps, |o| S::i32s::splat(simd, at(o)));
        (xx.as_slice()[0], yy.as_slice()[0], xy.as_slice()[0])
    }
}
