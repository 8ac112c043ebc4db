//! Separable Gaussian filters of 32-bit floats, in the order of arithmetic of OpenCV's filter
//! engine: rows by a running sum from left to right, columns by pairs around the middle.

use fearless_simd::{Level, dispatch, f32x16, prelude::*};

use super::{aligned::LINE, lanes::load16, padded::BLOCK};

/// Rows that are filtered vertically at a time.
pub(super) const ROWS: usize = 4;

/// A Gaussian of an odd number of taps.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    taps: Vec<f32>,
}

impl Kernel {
    /// The taps of `cv::GaussianBlur` for floats when no size is given: 8 sigma wide, rounded,
    /// and odd; exp(-x^2 / (2 sigma^2)), scaled to the sum 1.
    pub fn gaussian(sigma: f64) -> Self {
        let size = (sigma * 8.0 + 1.0).round_ties_even() as usize | 1;
        let radius = (size / 2) as f64;
        let weight = |i: usize| {
            let x = i as f64 - radius;
            (-x * x / (2.0 * sigma * sigma)).exp()
        };
        let weights: Vec<f64> = (0..size).map(weight).collect();
        let sum: f64 = weights.iter().sum();
        Self {
            taps: weights.iter().map(|w| (w / sum) as f32).collect(),
        }
    }

    /// From left to right; their number is odd.
    pub fn taps(&self) -> &[f32] {
        &self.taps
    }

    /// Taps on each side of the middle.
    pub fn radius(&self) -> usize {
        self.taps.len() / 2
    }
}

/// Filters a row that starts a radius before its first pixel; `out` gets whole blocks.
pub(super) fn filter_row(level: Level, kernel: &Kernel, row: &[f32], out: &mut [f32]) {
    dispatch!(level, simd => row_blocks(simd, &kernel.taps, row, out));
}

#[inline(always)]
fn row_blocks<S: Simd>(simd: S, taps: &[f32], row: &[f32], out: &mut [f32]) {
    // Where a vector is a cache line, nearly all of these loads touch two lines and take twice as
    // long. Then every second tap takes its pixels from registers.
    let shift = S::f32s::LEN == LINE;
    let (first, rest) = taps.split_at(if shift { 1 } else { taps.len() });
    for (b, out) in out.chunks_exact_mut(BLOCK).enumerate() {
        let row = &row[b * BLOCK..];
        let mut sum = [f32x16::splat(simd, 0.0); 4];
        for (j, &tap) in first.iter().enumerate() {
            let tap = f32x16::splat(simd, tap);
            let row = &row[j..][..BLOCK];
            for (v, sum) in sum.iter_mut().enumerate() {
                *sum = load16(simd, row, 16 * v).mul_add(tap, *sum);
            }
        }
        for (j, taps) in rest.chunks_exact(2).enumerate() {
            let row = &row[2 * j + 1..][..BLOCK + 16];
            let even = f32x16::splat(simd, taps[0]);
            let odd = f32x16::splat(simd, taps[1]);
            let mut here = load16(simd, row, 0);
            for (v, sum) in sum.iter_mut().enumerate() {
                let next = load16(simd, row, 16 * (v + 1));
                *sum = here.mul_add(even, *sum);
                *sum = here.slide::<1>(next).mul_add(odd, *sum);
                here = next;
            }
        }
        for (sum, out) in sum.iter().zip(out.chunks_exact_mut(16)) {
            sum.store_slice(out);
        }
    }
}

/// Filters rows vertically. Input row i is `ring` from `lines[i]` on, in cache lines; output row q
/// takes the input rows q to q + 2 radius and goes to `out[q * stride]`. There are input rows for
/// a whole number of [`ROWS`], though the outputs may be fewer.
pub(super) fn filter_columns(
    level: Level,
    kernel: &Kernel,
    input: (&[f32], &[usize], usize),
    out: &mut [f32],
    stride: usize,
) {
    let half = &kernel.taps[kernel.radius()..];
    dispatch!(level, simd => column_blocks(simd, half, input, out, stride));
}

/// Four rows advance together, tap by tap: the rows above them, and those below, move on by one,
/// so that each row is loaded once for four outputs.
#[inline(always)]
fn column_blocks<S: Simd>(
    simd: S,
    half: &[f32],
    (ring, lines, span): (&[f32], &[usize], usize),
    out: &mut [f32],
    stride: usize,
) {
    let radius = half.len() - 1;
    let (ring, _) = ring.as_chunks::<LINE>();
    for x in (0..span).step_by(S::f32s::LEN) {
        let (line, part) = (x / LINE, x % LINE);
        // Loops and a macro: closures need not be inlined into this instruction set.
        macro_rules! load {
            ($start:expr) => {
                S::f32s::from_slice(simd, &ring[$start + line][part..part + S::f32s::LEN])
            };
        }
        let groups = lines.windows(2 * radius + ROWS).step_by(ROWS);
        for (out, lines) in out.chunks_mut(ROWS * stride).zip(groups) {
            let (before, rest) = lines.split_at(radius);
            let (middle, after) = rest.split_at(ROWS);
            let mut above = [
                load!(middle[0]),
                load!(middle[1]),
                load!(middle[2]),
                load!(middle[3]),
            ];
            let mut below = above;
            let tap = S::f32s::splat(simd, half[0]);
            let mut sums = [
                above[0] * tap,
                above[1] * tap,
                above[2] * tap,
                above[3] * tap,
            ];
            for ((&tap, &before), &after) in half[1..].iter().zip(before.iter().rev()).zip(after) {
                above = [load!(before), above[0], above[1], above[2]];
                below = [below[1], below[2], below[3], load!(after)];
                let tap = S::f32s::splat(simd, tap);
                for q in 0..ROWS {
                    sums[q] = (above[q] + below[q]).mul_add(tap, sums[q]);
                }
            }
            for (q, out) in out.chunks_mut(stride).enumerate() {
                sums[q].store_slice(&mut out[x..][..S::f32s::LEN]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_have_opencvs_sizes_and_sum_to_one() {
        for (sigma, size) in [(1.249, 11), (1.226, 11), (1.545, 13), (3.09, 27), (0.1, 3)] {
            let kernel = Kernel::gaussian(sigma);
            assert_eq!(kernel.taps.len(), size, "{sigma}");
            let sum: f32 = kernel.taps.iter().sum();
            assert!((sum - 1.0).abs() < 1e-6);
        }
    }
}
