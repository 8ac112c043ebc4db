mod fresh;
mod nominee;
mod picture;
mod postings;
mod rank;
mod segment;
mod writer;

pub use fresh::FreshWords;
pub use nominee::{Nominee, Vote};
pub use picture::{Feature, MAX_FEATURES, MAX_PICTURES, WordPicture};
pub use postings::WORDS;
pub use rank::{QueryFeature, RankOptions, nominate_words, rank_words};
pub use segment::{WORDS_FORMAT_VERSION, WordsSegment};
pub use writer::{WordSource, write_words};
