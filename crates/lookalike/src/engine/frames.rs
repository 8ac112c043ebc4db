//! Pictures as a whole.

use crate::frame::Frame;
use crate::{PictureId, Result, Threads};
use lookalike_vision::frame::{FrameHash, Turn};

/// The frames of all pictures. Errors are damage, those of the system, and
/// [`Error::Remote`](crate::Error::Remote).
pub trait Frames: Send + Sync {
    /// For each query, given in its eight [turns](Turn::ALL), the pictures whose hashes differ in few bits:
    /// the nearest first, equal ones by id.
    fn near(
        &self,
        queries: &[[FrameHash; 8]],
        options: &NearFrameOptions,
    ) -> Result<Vec<Vec<NearFrame>>>;

    /// The frames of these pictures, in their order; `None` where there is none.
    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Frame>>>;
}

/// How near frames are looked for.
#[derive(Clone, Debug)]
pub struct NearFrameOptions {
    /// At most so many for each query.
    pub most: usize,
    /// At most so many unequal bits, of 256.
    pub distance: u32,
    /// Nothing but this picture, for who wants to know how it would be found.
    pub only: Option<PictureId>,
    /// The threads that look.
    pub threads: Threads,
}

/// A picture whose frame is near to that of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NearFrame {
    /// Its id.
    pub picture: PictureId,
    /// How the query has to be turned to look like it.
    pub turn: Turn,
    /// Whether one is the negative of the other.
    pub inverted: bool,
    /// Unequal bits, 0..=256.
    pub distance: u32,
}
