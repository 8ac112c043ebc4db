//! What stands for a vector on the search path: four bits an element, in whole cache lines.
//!
//! A projected vector y is stored as whole numbers u in 0..16 that point into nearly its direction
//! (û = u - 7.5), and two floats: the squared length of the centred vector, and what to multiply
//! q·û with to have an unbiased estimate of 2 q·y (Gao and others: RaBitQ with more than one bit,
//! SIGMOD 2025). The squared distance to a query, up to a constant, follows as
//! `square - factor * q·û`.
//!
//! A code is one or several lines of 64 bytes. Taken as 16-bit lanes, lane j holds elements 4j to
//! 4j + 3; the last four lanes of the last line hold the floats instead. So 128 bytes less 8 hold
//! 240 elements, and one distance of 112 elements reads one line.

use fearless_simd::{Simd, SimdBase, i16x32, i32x16, prelude::*};

/// 16-bit lanes of a line.
pub(crate) const LANES: usize = 32;
/// Elements in a lane.
const PACKED: usize = 4;
/// Lanes that the two floats take.
const FLOATS: usize = 4;
/// The middle of the whole numbers.
const MIDDLE: f32 = 7.5;
const HIGHEST: f32 = 15.0;

/// Elements that a code of some lines holds.
pub(crate) const fn capacity(lines: usize) -> usize {
    (lines * LANES - FLOATS) * PACKED
}

/// Writes the code of `projected`, whose vector has the squared length `square`.
pub(crate) fn encode(projected: &[f32], square: f32, code: &mut [i16]) {
    let (step, dot) = best_step(projected);
    let length: f32 = projected.iter().map(|v| v * v).sum();
    let factor = if dot > 0.0 { 2.0 * length / dot } else { 0.0 };
    let (lanes, floats) = code.split_at_mut(code.len() - FLOATS);
    for (lane, values) in lanes.iter_mut().zip(projected.chunks(PACKED)) {
        let packed = values.iter().rev().fold(0u16, |packed, &value| {
            packed << 4 | (level(value, step) + MIDDLE) as u16
        });
        *lane = packed.cast_signed();
    }
    for (lanes, value) in floats.chunks_exact_mut(2).zip([square, factor]) {
        let bits = value.to_bits();
        lanes.copy_from_slice(&[bits as i16, (bits >> 16) as i16]);
    }
}

/// The quantised value, from -7.5 to 7.5, of a coordinate.
fn level(value: f32, step: f32) -> f32 {
    (value * step + MIDDLE + 0.5).floor().clamp(0.0, HIGHEST) - MIDDLE
}

/// The inverse step whose code points most nearly into the direction of `y`, and y·û.
fn best_step(y: &[f32]) -> (f32, f32) {
    let peak = y.iter().fold(0f32, |peak, v| peak.max(v.abs()));
    if peak <= f32::MIN_POSITIVE {
        return (0.0, 0.0);
    }
    let mut best = (0.0, 0.0);
    let mut best_cosine = 0.0;
    for share in 4..=14 {
        let step = 8.0 / (peak * share as f32 / 14.0);
        let (mut dot, mut squares) = (0f32, 0f32);
        for &value in y {
            let level = level(value, step);
            dot += value * level;
            squares += level * level;
        }
        let cosine = dot / squares.sqrt();
        if cosine > best_cosine {
            (best, best_cosine) = ((step, dot), cosine);
        }
    }
    best
}

/// A query in whole numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    /// For each line of a code, what its lanes' first elements are multiplied with, then their
    /// second, third and fourth.
    whole: Vec<i16>,
    step: f32,
    /// -7.5 times the sum of all elements.
    shift: f32,
}

impl Query {
    /// Takes a projected query, to be compared with codes of some lines.
    pub(crate) fn set(&mut self, projected: &[f32], lines: usize) {
        let peak = projected.iter().fold(0f32, |peak, v| peak.max(v.abs()));
        // As fine as the 32-bit sum of products allows.
        let room = (i32::MAX / (HIGHEST as i32 * (lines * LANES * PACKED) as i32)) as f32;
        let finest = room.min(f32::from(i16::MAX));
        self.step = (peak / finest).max(f32::MIN_POSITIVE);
        let scale = 1.0 / self.step;
        self.fill(lines, projected.iter().map(|v| (v * scale).round() as i16));
    }

