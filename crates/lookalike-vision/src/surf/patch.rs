//! The descriptor of a keypoint (Bay et al. 2008, 4.2), from a turned and scaled patch.
//!
//! OpenCV samples a window of 21 x 21 scales along the keypoint's direction, shrinks it to
//! 21 x 21 pixels and takes 2 x 2 Haar responses there, instead of wavelets on the integral
//! image as the paper does: the same numbers, but for the rounding of the window to bytes.

use super::SurfParams;
use super::orientation::{gaussian_kernel, scale};
use crate::area::{Share, shares};
use crate::{GrayImage, Keypoint};

/// Haar responses along a side of the patch.
const CELLS: usize = 20;
/// Pixels along a side of the patch.
const SIDE: usize = CELLS + 1;
/// Standard deviation of the Gaussian weight, in cells (scales).
const SIGMA: f64 = 3.3;
/// Cells along a side of one of the 4 x 4 regions.
const REGION: usize = 5;

/// Gaussian weights of the 20 x 20 cells.
pub(super) struct Weights([[f32; CELLS]; CELLS]);

impl Weights {
    pub(super) fn new() -> Self {
        let kernel = gaussian_kernel(CELLS, SIGMA);
        let mut table = [[0.0; CELLS]; CELLS];
        for (row, y) in table.iter_mut().zip(&kernel) {
            for (w, x) in row.iter_mut().zip(&kernel) {
                *w = x * y;
            }
        }
        Self(table)
    }
}

/// The window's side in pixels; 0 where the keypoint is too small to be described.
pub(super) fn window_side(keypoint: &Keypoint) -> usize {
    (SIDE as f32 * scale(keypoint)) as usize
}

/// Scratch memory of one thread.
#[derive(Default)]
pub(super) struct Scratch {
    line: Vec<f32>,
    shares: Vec<Share>,
}

/// Writes the unit-length descriptor of 64 or, where extended, 128 elements.
pub(super) fn describe(
    image: &GrayImage,
    keypoint: &Keypoint,
    weights: &Weights,
    params: &SurfParams,
    scratch: &mut Scratch,
    out: &mut [f32],
) {
    let patch = sample_patch(image, keypoint, params.upright, scratch);
    let extended = params.extended;
    let per_region = if extended { 8 } else { 4 };
    for (i, sums) in out.chunks_exact_mut(per_region).enumerate() {
        sums.fill(0.0);
        let (top, left) = (i / 4 * REGION, i % 4 * REGION);
        for y in top..top + REGION {
            for x in left..left + REGION {
                let [a, b] = [patch[y][x], patch[y][x + 1]];
                let [c, d] = [patch[y + 1][x], patch[y + 1][x + 1]];
                let w = weights.0[y][x];
                let dx = (b - a + d - c) * w;
                let dy = (c - a + d - b) * w;
                if extended {
                    let (at_x, at_y) =
                        (if dy >= 0.0 { 0 } else { 2 }, if dx >= 0.0 { 4 } else { 6 });
                    sums[at_x] += dx;
                    sums[at_x + 1] += dx.abs();
                    sums[at_y] += dy;
                    sums[at_y + 1] += dy.abs();
                } else {
                    for (sum, v) in sums.iter_mut().zip([dx, dy, dx.abs(), dy.abs()]) {
                        *sum += v;
                    }
                }
            }
        }
    }
    let length = out.iter().map(|v| v * v).sum::<f32>().sqrt();
    let scale = 1.0 / (length + f32::EPSILON);
    for v in out {
        *v *= scale;
    }
}

/// The window along the keypoint's direction, shrunk to 21 x 21 grey values.
fn sample_patch(
    image: &GrayImage,
    keypoint: &Keypoint,
    upright: bool,
    scratch: &mut Scratch,
) -> [[f32; SIDE]; SIDE] {
    let side = window_side(keypoint);
    share_out(side, &mut scratch.shares);
    scratch.line.resize(side, 0.0);
    let mut patch = [[0.0; SIDE]; SIDE];
    let mut window = Window::new(image, keypoint, side, upright);
    let mut rows = scratch.shares.iter().peekable();
    for i in 0..side {
        window.next_line(&mut scratch.line);
        let mut short = [0.0; SIDE];
        for share in &scratch.shares {
            short[share.to] += scratch.line[share.from] * share.weight;
        }
        while let Some(share) = rows.next_if(|share| share.from == i) {
            for (sum, v) in patch[share.to].iter_mut().zip(short) {
                *sum += v * share.weight;
            }
        }
    }
    // Bytes, as OpenCV has them: halves go to the even value, but upwards in its 2 x 2 mean.
    for v in patch.as_flattened_mut() {
        *v = if side == 2 * SIDE {
            (*v + 0.5).floor()
        } else {
            v.round_ties_even()
        };
    }
    patch
}

