//! Which descriptor of one picture belongs to which of another.

mod codes;

use fearless_simd::{Simd, dispatch, prelude::*};

use crate::{DescriptorData, Descriptors, Error, Level, Result};

pub use codes::match_codes;

/// A query keypoint and the found keypoint it is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// Index of the query keypoint.
    pub query: usize,
    /// Index of the found keypoint.
    pub found: usize,
}

/// Mutual nearest neighbours that pass the ratio test (Lowe 2004, section 7.1).
///
/// A match stays where each of the two is the other's nearest, and the nearest is closer than
/// `ratio` times the second nearest. Distances are Euclidean for floats and Hamming for bytes.
/// `ratio` 1.0 switches the test off. Ordered by query index.
///
/// # Errors
/// [`Error::DescriptorLayout`] where the two sets are not of one kind and length.
pub fn match_mutual(
    query: &Descriptors,
    found: &Descriptors,
    ratio: f32,
    level: Level,
) -> Result<Vec<Match>> {
    let length = query.length();
    if length != found.length() || query.kind() != found.kind() {
        return Err(Error::DescriptorLayout {
            query: (query.kind(), length),
            found: (found.kind(), found.length()),
        });
    }
    Ok(match (query.data(), found.data()) {
        (DescriptorData::F32(q), DescriptorData::F32(f)) => {
            // Compared squared, so the ratio is squared too.
            mutual(
                q,
                f,
                length,
                ratio * ratio,
                |a, b| dispatch!(level, simd => squared_distance(simd, a, b)),
            )
        }
        (DescriptorData::U8(q), DescriptorData::U8(f)) => mutual(q, f, length, ratio, hamming),
        _ => unreachable!("the kinds were compared above"),
    })
}

/// The nearest of a row's candidates so far, and how near the best two are.
#[derive(Clone, Copy)]
struct Nearest {
    index: usize,
    first: f32,
    second: f32,
}

impl Nearest {
    const NONE: Self = Self {
        index: usize::MAX,
        first: f32::INFINITY,
        second: f32::INFINITY,
    };

    fn offer(&mut self, index: usize, distance: f32) {
        if distance < self.first {
            self.second = self.first;
            self.first = distance;
            self.index = index;
        } else if distance < self.second {
            self.second = distance;
        }
    }
}

fn mutual<T>(
    query: &[T],
    found: &[T],
    length: usize,
    ratio: f32,
    distance: impl Fn(&[T], &[T]) -> f32,
) -> Vec<Match> {
    let mut of_query = vec![Nearest::NONE; query.len() / length];
    let mut of_found = vec![Nearest::NONE; found.len() / length];
    for (i, q) in query.chunks_exact(length).enumerate() {
        for (j, f) in found.chunks_exact(length).enumerate() {
            let d = distance(q, f);
            of_query[i].offer(j, d);
            of_found[j].offer(i, d);
        }
    }
    let unambiguous = |n: &Nearest| ratio >= 1.0 || n.first < ratio * n.second;
    of_query
        .iter()
        .enumerate()
        .filter(|(i, n)| n.index != usize::MAX && of_found[n.index].index == *i && unambiguous(n))
        .map(|(query, n)| Match {
            query,
            found: n.index,
        })
        .collect()
}

#[inline(always)]
fn squared_distance<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let (a_lanes, a_rest) = a.as_chunks::<8>();
    let (b_lanes, b_rest) = b.as_chunks::<8>();
    let mut sum = fearless_simd::f32x8::splat(simd, 0.0);
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        let d =
            fearless_simd::f32x8::from_slice(simd, a) - fearless_simd::f32x8::from_slice(simd, b);
        sum = d.mul_add(d, sum);
    }
    let rest: f32 = a_rest
        .iter()
        .zip(b_rest)
        .map(|(a, b)| (a - b) * (a - b))
        .sum();
    sum.reduce_sum() + rest
}

fn hamming(a: &[u8], b: &[u8]) -> f32 {
    let (a_words, a_rest) = a.as_chunks::<8>();
    let (b_words, b_rest) = b.as_chunks::<8>();
    let words = a_words
        .iter()
        .zip(b_words)
        .map(|(a, b)| (u64::from_ne_bytes(*a) ^ u64::from_ne_bytes(*b)).count_ones());
    let bytes = a_rest.iter().zip(b_rest).map(|(a, b)| (a ^ b).count_ones());
    words.chain(bytes).sum::<u32>() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level() -> Level {
        Level::new()
    }

    #[test]
    fn nearest_neighbours_must_agree() {
        let q = Descriptors::from_f32(2, vec![0.0, 0.0, 1.0, 0.0]);
        let f = Descriptors::from_f32(2, vec![0.1, 0.0, 10.0, 10.0]);
        // Both queries are nearest to the first row, which is nearest to the first query.
        let matches = match_mutual(&q, &f, 1.0, level()).unwrap();
        assert_eq!(matches, [Match { query: 0, found: 0 }]);
    }

    #[test]
    fn an_ambiguous_match_is_dropped() {
        let q = Descriptors::from_u8(1, vec![0b0000_0000]);
        let f = Descriptors::from_u8(1, vec![0b0000_0111, 0b0000_1110]);
        assert!(match_mutual(&q, &f, 0.85, level()).unwrap().is_empty());
        assert_eq!(match_mutual(&q, &f, 1.0, level()).unwrap().len(), 1);
    }

    #[test]
    fn hamming_counts_every_bit() {
        let a: Vec<u8> = (0..61).collect();
        let b: Vec<u8> = a.iter().map(|v| v ^ 0b101).collect();
        assert_eq!(hamming(&a, &b), 122.0);
    }

    #[test]
    fn other_layouts_are_refused() {
        let q = Descriptors::from_u8(2, vec![0; 4]);
        let f = Descriptors::from_f32(2, vec![0.0; 4]);
        assert!(matches!(
            match_mutual(&q, &f, 1.0, level()),
            Err(Error::DescriptorLayout { .. })
        ));
    }
}
