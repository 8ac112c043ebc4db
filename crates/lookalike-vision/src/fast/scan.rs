//! From pixels to the list of corners, band by band.

use fearless_simd::{Simd, SimdBase, dispatch};

use super::ring::{Pixels, Ring, Ring8, Ring12, Ring16, each_bit, nonzero, peaks, strengths};
use super::{FastParams, FastType};
use crate::Exec;
use crate::spread::spread;

/// The frame in which no corner is looked for, whatever the ring.
const FRAME: usize = 3;

/// A corner; `strength` is the smallest threshold at which it would not be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corner {
    pub x: u32,
    pub y: u32,
    pub strength: u8,
}

/// The part of the picture in which corners are reported: columns `left..right`, rows
/// `top..bottom`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

impl Window {
    /// The picture without a frame of `margin` pixels; empty where the picture is too small.
    pub(crate) fn inside(width: usize, height: usize, margin: usize) -> Self {
        let margin = margin.max(FRAME);
        Self {
            left: margin,
            top: margin,
            right: width.saturating_sub(margin),
            bottom: height.saturating_sub(margin),
        }
    }

    fn is_empty(&self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }
}

/// Finds corners, and keeps its memory for the next picture.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    bands: Vec<Band>,
    padded: Vec<u8>,
}

/// What one thread needs.
#[derive(Debug, Default)]
struct Band {
    rows: [Vec<u8>; 3],
    corners: Vec<Corner>,
}

/// One picture with the question put to it.
#[derive(Clone, Copy)]
struct Task<'a> {
    pixels: Pixels<'a>,
    /// Size of the picture; `pixels` may be wider.
    width: usize,
    height: usize,
    window: Window,
    params: FastParams,
}

impl Scanner {
    /// Replaces `corners` with those of a picture of `width` columns, in raster order.
    pub(crate) fn scan(
        &mut self,
        exec: Exec,
        (data, width): (&[u8], usize),
        window: Window,
        params: FastParams,
        corners: &mut Vec<Corner>,
    ) {
        corners.clear();
        if window.is_empty() {
            return;
        }
        let Self { bands, padded } = self;
        let lanes = dispatch!(exec.level, simd => lanes(simd));
        let height = data.len() / width;
        let mut pixels = Pixels {
            data,
            stride: width,
        };
        if width < lanes + 2 * FRAME {
            let stride = lanes + 2 * FRAME;
            pad(data, width, stride, padded);
            pixels = Pixels {
                data: padded,
                stride,
            };
        }
        let task = Task {
            pixels,
            width,
            height,
            window,
            params,
        };
        let rows = window.bottom - window.top;
        let count = exec.threads.clamp(1, rows.div_ceil(64));
        bands.resize_with(count.max(bands.len()), Band::default);
        let run = |(i, band): (usize, &mut Band)| {
            let part = Window {
                top: window.top + rows * i / count,
                bottom: window.top + rows * (i + 1) / count,
                ..window
            };
            let task = Task {
                window: part,
                ..task
            };
            dispatch!(exec.level, simd => run_band(simd, task, band));
        };
        spread(count, bands[..count].iter_mut().enumerate().collect(), run);
        for band in &bands[..count] {
            corners.extend_from_slice(&band.corners);
        }
    }
}

#[inline(always)]
fn lanes<S: Simd>(_: S) -> usize {
    S::u8s::LEN
}

/// Copies rows of `width` pixels to rows of `stride` pixels, the rest being zero.
fn pad(data: &[u8], width: usize, stride: usize, padded: &mut Vec<u8>) {
    padded.clear();
    padded.resize(data.len() / width * stride, 0);
    for (from, to) in data
        .chunks_exact(width)
        .zip(padded.chunks_exact_mut(stride))
    {
        to[..width].copy_from_slice(from);
    }
}

#[inline(always)]
fn run_band<S: Simd>(simd: S, task: Task<'_>, band: &mut Band) {
    match task.params.kind {
        FastType::Type9_16 => run_ring::<S, 16, Ring16>(simd, task, band),
        FastType::Type7_12 => run_ring::<S, 12, Ring12>(simd, task, band),
        FastType::Type5_8 => run_ring::<S, 8, Ring8>(simd, task, band),
    }
}

/// A strength row holds pixel x at index x + 1 and is zero where there is no corner.
#[inline(always)]
fn run_ring<S: Simd, const N: usize, R: Ring<N>>(simd: S, task: Task<'_>, band: &mut Band) {
    let Window { top, bottom, .. } = task.window;
    band.corners.clear();
    for row in &mut band.rows {
        row.clear();
        row.resize(task.pixels.stride + S::u8s::LEN + 2, 0);
    }
    if !task.params.nonmax_suppression {
        for y in top..bottom {
            strength_row::<S, N, R>(simd, task, y, &mut band.rows[0]);
            report(simd, task, y, &band.rows[0], &mut band.corners);
        }
        return;
    }
    for y in top - 1..=bottom {
        let row = &mut band.rows[y % 3];
        if (FRAME..task.height - FRAME).contains(&y) {
            strength_row::<S, N, R>(simd, task, y, row);
        } else {
            row.fill(0);
        }
        if y > top {
            let rows = [y - 2, y - 1, y].map(|y| band.rows[y % 3].as_slice());
            report_peaks(simd, task, y - 1, rows, &mut band.corners);
        }
    }
}

/// The strengths of row `y`, in all columns from which the window can be judged.
#[inline(always)]
fn strength_row<S: Simd, const N: usize, R: Ring<N>>(
    simd: S,
    task: Task<'_>,
    y: usize,
    row: &mut [u8],
) {
    let lanes = S::u8s::LEN;
    let last = task.pixels.stride - FRAME - lanes;
    let end = (task.window.right + 1).min(task.width - FRAME);
    let threshold = task.params.threshold;
    let zero = S::u8s::splat(simd, 0);
    let mut x = (task.window.left - 1).max(FRAME);
    while x < end {
        let at = x.min(last);
        strengths::<S, N, R>(simd, task.pixels, (at, y), threshold)
            .unwrap_or(zero)
            .store_slice(&mut row[at + 1..at + 1 + lanes]);
        x += lanes;
    }
    // What was computed from padding is no corner.
    row[task.width - FRAME + 1..].fill(0);
}

/// Lanes of a vector at `x` that lie left of `end`.
#[inline(always)]
fn lanes_before(x: usize, end: usize) -> u64 {
    let left = end - x;
    if left >= 64 {
        u64::MAX
    } else {
        (1 << left) - 1
    }
}

#[inline(always)]
fn report<S: Simd>(simd: S, task: Task<'_>, y: usize, row: &[u8], corners: &mut Vec<Corner>) {
    let Window { left, right, .. } = task.window;
    for x in (left..right).step_by(S::u8s::LEN) {
        let bits = nonzero(simd, row, x + 1) & lanes_before(x, right);
        each_bit(bits, |i| {
            corners.push(Corner {
                x: (x + i) as u32,
                y: y as u32,
                strength: row[x + i + 1],
            });
        });
    }
}

#[inline(always)]
fn report_peaks<S: Simd>(
    simd: S,
    task: Task<'_>,
    y: usize,
    rows: [&[u8]; 3],
    corners: &mut Vec<Corner>,
) {
    let Window { left, right, .. } = task.window;
    for x in (left..right).step_by(S::u8s::LEN) {
        let bits = peaks(simd, rows, x + 1) & lanes_before(x, right);
        each_bit(bits, |i| {
            corners.push(Corner {
                x: (x + i) as u32,
                y: y as u32,
                strength: rows[1][x + i + 1],
            });
        });
    }
}
