//! Pictures as lists of visual words: in files, in memory, and asked for what they share.

mod fresh;
mod kind;
mod layout;
mod old;
mod picture;
mod postings;
mod query;
mod rank;
mod segment;
mod tally;
mod votes;
mod writer;

pub use fresh::FreshWords;
pub use kind::WordsKind;
pub use layout::MAX_PICTURES;
pub use old::OldWords;
pub use picture::{Feature, MAX_FEATURES, WordPicture};
pub use postings::WORDS;
pub use query::QueryFeature;
pub use rank::{Candidate, RankOptions, candidates, rank};
pub use segment::{WORDS_FORMAT_VERSION, WordsSegment};
pub use votes::Vote;
pub use writer::{WordSource, write_words};
