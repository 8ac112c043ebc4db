//! What a library asks of its storage.
//!
//! [`Engine`] opens a [`Moment`], one state of all that is stored. A moment has three sides, each a
//! narrow trait: [`Pictures`] says what is known of pictures, [`Words`] proposes candidates by visual
//! words and hands out what they are verified by, [`Vectors`] finds the nearest. Searches, groups and
//! explanations know these traits and nothing else: no file, no segment, no transaction.
//!
//! Each call takes many queries or many ids, so that an engine on another machine answers each step of
//! a search in one round trip: propose for both sides of a query, fetch all that is to be verified.
//!
//! The files of a library are one engine. [`Memory`] is a second, for tests, examples, and pictures
//! that need not be kept; [`Library::over`](crate::Library::over) searches any.

pub(crate) mod embedded;
mod frames;
mod memory;
mod pictures;
mod vectors;
mod words;

pub use frames::{Frames, NearFrame, NearFrameOptions};
pub use memory::Memory;
pub use pictures::{Content, Pictures};
pub use vectors::{Extent, Near, NearestOptions, Vectors};
pub use words::{Candidate, ProposeOptions, Words};

pub use crate::catalogue::Meta;
pub use crate::frame::{Frame, SmallPicture};
pub use lookalike_vision::frame::{FrameHash, Turn};
pub use lookalike_words::{Feature, QueryFeature, Vote, WordPicture};

use crate::{Error, Judgement, Parts, Result, Status};
use std::fmt;

/// Storage of a library, as who searches sees it.
pub trait Engine: fmt::Debug + Send + Sync {
    /// The newest state, with the records of these parts. It stays as it is for as long as it is
    /// held, whatever is written meanwhile; it should be held for one question only.
    ///
    /// # Errors
    /// Damage, those of the system, [`Error::Remote`].
    fn moment(&self, parts: Parts) -> Result<Box<dyn Moment + '_>>;

    /// What is stored, and what that costs; without the recall.
    ///
    /// # Errors
    /// As [`moment`](Self::moment).
    fn status(&self) -> Result<Status>;

    /// Keeps what people say of pictures, safe on the disk; [`Pictures::judgements`] tells it.
    ///
    /// # Errors
    /// [`Error::NoJudgements`], where it keeps none, and as [`moment`](Self::moment).
    fn judge(&self, judgements: &[Judgement]) -> Result<()> {
        let _ = judgements;
        Err(Error::NoJudgements)
    }
}

/// One state of all that is stored.
pub trait Moment: Send + Sync {
    /// Of two moments of one engine with the same number, all is equal.
    fn number(&self) -> u64;

    /// What is known of the pictures.
    fn pictures(&self) -> &dyn Pictures;

    /// Their visual words.
    ///
    /// # Errors
    /// [`Error::NoPart`] where the moment was opened without them.
    fn words(&self) -> Result<&dyn Words>;

    /// Them as a whole, small; empty where the library is of an older program and was not brought up to
    /// date since.
    ///
    /// # Errors
    /// As [`words`](Self::words).
    fn frames(&self) -> Result<&dyn Frames>;

    /// Their embeddings.
    ///
    /// # Errors
    /// As [`words`](Self::words).
    fn embeddings(&self) -> Result<&dyn Vectors>;

    /// Their vectors by the strongest keypoints.
    ///
    /// # Errors
    /// As [`words`](Self::words).
    fn vectors(&self) -> Result<&dyn Vectors>;
}
