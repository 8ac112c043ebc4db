//! What vectors and visual words have in common on the disk and in memory.
//!
//! A [`Format`] says which sections a file has and how long they are; [`SectionWriter`] writes such
//! a file once; [`SectionFile`] maps it into memory. What the sections mean is not known here.
//!
//! [`TopK`] keeps the best of many [`Neighbor`]s, [`tasks`] spreads work over threads, and
//! [`Random`] gives the same numbers everywhere.

#[cfg(target_endian = "big")]
compile_error!("files are little-endian and mapped into memory as they are");

mod error;
mod file;
mod nearest;
mod random;
mod segment;
pub mod tasks;

pub use error::{Error, Result};
pub use file::{ALIGN, FileMap, Format, MAX_LABEL, SectionFile, SectionWriter};
pub use nearest::{Neighbor, TopK};
pub use random::Random;
pub use segment::Segment;

/// Refuses ids that do not ascend.
///
/// # Errors
/// [`Error::IdOrder`].
pub fn check_order(ids: &[u64]) -> Result<()> {
    match ids.windows(2).find(|pair| pair[0] >= pair[1]) {
        None => Ok(()),
        Some(pair) => Err(Error::IdOrder {
            previous: pair[0],
            received: pair[1],
        }),
    }
}
