//! The true scores, from the vectors themselves.
//!
//! Sums are taken in f32 in a fixed order, without fused multiply-add, so that scores are the same
//! on every machine.

use fearless_simd::{Level, Simd, dispatch, f32x8, i8x32, i16x16, prelude::*};

use super::options::Metric;

/// Sums are taken in so many lanes.
const LANES: usize = 16;
/// Elements that are decoded at a time.
pub(crate) const BLOCK: usize = 32;
/// Elements of a register.
const REGISTER: usize = 8;
/// The largest length of a vector; the shortest, but for zero, is its inverse. Squares, and the
/// products of two of them, stay within f32.
pub(crate) const LONGEST: f32 = 1e9;

/// The elements of a block, in order.
pub(crate) type Block<S> = [f32x8<S>; BLOCK / REGISTER];

/// The elements of a row, as floats.
pub(crate) trait Elements: Copy {
    /// How many there are.
    fn len(self) -> usize;
    /// The [`BLOCK`] elements of a number, counted in such blocks.
    fn block<S: Simd>(self, simd: S, block: usize) -> Block<S>;
    /// An element.
    fn one(self, i: usize) -> f32;
}

impl Elements for &[f32] {
    #[inline(always)]
    fn len(self) -> usize {
        <[f32]>::len(self)
    }

    #[inline(always)]
    fn block<S: Simd>(self, simd: S, block: usize) -> Block<S> {
        load(simd, &self.as_chunks().0[block])
    }

    #[inline(always)]
    fn one(self, i: usize) -> f32 {
        self[i]
    }
}

impl Elements for &[i8] {
    #[inline(always)]
    fn len(self) -> usize {
        <[i8]>::len(self)
    }

    #[inline(always)]
    fn block<S: Simd>(self, simd: S, block: usize) -> Block<S> {
        let values: &[i8; BLOCK] = &self.as_chunks().0[block];
        let (first, second) = i8x32::simd_from(simd, *values).widen();
        floats(first, second)
    }

    #[inline(always)]
    fn one(self, i: usize) -> f32 {
        self[i].into()
    }
}

#[inline(always)]
fn load<S: Simd>(simd: S, values: &[f32; BLOCK]) -> Block<S> {
    let (parts, _) = values.as_chunks::<REGISTER>();
    [
        f32x8::simd_from(simd, parts[0]),
        f32x8::simd_from(simd, parts[1]),
        f32x8::simd_from(simd, parts[2]),
        f32x8::simd_from(simd, parts[3]),
    ]
}

/// Whole numbers as floats.
#[inline(always)]
pub(crate) fn floats<S: Simd>(first: i16x16<S>, second: i16x16<S>) -> Block<S> {
    let ((a, b), (c, d)) = (first.widen(), second.widen());
    [a.to_float(), b.to_float(), c.to_float(), d.to_float()]
}

/// What is summed up over the elements of a query and a row.
trait Term {
    fn of<S: Simd>(&self, q: f32x8<S>, x: f32x8<S>) -> f32x8<S>;
}

struct Product;

impl Term for Product {
    #[inline(always)]
    fn of<S: Simd>(&self, q: f32x8<S>, x: f32x8<S>) -> f32x8<S> {
        q * x
    }
}

struct Square;

impl Term for Square {
    #[inline(always)]
    fn of<S: Simd>(&self, _: f32x8<S>, x: f32x8<S>) -> f32x8<S> {
        x * x
    }
}

/// The squared difference of the query and a row that is so many times as long.
struct Difference(f32);

impl Term for Difference {
    #[inline(always)]
    fn of<S: Simd>(&self, q: f32x8<S>, x: f32x8<S>) -> f32x8<S> {
        let difference = q - x * self.0;
        difference * difference
    }
}

/// A query with what follows from it alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scorer {
    metric: Metric,
    query: Vec<f32>,
    length: f32,
}

impl Scorer {
    pub(crate) fn new(level: Level, metric: Metric, query: Vec<f32>) -> Self {
        let length = squares(level, &query).sqrt();
        Self {
            metric,
            query,
            length,
        }
    }

    pub(crate) fn metric(&self) -> Metric {
        self.metric
    }

    pub(crate) fn query(&self) -> &[f32] {
        &self.query
    }

    /// The score of a vector that is `step` times `row`.
    pub(crate) fn score(&self, level: Level, row: impl Elements, step: f32) -> f32 {
        dispatch!(level, simd => self.score_in_lanes(simd, row, step))
    }

    #[inline(always)]
    fn score_in_lanes<S: Simd>(&self, simd: S, row: impl Elements, step: f32) -> f32 {
        let query = self.query.as_slice();
        match self.metric {
            Metric::Dot => step * sum(simd, query, row, &Product),
            Metric::L2 => -sum(simd, query, row, &Difference(step)),
            Metric::Cosine => {
                let dot = sum(simd, query, row, &Product);
                let squares = sum(simd, query, row, &Square);
                (dot / (self.length * squares.sqrt())).clamp(-1.0, 1.0)
            }
        }
    }
}

/// The scores of vectors as long as `query`. Where the length of one is zero, a cosine is NaN.
pub fn scores<'v>(
    metric: Metric,
    query: &[f32],
    vectors: impl Iterator<Item = &'v [f32]>,
) -> Vec<f32> {
    let level = Level::new();
    let scorer = Scorer::new(level, metric, query.to_vec());
    vectors
        .map(|vector| scorer.score(level, vector, 1.0))
        .collect()
}

/// The squared length of a vector.
pub(crate) fn squares(level: Level, vector: &[f32]) -> f32 {
    dispatch!(level, simd => sum(simd, vector, vector, &Square))
}

/// The sum of a term over all elements: in [`LANES`] sums, which are then added in pairs.
#[inline(always)]
fn sum<S: Simd>(simd: S, query: &[f32], row: impl Elements, term: &impl Term) -> f32 {
    let query = &query[..query.len().min(row.len())];
    let (body, tail) = query.as_chunks::<BLOCK>();
    let zero = f32x8::splat(simd, 0.0);
    let mut sums = [zero; LANES / REGISTER];
    let mut block = 0;
    while block < body.len() {
        add(
            &mut sums,
            load(simd, &body[block]),
            row.block(simd, block),
            term,
        );
        block += 1;
    }
    if !tail.is_empty() {
        // Zeros add nothing to any of the sums.
        let (mut q, mut x) = ([0.0; BLOCK], [0.0; BLOCK]);
        q[..tail.len()].copy_from_slice(tail);
        let mut i = 0;
        while i < tail.len() {
            x[i] = row.one(body.len() * BLOCK + i);
            i += 1;
        }
        add(&mut sums, load(simd, &q), load(simd, &x), term);
    }
    let mut sums: [f32; REGISTER] = (sums[0] + sums[1]).into();
    let mut width = REGISTER / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}

#[inline(always)]
fn add<S: Simd>(
    sums: &mut [f32x8<S>; LANES / REGISTER],
    q: Block<S>,
    x: Block<S>,
    term: &impl Term,
) {
    sums[0] += term.of(q[0], x[0]);
    sums[1] += term.of(q[1], x[1]);
    sums[0] += term.of(q[2], x[2]);
    sums[1] += term.of(q[3], x[3]);
}
