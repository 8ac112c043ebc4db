//! Separable Gaussian blur with the border pixels repeated.

use fearless_simd::prelude::*;

use super::lanes::{load, store};
use super::rows::{ALIGN, Rows};

/// The weights of a Gaussian of `2 N - 1` taps, from the centre outwards; they sum to one over
/// all taps. Computed in double, then rounded, as `cv::getGaussianKernel`.
pub(crate) fn taps<const N: usize>(sigma: f64) -> [f32; N] {
    let at = |i: usize| (-((i * i) as f64) / (2.0 * sigma * sigma)).exp();
    let sum = at(0) + 2.0 * (1..N).map(at).sum::<f64>();
    std::array::from_fn(|i| (at(i) / sum) as f32)
}

/// Blurs row `y` of `src` into `out`. `column` is scratch, a row at least 32 longer than that.
#[inline(always)]
pub(crate) fn blur_row<S: Simd, const N: usize>(
    simd: S,
    src: &Rows,
    y: usize,
    taps: &[f32; N],
    column: &mut [f32],
    out: &mut [f32],
) {
    let (width, run, lanes) = (src.width(), src.run(), S::f32s::LEN);
    let weights = taps.map(|w| S::f32s::splat(simd, w));
    let above: [&[f32]; N] = std::array::from_fn(|k| src.row(y.saturating_sub(k)));
    let below: [&[f32]; N] = std::array::from_fn(|k| src.row((y + k).min(src.height() - 1)));
    for x in (0..run).step_by(lanes) {
        let mut sum = load(simd, above[0], x) * weights[0];
        for (k, &weight) in weights.iter().enumerate().skip(1) {
            let pair = load(simd, above[k], x) + load(simd, below[k], x);
            sum = pair.mul_add(weight, sum);
        }
        store::<S>(sum, column, ALIGN + x);
    }
    let (first, last) = (column[ALIGN], column[ALIGN + width - 1]);
    column[ALIGN - N..ALIGN].fill(first);
    column[ALIGN + width..ALIGN + width + N].fill(last);
    for x in (0..run).step_by(lanes) {
        let mut sum = load(simd, column, ALIGN + x) * weights[0];
        for (k, &weight) in weights.iter().enumerate().skip(1) {
            let pair = load(simd, column, ALIGN + x - k) + load(simd, column, ALIGN + x + k);
            sum = pair.mul_add(weight, sum);
        }
        store::<S>(sum, out, x);
    }
    // Whatever the padding holds must be finite: it is multiplied by conductances of zero.
    out[width..].fill(0.0);
}

/// Blurs a plane. `dst` takes the size of `src`.
#[inline(always)]
pub(crate) fn blur<S: Simd, const N: usize>(
    simd: S,
    src: &Rows,
    taps: &[f32; N],
    dst: &mut Rows,
    column: &mut Rows,
) {
    dst.resize(src.width(), src.height());
    column.resize(src.width() + 2 * ALIGN, 1);
    for y in 0..src.height() {
        blur_row(simd, src, y, taps, column.row_mut(0), dst.row_mut(y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one() {
        let t = taps::<5>(1.6);
        assert!((t[0] + 2.0 * t[1..].iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(t.is_sorted_by(|a, b| a > b));
    }
}
