//! Vectors of bytes in memory, and which of them are nearest to which, by comparing all pairs.
//!
//! Sums of products of bytes are whole numbers, so the answer is the same on every machine and
//! with any number of threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fearless_simd::{Level, Simd, dispatch, i8x64, i16x32, i32x16, prelude::*};

use crate::flat::code_stride;
use crate::quantise::quantise;
use crate::{Error, Result};
use lookalike_store::{Neighbor, TopK, tasks};

/// Vectors that are compared with as many others at a time: both fit into the second-level cache.
const BLOCK: usize = 64;
/// Vectors that are compared with another at a time, in registers; a part of a block.
const ROWS: usize = 4;
/// Elements of a register.
const STEP: usize = 64;

/// Vectors of one length, a byte for each element, in memory. They are known by their numbers, in
/// the order in which they came.
#[derive(Clone, Debug)]
pub struct ByteVectors {
    dim: usize,
    /// From one row to the next.
    stride: usize,
    elements: Vec<i8>,
    /// One over the Euclidean length of each row; 0 for a zero vector.
    scales: Vec<f32>,
}

/// How to look for the nearest neighbours of all vectors.
#[derive(Clone, Copy)]
pub struct PairOptions<'a> {
    /// How many neighbours of each at most; default 10.
    pub k: usize,
    /// The least cosine of a neighbour; default negative infinity.
    pub min_score: f32,
    /// Threads, at least 1; the answer does not depend on it. Default 1.
    pub threads: usize,
    /// Is told how many of how many comparisons are done.
    pub progress: Option<&'a (dyn Fn(u64, u64) + Sync)>,
    /// The instruction set; the answer does not depend on it.
    pub level: Level,
}

impl Default for PairOptions<'_> {
    fn default() -> Self {
        Self {
            k: 10,
            min_score: f32::NEG_INFINITY,
            threads: 1,
            progress: None,
            level: Level::new(),
        }
    }
}

impl ByteVectors {
    /// None yet, of `dim` elements each.
    pub fn new(dim: usize) -> Self {
        Self {
            dim,
            stride: code_stride(dim),
            elements: Vec::new(),
            scales: Vec::new(),
        }
    }

    /// Adds a vector; its largest element becomes 127.
    ///
    /// # Errors
    /// [`Error::Dimension`].
    pub fn push(&mut self, vector: &[f32]) -> Result<()> {
        if vector.len() != self.dim {
            return Err(Error::Dimension {
                expected: self.dim,
                received: vector.len(),
            });
        }
        let start = self.elements.len();
        self.elements.resize(start + self.stride, 0);
        let bytes = &mut self.elements[start..];
        quantise(vector, bytes);
        let squares: i64 = bytes.iter().map(|&b| i64::from(b).pow(2)).sum();
        self.scales.push(match squares {
            0 => 0.0,
            _ => (1.0 / (squares as f64).sqrt()) as f32,
        });
        Ok(())
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// Elements of a vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Writes a vector to `out`, made of Euclidean length 1.
    pub fn read(&self, number: usize, out: &mut Vec<f32>) {
        let scale = self.scales[number];
        out.clear();
        let row = &self.row(number)[..self.dim];
        out.extend(row.iter().map(|&v| scale * f32::from(v)));
    }

    /// The cosine similarity of two vectors, in [-1, 1]; 0 where one is a zero vector.
    pub fn cosine(&self, a: usize, b: usize) -> f32 {
        let products = self.row(a).iter().zip(self.row(b));
        let sum: i32 = products.map(|(&x, &y)| i32::from(x) * i32::from(y)).sum();
        self.score(a, b, sum)
    }

    /// For each vector the `k` others of the largest cosine similarity, the best first, equal ones
    /// by their numbers.
    pub fn neighbors(&self, options: &PairOptions<'_>) -> Vec<Vec<Neighbor>> {
        let blocks = self.len().div_ceil(BLOCK);
        let best = || TopK::new(options.k, options.min_score);
        let found: Vec<Mutex<Vec<TopK>>> = (0..blocks)
            .map(|block| Mutex::new(self.block(block).map(|_| best()).collect()))
            .collect();
        let total = (blocks * (blocks + 1) / 2) as u64;
        let done = AtomicU64::new(0);
        // Each block with itself and those before it.
        tasks::run(options.threads, blocks, |a| {
            // The long tasks first.
            let a = blocks - 1 - a;
            let mut tile = Tile::new(self, a);
            for b in 0..=a {
                tile.compare(options.level, b);
                tile.push(b, &mut lock(&found[a]), false);
                if a != b {
                    tile.push(b, &mut lock(&found[b]), true);
                }
            }
            let done = done.fetch_add(a as u64 + 1, Ordering::Relaxed) + a as u64 + 1;
            if let Some(progress) = options.progress {
                progress(done, total);
            }
        });
        let lists = found.into_iter().flat_map(|block| {
            let lists = block.into_inner().unwrap_or_else(PoisonError::into_inner);
            lists.into_iter().map(TopK::into_sorted)
        });
        lists.collect()
    }

    fn row(&self, number: usize) -> &[i8] {
        &self.elements[number * self.stride..][..self.stride]
    }

    fn score(&self, a: usize, b: usize, sum: i32) -> f32 {
        (sum as f32 * (self.scales[a] * self.scales[b])).clamp(-1.0, 1.0)
    }

    /// The numbers of a block's vectors.
    fn block(&self, block: usize) -> std::ops::Range<usize> {
        block * BLOCK..self.len().min((block + 1) * BLOCK)
    }
}

/// A block of vectors, compared with another.
struct Tile<'a> {
    vectors: &'a ByteVectors,
    block: usize,
    /// The block's elements, and zeros where the last block is short.
    wide: Vec<i16>,
    /// Sums of products, a row of [`BLOCK`] for each of the block.
    sums: Vec<i32>,
}

