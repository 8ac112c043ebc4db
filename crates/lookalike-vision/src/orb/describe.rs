//! The binary tests, turned by the keypoint's angle (section 4 of the paper).

use fearless_simd::{Simd, SimdBase, SimdFloat};

use super::patch::Patch;
use super::pattern::TESTS;

/// Bytes of a descriptor.
pub(super) const BYTES: usize = 32;
/// Points of the pattern from which the tests for more than two points are drawn.
const POOL: usize = 512;
/// The patch size for which the learned pattern is made.
const LEARNED_PATCH: i32 = 31;

/// OpenCV's random numbers (`cv::RNG`): multiply with carry.
struct Rng(u64);

impl Rng {
    /// A number from `low` to below `high`.
    fn uniform(&mut self, low: i32, high: i32) -> i32 {
        self.0 = (self.0 & 0xffff_ffff) * 4_164_903_690 + (self.0 >> 32);
        (self.0 as u32 % (high - low) as u32) as i32 + low
    }
}

/// The points of all tests, in the order in which bits are made of them.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    x: Vec<f32>,
    y: Vec<f32>,
    /// Points of one test.
    tuple: usize,
    reach: i32,
}

impl Pattern {
    pub(super) fn new(patch_size: i32, wta_k: usize) -> Self {
        let pool: Vec<(i32, i32)> = if patch_size == LEARNED_PATCH {
            let pairs = TESTS.iter().flat_map(|t| [(t[0], t[1]), (t[2], t[3])]);
            pairs.map(|(x, y)| (x.into(), y.into())).collect()
        } else {
            let mut rng = Rng(0x3498_5739);
            let mut draw = || rng.uniform(-(patch_size / 2), patch_size / 2 + 1);
            (0..POOL).map(|_| (draw(), draw())).collect()
        };
        let points = if wta_k == 2 {
            pool
        } else {
            draw_tuples(&pool, BYTES * 4, wta_k)
        };
        let radius = |&(x, y): &(i32, i32)| f64::from(x * x + y * y).sqrt();
        Self {
            reach: points.iter().map(radius).fold(0.0, f64::max).ceil() as i32,
            x: points.iter().map(|p| p.0 as f32).collect(),
            y: points.iter().map(|p| p.1 as f32).collect(),
            tuple: wta_k,
        }
    }

    /// How far from the keypoint the tests look, whatever the angle.
    pub(super) fn reach(&self) -> i32 {
        self.reach
    }

    /// Writes the descriptor of the smoothed patch; `offsets` is scratch memory.
    #[inline(always)]
    pub(super) fn describe<S: Simd>(
        &self,
        simd: S,
        patch: &Patch<'_>,
        angle: f32,
        offsets: &mut Vec<i32>,
        row: &mut [u8],
    ) {
        self.turn(simd, angle, patch.stride(), offsets);
        let value = |offset: i32| patch.at(offset);
        match self.tuple {
            2 => {
                for (byte, tests) in row.iter_mut().zip(offsets.as_chunks::<16>().0) {
                    *byte = (0..8).fold(0, |bits, i| {
                        let less = value(tests[2 * i]) < value(tests[2 * i + 1]);
                        bits | u8::from(less) << i
                    });
                }
            }
            3 => {
                for (byte, tests) in row.iter_mut().zip(offsets.as_chunks::<12>().0) {
                    let three = |i: usize| [0, 1, 2].map(|k| value(tests[3 * i + k]));
                    *byte = (0..4).fold(0, |bits, i| bits | largest_of_3(three(i)) << (2 * i));
                }
            }
            _ => {
                for (byte, tests) in row.iter_mut().zip(offsets.as_chunks::<16>().0) {
                    let four = |i: usize| [0, 1, 2, 3].map(|k| value(tests[4 * i + k]));
                    *byte = (0..4).fold(0, |bits, i| bits | largest_of_4(four(i)) << (2 * i));
                }
            }
        }
    }

    /// The offsets of all points from the centre of a patch, turned and rounded.
    #[inline(always)]
    fn turn<S: Simd>(&self, simd: S, degrees: f32, stride: usize, offsets: &mut Vec<i32>) {
        let radians = f64::from(degrees * (std::f64::consts::PI / 180.0) as f32);
        let (sin, cos) = (radians.sin() as f32, radians.cos() as f32);
        offsets.resize(self.x.len(), 0);
        let lanes = S::f32s::LEN;
        // 512 points, or 384: whole vectors.
        let points = self.x.chunks_exact(lanes).zip(self.y.chunks_exact(lanes));
        for ((x, y), out) in points.zip(offsets.chunks_exact_mut(lanes)) {
            let (x, y) = (S::f32s::from_slice(simd, x), S::f32s::from_slice(simd, y));
            let column = (x * cos - y * sin).round_ties_even();
            let row = (x * sin + y * cos).round_ties_even();
            let offset: S::i32s =
                row.to_int::<S::i32s>() * stride as i32 + column.to_int::<S::i32s>();
            offset.store_slice(out);
        }
    }
}

/// Tuples of different points, drawn at random with OpenCV's fixed seed.
fn draw_tuples(pool: &[(i32, i32)], tuples: usize, size: usize) -> Vec<(i32, i32)> {
    let mut rng = Rng(0x1234_5678);
    let mut points = Vec::with_capacity(tuples * size);
    for first in (0..tuples * size).step_by(size) {
        while points.len() < first + size {
            let point = pool[rng.uniform(0, pool.len() as i32) as usize];
            if !points[first..].contains(&point) {
                points.push(point);
            }
        }
    }
    points
}

/// The index of the largest of three; OpenCV's choice where some are equal.
#[inline(always)]
fn largest_of_3([a, b, c]: [u8; 3]) -> u8 {
    if c > b {
        if c > a { 2 } else { 0 }
    } else {
        u8::from(b > a)
    }
}

/// The index of the largest of four; OpenCV's choice where some are equal.
#[inline(always)]
fn largest_of_4([a, b, c, d]: [u8; 4]) -> u8 {
    let (first, u) = if b > a { (b, 1) } else { (a, 0) };
    let (second, v) = if d > c { (d, 3) } else { (c, 2) };
    if first > second { u } else { v }
}
