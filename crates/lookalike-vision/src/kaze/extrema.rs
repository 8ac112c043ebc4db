//! Maxima of the response over position and scale.

use fearless_simd::prelude::*;

use crate::nonlinear::Rows;
use crate::nonlinear::lanes::load;

/// A pixel whose response no neighbour exceeds, and where the maximum lies between the pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) response: f32,
    /// Offsets in x, y (pixels) and scale (levels); `None` where one of them exceeds 1.
    pub(super) offset: Option<[f32; 3]>,
}

/// Appends the pixels (x, y) of row `y` that exceed the threshold and are not exceeded by any of
/// their eight neighbours; rows `y - 1` to `y + 1` of `det` must be there.
#[inline(always)]
pub(super) fn peaks<S: Simd>(
    simd: S,
    det: &Rows,
    y: usize,
    threshold: f32,
    found: &mut Vec<(u32, u32)>,
) {
    let (width, lanes) = (det.width(), S::f32s::LEN);
    let rows = [y - 1, y, y + 1].map(|y| det.row(y));
    let threshold = S::f32s::splat(simd, threshold);
    // Lanes begin at x = 1, so that the neighbours to the left exist.
    for x in (1..width - 1).step_by(lanes) {
        let here = load(simd, rows[1], x);
        let high = here.simd_gt(threshold);
        if !high.any_true() {
            continue;
        }
        let mut around = load(simd, rows[1], x - 1).max(load(simd, rows[1], x + 1));
        for row in [rows[0], rows[2]] {
            let outer = load(simd, row, x - 1).max(load(simd, row, x + 1));
            around = around.max(outer.max(load(simd, row, x)));
        }
        let mut bits = (high & here.simd_ge(around)).to_bitmask();
        while bits != 0 {
            let at = x + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            if at < width - 1 {
                found.push((at as u32, y as u32));
            }
        }
    }
}

/// Appends those of the `peaks` of the middle one of three consecutive levels that no neighbour
/// at the other two exceeds.
pub(super) fn across_scales(levels: [&Rows; 3], peaks: &[(u32, u32)], found: &mut Vec<Candidate>) {
    for &(x, y) in peaks {
        let (x, y) = (x as usize, y as usize);
        let response = levels[1].row(y)[x];
        let exceeded = |level: &Rows| {
            let above = |y: usize| level.row(y)[x - 1..=x + 1].iter().any(|&v| v > response);
            (y - 1..=y + 1).any(above)
        };
        if !exceeded(levels[2]) && !exceeded(levels[0]) {
            found.push(Candidate {
                x,
                y,
                response,
                offset: refine(&levels, x, y),
            });
        }
    }
}

/// The maximum of the parabola through the 27 values around (Brown and Lowe: "Invariant Features
/// from Interest Point Groups", BMVC 2002).
fn refine(levels: &[&Rows; 3], x: usize, y: usize) -> Option<[f32; 3]> {
    let at = |s: usize, dy: usize, dx: usize| levels[s].row(y + dy - 1)[x + dx - 1];
    let twice = 2.0 * at(1, 1, 1);
    let gradient = [
        0.5 * (at(1, 1, 2) - at(1, 1, 0)),
        0.5 * (at(1, 2, 1) - at(1, 0, 1)),
        0.5 * (at(2, 1, 1) - at(0, 1, 1)),
    ];
    let xx = at(1, 1, 2) + at(1, 1, 0) - twice;
    let yy = at(1, 2, 1) + at(1, 0, 1) - twice;
    let ss = at(2, 1, 1) + at(0, 1, 1) - twice;
    let mixed = |pp: f32, mm: f32, pm: f32, mp: f32| 0.25 * (pp + mm) - 0.25 * (pm + mp);
    let xy = mixed(at(1, 2, 2), at(1, 0, 0), at(1, 0, 2), at(1, 2, 0));
    let xs = mixed(at(2, 1, 2), at(0, 1, 0), at(0, 1, 2), at(2, 1, 0));
    let ys = mixed(at(2, 2, 1), at(0, 0, 1), at(0, 2, 1), at(2, 0, 1));
    let offset = solve(
        [[xx, xy, xs], [xy, yy, ys], [xs, ys, ss]],
        gradient.map(|g| -g),
    );
    offset.iter().all(|d| d.abs() <= 1.0).then_some(offset)
}

/// Solves a 3x3 system by Cramer's rule in double; zero where there is no solution, as OpenCV.
fn solve(a: [[f32; 3]; 3], b: [f32; 3]) -> [f32; 3] {
    let det = |m: [[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
            - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let a = a.map(|row| row.map(f64::from));
    let whole = det(a);
    if whole == 0.0 {
        return [0.0; 3];
    }
    std::array::from_fn(|column| {
        let mut m = a;
        for (row, &value) in m.iter_mut().zip(&b) {
            row[column] = f64::from(value);
        }
        (det(m) / whole) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved() {
        let a = [[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]];
        let x = solve(a, [6.0, 10.0, 8.0]);
        for (got, want) in x.iter().zip([1.0, 2.0, 3.0]) {
            assert!((got - want).abs() < 1e-6);
        }
        assert_eq!(solve([[0.0; 3]; 3], [1.0; 3]), [0.0; 3]);
    }
}
