//! Derivatives at a scale, and the determinant of the Hessian.

use fearless_simd::prelude::*;

use super::flow::{Sides, across_rows, subtract_rows};
use super::lanes::{load, store};
use super::rows::{ALIGN, Rows};

/// Scharr's weights 3, 10, 3 over 32. A derivative at scale s takes its three taps s pixels apart
/// and would be divided by s; scale-normalised derivatives are multiplied by s again, so that the
/// same weights serve every scale and every order.
const WEIGHTS: (f32, f32) = (3.0 / 32.0, 10.0 / 32.0);

/// First derivatives interleaved: columns 2 x and 2 x + 1 of a row hold d/dx and d/dy at x. One
/// more column repeats the last one, for interpolation at the right border.
pub(crate) type Gradients = Rows;

/// Scratch memory of [`Hessian::run`].
#[derive(Debug, Default)]
pub(crate) struct Hessian {
    /// First derivatives, in a ring of rows.
    dx: Rows,
    dy: Rows,
    columns: Rows,
}

impl Hessian {
    /// Writes the scale-normalised determinant `s^4 (Lxx Lyy - Lxy^2)` of `smooth` at scale `s`
    /// (>= 1 pixels) to `det`, and `s Lx`, `s Ly` to `gradients` where these are wanted. Borders
    /// are mirrored (`BORDER_REFLECT_101`) at each filtering.
    #[inline(always)]
    pub(crate) fn run<S: Simd>(
        &mut self,
        simd: S,
        smooth: &Rows,
        s: usize,
        det: &mut Rows,
        gradients: Option<&mut Gradients>,
    ) {
        self.run_with(simd, smooth, s, det, gradients, |_, _| {});
    }

    /// The same, and calls `each(det, y)` as soon as row `y` of the determinant has been written.
    #[inline(always)]
    pub(crate) fn run_with<S: Simd>(
        &mut self,
        simd: S,
        smooth: &Rows,
        s: usize,
        det: &mut Rows,
        mut gradients: Option<&mut Gradients>,
        mut each: impl FnMut(&Rows, usize),
    ) {
        let (width, height) = (smooth.width(), smooth.height());
        // Only the rows within s of the current one are needed.
        let kept = (2 * s + 1).min(height);
        self.dx.resize(width, kept);
        self.dy.resize(width, kept);
        let sides = Sides {
            margin: s.next_multiple_of(ALIGN),
            reach: s,
        };
        self.columns.resize(width + 2 * sides.margin, 3);
        det.resize(width, height);
        if let Some(g) = gradients.as_deref_mut() {
            g.resize(2 * (width + 1), height);
        }
        for y in 0..height + s {
            if y < height {
                self.first_order(simd, smooth, y, sides);
                if let Some(g) = gradients.as_deref_mut() {
                    self.keep_gradients(simd, y % kept, g.row_mut(y));
                }
            }
            if y >= s {
                self.second_order(simd, (y - s, height), sides, det.row_mut(y - s));
                each(det, y - s);
            }
        }
    }

    /// Row `y` of the first derivatives, into the ring.
    #[inline(always)]
    fn first_order<S: Simd>(&mut self, simd: S, smooth: &Rows, y: usize, sides: Sides) {
        let slot = y % self.dx.height();
        let (dx, dy) = (self.dx.row_mut(slot), self.dy.row_mut(slot));
        first_order_row(simd, smooth, y, sides, &mut self.columns, |x, gx, gy| {
            store::<S>(gx, dx, x);
            store::<S>(gy, dy, x);
        });
    }

    /// Row `y` of the determinant from the rows of the ring.
    #[inline(always)]
    fn second_order<S: Simd>(
        &mut self,
        simd: S,
        (y, height): (usize, usize),
        sides: Sides,
        det: &mut [f32],
    ) {
        let (kept, run) = (self.dx.height(), self.dx.run());
        let (yi, si) = (y as isize, sides.reach as isize);
        let slots = [yi - si, yi, yi + si].map(|y| super::reflect(y, height) % kept);
        let shape = (self.dx.width(), sides);
        let [sum_x, diff_x] = self.columns.two_mut(0, 1);
        let rows = slots.map(|slot| self.dx.row(slot));
        across_rows(simd, rows, WEIGHTS, shape, [sum_x, diff_x]);
        let rows = slots.map(|slot| self.dy.row(slot));
        subtract_rows(simd, rows, shape, self.columns.row_mut(2));
        let [sum_x, diff_x, diff_y] = [0, 1, 2].map(|i| self.columns.row(i));
        for x in (0..run).step_by(S::f32s::LEN) {
            let xx = difference(simd, sum_x, x, sides);
            let xy = weigh(simd, diff_x, x, sides);
            let yy = weigh(simd, diff_y, x, sides);
            store::<S>(xx.mul_sub(yy, xy * xy), det, x);
        }
    }

