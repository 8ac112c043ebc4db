//! First derivatives at any point, from what a level has kept.

use fearless_simd::{f32x4, prelude::*};

use crate::nonlinear::hessian::{GradientWindow, Gradients};
use crate::nonlinear::{Rows, reflect};

/// Samples in a row of a descriptor's grid.
pub(crate) const SAMPLES: usize = 24;
/// The same in whole vectors of any machine.
pub(crate) const PADDED: usize = 32;

/// Where a row of samples lies: (1 - fx) and fx weigh the columns `x` and `x + 1`, (1 - fy) and
/// fy the rows `y` and `y + 1`; the last row and column repeat. Fractions may lie outside of 0
/// to 1.
#[derive(Default)]
pub(crate) struct Places {
    pub(crate) x: [i32; PADDED],
    pub(crate) y: [i32; PADDED],
    pub(crate) fx: [f32; PADDED],
    pub(crate) fy: [f32; PADDED],
}

/// A source of first derivatives. Both ways are proportional to dL/dx and dL/dy; the factor does
/// not matter, since descriptors are normalised.
pub(crate) trait Derivatives {
    /// Width and height in pixels.
    fn size(&self) -> (usize, usize);

    /// The derivatives at pixel (x, y).
    fn at(&self, x: usize, y: usize) -> [f32; 2];

    /// Bilinear interpolation at a row of samples, into the first values of `dx` and `dy`.
    fn between<S: Simd>(
        &self,
        simd: S,
        places: &Places,
        dx: &mut [f32; PADDED],
        dy: &mut [f32; PADDED],
    );
}

/// Derivatives at the level's scale, interleaved: for those who keep whole planes, as AKAZE does.
pub(crate) struct AtScale<'a>(pub(crate) &'a Gradients);

impl Derivatives for AtScale<'_> {
    #[inline(always)]
    fn size(&self) -> (usize, usize) {
        (self.0.width() / 2 - 1, self.0.height())
    }

    #[inline(always)]
    fn at(&self, x: usize, y: usize) -> [f32; 2] {
        let row = self.0.row(y);
        [row[2 * x], row[2 * x + 1]]
    }

    #[inline(always)]
    fn between<S: Simd>(
        &self,
        simd: S,
        places: &Places,
        dx: &mut [f32; PADDED],
        dy: &mut [f32; PADDED],
    ) {
        let pair = |x: usize, y: usize| self.0.four(2 * x, y);
        interpolate(simd, places, self.size().1 - 1, pair, dx, dy);
    }
}

/// The same, but only of the rows in a window: what detect-and-compute samples.
pub(super) struct InWindow<'a> {
    pub(super) window: &'a GradientWindow,
    pub(super) size: (usize, usize),
}

impl Derivatives for InWindow<'_> {
    #[inline(always)]
    fn size(&self) -> (usize, usize) {
        self.size
    }

    #[inline(always)]
    fn at(&self, x: usize, y: usize) -> [f32; 2] {
        let pair = self.window.pair(x, y);
        [pair[0], pair[1]]
    }

    #[inline(always)]
    fn between<S: Simd>(
        &self,
        simd: S,
        places: &Places,
        dx: &mut [f32; PADDED],
        dy: &mut [f32; PADDED],
    ) {
        let pair = |x: usize, y: usize| self.window.pair(x, y);
        interpolate(simd, places, self.size.1 - 1, pair, dx, dy);
    }
}

/// Bilinear interpolation of interleaved derivatives: `pair(x, y)` holds those at (x, y) and at
/// (x + 1, y).
#[inline(always)]
fn interpolate<'a, S: Simd>(
    simd: S,
    places: &Places,
    last: usize,
    pair: impl Fn(usize, usize) -> &'a [f32],
    dx: &mut [f32; PADDED],
    dy: &mut [f32; PADDED],
) {
    // Between the rows first: d/dx and d/dy of the left and of the right column.
    let mut columns = [0.0; 4 * SAMPLES];
    for (i, columns) in columns.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let (x, y) = (places.x[i] as usize, places.y[i] as usize);
        let a = f32x4::from_slice(simd, pair(x, y));
        let b = f32x4::from_slice(simd, pair(x, (y + 1).min(last)));
        (b - a).mul_add(places.fy[i], a).store_slice(columns);
    }
    for (i, four) in columns.as_chunks::<16>().0.iter().enumerate() {
        let at = 4 * i..4 * i + 4;
        let [left_x, left_y, right_x, right_y] = f32x4::load_four_interleaved(simd, four);
        let fx = f32x4::from_slice(simd, &places.fx[at.clone()]);
        let mix = |left: f32x4<S>, right: f32x4<S>| (right - left).mul_add(fx, left);
        mix(left_x, right_x).store_slice(&mut dx[at.clone()]);
        mix(left_y, right_y).store_slice(&mut dy[at]);
    }
}