/// Walks over the lines of the window.
struct Window<'a> {
    image: &'a GrayImage,
    start: [f32; 2],
    sin: f32,
    cos: f32,
    upright: bool,
}

impl<'a> Window<'a> {
    fn new(image: &'a GrayImage, keypoint: &Keypoint, side: usize, upright: bool) -> Self {
        let half = (side - 1) as f32 / 2.0;
        let (sin, cos) = if upright {
            (-1.0, 0.0)
        } else {
            keypoint.angle.to_radians().sin_cos()
        };
        let start = [
            keypoint.x - half * cos + half * sin,
            keypoint.y - half * sin - half * cos,
        ];
        Self {
            image,
            // Without a turn OpenCV does not interpolate.
            start: if upright {
                start.map(f32::round_ties_even)
            } else {
                start
            },
            sin,
            cos,
            upright,
        }
    }

    /// The next line: grey values along the keypoint's direction, interpolated between pixels
    /// and rounded to bytes; outside of the picture the nearest pixel. Positions are summed up
    /// in OpenCV's order, so that they round alike.
    fn next_line(&mut self, line: &mut [f32]) {
        let image = self.image;
        let (last_x, last_y) = ((image.width() - 1) as f64, (image.height() - 1) as f64);
        let [mut x, mut y] = self.start.map(f64::from);
        for out in line {
            let (column, row) = (x.floor(), y.floor());
            let inside = column >= 0.0 && row >= 0.0 && column < last_x && row < last_y;
            *out = if inside && !self.upright {
                let at = row as usize * image.width() + column as usize;
                interpolate(image, at, (x - column) as f32, (y - row) as f32)
            } else {
                let x = x.round_ties_even().clamp(0.0, last_x) as usize;
                let y = y.round_ties_even().clamp(0.0, last_y) as usize;
                f32::from(image.row(y)[x])
            };
            x += f64::from(self.cos);
            y += f64::from(self.sin);
        }
        self.start[0] -= self.sin;
        self.start[1] += self.cos;
    }
}

/// The value at (a, b) between four pixels, the first of which is number `at`.
fn interpolate(image: &GrayImage, at: usize, a: f32, b: f32) -> f32 {
    let pixel = |i: usize| f32::from(image.data()[i]);
    let below = at + image.width();
    let v = pixel(at) * (1.0 - a) * (1.0 - b)
        + pixel(at + 1) * a * (1.0 - b)
        + pixel(below) * (1.0 - a) * b
        + pixel(below + 1) * a * b;
    v.round_ties_even()
}

/// How `side` pixels share out into 21, sorted by source: area means where that shrinks,
/// interpolation where it enlarges, as `cv::INTER_AREA`.
fn share_out(side: usize, table: &mut Vec<Share>) {
    if side >= SIDE {
        shares(side, SIDE, table);
    } else {
        table.clear();
        let step = side as f64 / SIDE as f64;
        for to in 0..SIDE {
            let from = (to as f64 * step) as usize;
            let part = (to + 1) as f64 - (from + 1) as f64 / step;
            let weight = part.max(0.0).fract() as f32;
            let next = (from + 1).min(side - 1);
            table.extend(
                [(from, 1.0 - weight), (next, weight)].map(|(from, weight)| Share {
                    from,
                    to,
                    weight,
                }),
            );
        }
    }
    table.sort_by_key(|share| (share.from, share.to));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_small_windows_sum_to_one() {
        let mut table = Vec::new();
        for side in 1..30 {
            share_out(side, &mut table);
            let mut sums = [0.0; SIDE];
            for share in &table {
                assert!(share.from < side);
                sums[share.to] += share.weight;
            }
            let one = |s: &f32| (s - 1.0).abs() < 1e-3;
            assert!(sums.iter().all(one), "{side}: {sums:?}");
        }
    }

    #[test]
    fn a_window_of_a_ramp_is_the_ramp() {
        let data = (0..100 * 100).map(|i| (i % 100) as u8).collect();
        let image = GrayImage::from_vec(100, 100, data).unwrap();
        let keypoint = Keypoint {
            x: 50.0,
            y: 50.0,
            size: 9.0 / 1.2 * 3.0,
            angle: 90.0,
            response: 0.0,
            octave: 0,
            class_id: 0,
        };
        // The direction 90 degrees is downwards: the patch's rows run to the left.
        let patch = sample_patch(&image, &keypoint, false, &mut Scratch::default());
        for (i, row) in patch.iter().enumerate() {
            assert!(
                row.iter()
                    .all(|&v| (v - (80.0 - 3.0 * i as f32)).abs() <= 1.0),
                "{row:?}"
            );
        }
    }
}
