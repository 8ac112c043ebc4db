//! The dominant direction of the gradient around a keypoint.

use std::f32::consts::PI;

use fearless_simd::prelude::*;

use crate::angle::{fast_atan2, fast_atan2_lanes};
use crate::nonlinear::hessian::Gradients;
use crate::nonlinear::lanes::{load, store};

/// Samples lie within this many steps of the keypoint, exclusive.
const RADIUS: i32 = 6;
/// The 109 samples, padded to whole vectors of any machine.
const PADDED: usize = 112;
/// The circle in slices of about 0.15 rad, and how many of them make a window of 60 degrees.
const SLICES: usize = 42;
const WINDOW: usize = 7;
/// The slices and once more the first ones, in whole vectors of any machine.
const WRAPPED: usize = 64;

/// The samples: offsets in steps, and Gaussian weights.
#[derive(Debug)]
pub(super) struct Samples(Vec<(i32, i32, f32)>);

impl Samples {
    pub(super) fn new() -> Self {
        // A Gaussian of sigma 2.5, rounded to eight decimals like OpenCV's table.
        let weight = |squared: i32| {
            let value = (-f64::from(squared) / 12.5).exp() / (12.5 * std::f64::consts::PI);
            ((value * 1e8).round() / 1e8) as f32
        };
        let square = (-RADIUS..=RADIUS).flat_map(|y| (-RADIUS..=RADIUS).map(move |x| (x, y)));
        let disc = square.filter(|(x, y)| x * x + y * y < RADIUS * RADIUS);
        Self(disc.map(|(x, y)| (x, y, weight(x * x + y * y))).collect())
    }
}

/// The angle in degrees of the strongest sixth of the circle around pixel (x, y), sampled every
/// `step` pixels (paper, section 3.3, after SURF). Samples outside of the level count nothing.
#[inline(always)]
pub(super) fn orientation<S: Simd>(
    simd: S,
    gradients: &Gradients,
    Samples(samples): &Samples,
    (x, y): (i32, i32),
    step: i32,
) -> f32 {
    let (mut dx, mut dy) = ([0.0_f32; PADDED], [0.0_f32; PADDED]);
    let size = (gradients.width() as i32 / 2 - 1, gradients.height() as i32);
    let (data, stride) = gradients.flat();
    for (n, &(i, j, weight)) in samples.iter().enumerate() {
        let (px, py) = (x + i * step, y + j * step);
        if (0..size.0).contains(&px) && (0..size.1).contains(&py) {
            let at = py as usize * stride + 2 * px as usize;
            let gradient = &data[at..at + 2];
            (dx[n], dy[n]) = (weight * gradient[0], weight * gradient[1]);
        }
    }
    let mut slices = [[0.0_f32; WRAPPED]; 2];
    slice(simd, &dx, &dy, &mut slices);
    let best = strongest_window(simd, &slices);
    fast_atan2(best[1], best[0])
}

/// Sums the vectors by direction, in slices of a 42nd of the circle.
#[inline(always)]
fn slice<S: Simd>(
    simd: S,
    dx: &[f32; PADDED],
    dy: &[f32; PADDED],
    slices: &mut [[f32; WRAPPED]; 2],
) {
    let width = (2.0 * std::f64::consts::PI / SLICES as f64) as f32;
    let mut numbers = [0.0_f32; PADDED];
    for i in (0..PADDED).step_by(S::f32s::LEN) {
        let degrees = fast_atan2_lanes(simd, load(simd, dy, i), load(simd, dx, i));
        let number = (degrees * (PI / 180.0)) / S::f32s::splat(simd, width);
        store::<S>(number, &mut numbers, i);
    }
    for ((&number, x), y) in numbers.iter().zip(dx).zip(dy) {
        let number = number as usize;
        let number = if number < SLICES { number } else { 0 };
        slices[0][number] += x;
        slices[1][number] += y;
    }
    for sums in slices {
        let (all, wrapped) = sums.split_at_mut(SLICES);
        wrapped[..WINDOW].copy_from_slice(&all[..WINDOW]);
    }
}

/// The longest sum over seven neighbouring slices, the first one of equals.
#[inline(always)]
fn strongest_window<S: Simd>(simd: S, slices: &[[f32; WRAPPED]; 2]) -> [f32; 2] {
    let mut sums = [[0.0_f32; WRAPPED]; 2];
    for (sums, slices) in sums.iter_mut().zip(slices) {
        for i in (0..SLICES).step_by(S::f32s::LEN) {
            let mut sum = load(simd, slices, i);
            for k in 1..WINDOW.min(WRAPPED - i) {
                sum += load(simd, slices, i + k);
            }
            store::<S>(sum, sums, i);
        }
    }
    let mut best = (f32::MIN, [0.0; 2]);
    for (&x, &y) in sums[0][..SLICES].iter().zip(&sums[1]) {
        let length = x * x + y * y;
        if length > best.0 {
            best = (length, [x, y]);
        }
    }
    best.1
}
