//! M-SURF descriptors (Agrawal, Konolige, Blas: "CenSurE", ECCV 2008; paper, section 4.3).
//!
//! A grid of 24 x 24 samples, turned by the keypoint's angle, holds 4 x 4 regions of 9 x 9
//! samples, which overlap by 4. Each region sums the derivatives and their absolute values,
//! weighted by a Gaussian around its centre; the regions are weighted once more.

use fearless_simd::{f32x4, prelude::*};

use super::sampling::{Derivatives, PADDED, Places, SAMPLES};
use crate::nonlinear::lanes::{load, store};

const REGION: usize = 9;
const STRIDE: usize = 5;
/// Channels: along and across, their absolute values, or eight signed parts.
const MOST_CHANNELS: usize = 8;

/// One value for each sample of the grid.
type Field = [[f32; PADDED]; SAMPLES];

/// exp(-d^2 / 12.5), a Gaussian of 2.5 samples; the centre is the sixth of the nine.
const SAMPLE_WEIGHTS: [f32; REGION] = [
    0.135_335_3,
    0.278_037_3,
    0.486_752_3,
    0.726_149,
    0.923_116_3,
    1.0,
    0.923_116_3,
    0.726_149,
    0.486_752_3,
];
/// exp(-d^2 / 4.5), a Gaussian of 1.5 regions around the middle of the four.
const REGION_WEIGHTS: [f32; 4] = [0.606_530_7, 0.945_959_5, 0.945_959_5, 0.606_530_7];

/// Where and how a descriptor is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patch {
    pub(crate) x: f32,
    pub(crate) y: f32,
    /// Distance of samples in pixels.
    pub(crate) step: f32,
    /// Angle in degrees; `None` for upright descriptors.
    pub(crate) angle: Option<f32>,
}

/// How many pixels above and below the keypoint a descriptor reads, at most: half the diagonal
/// of the grid, and room for interpolation.
pub(super) fn reach(step: f32) -> f32 {
    12.0 * std::f32::consts::SQRT_2 * step + 2.0
}

/// Writes the descriptor of `patch`: 64 numbers, or 128 where `out` is as long.
#[inline(always)]
pub(crate) fn describe<S: Simd, D: Derivatives>(
    simd: S,
    source: &D,
    patch: Patch,
    out: &mut [f32],
) {
    let mut first: Field = [[0.0; PADDED]; SAMPLES];
    let mut second: Field = [[0.0; PADDED]; SAMPLES];
    match patch.angle {
        Some(angle) => {
            let turn = (angle * (std::f32::consts::PI / 180.0)).sin_cos();
            sample_turned(simd, source, patch, turn, &mut first, &mut second);
        }
        None => sample_upright(simd, source, patch, &mut first, &mut second),
    }
    if out.len() == 128 {
        collect::<S, 8>(simd, &first, &second, out);
    } else {
        collect::<S, 4>(simd, &first, &second, out);
    }
    normalize(simd, out);
}

/// Divides by the Euclidean norm; where that is 0 the result is not a number, as in OpenCV.
#[inline(always)]
fn normalize<S: Simd>(simd: S, out: &mut [f32]) {
    let mut squares = S::f32s::splat(simd, 0.0);
    for x in (0..out.len()).step_by(S::f32s::LEN) {
        let v = load(simd, out, x);
        squares = v.mul_add(v, squares);
    }
    let norm = S::f32s::splat(simd, squares.reduce_sum().sqrt());
    for x in (0..out.len()).step_by(S::f32s::LEN) {
        store::<S>(load(simd, out, x) / norm, out, x);
    }
}

/// -12, -11, ... 19: the samples' places in the grid, beyond its end.
fn steps() -> [f32; PADDED] {
    std::array::from_fn(|i| i as f32 - 12.0)
}

/// Splits coordinates into the pixel before, clamped into 0..length, and the rest.
#[inline(always)]
fn split<S: Simd>(
    simd: S,
    v: S::f32s,
    length: usize,
    at: usize,
    cells: &mut [i32; PADDED],
    fractions: &mut [f32; PADDED],
) {
    let zero = S::f32s::splat(simd, 0.0);
    let last = S::f32s::splat(simd, (length - 1) as f32);
    // The precise forms turn what is not a number into a pixel.
    let cell = v.floor().max_precise(zero).min_precise(last);
    let whole: S::i32s = cell.to_int();
    whole.store_slice(&mut cells[at..at + S::f32s::LEN]);
    store::<S>(v - cell, fractions, at);
}

/// Samples the turned grid; the derivatives are turned back into the grid's axes.
#[inline(always)]
fn sample_turned<S: Simd, D: Derivatives>(
    simd: S,
    source: &D,
    patch: Patch,
    (si, co): (f32, f32),
    along: &mut Field,
    across: &mut Field,
) {
    let (width, height) = source.size();
    let mut places = Places::default();
    let splat = |v| S::f32s::splat(simd, v);
    let steps = steps();
    for (&k, (along, across)) in steps.iter().zip(along.iter_mut().zip(across)) {
        for i in (0..SAMPLES).step_by(S::f32s::LEN) {
            let l = load(simd, &steps, i) * patch.step;
            let sx = l.mul_add(splat(-si), splat(patch.x + k * patch.step * co));
            let sy = l.mul_add(splat(co), splat(patch.y + k * patch.step * si));
            split(simd, sx, width, i, &mut places.x, &mut places.fx);
            split(simd, sy, height, i, &mut places.y, &mut places.fy);
        }
        source.between(simd, &places, along, across);
        for i in (0..SAMPLES).step_by(S::f32s::LEN) {
            let (dx, dy) = (load(simd, along, i), load(simd, across, i));
            store::<S>(dy.mul_sub(splat(co), dx * si), along, i);
            store::<S>(dx.mul_add(splat(co), dy * si), across, i);
        }
    }
}

