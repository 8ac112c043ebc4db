//! Distances from one descriptor to many centroids, eight at a time.
//!
//! Centroids lie in blocks of eight. A block holds, for each group of four elements, these
//! elements of its eight centroids in the order that the multiply-add of pairs wants: the first
//! two elements of each centroid, then the other two.

use fearless_simd::{Simd, i16x16, i32x8, prelude::*, u8x32};

use super::root::DESCRIPTOR;

/// Centroids in a block.
pub(super) const BLOCK: usize = 8;
/// Bytes of a block.
pub(super) const BLOCK_BYTES: usize = BLOCK * DESCRIPTOR;
/// Elements that are interleaved.
const GROUP: usize = 4;

/// Where element `element` of centroid `centroid` lies.
fn place(centroid: usize, element: usize) -> usize {
    let (block, lane) = (centroid / BLOCK, centroid % BLOCK);
    let (group, rest) = (element / GROUP, element % GROUP);
    let pair = rest / 2;
    block * BLOCK_BYTES + group * GROUP * BLOCK + (pair * BLOCK + lane) * 2 + rest % 2
}

/// Lays centroids in blocks; their number must be a multiple of [`BLOCK`].
pub(super) fn to_blocks(centroids: &[[u8; DESCRIPTOR]]) -> Vec<u8> {
    debug_assert!(centroids.len().is_multiple_of(BLOCK));
    let mut blocks = vec![0; centroids.len() * DESCRIPTOR];
    for (i, centroid) in centroids.iter().enumerate() {
        for (j, &value) in centroid.iter().enumerate() {
            blocks[place(i, j)] = value;
        }
    }
    blocks
}

/// A centroid out of its block.
pub(super) fn from_blocks(blocks: &[u8], centroid: usize) -> [u8; DESCRIPTOR] {
    std::array::from_fn(|element| blocks[place(centroid, element)])
}

/// The squared lengths of all centroids.
pub(super) fn squares(blocks: &[u8]) -> Vec<i32> {
    let mut squares = vec![0; blocks.len() / DESCRIPTOR];
    for (block, squares) in blocks
        .chunks_exact(BLOCK_BYTES)
        .zip(squares.chunks_exact_mut(BLOCK))
    {
        for row in block.as_chunks::<{ 2 * BLOCK }>().0 {
            for (pair, square) in row.as_chunks::<2>().0.iter().zip(&mut *squares) {
                *square += i32::from(pair[0]).pow(2) + i32::from(pair[1]).pow(2);
            }
        }
    }
    squares
}

/// A descriptor as the multiply-add wants it: neighbouring elements as 16-bit halves of a number.
pub(super) struct Query([i32; DESCRIPTOR / 2]);

impl Query {
    pub(super) fn new(whole: &[u8; DESCRIPTOR]) -> Self {
        Self(std::array::from_fn(|i| {
            i32::from(whole[2 * i]) | i32::from(whole[2 * i + 1]) << 16
        }))
    }

    /// Writes |c|² - 2 q·c for each centroid c: the squared distance but for the constant |q|².
    #[inline(always)]
    pub(super) fn distances<S: Simd>(
        &self,
        simd: S,
        blocks: &[u8],
        squares: &[i32],
        out: &mut [i32],
    ) {
        let blocks = blocks.as_chunks::<BLOCK_BYTES>().0.iter();
        let squares = squares.as_chunks::<BLOCK>().0.iter();
        let out = out.as_chunks_mut::<BLOCK>().0.iter_mut();
        for ((block, squares), out) in blocks.zip(squares).zip(out) {
            let mut even = i32x8::splat(simd, 0);
            let mut odd = i32x8::splat(simd, 0);
            let rows = block.as_chunks::<{ GROUP * BLOCK }>().0;
            for (row, query) in rows.iter().zip(self.0.as_chunks::<2>().0) {
                let (low, high) = u8x32::from_slice(simd, row).widen();
                let first: i16x16<S> = i32x8::splat(simd, query[0]).bitcast();
                let second: i16x16<S> = i32x8::splat(simd, query[1]).bitcast();
                even += low.bitcast::<i16x16<S>>().pairwise_dot_product(first);
                odd += high.bitcast::<i16x16<S>>().pairwise_dot_product(second);
            }
            let sum = even + odd;
            let distance = i32x8::from_slice(simd, squares) - (sum + sum);
            distance.store_slice(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    #[test]
    fn distances_are_those_of_the_definition() {
        let value = |i: usize, j: usize| ((i * 131 + j * 29 + i * j) % 256) as u8;
        let centroids: Vec<[u8; DESCRIPTOR]> = (0..24)
            .map(|i| std::array::from_fn(|j| value(i, j)))
            .collect();
        let query = std::array::from_fn(|j| value(99, j));
        let blocks = to_blocks(&centroids);
        assert_eq!(from_blocks(&blocks, 13), centroids[13]);
        let mut found = vec![0; 24];
        let coded = Query::new(&query);
        dispatch!(Level::new(), simd => {
            coded.distances(simd, &blocks, &squares(&blocks), &mut found);
        });
        let square = |v: &[u8; DESCRIPTOR]| v.iter().map(|&v| i32::from(v).pow(2)).sum::<i32>();
        for (centroid, found) in centroids.iter().zip(found) {
            let pairs = centroid.iter().zip(&query);
            let distance: i32 = pairs
                .map(|(&c, &q)| (i32::from(c) - i32::from(q)).pow(2))
                .sum();
            assert_eq!(found + square(&query), distance);
        }
    }
}
