//! Small helpers on vectors of the machine's width.

use fearless_simd::prelude::*;

/// The vector at `from[at..]`.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, from: &[f32], at: usize) -> S::f32s {
    S::f32s::from_slice(simd, &from[at..at + S::f32s::LEN])
}

/// Writes a vector to `to[at..]`.
#[inline(always)]
pub(crate) fn store<S: Simd>(v: S::f32s, to: &mut [f32], at: usize) {
    v.store_slice(&mut to[at..at + S::f32s::LEN]);
}

/// Each lane's left neighbour: the last lane of `left`, then all but the last of `v`.
#[inline(always)]
pub(crate) fn shift_in_left<S: Simd>(left: S::f32s, v: S::f32s) -> S::f32s {
    match S::f32s::LEN {
        4 => left.slide::<3>(v),
        8 => left.slide::<7>(v),
        _ => left.slide::<15>(v),
    }
}

/// Each lane's right neighbour: all but the first of `v`, then the first lane of `right`.
#[inline(always)]
pub(crate) fn shift_in_right<S: Simd>(v: S::f32s, right: S::f32s) -> S::f32s {
    v.slide::<1>(right)
}

/// e^x for x <= 88, to about 2 units in the last place; below -87 it is nearly 0, never less.
///
/// Cody and Waite's reduction x = n ln 2 + r, |r| <= ln 2 / 2, then the Taylor polynomial of
/// degree 7, whose remainder is below 1e-8 there.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |v| S::f32s::splat(simd, v);
    let x = x.max(splat(-87.0)).min(splat(88.0));
    let n = (x * std::f32::consts::LOG2_E).round_ties_even();
    // ln 2 in two parts: the first has so few bits that its product with n is exact.
    let r = n.mul_add(splat(-0.693_359_4), x);
    let r = n.mul_add(splat(2.121_944_4e-4), r);
    let mut p = splat(1.0 / 5040.0);
    for c in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        p = p.mul_add(r, splat(c));
    }
    let exponent: S::i32s = n.to_int();
    let scale: S::f32s = ((exponent + 127) << 23).bitcast();
    p * scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    #[test]
    fn exp_is_exp() {
        #[inline(always)]
        fn at<S: Simd>(simd: S, x: f32) -> f32 {
            exp(simd, S::f32s::splat(simd, x))[0]
        }
        for i in -8600..1000 {
            let x = i as f32 * 0.01;
            let got = dispatch!(Level::new(), simd => at(simd, x));
            assert!((got / x.exp() - 1.0).abs() < 4e-7, "{x}: {got} {}", x.exp());
        }
        assert!(dispatch!(Level::new(), simd => at(simd, f32::NEG_INFINITY)) < 1e-37);
    }
}
