//! Candidates by visual words, and what they are verified by.

use super::{QueryFeature, Vote, WordPicture};
use crate::{PictureId, Result, Threads};

/// The visual words of all pictures. Errors are damage, those of the system, and
/// [`Error::Remote`](crate::Error::Remote).
pub trait Words: Send + Sync {
    /// For each query the pictures that share most words with it, the best first, equal ones by id.
    /// A query is one side of a picture: as it is, or mirrored. Scores are comparable within one state of
    /// the library: the weight of the votes, or, where no votes are asked for, the number of the query's
    /// features that have their like in the picture.
    fn propose(
        &self,
        queries: &[&[QueryFeature]],
        options: &ProposeOptions,
    ) -> Result<Vec<Vec<Candidate>>>;

    /// What is stored of these pictures, in their order; `None` where there is nothing.
    fn fetch(&self, pictures: &[PictureId], threads: &Threads) -> Result<Vec<Option<WordPicture>>>;
}

/// How candidates are proposed.
#[derive(Clone, Debug)]
pub struct ProposeOptions {
    /// At most so many for each query.
    pub most: usize,
    /// At most so many votes of each, those of the nearest signatures; 0 where nobody looks at them.
    pub votes: usize,
    /// Nothing but this picture, for who wants to know how it would be proposed.
    pub only: Option<PictureId>,
    /// The threads that look.
    pub threads: Threads,
}

/// A picture that may be the same as a query, and is yet to be verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its id.
    pub picture: PictureId,
    /// How much it shares with the query.
    pub score: f32,
    /// Width and height to which the places of the votes refer; zeros where no votes were asked for.
    pub size: [u16; 2],
    /// Features of the query taken for one of the picture's: for each feature at most one, those of
    /// the nearest signatures first, equal ones by feature.
    pub votes: Vec<Vote>,
}