/// 3x3 Scharr derivatives of a blurred level, taken where they are needed: what compute after
/// detect samples.
pub(super) struct OnTheFly<'a>(pub(super) &'a Rows);

impl OnTheFly<'_> {
    /// One sample; the first two lanes count.
    #[inline(always)]
    fn sample<S: Simd>(&self, simd: S, (x, y): (usize, usize), (fx, fy): (f32, f32)) -> f32x4<S> {
        let (width, height) = self.size();
        let inside =
            (1..height.saturating_sub(2)).contains(&y) && (1..width.saturating_sub(2)).contains(&x);
        if !inside {
            let (right, below) = ((x + 1).min(width - 1), (y + 1).min(height - 1));
            let [a, b] = [self.at(x, y), self.at(right, y)];
            let [c, d] = [self.at(x, below), self.at(right, below)];
            let mix = |i: usize| {
                (1.0 - fy) * ((1.0 - fx) * a[i] + fx * b[i]) + fy * ((1.0 - fx) * c[i] + fx * d[i])
            };
            return [mix(0), mix(1), 0.0, 0.0].simd_into(simd);
        }
        // Both operators are linear: interpolate the columns of sums and differences first.
        let row = |dy: usize| f32x4::from_slice(simd, &self.0.row(y + dy - 1)[x - 1..x + 3]);
        let [a, b, c, d] = [row(0), row(1), row(2), row(3)];
        let sum = (a + c) * 3.0 + b * 10.0;
        let sum_below = (b + d) * 3.0 + c * 10.0;
        let sums = sum * (1.0 - fy) + sum_below * fy;
        let diffs = (c - a) * (1.0 - fy) + (d - b) * fy;
        let across = sums.slide::<2>(sums) - sums;
        let dx = across * (1.0 - fx) + across.slide::<1>(across) * fx;
        let gx = 1.0 - fx;
        let weights: f32x4<S> = [
            3.0 * gx,
            10.0 * gx + 3.0 * fx,
            3.0 * gx + 10.0 * fx,
            3.0 * fx,
        ]
        .simd_into(simd);
        let dy = diffs * weights;
        let dy = dy + dy.slide::<2>(dy);
        let dy = dy + dy.slide::<1>(dy);
        dx.zip_low(dy)
    }

    #[inline(always)]
    fn columns(&self, x: usize) -> [usize; 3] {
        let w = self.0.width();
        [reflect(x as isize - 1, w), x, reflect(x as isize + 1, w)]
    }
}

impl Derivatives for OnTheFly<'_> {
    #[inline(always)]
    fn size(&self) -> (usize, usize) {
        (self.0.width(), self.0.height())
    }

    #[inline(always)]
    fn at(&self, x: usize, y: usize) -> [f32; 2] {
        let [a, b, c] = self.0.around(y, 1);
        let [l, m, r] = self.columns(x);
        let sum = |i: usize| 3.0 * (a[i] + c[i]) + 10.0 * b[i];
        let diff = |i: usize| c[i] - a[i];
        [sum(r) - sum(l), 3.0 * (diff(l) + diff(r)) + 10.0 * diff(m)]
    }

    #[inline(always)]
    fn between<S: Simd>(
        &self,
        simd: S,
        places: &Places,
        dx: &mut [f32; PADDED],
        dy: &mut [f32; PADDED],
    ) {
        for i in 0..SAMPLES {
            let at = (places.x[i] as usize, places.y[i] as usize);
            let sample = self.sample(simd, at, (places.fx[i], places.fy[i]));
            (dx[i], dy[i]) = (sample[0], sample[1]);
        }
    }
}
