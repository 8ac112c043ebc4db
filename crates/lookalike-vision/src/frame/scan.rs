//! Near hashes among many.

use super::{FrameHash, Turn};
use fearless_simd::{Level, dispatch};

/// Rows whose first words are compared before any is looked at.
const BLOCK: usize = 512;
/// Where more than this share of the allowed unequal bits lie among the 64 of the lowest frequencies,
/// the others are not looked at. It is their due, and low frequencies change least.
const EAGER: (u32, u32) = (1, 4);

/// A stored frame near to a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameMatch {
    /// Its place among the scanned.
    pub row: usize,
    /// How the query has to be turned to look like it.
    pub turn: Turn,
    /// Whether one is the negative of the other.
    pub inverted: bool,
    /// Unequal bits, 0..=256.
    pub distance: u32,
}

/// A query, to be compared with stored hashes.
#[derive(Clone, Debug)]
pub struct FrameScan {
    hashes: [FrameHash; 8],
    limit: u32,
    level: Level,
}

impl FrameScan {
    /// For the hashes of a query in the order of [`Turn::ALL`]; what differs in more than `limit` bits
    /// (at most 127) is not found.
    pub fn new(hashes: [FrameHash; 8], limit: u32, level: Level) -> Self {
        Self {
            hashes,
            limit: limit.min(127),
            level,
        }
    }

    /// Calls `found` for each near one of the stored hashes, by row, each in its nearest turn. The
    /// hashes are stored word by word: `words[0]` holds the first words of all of them.
    pub fn scan(&self, words: [&[u64]; 4], found: &mut dyn FnMut(FrameMatch)) {
        let rows = words.iter().map(|word| word.len()).min().unwrap_or(0);
        let mut spread = [0u64; BLOCK];
        let first = self.hashes.map(|hash| hash.0[0]);
        // As the negative counts as well, what matters is how far a distance lies from the middle.
        let least = 32 - u64::from(self.limit * EAGER.0 / EAGER.1).min(32);
        for start in (0..rows).step_by(BLOCK) {
            let block = &words[0][start..rows.min(start + BLOCK)];
            let spread = &mut spread[..block.len()];
            dispatch!(self.level, _simd => most_spread(block, &first, spread));
            for (i, _) in spread.iter().enumerate().filter(|(_, s)| **s >= least) {
                let row = start + i;
                let stored = FrameHash(words.map(|word| word[row]));
                let near = self.nearest(row, &stored);
                if near.distance <= self.limit {
                    found(near);
                }
            }
        }
    }

    /// A stored hash in its nearest turn; of equals the first, and the picture before its negative.
    pub fn nearest(&self, row: usize, stored: &FrameHash) -> FrameMatch {
        let turns = Turn::ALL.into_iter().zip(&self.hashes);
        let both = turns.flat_map(|(turn, hash)| {
            let distance = hash.distance(stored);
            let of = move |inverted, distance| FrameMatch {
                row,
                turn,
                inverted,
                distance,
            };
            [of(false, distance), of(true, 256 - distance)]
        });
        let near = both.min_by_key(|m| m.distance);
        near.expect("there are eight turns")
    }
}

/// For each stored word how far the number of bits in which it differs from one of the eight lies
/// from 32, at most.
#[inline(always)]
fn most_spread(stored: &[u64], queries: &[u64; 8], spread: &mut [u64]) {
    for (out, &word) in spread.iter_mut().zip(stored) {
        let mut most = 0;
        for query in queries {
            let distance = i64::from((word ^ query).count_ones());
            most = most.max((distance - 32).unsigned_abs());
        }
        *out = most;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(seed: u64) -> u64 {
        let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn hash(seed: u64) -> FrameHash {
        FrameHash(std::array::from_fn(|i| word(4 * seed + i as u64 + 1)))
    }

    /// Some bits of each word changed.
    fn near(hash: FrameHash, bits: u32) -> FrameHash {
        FrameHash(hash.0.map(|word| word ^ ((1 << bits) - 1) << 7))
    }

    #[test]
    fn what_is_near_is_found_at_every_level() {
        let queries: [FrameHash; 8] = std::array::from_fn(|i| hash(1_000_000 + i as u64));
        let mut stored: Vec<FrameHash> = (0..3000).map(hash).collect();
        stored[17] = near(queries[0], 5);
        stored[600] = near(queries[6], 12).inverted();
        stored[2999] = queries[3];
        stored[2000] = near(queries[1], 30);
        let words: [Vec<u64>; 4] =
            std::array::from_fn(|i| stored.iter().map(|hash| hash.0[i]).collect());
        let words = [0, 1, 2, 3].map(|i| words[i].as_slice());
        for level in [Level::new(), Level::baseline()] {
            let scan = FrameScan::new(queries, 60, level);
            let mut found = Vec::new();
            scan.scan(words, &mut |m| found.push(m));
            let of = |row, turn: usize, inverted, distance| FrameMatch {
                row,
                turn: Turn::ALL[turn],
                inverted,
                distance,
            };
            let expected = [
                of(17, 0, false, 20),
                of(600, 6, true, 48),
                of(2999, 3, false, 0),
            ];
            assert_eq!(found, expected);
        }
    }
}
