//! The dominant direction of the gradient around a keypoint.

use std::f32::consts::PI;

use fearless_simd::prelude::*;

use super::sampling::Derivatives;
use crate::angle::{fast_atan2, fast_atan2_lanes};
use crate::nonlinear::lanes::load;

/// Samples lie on a grid of 11 x 11, the corners cut off: 109 of them.
const REACH: i32 = 5;
/// The 109 samples, padded to whole vectors of any machine.
const PADDED: usize = 112;

/// Angle in degrees of the strongest sixth of the circle (paper, section 4.3, after SURF): the
/// samples within 6 steps of the keypoint, weighted by a Gaussian of 2.5 steps, are summed over
/// windows of 60 degrees, 0.15 rad apart.
#[inline(always)]
pub(super) fn orientation<S: Simd, D: Derivatives>(
    simd: S,
    source: &D,
    (x, y): (f32, f32),
    step: f32,
) -> f32 {
    let (mut dx, mut dy) = ([0.0_f32; PADDED], [0.0_f32; PADDED]);
    sample(source, (x, y), step, &mut dx, &mut dy);
    let mut angle = [0.0_f32; PADDED];
    for i in (0..PADDED).step_by(S::f32s::LEN) {
        let degrees = fast_atan2_lanes(simd, load(simd, &dy, i), load(simd, &dx, i));
        let radians = degrees * (PI / 180.0);
        radians.store_slice(&mut angle[i..i + S::f32s::LEN]);
    }
    let (mut best, mut result) = (0.0, 0.0);
    let mut from = 0.0_f32;
    while from < 2.0 * PI {
        let (sx, sy) = window_sum(simd, from, &angle, &dx, &dy);
        let strength = sx * sx + sy * sy;
        if strength > best {
            best = strength;
            result = fast_atan2(sy, sx);
        }
        from += 0.15;
    }
    result
}

/// The weighted derivatives of the samples; those outside of the picture stay zero.
#[inline(always)]
fn sample<D: Derivatives>(
    source: &D,
    (x, y): (f32, f32),
    step: f32,
    dx: &mut [f32; PADDED],
    dy: &mut [f32; PADDED],
) {
    let (width, height) = source.size();
    let decay = -1.0 / (2.0 * (2.5 * step) * (2.5 * step));
    // The weight of a sample is the product of those of its column and of its row.
    let axis = |centre: f32, length: usize| {
        std::array::from_fn::<(Option<usize>, f32), 11, _>(|i| {
            let at = (centre + (i as i32 - REACH) as f32 * step).round_ties_even();
            let inside = at >= 0.0 && at < length as f32;
            let distance = at - centre;
            (
                inside.then_some(at as usize),
                (distance * distance * decay).exp(),
            )
        })
    };
    let (columns, rows) = (axis(x, width), axis(y, height));
    let mut n = 0;
    for (i, &(column, column_weight)) in (-REACH..=REACH).zip(&columns) {
        for (j, &(row, row_weight)) in (-REACH..=REACH).zip(&rows) {
            if i * i + j * j >= 36 {
                continue;
            }
            if let (Some(column), Some(row)) = (column, row) {
                let weight = column_weight * row_weight;
                let [gx, gy] = source.at(column, row);
                (dx[n], dy[n]) = (weight * gx, weight * gy);
            }
            n += 1;
        }
    }
}

/// Sum of the derivatives whose angle lies in the 60 degrees after `from`. A window that wraps
/// around does not hold angles of exactly 0, as in OpenCV.
#[inline(always)]
fn window_sum<S: Simd>(
    simd: S,
    from: f32,
    angle: &[f32; PADDED],
    dx: &[f32; PADDED],
    dy: &[f32; PADDED],
) -> (f32, f32) {
    let splat = |v| S::f32s::splat(simd, v);
    let wraps = from + PI / 3.0 > 2.0 * PI;
    let to = if wraps {
        from - 5.0 * PI / 3.0
    } else {
        from + PI / 3.0
    };
    let (from, to, zero, full) = (splat(from), splat(to), splat(0.0), splat(2.0 * PI));
    let (mut sx, mut sy) = (zero, zero);
    for i in (0..PADDED).step_by(S::f32s::LEN) {
        let a = load(simd, angle, i);
        let inside = if wraps {
            (a.simd_gt(zero) & a.simd_lt(to)) | (a.simd_gt(from) & a.simd_lt(full))
        } else {
            a.simd_gt(from) & a.simd_lt(to)
        };
        sx += inside.select(load(simd, dx, i), zero);
        sy += inside.select(load(simd, dy, i), zero);
    }
    (sx.reduce_sum(), sy.reduce_sum())
}
