//! The true cosine similarity, the same to the last bit on every machine.
//!
//! The product of two f32 is exact in f64, and the order of the additions is fixed, so that
//! neither the instruction set nor a fused multiply-add changes the sum.

use fearless_simd::{Level, dispatch};

const LANES: usize = 16;

/// The scalar product of two vectors of equal length.
pub(crate) fn dot(level: Level, a: &[f32], b: &[f32]) -> f64 {
    dispatch!(level, _simd => dot_in_lanes(a, b))
}

#[inline(always)]
fn dot_in_lanes(a: &[f32], b: &[f32]) -> f64 {
    let (a_body, a_tail) = a.as_chunks::<LANES>();
    let (b_body, b_tail) = b.as_chunks::<LANES>();
    let mut sums = [0f64; LANES];
    for (x, y) in a_body.iter().zip(b_body) {
        for lane in 0..LANES {
            sums[lane] += f64::from(x[lane]) * f64::from(y[lane]);
        }
    }
    let mut total = 0.0;
    for (&x, &y) in a_tail.iter().zip(b_tail) {
        total += f64::from(x) * f64::from(y);
    }
    for sum in sums {
        total += sum;
    }
    total
}

/// The Euclidean length of a vector. Finite f32 cannot overflow it, nor make it 0 unless all of
/// them are 0.
pub(crate) fn norm(level: Level, vector: &[f32]) -> f64 {
    dot(level, vector, vector).sqrt()
}

/// The cosine similarity of two vectors whose lengths are known, within [-1, 1]; `None` where one
/// of them is a zero vector, or damaged.
pub(crate) fn cosine(level: Level, a: &[f32], a_norm: f64, b: &[f32], b_norm: f64) -> Option<f32> {
    let cosine = dot(level, a, b) / (a_norm * b_norm);
    cosine.is_finite().then(|| cosine.clamp(-1.0, 1.0) as f32)
}

/// The position of the first NaN or infinity.
pub(crate) fn first_not_finite(vector: &[f32]) -> Option<usize> {
    vector.iter().position(|v| !v.is_finite())
}
