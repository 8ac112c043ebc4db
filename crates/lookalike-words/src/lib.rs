//! Local features as visual words, and which pictures share them with a query.
//!
//! [`Vocabulary`] turns local descriptors into words and codes. [`WordsSegment`] is an immutable
//! file of the words of many pictures, written by [`write_words`] from others and from pictures in
//! memory ([`FreshWords`]). [`rank`] finds the pictures that share most with a query; [`candidates`]
//! finds the same ones, each with its votes, for who wants to look at them more closely.

mod error;
mod vocabulary;
mod words;

pub use error::{Error, Result};
pub use fearless_simd::Level;
pub use lookalike_store::{Living, Neighbor, Segment, Tiers};
pub use vocabulary::{DESCRIPTOR, Descriptor, Vocabulary, VocabularyTraining, hamming, rootsift};
pub use words::{
    Candidate, Feature, FreshWords, MAX_FEATURES, MAX_PICTURES, QueryFeature, RankOptions, Vote,
    WORDS, WORDS_FORMAT_VERSION, WordPicture, WordSource, WordsKind, WordsSegment, candidates,
    rank, write_words,
};
