//! Vectors in bytes, and what a byte scan can promise.
//!
//! A vector v of length 1 is stored as v = a c + e: a step a, whole numbers c in [-127, 127], and
//! an error e of which only the length is kept. A query u of length 1 becomes u = t p + d with
//! finer whole numbers p. Then u·v = a t (p·c) + d·(a c) + u·e, and by Cauchy-Schwarz the last two
//! terms are at most |d| (1 + |e|) + |e|. So the sum p·c, in whole numbers, gives an interval in
//! which the true similarity lies.

use fearless_simd::{Level, Simd, dispatch, i8x32, i16x16, i32x8, prelude::*};

use super::segment::code_stride;
use crate::quantise::{BYTE_PEAK, quantise};

const PEAK: f64 = BYTE_PEAK as f64;
/// Covers all rounding of the arithmetic here and of the final score (at most 2^16 additions in
/// f64, one rounding to f32).
const SLACK: f64 = 1e-6;
const STEP: usize = 32;

/// How the code of a vector relates to the vector, both as shares of its norm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct CodeScale {
    /// What one step of the code is worth.
    pub(crate) step: f32,
    /// An upper bound of the length of the difference.
    pub(crate) error: f32,
}

/// Writes the code of `vector`, whose Euclidean length is `norm`, to the front of `code`.
pub(crate) fn encode(vector: &[f32], norm: f64, code: &mut [i8]) -> CodeScale {
    let peak = quantise(vector, code);
    let step = (f64::from(peak) / norm / PEAK) as f32;
    if !(norm > 0.0 && step > 0.0) {
        return CodeScale::default();
    }
    let exact_step = f64::from(step);
    let differences = vector.iter().zip(&*code).map(|(&value, &whole)| {
        let difference = f64::from(value) / norm - f64::from(whole) * exact_step;
        difference * difference
    });
    let squares: f64 = differences.sum();
    let error = squares.sqrt() * (1.0 + 1e-6);
    CodeScale {
        step,
        error: (error as f32).next_up(),
    }
}

/// The interval in which a similarity lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) lower: f32,
    pub(crate) upper: f32,
}

/// A query in whole numbers.
pub(crate) struct CodedQuery {
    whole: Vec<i16>,
    step: f64,
    error: f64,
}

impl CodedQuery {
    /// Codes a query whose Euclidean length is `norm` > 0.
    pub(crate) fn new(query: &[f32], norm: f64) -> Self {
        let stride = code_stride(query.len());
        // As fine as the 32-bit sum of products allows.
        let levels = (i32::MAX as usize / (PEAK as usize * stride)).min(i16::MAX as usize) as f64;
        let peak = query.iter().fold(0f32, |peak, v| peak.max(v.abs()));
        let step = f64::from(peak) / norm / levels;
        let mut whole = vec![0; stride];
        let mut squares = 0.0;
        for (&value, whole) in query.iter().zip(&mut whole) {
            let value = f64::from(value) / norm;
            let rounded = (value / step).round().clamp(-levels, levels);
            *whole = rounded as i16;
            squares += (value - rounded * step).powi(2);
        }
        Self {
            whole,
            step,
            error: squares.sqrt() * (1.0 + 1e-6),
        }
    }

    /// Calls `each` with the number of every vector and the bounds of its similarity. `codes`
    /// holds one row of [`code_stride`] bytes for each of `steps` and `errors`.
    pub(crate) fn scan(
        &self,
        level: Level,
        codes: &[i8],
        steps: &[f32],
        errors: &[f32],
        mut each: impl FnMut(usize, Bounds),
    ) {
        dispatch!(level, simd => {
            let rows = codes.chunks_exact(self.whole.len());
            for (i, ((code, &step), &error)) in rows.zip(steps).zip(errors).enumerate() {
                let sum = whole_dot(simd, &self.whole, code);
                each(i, self.bounds(sum, f64::from(step), f64::from(error)));
            }
        });
    }

    #[inline(always)]
    fn bounds(&self, sum: i32, step: f64, error: f64) -> Bounds {
        let estimate = self.step * step * f64::from(sum);
        let margin = error + self.error * (1.0 + error) + SLACK;
        Bounds {
            lower: (estimate - margin) as f32,
            upper: (estimate + margin) as f32,
        }
    }
}

/// The sum of products of whole numbers; both slices are equally long, a multiple of 64.
#[inline(always)]
fn whole_dot<S: Simd>(simd: S, query: &[i16], code: &[i8]) -> i32 {
    let mut low_sum = i32x8::splat(simd, 0);
    let mut high_sum = i32x8::splat(simd, 0);
    for (q, c) in query.chunks_exact(STEP).zip(code.chunks_exact(STEP)) {
        let (low, high) = i8x32::from_slice(simd, c).widen();
        low_sum += low.pairwise_dot_product(i16x16::from_slice(simd, &q[..STEP / 2]));
        high_sum += high.pairwise_dot_product(i16x16::from_slice(simd, &q[STEP / 2..]));
    }
    (low_sum + high_sum).reduce_sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact;
    use proptest::prelude::*;

    /// A vector with elements of very different sizes.
    fn vector(length: usize) -> impl Strategy<Value = Vec<f32>> {
        let element = prop_oneof![
            Just(0f32),
            -1f32..1.0,
            -1e-30f32..1e-30,
            -1e30f32..1e30,
            any::<f32>().prop_filter("finite", |v| v.is_finite()),
        ];
        let small = prop::collection::vec(-1f32..1.0, length);
        prop_oneof![prop::collection::vec(element, length), small]
    }

    proptest! {
        #[test]
        fn the_bounds_hold((a, b) in (1usize..200).prop_flat_map(|n| (vector(n), vector(n)))) {
            let level = Level::new();
            let (a_norm, b_norm) = (exact::norm(level, &a), exact::norm(level, &b));
            prop_assume!(a_norm > 0.0 && b_norm > 0.0);
            let mut code = vec![0; code_stride(b.len())];
            let scale = encode(&b, b_norm, &mut code);
            let truth = exact::cosine(level, &a, a_norm, &b, b_norm).unwrap();
            let query = CodedQuery::new(&a, a_norm);
            let mut calls = 0;
            query.scan(level, &code, &[scale.step], &[scale.error], |_, bounds| {
                calls += 1;
                assert!(bounds.lower <= truth && truth <= bounds.upper, "{truth} in {bounds:?}");
            });
            prop_assert_eq!(calls, 1);
        }
    }

    #[test]
    fn the_largest_sum_fits() {
        for dim in [1, 64, 2048, crate::MAX_DIMENSION] {
            let ones = vec![1f32; dim];
            let norm = (dim as f64).sqrt();
            let mut code = vec![0; code_stride(dim)];
            let scale = encode(&ones, norm, &mut code);
            let query = CodedQuery::new(&ones, norm);
            query.scan(
                Level::new(),
                &code,
                &[scale.step],
                &[scale.error],
                |_, bounds| {
                    assert!(
                        bounds.lower > 0.99 && bounds.upper < 1.01,
                        "{dim}: {bounds:?}"
                    );
                },
            );
        }
    }
}
