//! Sums of brightness and gradient over the cells of the binary descriptor (paper, section 3.4).
//!
//! The pattern is a turned square of 20 x 20 steps, cut into 2 x 2, 3 x 3 and 4 x 4 cells. All
//! three share their samples: cut at every edge of any of the grids, the square has 7 x 7
//! segments. They are summed once, and the cells are sums of segments.

use fearless_simd::{f32x4, prelude::*};

use crate::nonlinear::Rows;
use crate::nonlinear::hessian::Gradients;

/// Where segments begin, in steps from the centre, and where the last one ends. The cells of the
/// middle grid are 7 steps wide, so it reaches one step further than the others.
const CUTS: [i32; 8] = [-10, -5, -3, 0, 4, 5, 10, 11];
const SEGMENTS: usize = 7;
/// Samples along a side, and the same in whole vectors of any machine.
const SIDE: usize = 21;
const PADDED: usize = 32;
/// Cells of all three grids.
pub(super) const CELLS: usize = 4 + 9 + 16;
/// The segments of a cell, by row or column of its grid.
const PARTS: [&[std::ops::Range<usize>]; 3] = [
    &[0..3, 3..6],
    &[0..2, 2..4, 4..7],
    &[0..1, 1..3, 3..5, 5..6],
];

/// One level, as descriptors see it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) light: &'a Rows,
    pub(super) gradients: &'a Gradients,
}

/// Where a descriptor is taken, in pixels of the level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    pub(super) x: f32,
    pub(super) y: f32,
    /// Distance of samples.
    pub(super) step: f32,
    /// Sine and cosine of the angle.
    pub(super) turn: (f32, f32),
}

/// Sums over samples: of d/dx, of d/dy (or of the gradient's length and nothing), of the
/// brightness, and their number.
pub(super) type Sums = [f32; 4];

/// The sums of all cells, grid by grid, each along the pattern's first axis.
#[inline(always)]
pub(super) fn sum_cells<S: Simd>(
    simd: S,
    source: Source<'_>,
    pattern: Pattern,
    lengths: bool,
) -> [Sums; CELLS] {
    let segments = if !lengths && is_inside(&source, &pattern) {
        sum_inside(simd, source, pattern)
    } else {
        sum_anywhere(source, pattern, lengths)
    };
    collect(&segments)
}

/// Whether no sample can lie outside of the level.
fn is_inside(source: &Source<'_>, pattern: &Pattern) -> bool {
    // The furthest sample is 10 steps away along both axes; one pixel for the rounding.
    let reach = 10.0 * pattern.step.abs() * (pattern.turn.0.abs() + pattern.turn.1.abs()) + 1.0;
    let fits = |at: f32, length: usize| at - reach >= 0.0 && at + reach <= length as f32 - 1.0;
    fits(pattern.x, source.light.width()) && fits(pattern.y, source.light.height())
}

/// The sums of all segments, where every sample lies inside.
#[inline(always)]
fn sum_inside<S: Simd>(
    simd: S,
    source: Source<'_>,
    pattern: Pattern,
) -> [[Sums; SEGMENTS]; SEGMENTS] {
    let (light, light_stride) = source.light.flat();
    let (gradients, gradient_stride) = source.gradients.flat();
    let strides = (light_stride as i32, gradient_stride as i32);
    let mut all = [[[0.0; 4]; SEGMENTS]; SEGMENTS];
    for (row, sums) in all.iter_mut().enumerate() {
        let mut gradient = [f32x4::splat(simd, 0.0); SEGMENTS];
        let mut brightness = [0.0_f32; SEGMENTS];
        for k in CUTS[row]..CUTS[row + 1] {
            let at = places(simd, &pattern, k, strides);
            for column in 0..SEGMENTS {
                let steps = (CUTS[column] + 10) as usize..(CUTS[column + 1] + 10) as usize;
                for (&a, &b) in at[0][steps.clone()].iter().zip(&at[1][steps]) {
                    let (a, b) = (a as usize, b as usize);
                    brightness[column] += light[a];
                    // Two lanes too many, which nobody reads.
                    gradient[column] += f32x4::from_slice(simd, &gradients[b..b + 4]);
                }
            }
        }
        let high = (CUTS[row + 1] - CUTS[row]) as f32;
        for (column, sums) in sums.iter_mut().enumerate() {
            let count = high * (CUTS[column + 1] - CUTS[column]) as f32;
            let g = gradient[column];
            *sums = [g[0], g[1], brightness[column], count];
        }
    }
    all
}

