//! Bits of its own for each word.
//!
//! Within a word most of the 128 bits of the codes are nearly constant, as all its descriptors lie near
//! one point. The bits whose thresholds pass nearest to that point split them most evenly; a word and
//! its own bits make a *token*. Twelve own bits shorten the list of a word some 1,300 to 2,200 times,
//! where any twelve of the 128 shorten it 35 times, and twelve that are learned from as many pictures
//! as there are words shorten it no more than those that follow from the centroid.

use fearless_simd::Level;

use super::root::DESCRIPTOR;
use super::signature::rotate;

/// Own bits of a word.
pub const OWN_BITS: u32 = 12;
/// A word and the values of its own bits, in the lowest [`OWN_BITS`] bits.
pub type Token = u32;
/// Tokens that a feature of a query is looked up by in each of its words: that of its code, and those
/// with its least certain bits turned.
pub const PROBES: usize = 4;

/// The own bits of a word by their numbers, the most even first.
pub(super) type OwnBits = [u8; OWN_BITS as usize];

/// The own bits of a word with this centroid.
pub(super) fn own_bits(
    level: Level,
    centroid: &[u8; DESCRIPTOR],
    medians: &[i32; DESCRIPTOR],
) -> OwnBits {
    let rotated = rotate(level, centroid);
    let distances = rotated.iter().zip(medians).map(|(v, m)| v.abs_diff(*m));
    let mut bits: Vec<(u32, u8)> = distances.zip(0..).collect();
    bits.sort_unstable();
    std::array::from_fn(|i| bits[i].1)
}

/// The token of a code.
pub(super) fn token(word: u16, own: &OwnBits, code: u128) -> Token {
    let bit = |&bit: &u8| (code >> bit) as Token & 1;
    own.iter()
        .fold(word.into(), |token, own| token << 1 | bit(own))
}

/// The token of a code, and those that it would have if what is least certain were otherwise: with the
/// `doubts` of the own bits, the smaller the less certain. The likeliest come first.
pub(super) fn probes(token: Token, doubts: [u32; OWN_BITS as usize]) -> [Token; PROBES] {
    let mut by_doubt: [(u32, u32); OWN_BITS as usize] =
        std::array::from_fn(|i| (doubts[i], 1 << (OWN_BITS as usize - 1 - i)));
    by_doubt.sort_unstable();
    let [(a, first), (b, second), (c, third), ..] = by_doubt;
    // The likelihood of some turned bits falls with the sum of their squares.
    let [a, b, c] = [a, b, c].map(|doubt| u64::from(doubt).pow(2));
    let last = if a + b < c { first | second } else { third };
    [token, token ^ first, token ^ second, token ^ last]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_bits_are_those_whose_thresholds_are_near() {
        let level = Level::new();
        let centroid = std::array::from_fn(|i| (i * 37 % 64) as u8);
        let mut medians = rotate(level, &centroid);
        for (i, median) in medians.iter_mut().enumerate() {
            *median += 1000 + i as i32;
        }
        for (near, bit) in [100, 3, 64, 127, 0, 9, 1, 50, 51, 52, 53, 54]
            .into_iter()
            .enumerate()
        {
            medians[bit] = rotate(level, &centroid)[bit] - near as i32;
        }
        let own = own_bits(level, &centroid, &medians);
        assert_eq!(own, [100, 3, 64, 127, 0, 9, 1, 50, 51, 52, 53, 54]);
    }

    #[test]
    fn a_token_is_the_word_and_its_bits() {
        let own: OwnBits = [100, 3, 64, 127, 0, 9, 1, 50, 51, 52, 53, 54];
        assert_eq!(token(5, &own, 0), 5 << 12);
        assert_eq!(
            token(5, &own, 1 << 100 | 1 << 54 | 1 << 2),
            5 << 12 | 1 << 11 | 1
        );
    }

    #[test]
    fn the_least_certain_bits_are_turned() {
        let mut doubts = [1000; 12];
        (doubts[4], doubts[11], doubts[0]) = (3, 4, 5);
        let (a, b, c) = (1 << 7, 1, 1 << 11);
        assert_eq!(probes(0, doubts), [0, a, b, c]);
        doubts[0] = 6;
        assert_eq!(probes(0, doubts), [0, a, b, a | b]);
    }
}
