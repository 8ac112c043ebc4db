//! The dominant direction of a keypoint (Bay et al. 2008, 4.1).

use super::hessian::box_sum;
use crate::{Keypoint, Plane, fast_atan2};

/// Samples lie within this many scales of the keypoint.
const RADIUS: i32 = 6;
/// Standard deviation of their Gaussian weight, in scales.
const SIGMA: f64 = 2.5;
/// Half the width of the sliding window, exclusive, in degrees.
const HALF_WINDOW: usize = 30;
/// From one window to the next, in degrees.
const WINDOW_STEP: usize = 5;

/// The samples around a keypoint of scale 1: offset and weight.
pub(super) struct Samples(Vec<(f32, f32, f32)>);

impl Samples {
    pub(super) fn new() -> Self {
        let kernel = gaussian_kernel(2 * RADIUS as usize + 1, SIGMA);
        let weight = |i: i32| kernel[(i + RADIUS) as usize];
        let square = (-RADIUS..=RADIUS).flat_map(|i| (-RADIUS..=RADIUS).map(move |j| (i, j)));
        Self(
            square
                .filter(|(i, j)| i * i + j * j <= RADIUS * RADIUS)
                .map(|(i, j)| (i as f32, j as f32, weight(i) * weight(j)))
                .collect(),
        )
    }
}

/// Samples of a Gaussian that sum to 1, as `cv::getGaussianKernel`.
pub(super) fn gaussian_kernel(taps: usize, sigma: f64) -> Vec<f32> {
    let middle = (taps as f64 - 1.0) / 2.0;
    let bell = |i: usize| (-(i as f64 - middle).powi(2) / (2.0 * sigma * sigma)).exp();
    let total: f64 = (0..taps).map(bell).sum();
    (0..taps).map(|i| (bell(i) / total) as f32).collect()
}

/// The scale of a keypoint: the standard deviation that its filter approximates.
pub(super) fn scale(keypoint: &Keypoint) -> f32 {
    keypoint.size * 1.2 / 9.0
}

/// The side of the Haar wavelets, about 4 scales; `None` where they do not fit the picture or
/// the keypoint is nonsense.
pub(super) fn wavelet_side(sums: &Plane<i32>, keypoint: &Keypoint) -> Option<usize> {
    let finite = keypoint.x.is_finite() && keypoint.y.is_finite() && keypoint.size.is_finite();
    let side = 2 * (2.0 * scale(keypoint)).round_ties_even().clamp(0.0, 1e8) as usize;
    (finite && side > 0 && side <= sums.width() && side <= sums.height()).then_some(side)
}

/// The direction in degrees: that of the longest sum of Haar responses in a window of 60
/// degrees. `None` where all samples are outside of the picture.
pub(super) fn orientation(
    samples: &Samples,
    sums: &Plane<i32>,
    keypoint: &Keypoint,
    side: usize,
) -> Option<f32> {
    // The responses by direction in whole degrees, twice around.
    let mut by_degree = [[0f64; 2]; 720];
    let mut any = false;
    for [vx, vy] in responses(samples, sums, keypoint, side) {
        let degree = fast_atan2(vy, vx).round_ties_even() as usize % 360;
        for at in [degree, degree + 360] {
            by_degree[at][0] += f64::from(vx);
            by_degree[at][1] += f64::from(vy);
        }
        any = true;
    }
    any.then(|| {
        let [x, y] = longest_window(&mut by_degree);
        fast_atan2(-y, x)
    })
}

/// Weighted Haar responses across (rightwards) and up.
fn responses<'a>(
    Samples(samples): &'a Samples,
    sums: &'a Plane<i32>,
    keypoint: &'a Keypoint,
    side: usize,
) -> impl Iterator<Item = [f32; 2]> + 'a {
    let scale = scale(keypoint);
    let shift = (side - 1) as f32 / 2.0;
    let (columns, rows) = (sums.width() - side, sums.height() - side);
    let mean = 1.0 / (side * side / 2) as f32;
    samples.iter().filter_map(move |&(dx, dy, weight)| {
        let corner = |centre: f32, offset: f32, end: usize| {
            let at = (centre + offset * scale - shift).round_ties_even();
            (at >= 0.0 && at < end as f32).then_some(at as usize)
        };
        let x = corner(keypoint.x, dx, columns)?;
        let y = corner(keypoint.y, dy, rows)?;
        let half = side / 2;
        let area = |x0, y0, x1, y1| box_sum(sums, x + x0, y + y0, x + x1, y + y1) as f32;
        let across = area(half, 0, side, side) - area(0, 0, half, side);
        let up = area(0, 0, side, half) - area(0, half, side, side);
        Some([across * mean * weight, up * mean * weight])
    })
}

/// The longest sum over the degrees within (i - 30, i + 30), for i = 0, 5, 10, ...
fn longest_window(by_degree: &mut [[f64; 2]; 720]) -> [f32; 2] {
    for i in 1..by_degree.len() {
        let before = by_degree[i - 1];
        by_degree[i][0] += before[0];
        by_degree[i][1] += before[1];
    }
    let mut best = ([0.0; 2], 0.0);
    for centre in (0..360).step_by(WINDOW_STEP).map(|i| i + 360) {
        // Windows past 360 continue at 0: use the earlier turn.
        let centre = if centre + HALF_WINDOW > 720 {
            centre - 360
        } else {
            centre
        };
        let last = by_degree[centre + HALF_WINDOW - 1];
        let first = by_degree[centre - HALF_WINDOW];
        let sum = [0, 1].map(|i| (last[i] - first[i]) as f32);
        let length = sum[0] * sum[0] + sum[1] * sum[1];
        if length > best.1 {
            best = (sum, length);
        }
    }
    best.0
}
