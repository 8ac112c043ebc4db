//! What vectors and visual words have in common on the disk and in memory.
//!
//! The principal type is [`Store`], a log-structured store for its one writer: it seals records into
//! immutable segments, merges these and marks what is deleted. What a [`Segment`] holds and how it is
//! written says a [`Kind`]; who names the segments that count is a [`Ledger`]. Readers open what the
//! ledger names ([`open_all`]) as [`Living`] segments, and never wait.
//!
//! A [`FileFormat`] says which sections a file has and how long they are; [`SectionWriter`] writes such
//! a file once; [`SectionFile`] maps it into memory. What the sections mean is not known here.
//!
//! [`TopK`] keeps the best of many [`Neighbor`]s, [`tasks`] spreads work over threads, and
//! [`Random`] gives the same numbers everywhere.

#[cfg(target_endian = "big")]
compile_error!("files are little-endian and mapped into memory as they are");

mod error;
mod file;
mod folder;
mod ledger;
mod living;
mod merge;
mod nearest;
mod random;
mod segment;
mod store;
pub mod tasks;
mod tiers;

pub use error::{Error, Result};
pub use file::{ALIGN, FileFormat, FileMap, MAX_LABEL, SectionFile, SectionWriter};
pub use folder::SegmentFolder;
pub use ledger::{ATTEMPTS, Change, Ledger, exchange, open_all};
pub use living::{Dead, Entry, Living, in_order, interleaved};
pub use nearest::{Neighbor, TopK};
pub use random::Random;
pub use segment::Segment;
pub use store::{Kind, Store};
pub use tiers::Tiers;

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
