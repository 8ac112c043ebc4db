//! What several tests share.

use lookalike_words::Level;

/// All instruction sets that this machine has.
pub fn levels() -> Vec<Level> {
    let best = Level::new();
    let mut levels = vec![best, Level::fallback()];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        levels.extend(best.as_sse2().map(Level::Sse2));
        levels.extend(best.as_sse4_2().map(Level::Sse4_2));
        levels.extend(best.as_avx2().map(Level::Avx2));
    }
    levels
}
