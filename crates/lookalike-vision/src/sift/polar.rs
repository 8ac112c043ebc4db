//! Gradients in polar form, and Gaussian weights.

use fearless_simd::{f32x8, i32x8, prelude::*};

use super::lanes::{count8, load8, splat8};

/// Angle in degrees, [0, 360], and magnitude of the gradients of the 8 pixels from column `x` on.
/// The three rows start one column earlier. y counts upwards, as in Lowe's figures.
#[inline(always)]
pub(super) fn polar<S: Simd>(simd: S, rows: &[&[f32]; 3], x: usize) -> (f32x8<S>, f32x8<S>) {
    let dx = load8(simd, rows[1], x + 2) - load8(simd, rows[1], x);
    let dy = load8(simd, rows[0], x + 1) - load8(simd, rows[2], x + 1);
    (angle(simd, dx, dy), dx.mul_add(dx, dy * dy).sqrt())
}

/// The angle of (dx, dy) in degrees, by the polynomial of `cv::fastAtan2` (its coefficients; it
/// errs by up to 0.01 degrees).
#[inline(always)]
fn angle<S: Simd>(simd: S, dx: f32x8<S>, dy: f32x8<S>) -> f32x8<S> {
    const DEGREES: f64 = 180.0 / std::f64::consts::PI;
    let (ax, ay) = (dx.abs(), dy.abs());
    let ratio = ax.min(ay) / (ax.max(ay) + splat8(simd, f64::EPSILON as f32));
    let square = ratio * ratio;
    let sum = splat8(simd, (-0.044_326_555_547_921_28 * DEGREES) as f32);
    let sum = sum.mul_add(
        square,
        splat8(simd, (0.155_578_651_846_328_1 * DEGREES) as f32),
    );
    let sum = sum.mul_add(
        square,
        splat8(simd, (-0.325_808_397_464_097_5 * DEGREES) as f32),
    );
    let sum = sum.mul_add(
        square,
        splat8(simd, (0.999_787_841_279_480_7 * DEGREES) as f32),
    );
    let octant = sum * ratio;
    let zero = splat8(simd, 0.0);
    let quadrant = ax.simd_ge(ay).select(octant, splat8(simd, 90.0) - octant);
    let half = dx
        .simd_lt(zero)
        .select(splat8(simd, 180.0) - quadrant, quadrant);
    dy.simd_lt(zero).select(splat8(simd, 360.0) - half, half)
}

/// `out[i] = exp(scale * (i - middle)^2)` for whole vectors of `out`; `scale` is not positive.
#[inline(always)]
pub(super) fn gaussian_table<S: Simd>(simd: S, scale: f32, middle: usize, out: &mut [f32]) {
    let lanes = count8(simd);
    for (n, out) in out.chunks_exact_mut(8).enumerate() {
        let i = lanes + (8.0 * n as f32 - middle as f32);
        exp(simd, i * i * scale).store_slice(out);
    }
}

/// e^x for x from -80 to 0, to 2 ulp: 2^whole by the exponent's bits, the rest by the Taylor
/// series of degree 6 within half an octave.
#[inline(always)]
fn exp<S: Simd>(simd: S, x: f32x8<S>) -> f32x8<S> {
    let x = x.max(splat8(simd, -80.0));
    let whole = (x * std::f32::consts::LOG2_E).round_ties_even();
    // ln 2 in two parts, so that the product with a small integer is exact.
    let rest = whole.mul_add(splat8(simd, -0.693_359_4), x);
    let rest = whole.mul_add(splat8(simd, 2.121_944_4e-4), rest);
    let mut sum = splat8(simd, 1.0 / 720.0);
    for c in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = sum.mul_add(rest, splat8(simd, c));
    }
    let exponent: i32x8<S> = (whole + 127.0).to_int();
    sum * (exponent << 23).bitcast::<f32x8<S>>()
}
