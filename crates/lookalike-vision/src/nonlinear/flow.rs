//! How well the picture conducts at each pixel.

use fearless_simd::prelude::*;

use super::lanes::{exp, load, store};
use super::rows::{ALIGN, Rows};

/// The function that turns a gradient into a conductance between 0 and 1, with
/// q = |gradient|^2 / k^2 and the contrast factor k.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Diffusivity {
    /// `DIFF_PM_G1`: exp(-q), which favours edges of high contrast (Perona and Malik, 1990).
    PmG1,
    /// `DIFF_PM_G2`: 1 / (1 + q), which favours wide regions (Perona and Malik, 1990).
    #[default]
    PmG2,
    /// `DIFF_WEICKERT`: 1 - exp(-3.315 / q^4), which smooths within regions (Weickert, 2001).
    Weickert,
    /// `DIFF_CHARBONNIER`: 1 / sqrt(1 + q) (Charbonnier et al., 1994). OpenCV's KAZE accepts it
    /// but does not diffuse at all then.
    Charbonnier,
}

/// Weights of the 3x3 Scharr operator across the derivative: the two sides and the middle.
pub(crate) const SCHARR: (f32, f32) = (3.0, 10.0);

/// Room for taps beside a row: the row begins at `margin` and is mirrored `reach` (<= `margin`)
/// values far on both sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sides {
    pub(crate) margin: usize,
    pub(crate) reach: usize,
}

/// From three rows `a`, `b`, `c` below each other: `sum = side (a + c) + middle b` and
/// `diff = c - a`, with room on their sides.
#[inline(always)]
pub(crate) fn across_rows<S: Simd>(
    simd: S,
    [a, b, c]: [&[f32]; 3],
    (side, middle): (f32, f32),
    (width, sides): (usize, Sides),
    [sum, diff]: [&mut [f32]; 2],
) {
    let (side, middle) = (S::f32s::splat(simd, side), S::f32s::splat(simd, middle));
    for x in (0..width).step_by(S::f32s::LEN) {
        let (above, below) = (load(simd, a, x), load(simd, c, x));
        let s = (above + below).mul_add(side, load(simd, b, x) * middle);
        store::<S>(s, sum, sides.margin + x);
        store::<S>(below - above, diff, sides.margin + x);
    }
    mirror(sum, width, sides);
    mirror(diff, width, sides);
}

/// The differences alone.
#[inline(always)]
pub(crate) fn subtract_rows<S: Simd>(
    simd: S,
    [a, _, c]: [&[f32]; 3],
    (width, sides): (usize, Sides),
    diff: &mut [f32],
) {
    for x in (0..width).step_by(S::f32s::LEN) {
        store::<S>(load(simd, c, x) - load(simd, a, x), diff, sides.margin + x);
    }
    mirror(diff, width, sides);
}

/// Fills the sides of `row`, which holds `width` values.
#[inline(always)]
fn mirror(row: &mut [f32], width: usize, Sides { margin, reach }: Sides) {
    if width > reach {
        let (left, body) = row.split_at_mut(margin);
        for (l, &v) in left.iter_mut().rev().zip(&body[1..=reach]) {
            *l = v;
        }
        let (body, right) = row.split_at_mut(margin + width);
        for (r, &v) in right[..reach].iter_mut().zip(body.iter().rev().skip(1)) {
            *r = v;
        }
    } else {
        for i in 1..=reach as isize {
            row[margin - i as usize] = row[margin + super::reflect(-i, width)];
            let right = width as isize - 1 + i;
            row[margin + right as usize] = row[margin + super::reflect(right, width)];
        }
    }
}

/// |Scharr gradient|^2 of row `y` of `smooth`, vector by vector: `each(x, values)`.
#[inline(always)]
pub(crate) fn gradient_row<S: Simd>(
    simd: S,
    smooth: &Rows,
    y: usize,
    scratch: &mut Rows,
    mut each: impl FnMut(usize, S::f32s),
) {
    let [sum, diff] = scratch.two_mut(0, 1);
    let rows = smooth.around(y, 1);
    let sides = Sides {
        margin: ALIGN,
        reach: 1,
    };
    let shape = (smooth.width(), sides);
    across_rows(simd, rows, SCHARR, shape, [&mut *sum, &mut *diff]);
    let (side, middle) = (
        S::f32s::splat(simd, SCHARR.0),
        S::f32s::splat(simd, SCHARR.1),
    );
    for x in (0..smooth.run()).step_by(S::f32s::LEN) {
        let at = ALIGN + x;
        let gx = load(simd, sum, at + 1) - load(simd, sum, at - 1);
        let sides = load(simd, diff, at - 1) + load(simd, diff, at + 1);
        let gy = sides.mul_add(side, load(simd, diff, at) * middle);
        each(x, gx.mul_add(gx, gy * gy));
    }
}

/// Conductance of row `y` of `smooth` into `out`; the padding of `out` becomes zero.
#[inline(always)]
pub(crate) fn flow_row<S: Simd>(
    simd: S,
    smooth: &Rows,
    y: usize,
    (diffusivity, k): (Diffusivity, f32),
    scratch: &mut Rows,
    out: &mut [f32],
) {
    let inverse = S::f32s::splat(simd, 1.0 / (k * k));
    let one = S::f32s::splat(simd, 1.0);
    match diffusivity {
        Diffusivity::PmG1 => gradient_row(simd, smooth, y, scratch, |x, g| {
            store::<S>(exp(simd, g * inverse * -1.0), out, x);
        }),
        Diffusivity::PmG2 => gradient_row(simd, smooth, y, scratch, |x, g| {
            store::<S>(one / g.mul_add(inverse, one), out, x);
        }),
        Diffusivity::Weickert => gradient_row(simd, smooth, y, scratch, |x, g| {
            let q = g * inverse;
            let q2 = q * q;
            let e = exp(simd, S::f32s::splat(simd, -3.315) / (q2 * q2));
            store::<S>(one - e, out, x);
        }),
        Diffusivity::Charbonnier => gradient_row(simd, smooth, y, scratch, |x, g| {
            store::<S>(one / g.mul_add(inverse, one).sqrt(), out, x);
        }),
    }
    out[smooth.width()..].fill(0.0);
}
