//! Pictures as lists of visual words: in files, in memory, and asked for what they share.

mod candidate;
mod fresh;
mod kind;
mod picture;
mod postings;
mod rank;
mod segment;
mod writer;

pub use candidate::{Candidate, Vote};
pub use fresh::FreshWords;
pub use kind::WordsKind;
pub use picture::{Feature, MAX_FEATURES, MAX_PICTURES, WordPicture};
pub use postings::WORDS;
pub use rank::{QueryFeature, RankOptions, candidates, rank};
pub use segment::{WORDS_FORMAT_VERSION, WordsSegment};
pub use writer::{WordSource, write_words};
