//! A scan of vectors in bytes: sums of whole numbers tell which of them deserve their true score.

use fearless_simd::{Level, Simd, dispatch, i8x64, i16x32, i32x16, prelude::*};

use super::options::Metric;
use super::score::{Scorer, squares};

/// Elements of a register.
const STEP: usize = 64;
/// The largest size of a byte.
const PEAK: i32 = 128;
/// How much a true score, computed in f32, may be above the truth, for vectors of length 1.
const SLACK: f64 = 5e-5;

/// A query in whole numbers.
#[derive(Debug)]
pub(crate) struct Screen {
    metric: Metric,
    whole: Vec<i16>,
    /// What one is worth.
    step: f64,
    /// The Euclidean length of what the whole numbers leave out.
    error: f64,
    /// The Euclidean length of the query.
    length: f64,
}

impl Screen {
    pub(crate) fn new(level: Level, scorer: &Scorer) -> Self {
        let query = scorer.query();
        // As fine as the 32-bit sum of products allows.
        let levels = i32::MAX / PEAK / query.len().max(1) as i32;
        let levels = levels.min(i32::from(i16::MAX)) as f32;
        let peak = query.iter().fold(0f32, |peak, v| peak.max(v.abs()));
        let step = (peak / levels).max(f32::MIN_POSITIVE);
        let whole = |v: &f32| (v / step).round().clamp(-levels, levels) as i16;
        let whole: Vec<i16> = query.iter().map(whole).collect();
        let step = f64::from(step);
        let rest = query.iter().zip(&whole);
        let rest = rest.map(|(&v, &w)| (f64::from(v) - step * f64::from(w)).powi(2));
        Self {
            metric: scorer.metric(),
            step,
            error: rest.sum::<f64>().sqrt(),
            length: f64::from(squares(level, query)).sqrt(),
            whole,
        }
    }

    /// Calls `each` with every row and what its score is at most. Rows come with what one of their
    /// numbers is worth.
    pub(crate) fn scan<'r>(
        &self,
        level: Level,
        rows: impl Iterator<Item = (usize, &'r [i8], f32)>,
        mut each: impl FnMut(usize, f32),
    ) {
        dispatch!(level, simd => {
            for (number, row, step) in rows {
                let (products, squares) = sums(simd, &self.whole, row);
                each(number, self.at_most(products, squares, step));
            }
        });
    }

    #[inline(always)]
    fn at_most(&self, products: i32, squares: i32, step: f32) -> f32 {
        let (squares, step) = (f64::from(squares), f64::from(step));
        let length = squares.sqrt();
        let product = self.step * f64::from(products) + length * self.error;
        let most = match self.metric {
            Metric::Cosine => product / (self.length * length) + SLACK,
            Metric::Dot => step * (product + SLACK * self.length * length),
            Metric::L2 => {
                let own = self.length * self.length + step * step * squares;
                2.0 * step * product - own * (1.0 - SLACK)
            }
        };
        most as f32
    }
}

/// The sum of products of a query and a row, which are equally long, and that of the row's squares.
#[inline(always)]
fn sums<S: Simd>(simd: S, query: &[i16], row: &[i8]) -> (i32, i32) {
    let zero = i32x16::splat(simd, 0);
    let (mut products, mut squares) = ([zero; 2], [zero; 2]);
    let (query_body, query_tail) = query.as_chunks::<STEP>();
    let (row_body, row_tail) = row.as_chunks::<STEP>();
    for (q, x) in query_body.iter().zip(row_body) {
        let (low, high) = i8x64::from_slice(simd, x).widen();
        products[0] += low.pairwise_dot_product(i16x32::from_slice(simd, &q[..STEP / 2]));
        products[1] += high.pairwise_dot_product(i16x32::from_slice(simd, &q[STEP / 2..]));
        squares[0] += low.pairwise_dot_product(low);
        squares[1] += high.pairwise_dot_product(high);
    }
    let mut sums = (
        (products[0] + products[1]).reduce_sum(),
        (squares[0] + squares[1]).reduce_sum(),
    );
    for (&q, &x) in query_tail.iter().zip(row_tail) {
        let (q, x) = (i32::from(q), i32::from(x));
        sums.0 += q * x;
        sums.1 += x * x;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn most(metric: Metric, level: Level, query: &[f32], row: &[i8], step: f32) -> (f32, f32) {
        let scorer = Scorer::new(level, metric, query.to_vec());
        let mut most = Vec::new();
        let rows = std::iter::once((7, row, step));
        Screen::new(level, &scorer).scan(level, rows, |number, score| most.push((number, score)));
        assert_eq!((most.len(), most[0].0), (1, 7));
        (scorer.score(level, row, step), most[0].1)
    }

    proptest! {
        #[test]
        fn no_score_is_larger_and_few_are_much_smaller(
            (query, row) in (1usize..300).prop_flat_map(|dim| (
                prop::collection::vec(-1f32..1.0, dim),
                prop::collection::vec(any::<i8>(), dim),
            )),
            scale in prop_oneof![Just(1f32), 1e-6f32..1e3],
            step in prop_oneof![Just(1f32), 1e-5f32..10.0],
        ) {
            let query: Vec<f32> = query.iter().map(|v| v * scale).collect();
            let length = |v: &mut dyn Iterator<Item = f32>| v.map(|v| v * v).sum::<f32>().sqrt();
            let q = length(&mut query.iter().copied());
            let x = length(&mut row.iter().map(|&v| step * f32::from(v)));
            prop_assume!(q > 0.0 && x > 0.0);
            for (metric, unit) in [
                (Metric::Cosine, 1.0),
                (Metric::Dot, q * x),
                (Metric::L2, q * q + x * x),
            ] {
                let (score, most) = most(metric, Level::new(), &query, &row, step);
                prop_assert!(score <= most, "{metric:?}: {score} above {most}");
                prop_assert!(most - score < 4e-4 * unit, "{metric:?}: {score}, {most}");
                let scalar = self::most(metric, Level::fallback(), &query, &row, step);
                prop_assert_eq!((score, most), scalar);
            }
        }
    }

    #[test]
    fn the_largest_sums_fit() {
        let dim = crate::MAX_GRAPH_DIMENSION;
        let (query, row) = (vec![-1f32; dim], vec![-128i8; dim]);
        let (score, most) = most(Metric::Cosine, Level::new(), &query, &row, 1.0);
        assert_eq!((score, (most * 1e3).round()), (1.0, 1e3));
    }

    #[test]
    fn a_query_of_zeros_scores_nothing() {
        for metric in [Metric::Dot, Metric::L2] {
            let (score, most) = most(metric, Level::new(), &[0.0; 70], &[3; 70], 0.1);
            assert!(score <= most && most - score < 1e-2, "{score}, {most}");
        }
    }
}