impl<'a> Tile<'a> {
    fn new(vectors: &'a ByteVectors, block: usize) -> Self {
        let rows = vectors.block(block);
        let elements = &vectors.elements[rows.start * vectors.stride..rows.end * vectors.stride];
        let mut wide: Vec<i16> = elements.iter().map(|&v| i16::from(v)).collect();
        wide.resize(BLOCK * vectors.stride, 0);
        Self {
            vectors,
            block,
            wide,
            sums: vec![0; BLOCK * BLOCK],
        }
    }

    fn compare(&mut self, level: Level, other: usize) {
        let vectors = self.vectors;
        let rows = vectors.block(other);
        let others = &vectors.elements[rows.start * vectors.stride..rows.end * vectors.stride];
        dispatch!(level, simd => {
            let wide = self.wide.chunks_exact(ROWS * vectors.stride);
            for (rows, sums) in wide.zip(self.sums.chunks_exact_mut(ROWS * BLOCK)) {
                for (j, other) in others.chunks_exact(vectors.stride).enumerate() {
                    for (i, sum) in products(simd, rows, other).into_iter().enumerate() {
                        sums[i * BLOCK + j] = sum;
                    }
                }
            }
        });
    }

    /// Shows this block's vectors to the lists of the `other`, or the other way round.
    fn push(&self, other: usize, lists: &mut [TopK], to_other: bool) {
        for (i, a) in self.vectors.block(self.block).enumerate() {
            for (j, b) in self.vectors.block(other).enumerate() {
                let score = self.vectors.score(a, b, self.sums[i * BLOCK + j]);
                let (list, id) = if to_other { (j, a) } else { (i, b) };
                if a != b && score >= lists[list].floor() {
                    let id = id as u64;
                    lists[list].push(Neighbor { id, score });
                }
            }
        }
    }
}

/// The sums of products of several vectors, one after the other, with one; their length is a
/// multiple of [`STEP`].
#[inline(always)]
fn products<S: Simd>(simd: S, rows: &[i16], other: &[i8]) -> [i32; ROWS] {
    let mut rows = rows.chunks_exact(other.len());
    let rows: [&[i16]; ROWS] = std::array::from_fn(|_| rows.next().unwrap_or_default());
    let mut sums = [i32x16::splat(simd, 0); ROWS];
    for (at, other) in (0..).step_by(STEP).zip(other.chunks_exact(STEP)) {
        let (low, high) = i8x64::from_slice(simd, other).widen();
        for (sum, row) in sums.iter_mut().zip(rows) {
            let row = &row[at..at + STEP];
            *sum += low.pairwise_dot_product(i16x32::from_slice(simd, &row[..STEP / 2]));
            *sum += high.pairwise_dot_product(i16x32::from_slice(simd, &row[STEP / 2..]));
        }
    }
    sums.map(|sum| sum.reduce_sum())
}

/// A panic elsewhere is passed on by [`tasks::run`]; a list is never left half-changed.
fn lock(lists: &Mutex<Vec<TopK>>) -> MutexGuard<'_, Vec<TopK>> {
    lists.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lookalike_store::Random;

    /// Vectors of numbers that look random.
    fn vectors(count: usize, dim: usize) -> ByteVectors {
        let mut random = Random::new(7);
        let mut random = || random.unit() - 0.4;
        let mut vectors = ByteVectors::new(dim);
        for _ in 0..count {
            let vector: Vec<f32> = (0..dim).map(|_| random()).collect();
            vectors.push(&vector).unwrap();
        }
        vectors
    }

    /// The same, one vector after the other.
    fn naive(vectors: &ByteVectors, k: usize, min_score: f32) -> Vec<Vec<Neighbor>> {
        let of = |a| {
            let mut best = TopK::new(k, min_score);
            for b in (0..vectors.len()).filter(|&b| b != a) {
                let score = vectors.cosine(a, b);
                best.push(Neighbor {
                    id: b as u64,
                    score,
                });
            }
            let mut found = best.into_sorted();
            found.retain(|n| n.score >= min_score);
            found
        };
        (0..vectors.len()).map(of).collect()
    }

    #[test]
    fn all_pairs_are_compared() {
        for (count, dim) in [(0, 3), (1, 3), (2, 1), (64, 65), (65, 64), (200, 100)] {
            let vectors = vectors(count, dim);
            for (k, min_score) in [(1, -1.0), (5, f32::NEG_INFINITY), (300, 0.2), (0, 0.0)] {
                for (threads, level) in [(1, Level::new()), (3, Level::fallback())] {
                    let options = PairOptions {
                        k,
                        min_score,
                        threads,
                        level,
                        ..PairOptions::default()
                    };
                    assert_eq!(vectors.neighbors(&options), naive(&vectors, k, min_score));
                }
            }
        }
    }

    #[test]
    fn a_zero_vector_is_like_nothing() {
        let mut vectors = ByteVectors::new(2);
        for vector in [[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]] {
            vectors.push(&vector).unwrap();
        }
        assert_eq!((vectors.cosine(0, 1), vectors.cosine(1, 2)), (0.0, 1.0));
        let mut row = Vec::new();
        vectors.read(2, &mut row);
        assert!((row[0] - 1.0).abs() < 1e-6);
        assert!(matches!(
            vectors.push(&[1.0]),
            Err(Error::Dimension {
                expected: 2,
                received: 1
            })
        ));
    }
}
