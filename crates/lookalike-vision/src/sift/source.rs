//! Where the first picture of an octave comes from, row by row.

use std::ops::Range;

use fearless_simd::{Level, dispatch, prelude::*};

use super::{
    lanes::load8,
    padded::{Layout, Padded},
};
use crate::GrayImage;

/// The rows that the first picture of an octave is made of.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// The picture doubled in both directions by linear interpolation: half-pixel centres as
    /// `cv::resize` has them, or, if `precise`, with pixel (0, 0) staying at (0, 0).
    Doubled { image: &'a GrayImage, precise: bool },
    /// The picture as it is.
    Plain { image: &'a GrayImage },
    /// Every second pixel of every second row, from the octave before.
    Halved { plane: &'a Padded },
}

impl Source<'_> {
    /// Width and height.
    pub fn size(&self) -> (usize, usize) {
        match self {
            Self::Doubled { image, .. } => (2 * image.width(), 2 * image.height()),
            Self::Plain { image } => (image.width(), image.height()),
            Self::Halved { plane } => (plane.layout().width / 2, plane.layout().height / 2),
        }
    }

    /// Writes these columns of row `y` between the margins of `out`, and perhaps a few behind them;
    /// `scratch` is memory to work in.
    pub fn fill(
        &self,
        level: Level,
        layout: &Layout,
        (y, columns): (usize, Range<usize>),
        scratch: &mut Vec<f32>,
        out: &mut [f32],
    ) {
        let out = &mut out[layout.margin..];
        match self {
            Self::Doubled { image, precise } => {
                // One pixel of margin on the left, a vector's on the right.
                scratch.resize(image.width() + 17, 0.0);
                let (above, below, weight) = neighbours(y, image.height(), *precise);
                let rows = (image.row(above), image.row(below));
                let pixels = columns.start / 2..columns.end.div_ceil(2);
                dispatch!(level, simd => {
                    double(simd, rows, pixels, weight, *precise, scratch, out);
                });
            }
            Self::Plain { image } => {
                let row = &image.row(y)[columns.clone()];
                for (out, &pixel) in out[columns].iter_mut().zip(row) {
                    *out = f32::from(pixel);
                }
            }
            Self::Halved { plane } => {
                let row = &plane.row(2 * y)[2 * columns.start..2 * columns.end];
                dispatch!(level, _simd => halve(row, &mut out[columns]));
            }
        }
    }
}

/// The two source rows that row `y` of the doubled picture lies between, and the weight of the
/// second. Beyond the outermost rows they repeat.
fn neighbours(y: usize, height: usize, precise: bool) -> (usize, usize, f32) {
    let (half, odd) = (y / 2, y % 2 == 1);
    let next = (half + 1).min(height - 1);
    match (precise, odd) {
        (true, false) => (half, half, 0.0),
        (true, true) => (half, next, 0.5),
        (false, true) => (half, next, 0.25),
        (false, false) => (half.saturating_sub(1), half, 0.75),
    }
}

/// Interpolates between two rows, then doubles these pixels of the result. The sums are exact:
/// pixels have 8 bits, and weights are quarters.
#[inline(always)]
fn double<S: Simd>(
    simd: S,
    (above, below): (&[u8], &[u8]),
    pixels: Range<usize>,
    weight: f32,
    precise: bool,
    scratch: &mut [f32],
    out: &mut [f32],
) {
    // scratch[1] is the first of the pixels, scratch[0] the one before it.
    let around = pixels.start.saturating_sub(1)..(pixels.end + 1).min(above.len());
    let from = around.start + 1 - pixels.start;
    let blend = scratch[from..].iter_mut();
    for (out, (&a, &b)) in blend.zip(above[around.clone()].iter().zip(&below[around])) {
        *out = f32::from(a) * (1.0 - weight) + f32::from(b) * weight;
    }
    let width = pixels.len();
    if pixels.start == 0 {
        scratch[0] = scratch[1];
    }
    if pixels.end == above.len() {
        scratch[width + 1] = scratch[width];
    }
    let out = &mut out[2 * pixels.start..];
    for x in (0..width).step_by(8) {
        let (before, here, after) = (
            load8(simd, scratch, x),
            load8(simd, scratch, x + 1),
            load8(simd, scratch, x + 2),
        );
        let (even, odd) = if precise {
            (here, (here + after) * 0.5)
        } else {
            let main = here * 0.75;
            (main + before * 0.25, main + after * 0.25)
        };
        let (low, high) = even.interleave(odd);
        low.store_slice(&mut out[2 * x..][..8]);
        high.store_slice(&mut out[2 * x + 8..][..8]);
    }
}

#[inline(always)]
fn halve(row: &[f32], out: &mut [f32]) {
    let (pairs, _) = row.as_chunks::<2>();
    for (out, pair) in out.iter_mut().zip(pairs) {
        *out = pair[0];
    }
}
