//! The true scores, from the vectors themselves.
//!
//! Sums are taken in f32 in a fixed order, without fused multiply-add, so that scores are the same
//! on every machine.

use fearless_simd::{Level, dispatch};

use super::options::Metric;

pub(crate) const LANES: usize = 16;
/// The largest length of a vector; the shortest, but for zero, is its inverse. Squares, and the
/// products of two of them, stay within f32.
pub(crate) const LONGEST: f32 = 1e9;

/// The elements of a row, as floats.
pub(crate) trait Elements: Copy {
    /// How many there are.
    fn len(self) -> usize;
    /// The [`LANES`] elements of a number, counted in such blocks.
    fn block(self, block: usize) -> [f32; LANES];
    /// An element.
    fn one(self, i: usize) -> f32;
}

impl<T: Copy + Into<f32>> Elements for &[T] {
    #[inline(always)]
    fn len(self) -> usize {
        <[T]>::len(self)
    }

    #[inline(always)]
    fn block(self, block: usize) -> [f32; LANES] {
        let values = &self.as_chunks::<LANES>().0[block];
        let mut out = [0.0; LANES];
        for lane in 0..LANES {
            out[lane] = values[lane].into();
        }
        out
    }

    #[inline(always)]
    fn one(self, i: usize) -> f32 {
        self[i].into()
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
        dispatch!(level, _simd => self.score_in_lanes(row, step))
    }

    #[inline(always)]
    fn score_in_lanes(&self, row: impl Elements, step: f32) -> f32 {
        match self.metric {
            Metric::Dot => step * sum_in_lanes(&self.query, row, |q, x| q * x),
            Metric::L2 => -sum_in_lanes(&self.query, row, |q, x| {
                let difference = q - step * x;
                difference * difference
            }),
            Metric::Cosine => {
                let dot = sum_in_lanes(&self.query, row, |q, x| q * x);
                let squares = sum_in_lanes(&self.query, row, |_, x| x * x);
                (dot / (self.length * squares.sqrt())).clamp(-1.0, 1.0)
            }
        }
    }
}

/// The scores of all pairs of some vectors of equal length: of the second with the first, of the
/// third with the first two, and so on. Where the length of one is zero, a cosine is NaN.
pub fn scores_of_pairs(metric: Metric, vectors: &[Vec<f32>]) -> Vec<f32> {
    let level = Level::new();
    let mut scores = Vec::new();
    for (i, vector) in vectors.iter().enumerate() {
        let scorer = Scorer::new(level, metric, vector.clone());
        let before = vectors[..i].iter();
        scores.extend(before.map(|other| scorer.score(level, other.as_slice(), 1.0)));
    }
    scores
}

/// The squared length of a vector.
pub(crate) fn squares(level: Level, vector: &[f32]) -> f32 {
    dispatch!(level, _simd => sum_in_lanes(vector, vector, |x, _| x * x))
}

#[inline(always)]
fn sum_in_lanes(query: &[f32], row: impl Elements, term: impl Fn(f32, f32) -> f32) -> f32 {
    let query = &query[..query.len().min(row.len())];
    let (body, tail) = query.as_chunks::<LANES>();
    let mut sums = [0f32; LANES];
    let mut block = 0;
    while block < body.len() {
        let (q, x) = (&body[block], row.block(block));
        for lane in 0..LANES {
            sums[lane] += term(q[lane], x[lane]);
        }
        block += 1;
    }
    let mut total = 0.0;
    for (i, &q) in tail.iter().enumerate() {
        total += term(q, row.one(body.len() * LANES + i));
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    total + sums[0]
}