/// Samples the upright grid. The sample is a pixel off the floor, and fractions exceed 1, as in
/// OpenCV.
#[inline(always)]
fn sample_upright<S: Simd, D: Derivatives>(
    simd: S,
    source: &D,
    patch: Patch,
    dx: &mut Field,
    dy: &mut Field,
) {
    let (width, height) = source.size();
    let cell = |v: f32, length: usize| {
        let limit = |v: f32| v.trunc().max(0.0).min((length - 1) as f32);
        let (low, high) = (limit(v - 0.5), limit(v + 0.5));
        // Where both are the same pixel the fraction has no effect.
        let fraction = if low == high { 0.0 } else { v - low };
        (low as i32, fraction)
    };
    let mut places = Places::default();
    let steps = steps().map(|s| s * patch.step);
    for (i, &step) in steps.iter().enumerate() {
        (places.x[i], places.fx[i]) = cell(patch.x + step, width);
    }
    for (&step, (dx, dy)) in steps.iter().zip(dx.iter_mut().zip(dy)) {
        let (y, fy) = cell(patch.y + step, height);
        (places.y, places.fy) = ([y; PADDED], [fy; PADDED]);
        source.between(simd, &places, dx, dy);
    }
}

/// Sums the regions. The weights are products of a row's and a column's, so each of the four
/// bands of rows is summed first.
#[inline(always)]
fn collect<S: Simd, const CHANNELS: usize>(
    simd: S,
    first: &Field,
    second: &Field,
    out: &mut [f32],
) {
    for (band, out) in out.chunks_exact_mut(4 * CHANNELS).enumerate() {
        let mut sums = [[0.0_f32; PADDED]; MOST_CHANNELS];
        for x in (0..SAMPLES).step_by(S::f32s::LEN) {
            let mut total = [S::f32s::splat(simd, 0.0); CHANNELS];
            for (row, &weight) in (band * STRIDE..).zip(&SAMPLE_WEIGHTS) {
                let [a, b] = [load(simd, &first[row], x), load(simd, &second[row], x)];
                let values = channels::<S, CHANNELS>(simd, a, b);
                for (total, value) in total.iter_mut().zip(values) {
                    *total = value.mul_add(S::f32s::splat(simd, weight), *total);
                }
            }
            for (sums, total) in sums.iter_mut().zip(total) {
                store::<S>(total, sums, x);
            }
        }
        for (half, sums) in sums.as_chunks::<4>().0[..CHANNELS / 4].iter().enumerate() {
            sum_columns(simd, sums, band, &mut out[4 * half..], CHANNELS);
        }
    }
}

/// The regions of a band from the sums of its columns, four channels at a time; `out` takes them
/// `stride` apart.
#[inline(always)]
fn sum_columns<S: Simd>(
    simd: S,
    sums: &[[f32; PADDED]; 4],
    band: usize,
    out: &mut [f32],
    stride: usize,
) {
    let mut columns = [0.0_f32; 4 * SAMPLES];
    for (i, sixteen) in columns.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let four = |sums: &[f32]| f32x4::from_slice(simd, &sums[4 * i..4 * i + 4]);
        let [a, b, c, d] = sums;
        f32x4::store_four_interleaved([four(a), four(b), four(c), four(d)], sixteen);
    }
    for region in 0..4 {
        let mut total = f32x4::splat(simd, 0.0);
        let columns = columns[4 * STRIDE * region..].as_chunks::<4>().0;
        for (column, &weight) in columns.iter().zip(&SAMPLE_WEIGHTS) {
            let weight = f32x4::splat(simd, weight);
            total = f32x4::from_slice(simd, column).mul_add(weight, total);
        }
        let scale = REGION_WEIGHTS[band] * REGION_WEIGHTS[region];
        (total * scale).store_slice(&mut out[region * stride..][..4]);
    }
}

/// What a sample adds to each channel: the two derivatives and their absolute values, or, for
/// the extended descriptor, the same split by the sign of the other derivative.
#[inline(always)]
fn channels<S: Simd, const CHANNELS: usize>(
    simd: S,
    a: S::f32s,
    b: S::f32s,
) -> [S::f32s; CHANNELS] {
    let zero = S::f32s::splat(simd, 0.0);
    let plain = [a, b, a.abs(), b.abs()];
    if CHANNELS == 4 {
        return std::array::from_fn(|i| plain[i]);
    }
    let (a_up, b_up) = (a.simd_ge(zero), b.simd_ge(zero));
    let split = [
        b_up.select(a, zero),
        b_up.select(zero, a),
        b_up.select(a.abs(), zero),
        b_up.select(zero, a.abs()),
        a_up.select(b, zero),
        a_up.select(zero, b),
        a_up.select(b.abs(), zero),
        a_up.select(zero, b.abs()),
    ];
    std::array::from_fn(|i| split[i])
}
