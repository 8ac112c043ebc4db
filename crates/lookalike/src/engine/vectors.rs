//! Nearest vectors.

use crate::{PictureId, Result, Threads};

/// The vectors of one kind of all pictures: embeddings, or those of the strongest keypoints. Errors
/// are damage, those of the system, and [`Error::Remote`](crate::Error::Remote).
pub trait Vectors: Send + Sync {
    /// For each query the pictures of the largest cosine similarity, the best first, equal ones by id.
    fn nearest(&self, queries: &[&[f32]], options: &NearestOptions) -> Result<Vec<Vec<Near>>>;

    /// The vectors of these pictures in their order, of any length but 0; `None` where there is none.
    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Vec<f32>>>>;

    /// Up to `count` pictures with their vectors, evenly chosen, in one state always the same.
    fn sample(&self, count: usize) -> Result<Vec<(PictureId, Vec<f32>)>>;

    /// The cosine similarities of a query to the pictures that [`sample`](Self::sample) would give,
    /// ascending.
    fn scores(&self, query: &[f32], count: usize) -> Result<Vec<f32>>;

    /// How many there are, and how they are searched.
    fn extent(&self) -> Extent;
}

/// How the nearest are looked for.
#[derive(Clone, Debug)]
pub struct NearestOptions {
    /// At most so many for each query.
    pub most: usize,
    /// None of a smaller cosine similarity.
    pub min_score: f32,
    /// Compare with all; else nearly all that are near are found.
    pub exact: bool,
    /// The threads that look.
    pub threads: Threads,
}

impl Default for NearestOptions {
    /// The best 10, whatever their score, by one thread.
    fn default() -> Self {
        Self {
            most: 10,
            min_score: f32::NEG_INFINITY,
            exact: false,
            threads: Threads::default(),
        }
    }
}

/// A picture whose vector is near.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Its id.
    pub picture: PictureId,
    /// The cosine similarity of the vectors, in [-1, 1].
    pub score: f32,
}

/// How many vectors there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// All of them; deleted ones may be among them.
    pub records: usize,
    /// Those that are found by way of a graph, not by comparing all.
    pub linked: usize,
}
