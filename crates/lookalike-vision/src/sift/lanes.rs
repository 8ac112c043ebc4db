//! Short names for what every kernel does with vectors.

use fearless_simd::{f32x8, f32x16, prelude::*};

/// The 8 values from `at` on.
#[inline(always)]
pub(super) fn load8<S: Simd>(simd: S, values: &[f32], at: usize) -> f32x8<S> {
    f32x8::from_slice(simd, &values[at..][..8])
}

/// The 16 values from `at` on.
#[inline(always)]
pub(super) fn load16<S: Simd>(simd: S, values: &[f32], at: usize) -> f32x16<S> {
    f32x16::from_slice(simd, &values[at..][..16])
}

/// A number in all 8 lanes.
#[inline(always)]
pub(super) fn splat8<S: Simd>(simd: S, value: f32) -> f32x8<S> {
    f32x8::splat(simd, value)
}

/// 0, 1, 2, ... 7.
#[inline(always)]
pub(super) fn count8<S: Simd>(simd: S) -> f32x8<S> {
    f32x8::load_array(simd, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
}
