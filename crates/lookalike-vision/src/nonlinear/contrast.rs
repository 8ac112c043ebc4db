//! Which gradients count as edges: the contrast factor k.

use fearless_simd::prelude::*;

use super::flow::gradient_row;
use super::lanes::store;
use super::rows::{ALIGN, Rows};

/// Bins of the histogram of gradients.
pub(crate) const BINS: usize = 300;

/// Writes |Scharr gradient| of `smooth` to `out` and returns its maximum over the interior
/// (without the frame of one pixel); 0 where there is no interior.
#[inline(always)]
pub(crate) fn magnitudes<S: Simd>(
    simd: S,
    smooth: &Rows,
    out: &mut Rows,
    scratch: &mut Rows,
) -> f32 {
    let (width, height) = (smooth.width(), smooth.height());
    out.resize(width, height);
    scratch.resize(width + 2 * ALIGN, 2);
    let mut largest = 0.0_f32;
    for y in 1..height.saturating_sub(1) {
        let row = out.row_mut(y);
        gradient_row(simd, smooth, y, scratch, |x, g| {
            store::<S>(g.sqrt(), row, x);
        });
        row[0] = 0.0;
        row[width - 1..].fill(0.0);
        let mut most = S::f32s::splat(simd, largest);
        for v in row.chunks_exact(S::f32s::LEN) {
            most = most.max(S::f32s::from_slice(simd, v));
        }
        largest = most.reduce_max();
    }
    largest
}

/// The gradient that `percentile` of all nonzero gradients of the interior stay below, as KAZE
/// takes it: the bins are walked until they hold enough.
///
/// `magnitudes` and `largest` come from [`magnitudes`].
pub(crate) fn factor(magnitudes: &Rows, largest: f32, percentile: f32) -> f32 {
    let mut bins = [[0_u32; BINS + 1]; 4];
    for y in 1..magnitudes.height().saturating_sub(1) {
        let row = &magnitudes.row(y)[..magnitudes.width()];
        let (fours, _) = row.as_chunks::<4>();
        let rest = &row[fours.len() * 4..];
        // Four histograms, so that equal neighbours do not wait for each other.
        for four in fours {
            for (bins, &m) in bins.iter_mut().zip(four) {
                bins[bin(m, largest)] += 1;
            }
        }
        for &m in rest {
            bins[0][bin(m, largest)] += 1;
        }
    }
    // Slot 0 counts the zeros, which do not matter.
    let count = |slot: usize| bins.iter().map(|b| b[slot]).sum::<u32>();
    let points: u32 = (1..=BINS).map(count).sum();
    let wanted = (points as f32 * percentile) as u32;
    let (mut walked, mut seen) = (0, 0);
    while seen < wanted && walked < BINS {
        walked += 1;
        seen += count(walked);
    }
    if seen < wanted {
        return 0.03;
    }
    largest * walked as f32 / BINS as f32
}

/// The same as AKAZE takes it: the weakest bin counts as background and is left out.
pub(crate) fn factor_without_background(magnitudes: &Rows, largest: f32, percentile: f32) -> f32 {
    if largest == 0.0 {
        return 0.03;
    }
    let scale = (BINS - 1) as f32 / largest;
    let mut bins = [[0_u32; BINS]; 4];
    for y in 1..magnitudes.height().saturating_sub(1) {
        let row = &magnitudes.row(y)[1..magnitudes.width() - 1];
        let (fours, rest) = row.as_chunks::<4>();
        for four in fours {
            for (bins, &m) in bins.iter_mut().zip(four) {
                bins[((m * scale) as usize).min(BINS - 1)] += 1;
            }
        }
        for &m in rest {
            bins[0][((m * scale) as usize).min(BINS - 1)] += 1;
        }
    }
    let count = |bin: usize| bins.iter().map(|b| b[bin]).sum::<u32>();
    let points: u32 = (1..BINS).map(count).sum();
    let wanted = (points as f32 * percentile) as u32;
    let mut seen = 0;
    for bin in 1..BINS {
        if seen >= wanted {
            return largest * bin as f32 / BINS as f32;
        }
        seen += count(bin);
    }
    0.03
}

/// 0 for no gradient, else one more than the bin.
#[inline]
fn bin(magnitude: f32, largest: f32) -> usize {
    if magnitude == 0.0 {
        return 0;
    }
    let bin = (BINS as f32 * (magnitude / largest)) as usize;
    bin.min(BINS - 1) + 1
}
