//! Files of checked sections: what all segments have in common.
//!
//! A [`Kind`] says which sections a file has and how long they are; [`SectionWriter`] writes such
//! a file once; [`SectionFile`] maps it into memory. What the sections mean is not known here.

mod header;
mod map;
mod reader;
mod writer;

pub(crate) use header::{ALIGN, Kind};
pub(crate) use reader::SectionFile;
pub(crate) use writer::SectionWriter;

pub use header::MAX_LABEL;