    /// Interleaves a row of the ring.
    #[inline(always)]
    fn keep_gradients<S: Simd>(&self, simd: S, slot: usize, out: &mut [f32]) {
        let (dx, dy) = (self.dx.row(slot), self.dy.row(slot));
        for x in (0..self.dx.run()).step_by(S::f32s::LEN) {
            let (low, high) = load(simd, dx, x).interleave(load(simd, dy, x));
            store::<S>(low, out, 2 * x);
            store::<S>(high, out, 2 * x + S::f32s::LEN);
        }
        let end = 2 * self.dx.width();
        out.copy_within(end - 2..end, end);
    }
}

/// The first derivatives of row `y`, vector by vector: `each(x, s Lx, s Ly)`. `columns` is scratch
/// for two rows with `sides`.
#[inline(always)]
fn first_order_row<S: Simd>(
    simd: S,
    smooth: &Rows,
    y: usize,
    sides: Sides,
    columns: &mut Rows,
    mut each: impl FnMut(usize, S::f32s, S::f32s),
) {
    let [sum, diff] = columns.two_mut(0, 1);
    let rows = smooth.around(y, sides.reach);
    let shape = (smooth.width(), sides);
    across_rows(simd, rows, WEIGHTS, shape, [&mut *sum, &mut *diff]);
    for x in (0..smooth.run()).step_by(S::f32s::LEN) {
        each(
            x,
            difference(simd, sum, x, sides),
            weigh(simd, diff, x, sides),
        );
    }
}

/// First derivatives of a level for those who read it from top to bottom: a window of rows,
/// filled as far down as it has been asked for.
#[derive(Debug, Default)]
pub(crate) struct GradientWindow {
    /// As [`Gradients`], but row y is at y modulo the height, which is a power of two.
    rows: Gradients,
    columns: Rows,
    /// The first row that has not been filled.
    next: usize,
}

impl GradientWindow {
    /// Begins a level of `smooth`'s size, of which no more than `window` rows are read at a time.
    pub(crate) fn restart(&mut self, smooth: &Rows, window: usize) {
        let kept = window.min(smooth.height()).next_power_of_two();
        self.rows.resize(2 * (smooth.width() + 1), kept);
        self.next = 0;
    }

    /// Fills the window from row `top` to row `bottom`, both included; `top` never goes back.
    #[inline(always)]
    pub(crate) fn fill<S: Simd>(
        &mut self,
        simd: S,
        smooth: &Rows,
        s: usize,
        (top, bottom): (usize, usize),
    ) {
        let sides = Sides {
            margin: s.next_multiple_of(ALIGN),
            reach: s,
        };
        self.columns.resize(smooth.width() + 2 * sides.margin, 2);
        for y in self.next.max(top)..=bottom {
            let out = self.rows.row_mut(y & (self.rows.height() - 1));
            first_order_row(simd, smooth, y, sides, &mut self.columns, |x, gx, gy| {
                let (low, high) = gx.interleave(gy);
                store::<S>(low, out, 2 * x);
                store::<S>(high, out, 2 * x + S::f32s::LEN);
            });
            let end = 2 * smooth.width();
            out.copy_within(end - 2..end, end);
        }
        self.next = self.next.max(bottom + 1);
    }

    /// d/dx and d/dy at (x, y) and (x + 1, y).
    #[inline(always)]
    pub(crate) fn pair(&self, x: usize, y: usize) -> &[f32] {
        self.rows.four(2 * x, y & (self.rows.height() - 1))
    }
}

/// The difference of the taps of `row` to the right and to the left of `x`.
#[inline(always)]
fn difference<S: Simd>(simd: S, row: &[f32], x: usize, sides: Sides) -> S::f32s {
    let at = sides.margin + x;
    load(simd, row, at + sides.reach) - load(simd, row, at - sides.reach)
}

/// The weighted sum of the three taps of `row` around `x`.
#[inline(always)]
fn weigh<S: Simd>(simd: S, row: &[f32], x: usize, sides: Sides) -> S::f32s {
    let at = sides.margin + x;
    let outer = load(simd, row, at - sides.reach) + load(simd, row, at + sides.reach);
    outer.mul_add(
        S::f32s::splat(simd, WEIGHTS.0),
        load(simd, row, at) * S::f32s::splat(simd, WEIGHTS.1),
    )
}
