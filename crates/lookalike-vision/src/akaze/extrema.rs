//! Maxima of the response within one level.

use fearless_simd::prelude::*;

use super::params::Level;
use super::points::{Point, Points};
use crate::nonlinear::Rows;
use crate::nonlinear::lanes::load;

/// Takes in all maxima of `det` above `threshold` that keep the level's distance to the border.
#[inline(always)]
pub(super) fn find<S: Simd>(
    simd: S,
    det: &Rows,
    level: &Level,
    threshold: f32,
    points: &mut Points,
) {
    let border = level.border;
    let (right, bottom) = (
        det.width().saturating_sub(border),
        det.height().saturating_sub(border),
    );
    for y in border..bottom {
        let rows = [y - 1, y, y + 1].map(|y| det.row(y));
        for x in (border..right).step_by(S::f32s::LEN) {
            let mut bits = maxima(simd, rows, x, threshold);
            while bits != 0 {
                let at = x + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if at < right {
                    let point = Point {
                        x: at as u32,
                        y: y as u32,
                        response: rows[1][at],
                        offset: refine(rows, at),
                        alive: true,
                    };
                    points.add(point, level.step as u32);
                }
            }
        }
    }
}

/// Which of the pixels from `x` on exceed the threshold and all of their eight neighbours.
#[inline(always)]
fn maxima<S: Simd>(simd: S, rows: [&[f32]; 3], x: usize, threshold: f32) -> u64 {
    let here = load(simd, rows[1], x);
    let high = here.simd_gt(S::f32s::splat(simd, threshold));
    if !high.any_true() {
        return 0;
    }
    let mut around = load(simd, rows[1], x - 1).max(load(simd, rows[1], x + 1));
    for row in [rows[0], rows[2]] {
        let sides = load(simd, row, x - 1).max(load(simd, row, x + 1));
        around = around.max(sides.max(load(simd, row, x)));
    }
    (high & here.simd_gt(around)).to_bitmask()
}

/// The top of the parabola through the nine values around (Brown and Lowe: "Invariant Features
/// from Interest Point Groups", BMVC 2002), in x and y only; `None` where it is more than a pixel
/// away.
fn refine(rows: [&[f32]; 3], x: usize) -> Option<[f32; 2]> {
    let at = |dy: usize, dx: usize| rows[dy][x + dx - 1];
    let gradient = [0.5 * (at(1, 2) - at(1, 0)), 0.5 * (at(2, 1) - at(0, 1))];
    let xx = at(1, 2) + at(1, 0) - 2.0 * at(1, 1);
    let yy = at(2, 1) + at(0, 1) - 2.0 * at(1, 1);
    let xy = 0.25 * (at(2, 2) + at(0, 0) - at(0, 2) - at(2, 0));
    let [xx, yy, xy, gx, gy] = [xx, yy, xy, gradient[0], gradient[1]].map(f64::from);
    let whole = xx * yy - xy * xy;
    if whole == 0.0 {
        return Some([0.0, 0.0]);
    }
    let offset = [(xy * gy - gx * yy) / whole, (xy * gx - gy * xx) / whole].map(|d| d as f32);
    offset.iter().all(|d| d.abs() <= 1.0).then_some(offset)
}