    /// Takes a vector in whole numbers, each worth `step`.
    pub(crate) fn set_whole(&mut self, whole: &[i8], step: f32, lines: usize) {
        self.step = step;
        self.fill(lines, whole.iter().map(|&v| i16::from(v)));
    }

    fn fill(&mut self, lines: usize, values: impl Iterator<Item = i16>) {
        self.whole.clear();
        self.whole.resize(lines * LANES * PACKED, 0);
        let mut sum = 0i64;
        for (i, value) in values.take(capacity(lines)).enumerate() {
            let (line, lane, part) = (i / (LANES * PACKED), i / PACKED % LANES, i % PACKED);
            self.whole[(line * PACKED + part) * LANES + lane] = value;
            sum += i64::from(value);
        }
        self.shift = -MIDDLE * self.step * sum as f32;
    }

    /// The squared distance to the vector of a code, less the squared length of the query. `LINES`
    /// is the number of lines where it is known beforehand, else 0.
    #[inline(always)]
    pub(crate) fn distance<S: Simd, const LINES: usize>(&self, simd: S, code: &[i16]) -> f32 {
        let (lines, _) = code.as_chunks::<LANES>();
        let (parts, _) = self.whole.as_chunks::<LANES>();
        let count = if LINES > 0 { LINES } else { lines.len() };
        let (lines, parts) = (&lines[..count], &parts[..count * PACKED]);
        let mut sums = i32x16::splat(simd, 0);
        let mut i = 0;
        while i < count {
            let lanes = i16x32::simd_from(simd, lines[i]);
            let first = i16x32::simd_from(simd, parts[i * PACKED]);
            let second = i16x32::simd_from(simd, parts[i * PACKED + 1]);
            let third = i16x32::simd_from(simd, parts[i * PACKED + 2]);
            let fourth = i16x32::simd_from(simd, parts[i * PACKED + 3]);
            sums += (lanes & 15).pairwise_dot_product(first)
                + ((lanes >> 4) & 15).pairwise_dot_product(second)
                + ((lanes >> 8) & 15).pairwise_dot_product(third)
                + ((lanes >> 12) & 15).pairwise_dot_product(fourth);
            i += 1;
        }
        let (square, factor) = floats(code);
        square - factor * (self.step * sums.reduce_sum() as f32 + self.shift)
    }
}

/// The two floats of a code.
#[inline(always)]
fn floats(code: &[i16]) -> (f32, f32) {
    let Some(&[a, b, c, d]) = code.last_chunk::<FLOATS>() else {
        return (0.0, 0.0);
    };
    let float = |low: i16, high: i16| {
        f32::from_bits(u32::from(high.cast_unsigned()) << 16 | u32::from(low.cast_unsigned()))
    };
    (float(a, b), float(c, d))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};
    use lookalike_store::Random;

    fn levels() -> Vec<Level> {
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

    #[test]
    fn distances_are_near_the_truth_and_alike_at_every_level() {
        let mut random = Random::new(3);
        for (dim, lines) in [(3, 1), (112, 1), (113, 2), (240, 2), (1000, 8), (4080, 32)] {
            let mut vector = || -> Vec<f32> { (0..dim).map(|_| random.bell()).collect() };
            let (a, b) = (vector(), vector());
            let squares = |v: &[f32]| v.iter().map(|v| v * v).sum::<f32>();
            let truth: f32 = a.iter().zip(&b).map(|(x, y)| (x - y).powi(2)).sum();
            let mut code = vec![0; lines * LANES];
            encode(&b, squares(&b), &mut code);
            let mut query = Query::default();
            query.set(&a, lines);
            let found: Vec<f32> = levels()
                .into_iter()
                .map(|level| dispatch!(level, simd => query.distance::<_, 0>(simd, &code)))
                .collect();
            assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
            let error = (found[0] + squares(&a) - truth).abs() / truth;
            assert!(error < 0.15, "{dim}: off by {error}");
        }
    }
}
