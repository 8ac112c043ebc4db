//! M-SURF descriptors (Agrawal, Konolige, Blas: "CenSurE", ECCV 2008; paper, section 4.3).
//!
//! A grid of 24 x 24 samples, turned by the keypoint's angle, holds 4 x 4 regions of 9 x 9
//! samples, which overlap by 4. Each region sums the derivatives and their absolute values,
//! weighted by a Gaussian around its centre; the regions are weighted once more.

use fearless_simd::prelude::*;

use super::sampling::Derivatives;
use crate::nonlinear::lanes::{load, store};

const GRID: usize = 24;
/// A row of the grid in whole vectors of any machine.
const ROW: usize = 32;
const REGION: usize = 9;
const STRIDE: usize = 5;
/// Channels: along and across, their absolute values, or eight signed parts.
const MOST_CHANNELS: usize = 8;

type Field = [[f32; ROW]; GRID];

/// Where and how a descriptor is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patch {
    pub(super) x: f32,
    pub(super) y: f32,
    /// Distance of samples in pixels.
    pub(super) step: f32,
    /// Angle in degrees; `None` for upright descriptors.
    pub(super) angle: Option<f32>,
}

/// Writes the descriptor of `patch`: 64 numbers, or 128 where `out` is as long.
#[inline(always)]
pub(super) fn describe<S: Simd, D: Derivatives>(
    simd: S,
    source: &D,
    patch: Patch,
    out: &mut [f32],
) {
    let mut first: Field = [[0.0; ROW]; GRID];
    let mut second: Field = [[0.0; ROW]; GRID];
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
    let norm = out.iter().map(|v| v * v).sum::<f32>().sqrt();
    for v in out {
        *v /= norm;
    }
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
    let clamp = |v: f32, length: usize| v.floor().max(0.0).min((length - 1) as f32);
    for (i, (along, across)) in along.iter_mut().zip(across).enumerate() {
        let k = i as f32 - 12.0;
        for j in 0..GRID {
            let l = j as f32 - 12.0;
            let sx = patch.x + (-l * patch.step * si + k * patch.step * co);
            let sy = patch.y + (l * patch.step * co + k * patch.step * si);
            let (x, y) = (clamp(sx, width), clamp(sy, height));
            let d = source.between(simd, (x as usize, y as usize), (sx - x, sy - y));
            along[j] = -d[0] * si + d[1] * co;
            across[j] = d[0] * co + d[1] * si;
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
        (low as usize, fraction)
    };
    for (i, (dx, dy)) in dx.iter_mut().zip(dy).enumerate() {
        let (y, fy) = cell(patch.y + (i as f32 - 12.0) * patch.step, height);
        for j in 0..GRID {
            let (x, fx) = cell(patch.x + (j as f32 - 12.0) * patch.step, width);
            let d = source.between(simd, (x, y), (fx, fy));
            (dx[j], dy[j]) = (d[0], d[1]);
        }
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
    let weights = region_weights();
    for band in 0..4 {
        let mut sums = [[0.0_f32; ROW]; MOST_CHANNELS];
        for x in (0..GRID).step_by(S::f32s::LEN) {
            let mut total = [S::f32s::splat(simd, 0.0); CHANNELS];
            for (row, &weight) in (band * STRIDE..).zip(&weights) {
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
        for region in 0..4 {
            let scale = outer_weight(band) * outer_weight(region);
            let place = &mut out[(band * 4 + region) * CHANNELS..][..CHANNELS];
            for (value, sums) in place.iter_mut().zip(&sums) {
                let window = &sums[region * STRIDE..][..REGION];
                *value = scale * window.iter().zip(&weights).map(|(v, w)| v * w).sum::<f32>();
            }
        }
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

/// Gaussian of 2.5 samples; the centre is the sixth of the nine.
fn region_weights() -> [f32; REGION] {
    std::array::from_fn(|i| {
        let d = i as f32 - 5.0;
        (-d * d / 12.5).exp()
    })
}

/// Gaussian of 1.5 regions.
fn outer_weight(i: usize) -> f32 {
    let d = i as f32 - 1.5;
    (-d * d / 4.5).exp()
}
