//! Dominant directions of the gradient around an extremum (Lowe 2004, section 5).

use fearless_simd::{Level, dispatch, i32x8, prelude::*};

use super::{
    lanes::{count8, load8, splat8},
    padded::Padded,
    polar::{gaussian_table, polar},
};

/// Bins of the histogram of directions.
const BINS: usize = 36;
/// Histograms that are filled in turn, so that one sample need not wait for the one before.
const COPIES: usize = 4;
/// Room for bins 0 to 36.
const SLOTS: usize = 64;
/// Standard deviation of the Gaussian window, and its radius, in units of the keypoint's scale.
const SIGMA: f32 = 1.5;
const RADIUS: f32 = 3.0 * SIGMA;
/// Peaks at least this high, compared with the highest, give keypoints.
const PEAK_RATIO: f32 = 0.8;

/// Memory for orientations.
#[derive(Debug, Default)]
pub(super) struct Window {
    weights: Vec<f32>,
}

impl Window {
    /// The directions in degrees around pixel (column, row) of a Gaussian picture; `scale` is
    /// the blur of that picture. There may be none, where the picture is flat.
    pub fn directions(
        &mut self,
        level: Level,
        picture: &Padded,
        (column, row): (usize, usize),
        scale: f32,
        mut found: impl FnMut(f32),
    ) {
        let radius = (RADIUS * scale).round_ties_even() as usize;
        let sigma = SIGMA * scale;
        self.weights
            .resize((2 * radius + 1).next_multiple_of(8) + 8, 0.0);
        let weights = &mut self.weights[..];
        let histogram =
            dispatch!(level, simd => collect(simd, picture, column, row, radius, sigma, weights));
        let smooth = smoothed(&histogram);
        let highest = smooth.iter().copied().fold(0.0, f32::max);
        for i in 0..BINS {
            let (before, here, after) = (
                smooth[(i + BINS - 1) % BINS],
                smooth[i],
                smooth[(i + 1) % BINS],
            );
            if here > before && here > after && here >= highest * PEAK_RATIO {
                found(peak_angle(i, before, here, after));
            }
        }
    }
}

/// The vertex of the parabola through three bins, as an angle that turns the other way round.
fn peak_angle(i: usize, before: f32, here: f32, after: f32) -> f32 {
    let n = BINS as f32;
    let bin = i as f32 + 0.5 * (before - after) / (before - 2.0 * here + after);
    let bin = if bin < 0.0 {
        bin + n
    } else if bin >= n {
        bin - n
    } else {
        bin
    };
    upright(360.0 - (360.0 / n) * bin)
}

/// 360 degrees are 0 degrees.
pub(super) fn upright(angle: f32) -> f32 {
    if (angle - 360.0).abs() < f32::EPSILON {
        0.0
    } else {
        angle
    }
}

/// Convolved with [1 4 6 4 1] / 16, around the circle.
fn smoothed(histogram: &[f32; BINS]) -> [f32; BINS] {
    let at = |i: usize| histogram[i % BINS];
    std::array::from_fn(|i| {
        let i = i + BINS;
        (at(i - 2) + at(i + 2)) * (1.0 / 16.0)
            + (at(i - 1) + at(i + 1)) * (4.0 / 16.0)
            + at(i) * (6.0 / 16.0)
    })
}

#[inline(always)]
fn collect<S: Simd>(
    simd: S,
    picture: &Padded,
    column: usize,
    row: usize,
    radius: usize,
    sigma: f32,
    weights: &mut [f32],
) -> [f32; BINS] {
    gaussian_table(simd, -1.0 / (2.0 * sigma * sigma), radius, weights);
    let layout = picture.layout();
    let rows = row.saturating_sub(radius).max(1)..(row + radius + 1).min(layout.height - 1);
    let columns = column.saturating_sub(radius).max(1)..(column + radius + 1).min(layout.width - 1);
    if rows.is_empty() || columns.is_empty() {
        return [0.0; BINS];
    }
    picture.touch(
        rows.start - 1..rows.end + 1,
        columns.start - 1..columns.end + 1,
    );
    let mut bins = [[0.0f32; SLOTS]; COPIES];
    let lanes = count8(simd);
    for y in rows {
        let lines = [picture.row(y - 1), picture.row(y), picture.row(y + 1)];
        let vertical = weights[y + radius - row];
        for x in columns.clone().step_by(8) {
            let (angle, magnitude) = polar(simd, &lines, x - 1);
            let weight = load8(simd, weights, x + radius - column) * vertical;
            let left = splat8(simd, (columns.end - x) as f32);
            let zero = splat8(simd, 0.0);
            let value = lanes.simd_lt(left).select(weight * magnitude, zero);
            let bin: i32x8<S> = (angle * (BINS as f32 / 360.0)).round_ties_even().to_int();
            for i in 0..8 {
                bins[i % COPIES][bin[i] as usize % SLOTS] += value[i];
            }
        }
    }
    let mut histogram = [0.0; BINS];
    for copy in &bins {
        for (sum, bin) in histogram.iter_mut().zip(copy) {
            *sum += bin;
        }
        histogram[0] += copy[BINS];
    }
    histogram
}
