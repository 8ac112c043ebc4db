//! Instruction sets and pictures to test with.

use lookalike_vision::{GrayImage, Level};

/// Every instruction set of this machine, the plainest first.
pub fn levels() -> Vec<Level> {
    let best = Level::new();
    let mut levels = vec![Level::baseline()];
    #[cfg(target_arch = "x86_64")]
    {
        levels.extend(best.as_sse4_2().map(Level::Sse4_2));
        levels.extend(best.as_avx2().map(Level::Avx2));
        levels.extend(best.as_avx512().map(Level::Avx512));
    }
    #[cfg(not(target_arch = "x86_64"))]
    levels.push(best);
    levels
}

/// Random pixels below `contrast`.
pub fn noise(width: usize, height: usize, seed: u32, contrast: u32) -> GrayImage {
    let mut state = seed;
    let mut pixel = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) % contrast) as u8
    };
    let pixels = (0..width * height).map(|_| pixel()).collect();
    GrayImage::from_vec(width, height, pixels).unwrap()
}
