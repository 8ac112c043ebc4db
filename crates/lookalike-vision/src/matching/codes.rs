//! Mutual nearest neighbours among codes of 128 bits.
//!
//! The found codes are turned into planes: the first bytes of 32 codes, their second bytes, and so
//! on. Then one query code is compared with 32 others at a time, and a distance fits in a byte.

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x32};

use super::Match;

/// Codes in a block of planes.
const BLOCK: usize = 32;
/// Bytes of a code.
const BYTES: usize = 16;
/// More than any distance.
const FAR: u8 = u8::MAX;

/// Mutual nearest neighbours by Hamming distance that pass the ratio test, as
/// [`match_mutual`](super::match_mutual) finds them among descriptors of 16 bytes, by
/// comparing 32 at a time. Ordered by query index.
pub fn match_codes(query: &[u128], found: &[u128], ratio: f32, level: Level) -> Vec<Match> {
    let planes = Planes::new(found);
    let mut row = vec![FAR; planes.padding.len()];
    // How near each found code is to the nearest query before the current one.
    let mut nearest = row.clone();
    let mut matches = Vec::new();
    for (i, code) in query.iter().enumerate() {
        let (first, second) = dispatch!(level, simd => {
            planes.distances(simd, &code.to_le_bytes(), &mut row)
        });
        let unambiguous = ratio >= 1.0 || f32::from(first) < ratio * f32::from(second);
        if unambiguous
            && let Some(found) = row.iter().position(|&d| d == first)
            && first < nearest[found]
        {
            matches.push((first, Match { query: i, found }));
        }
        dispatch!(level, _simd => lower(&mut nearest, &row));
    }
    // A later query may have been nearer.
    matches.retain(|(distance, m)| nearest[m.found] == *distance);
    matches.into_iter().map(|(_, m)| m).collect()
}

#[inline(always)]
fn lower(nearest: &mut [u8], row: &[u8]) {
    for (nearest, &distance) in nearest.iter_mut().zip(row) {
        *nearest = distance.min(*nearest);
    }
}

/// Codes in blocks of planes.
struct Planes {
    bytes: Vec<[[u8; BLOCK]; BYTES]>,
    /// For each place of the blocks 0, or [`FAR`] where there is no code.
    padding: Vec<u8>,
}

impl Planes {
    fn new(codes: &[u128]) -> Self {
        let blocks = codes.chunks(BLOCK).map(|codes| {
            let mut planes = [[0; BLOCK]; BYTES];
            for (i, code) in codes.iter().enumerate() {
                for (plane, byte) in planes.iter_mut().zip(code.to_le_bytes()) {
                    plane[i] = byte;
                }
            }
            planes
        });
        let bytes: Vec<_> = blocks.collect();
        let mut padding = vec![0; codes.len()];
        padding.resize(bytes.len() * BLOCK, FAR);
        Self { bytes, padding }
    }

    /// Writes the distances of all codes from one to `row`; returns the two least.
    #[inline(always)]
    fn distances<S: Simd>(&self, simd: S, code: &[u8; BYTES], row: &mut [u8]) -> (u8, u8) {
        let mut first = u8x32::splat(simd, FAR);
        let mut second = first;
        let places = row.as_chunks_mut::<BLOCK>().0.iter_mut();
        let places = places.zip(self.padding.as_chunks::<BLOCK>().0);
        for (planes, (row, padding)) in self.bytes.iter().zip(places) {
            let mut distance = u8x32::from_slice(simd, padding);
            for (plane, &byte) in planes.iter().zip(code) {
                let unequal = u8x32::from_slice(simd, plane) ^ u8x32::splat(simd, byte);
                distance = distance.saturating_add(unequal.count_ones());
            }
            distance.store_slice(row);
            second = second.min(first.max(distance));
            first = first.min(distance);
        }
        let mut least = (FAR, FAR);
        for distance in [first, second].iter().flat_map(|v| v.as_slice()) {
            if *distance < least.0 {
                least = (*distance, least.0);
            } else if *distance < least.1 {
                least.1 = *distance;
            }
        }
        least
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Descriptors;
    use crate::matching::match_mutual;

    /// Codes of which some are near each other.
    fn codes(count: usize, mut seed: u64) -> Vec<u128> {
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u128::from(seed >> 32)
        };
        (0..count)
            .map(|i| {
                let mut code = (i as u128 % 37) << 3;
                code = code.wrapping_mul(0x1234_5678_9abc_def0_0fed_cba9_8765_4321);
                // Sparse noise: equal distances must occur.
                code ^ 1 << (next() % 128) ^ 1 << (next() % 128) ^ (next() & next() & next()) << 60
            })
            .collect()
    }

    #[test]
    fn the_same_matches_as_among_descriptors_of_bytes() {
        let bytes = |codes: &[u128]| {
            Descriptors::from_u8(BYTES, codes.iter().flat_map(|c| c.to_le_bytes()).collect())
        };
        let best = Level::new();
        let mut total = 0;
        for (n, m) in [(0, 5), (5, 0), (1, 1), (31, 33), (64, 64), (200, 150)] {
            let (q, f) = (codes(n, 1), codes(m, 2));
            for ratio in [0.7, 0.85, 1.0] {
                let plain = match_mutual(&bytes(&q), &bytes(&f), ratio, best).unwrap();
                for level in [best, Level::baseline()] {
                    assert_eq!(match_codes(&q, &f, ratio, level), plain, "{n} {m} {ratio}");
                }
                total += plain.len();
            }
        }
        assert!(total > 100, "{total}");
    }

    #[test]
    fn opposite_codes_match_where_there_is_no_other() {
        let matches = match_codes(&[0], &[u128::MAX], 0.85, Level::new());
        assert_eq!(matches, [Match { query: 0, found: 0 }]);
    }
}
