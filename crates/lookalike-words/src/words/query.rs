//! What an index of visual words is asked.

use super::picture::{Feature, turn_of};
use crate::vocabulary::{Descriptor, Token, Vocabulary};
use fearless_simd::Level;

/// Words that a feature of a query looks into. With three no more is found, and it takes longer.
const QUERY_WORDS: usize = 2;

/// A feature of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryFeature {
    /// The words near its descriptor, nearest first.
    pub words: Vec<u16>,
    /// The tokens under which its like is looked up.
    pub tokens: Vec<Token>,
    /// The signature of its descriptor.
    pub code: u128,
    /// Where it is: see [`Feature::place`].
    pub place: u32,
}

impl QueryFeature {
    /// A descriptor at a place.
    pub fn new(vocabulary: &Vocabulary, level: Level, descriptor: &Descriptor, place: u32) -> Self {
        let words = vocabulary.nearest::<QUERY_WORDS>(level, descriptor);
        let excess = vocabulary.excess(level, descriptor);
        let tokens = words.map(|word| vocabulary.probes(word, &excess));
        Self {
            words: words.into(),
            tokens: tokens.concat(),
            code: vocabulary.signature_of(&excess),
            place,
        }
    }

    /// A feature that was stored, whose words must be the vocabulary's: the one word that is known.
    pub fn of_stored(vocabulary: &Vocabulary, feature: &Feature) -> Self {
        Self {
            words: vec![feature.word],
            tokens: vocabulary.probes_of_code(feature.word, feature.code).into(),
            code: feature.code,
            place: feature.place,
        }
    }

    /// Its turn, as that of a [`Feature`].
    pub(super) fn turn(&self) -> u8 {
        turn_of(self.place)
    }
}
