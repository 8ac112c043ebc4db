//! Codes of 128 bits that tell near descriptors from far ones by counting unequal bits.
//!
//! The code of a descriptor holds the signs of its rotated RootSIFT against the medians of typical
//! descriptors (Jégou et al. 2008, "Hamming embedding", with one set of medians for all words
//! instead of one for each). The rotation is two rounds of random changes of sign, each followed
//! by a Walsh-Hadamard transform, which spreads every element over all of them.

use fearless_simd::{Level, dispatch};

use super::root::DESCRIPTOR;

/// Which elements change their sign before each round: SplitMix64, seed 1.
const SIGNS: [u128; 2] = [
    0x910a_2dec_8902_5cc1_beeb_8da1_658e_ec67,
    0xf893_a2ee_fb32_555e_71c1_8690_ee42_c90b,
];

/// The number of unequal bits of two codes, 0..=128.
pub fn hamming(a: u128, b: u128) -> u32 {
    (a ^ b).count_ones()
}

/// Rotates a descriptor in whole steps; lengths grow by the factor 128.
pub(super) fn rotate(level: Level, whole: &[u8; DESCRIPTOR]) -> [i32; DESCRIPTOR] {
    dispatch!(level, _simd => rotate_lanes(whole))
}

#[inline(always)]
fn rotate_lanes(whole: &[u8; DESCRIPTOR]) -> [i32; DESCRIPTOR] {
    let mut values = whole.map(i32::from);
    for signs in SIGNS {
        for (i, value) in values.iter_mut().enumerate() {
            *value *= 1 - 2 * (signs >> i & 1) as i32;
        }
        // At most 255 * 128 * 128 after the second round.
        let mut half = DESCRIPTOR / 2;
        while half > 0 {
            for pair in values.chunks_exact_mut(2 * half) {
                let (left, right) = pair.split_at_mut(half);
                for (a, b) in left.iter_mut().zip(right) {
                    (*a, *b) = (*a + *b, *a - *b);
                }
            }
            half /= 2;
        }
    }
    values
}

/// By how much each element of a rotated descriptor exceeds its median.
pub(super) fn excess(
    rotated: &[i32; DESCRIPTOR],
    medians: &[i32; DESCRIPTOR],
) -> [i32; DESCRIPTOR] {
    std::array::from_fn(|i| rotated[i] - medians[i])
}

/// The code: bit i is set where element i exceeds its median.
pub(super) fn code(excess: &[i32; DESCRIPTOR]) -> u128 {
    let bits = excess.iter().map(|&v| u128::from(v > 0));
    bits.rev().fold(0, |code, bit| code << 1 | bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(seed: usize) -> [u8; DESCRIPTOR] {
        std::array::from_fn(|i| ((i * i * 31 + seed * 57 + i * seed) % 251) as u8)
    }

    #[test]
    fn the_rotation_keeps_lengths_but_for_the_factor() {
        for seed in 0..5 {
            let whole = some(seed);
            let before: i64 = whole.iter().map(|&v| i64::from(v).pow(2)).sum();
            let rotated = rotate(Level::new(), &whole);
            let after: i64 = rotated.iter().map(|&v| i64::from(v).pow(2)).sum();
            assert_eq!(after, before * 128 * 128);
        }
    }

    #[test]
    fn the_largest_values_fit() {
        let rotated = rotate(Level::new(), &[255; DESCRIPTOR]);
        assert!(rotated.iter().all(|v| v.abs() <= 255 * 128 * 128));
    }

    #[test]
    fn bits_are_comparisons() {
        let mut rotated = [0; DESCRIPTOR];
        rotated[0] = 1;
        rotated[100] = 7;
        let mut medians = [0; DESCRIPTOR];
        medians[100] = 7;
        medians[5] = -1;
        assert_eq!(code(&excess(&rotated, &medians)), 1 | 1 << 5);
        assert_eq!(hamming(1 | 1 << 5, 1 << 127), 3);
    }
}
