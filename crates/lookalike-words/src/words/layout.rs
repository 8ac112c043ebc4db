//! How the lists of words are laid out.
//!
//! The features of a word are sorted by its own bits, then by picture. A *bucket* is what has the first
//! few own bits in common, `depth` of them: the more features there are, the more buckets, so that each
//! holds some dozens. A row of the directory says where each bucket of a word begins. A posting is 32
//! bits: the other own bits, the number of the picture, and the [turn](super::Feature::turn). The deeper
//! the directory, the more bits are left for the picture.

use super::postings::WORDS;
use crate::vocabulary::OWN_BITS;
use std::ops::Range;

/// The most pictures that one segment holds.
pub const MAX_PICTURES: usize = 1 << (OWN_BITS + PICTURE_BITS);

/// Bits of a picture's number where the directory has no depth.
const PICTURE_BITS: u32 = 12;
/// Bits of a turn.
const TURN_BITS: u32 = 8;
/// A bucket shall not hold more, on average.
const IN_BUCKET: u64 = 64;

/// A feature in the list of its word. The order is that of the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Posting {
    /// The values of the word's own bits.
    pub(super) bits: u32,
    /// The number of the picture.
    pub(super) picture: u32,
    pub(super) turn: u8,
}

/// The layout of the lists of so many pictures and features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    depth: u32,
}

impl Layout {
    pub(super) fn of(pictures: u64, features: u64) -> Self {
        let bits = |count: u64| u64::BITS - count.saturating_sub(1).leading_zeros();
        let by_pictures = bits(pictures).saturating_sub(PICTURE_BITS);
        let by_features = bits(features.div_ceil(WORDS as u64 * IN_BUCKET));
        Self {
            depth: by_pictures.max(by_features).min(OWN_BITS),
        }
    }

    /// Buckets of a word.
    pub(super) fn buckets(self) -> usize {
        1 << self.depth
    }

    /// The bucket of a posting with these own bits.
    pub(super) fn bucket(self, bits: u32) -> usize {
        (bits >> self.low_bits()) as usize
    }

    /// Own bits that a bucket does not tell.
    fn low_bits(self) -> u32 {
        OWN_BITS - self.depth
    }

    /// A posting in its bucket; postings are in order where these numbers are.
    pub(super) fn pack(self, posting: &Posting) -> u32 {
        let low = posting.bits & ((1 << self.low_bits()) - 1);
        let shift = self.picture_bits() + TURN_BITS;
        low.checked_shl(shift).unwrap_or(0) | posting.picture << TURN_BITS | u32::from(posting.turn)
    }

    /// A posting of a bucket.
    pub(super) fn unpack(self, bucket: usize, packed: u32) -> Posting {
        let low = packed.checked_shr(self.picture_bits() + TURN_BITS);
        Posting {
            bits: (bucket as u32) << self.low_bits() | low.unwrap_or(0),
            picture: packed >> TURN_BITS & ((1 << self.picture_bits()) - 1),
            turn: packed as u8,
        }
    }

    /// Among the postings of a bucket those with these own bits.
    pub(super) fn with_bits(self, packed: &[u32], bits: u32) -> Range<usize> {
        let shift = self.picture_bits() + TURN_BITS;
        let low = bits & ((1 << self.low_bits()) - 1);
        let low_of = |packed: u32| packed.checked_shr(shift).unwrap_or(0);
        let start = packed.partition_point(|&p| low_of(p) < low);
        let count = packed[start..].partition_point(|&p| low_of(p) == low);
        start..start + count
    }

    fn picture_bits(self) -> u32 {
        PICTURE_BITS + self.depth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_lists_have_no_directory_and_large_ones_a_deep_one() {
        let depth = |pictures, features| Layout::of(pictures, features).depth;
        assert_eq!((depth(0, 0), depth(1000, 600_000)), (0, 0));
        assert_eq!(depth(4096, 1 << 20), 0);
        assert_eq!((depth(4097, 1 << 20), depth(4096, (1 << 20) + 1)), (1, 1));
        assert_eq!(depth(1_000_000, 600_000_000), 10);
        assert_eq!(depth(MAX_PICTURES as u64, u64::from(u32::MAX)), 12);
    }

    #[test]
    fn a_posting_is_kept_in_its_order() {
        for (pictures, features) in [(10, 10), (5000, 1 << 21), (1 << 24, 1 << 31)] {
            let layout = Layout::of(pictures, features);
            let postings: Vec<Posting> = [0, 1, 0x7ff, 0xabc, 0xfff]
                .into_iter()
                .flat_map(|bits| {
                    [0, pictures as u32 - 1].map(|picture| Posting {
                        bits,
                        picture,
                        turn: 0xa5,
                    })
                })
                .collect();
            let keys: Vec<_> = postings
                .iter()
                .map(|p| (layout.bucket(p.bits), layout.pack(p)))
                .collect();
            assert!(keys.is_sorted());
            for (posting, (bucket, packed)) in postings.iter().zip(keys) {
                assert_eq!(layout.unpack(bucket, packed), *posting);
                assert_eq!(layout.with_bits(&[packed], posting.bits), 0..1);
                assert_eq!(
                    layout.with_bits(&[packed], posting.bits ^ 1).len(),
                    usize::from(layout.depth == 12)
                );
            }
        }
    }
}