/// The samples of line `k` of the pattern, as indices into brightness and gradients. Rounds in
/// OpenCV's order.
#[inline(always)]
fn places<S: Simd>(simd: S, pattern: &Pattern, k: i32, strides: (i32, i32)) -> [[i32; PADDED]; 2] {
    let (si, co) = pattern.turn;
    let step = pattern.step;
    let (kc, ks) = (k as f32 * co * step, k as f32 * si * step);
    let mut at = [[0; PADDED]; 2];
    for i in (0..SIDE).step_by(S::f32s::LEN) {
        let l = S::f32s::from_fn(simd, |j| (i + j) as f32 - 10.0);
        let y = (l * co * step + ks) + pattern.y;
        let x = (l * -si * step + kc) + pattern.x;
        let y: S::i32s = y.round_ties_even().to_int();
        let x: S::i32s = x.round_ties_even().to_int();
        let to = i..i + S::f32s::LEN;
        (y * strides.0 + x).store_slice(&mut at[0][to.clone()]);
        (y * strides.1 + (x + x)).store_slice(&mut at[1][to]);
    }
    at
}

/// The sums of all segments, leaving out the samples outside of the level.
fn sum_anywhere(
    source: Source<'_>,
    pattern: Pattern,
    lengths: bool,
) -> [[Sums; SEGMENTS]; SEGMENTS] {
    let Pattern {
        x,
        y,
        step,
        turn: (si, co),
    } = pattern;
    let (width, height) = (source.light.width() as f32, source.light.height() as f32);
    let segment = |v: i32| CUTS[1..].iter().position(|&cut| v < cut).unwrap_or(0);
    let mut all = [[[0.0; 4]; SEGMENTS]; SEGMENTS];
    for k in CUTS[0]..CUTS[SEGMENTS] {
        for l in CUTS[0]..CUTS[SEGMENTS] {
            let (u, v) = (k as f32, l as f32);
            let py = (y + (v * co * step + u * si * step)).round_ties_even();
            let px = (x + (v * -si * step + u * co * step)).round_ties_even();
            if !(px >= 0.0 && py >= 0.0 && px < width && py < height) {
                continue;
            }
            let (px, py) = (px as usize, py as usize);
            let g = &source.gradients.row(py)[2 * px..2 * px + 2];
            let g = if lengths {
                [g[0].hypot(g[1]), 0.0]
            } else {
                [g[0], g[1]]
            };
            let sums = &mut all[segment(k)][segment(l)];
            for (sum, v) in sums
                .iter_mut()
                .zip([g[0], g[1], source.light.row(py)[px], 1.0])
            {
                *sum += v;
            }
        }
    }
    all
}

/// Cells from segments.
fn collect(segments: &[[Sums; SEGMENTS]; SEGMENTS]) -> [Sums; CELLS] {
    let mut cells = [[0.0; 4]; CELLS];
    let mut cell = cells.iter_mut();
    for parts in PARTS {
        for rows in parts {
            for (columns, cell) in parts.iter().zip(&mut cell) {
                for sums in segments[rows.clone()]
                    .iter()
                    .flat_map(|r| &r[columns.clone()])
                {
                    for (total, v) in cell.iter_mut().zip(sums) {
                        *total += v;
                    }
                }
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    fn planes() -> (Rows, Gradients) {
        let (mut light, mut gradients) = (Rows::new(100, 90), Rows::new(202, 90));
        for y in 0..90 {
            for x in 0..100 {
                light.row_mut(y)[x] = ((x * 7 + y * 13) % 31) as f32;
                gradients.row_mut(y)[2 * x] = ((x * 5 + y * 3) % 17) as f32;
                gradients.row_mut(y)[2 * x + 1] = ((x * 11 + y * 2) % 23) as f32;
            }
        }
        (light, gradients)
    }

    #[test]
    fn cells_hold_their_samples() {
        let (light, gradients) = planes();
        let source = Source {
            light: &light,
            gradients: &gradients,
        };
        let turn = 0.7_f32.sin_cos();
        let pattern = Pattern {
            x: 50.3,
            y: 44.8,
            step: 2.0,
            turn,
        };
        assert!(is_inside(&source, &pattern));
        let fast = dispatch!(Level::new(), simd => sum_cells(simd, source, pattern, false));
        assert_eq!(fast, collect(&sum_anywhere(source, pattern, false)));
        let counts: Vec<f32> = fast.iter().map(|c| c[3]).collect();
        let wanted = [(4, 100.0), (9, 49.0), (16, 25.0)]
            .map(|(n, v)| vec![v; n])
            .concat();
        assert_eq!(counts, wanted);
    }

    #[test]
    fn samples_outside_do_not_count() {
        let (light, gradients) = planes();
        let source = Source {
            light: &light,
            gradients: &gradients,
        };
        let pattern = Pattern {
            x: 0.0,
            y: 0.0,
            step: 2.0,
            turn: (0.0, 1.0),
        };
        assert!(!is_inside(&source, &pattern));
        let cells = dispatch!(Level::new(), simd => sum_cells(simd, source, pattern, false));
        // The first axis of the pattern runs to the right.
        assert_eq!([0, 1, 2, 3].map(|i| cells[i][3]), [0.0, 0.0, 0.0, 100.0]);
    }
}
