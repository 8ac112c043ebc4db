//! Derivatives at a scale, and the determinant of the Hessian.

use fearless_simd::prelude::*;

use super::flow::across_rows;
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
        mut gradients: Option<&mut Gradients>,
    ) {
        let (width, height) = (smooth.width(), smooth.height());
        // Only the rows within s of the current one are needed.
        let kept = (2 * s + 1).min(height);
        self.dx.resize(width, kept);
        self.dy.resize(width, kept);
        let margin = s.next_multiple_of(ALIGN);
        self.columns.resize(width + 2 * margin, 4);
        det.resize(width, height);
        if let Some(g) = gradients.as_deref_mut() {
            g.resize(2 * (width + 1), height);
        }
        for y in 0..height + s {
            if y < height {
                self.first_order(simd, smooth, y, s, margin);
                if let Some(g) = gradients.as_deref_mut() {
                    self.keep_gradients(simd, y % kept, g.row_mut(y));
                }
            }
            if y >= s {
                self.second_order(simd, y - s, height, s, margin, det.row_mut(y - s));
            }
        }
    }

    /// Row `y` of the first derivatives, into the ring.
    #[inline(always)]
    fn first_order<S: Simd>(&mut self, simd: S, smooth: &Rows, y: usize, s: usize, margin: usize) {
        let slot = y % self.dx.height();
        let (dx, dy) = (self.dx.row_mut(slot), self.dy.row_mut(slot));
        let [sum, diff] = self.columns.two_mut(0, 1);
        let rows = smooth.around(y, s);
        across_rows(
            simd,
            rows,
            WEIGHTS,
            smooth.width(),
            margin,
            [&mut *sum, &mut *diff],
        );
        for x in (0..smooth.run()).step_by(S::f32s::LEN) {
            let at = margin + x;
            store::<S>(load(simd, sum, at + s) - load(simd, sum, at - s), dx, x);
            store::<S>(weigh(simd, diff, at, s), dy, x);
        }
    }

    /// Row `y` of the determinant from the rows of the ring.
    #[inline(always)]
    fn second_order<S: Simd>(
        &mut self,
        simd: S,
        y: usize,
        height: usize,
        s: usize,
        margin: usize,
        det: &mut [f32],
    ) {
        let (width, kept, run) = (self.dx.width(), self.dx.height(), self.dx.run());
        let (yi, si) = (y as isize, s as isize);
        let slots = [yi - si, yi, yi + si].map(|y| super::reflect(y, height) % kept);
        let [sum_x, diff_x] = self.columns.two_mut(0, 1);
        let rows = slots.map(|slot| self.dx.row(slot));
        across_rows(
            simd,
            rows,
            WEIGHTS,
            width,
            margin,
            [&mut *sum_x, &mut *diff_x],
        );
        let [sum_y, diff_y] = self.columns.two_mut(2, 3);
        let rows = slots.map(|slot| self.dy.row(slot));
        across_rows(
            simd,
            rows,
            WEIGHTS,
            width,
            margin,
            [&mut *sum_y, &mut *diff_y],
        );
        let [sum_x, diff_x, diff_y] = [0, 1, 3].map(|i| self.columns.row(i));
        for x in (0..run).step_by(S::f32s::LEN) {
            let at = margin + x;
            let xx = load(simd, sum_x, at + s) - load(simd, sum_x, at - s);
            let xy = weigh(simd, diff_x, at, s);
            let yy = weigh(simd, diff_y, at, s);
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

/// The weighted sum of `row` at -s, 0 and s around `at`.
#[inline(always)]
fn weigh<S: Simd>(simd: S, row: &[f32], at: usize, s: usize) -> S::f32s {
    let sides = load(simd, row, at - s) + load(simd, row, at + s);
    sides.mul_add(
        S::f32s::splat(simd, WEIGHTS.0),
        load(simd, row, at) * S::f32s::splat(simd, WEIGHTS.1),
    )
}
