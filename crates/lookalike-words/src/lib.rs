//! Local features as visual words, and which pictures share them with a query.
//!
//! [`Vocabulary`] turns local descriptors into words, codes and tokens. [`WordsSegment`] is an immutable
//! file of the words of many pictures, written by [`write_words`] from others and from pictures in
//! memory ([`FreshWords`]). [`candidates`] finds the pictures that share most with a query, each with its
//! votes; [`rank`] finds them by their tokens alone.
//!
//! A query looks at what has a token in common with it, some .3 features for each picture that there is,
//! and then at a thousand pictures closely; so it takes hardly more time in a large collection than in a
//! small one.

mod error;
mod vocabulary;
mod words;

pub use error::{Error, Result};
pub use fearless_simd::Level;
pub use lookalike_store::{Living, Neighbor, Segment, Tiers};
pub use vocabulary::{
    DESCRIPTOR, Descriptor, OWN_BITS, PROBES, Token, Vocabulary, VocabularyTraining, hamming,
    rootsift,
};
pub use words::{
    Candidate, Feature, FreshWords, MAX_FEATURES, MAX_PICTURES, OldWords, QueryFeature,
    RankOptions, Vote, WORDS, WORDS_FORMAT_VERSION, WordPicture, WordSource, WordsKind,
    WordsSegment, candidates, rank, write_words,
};
