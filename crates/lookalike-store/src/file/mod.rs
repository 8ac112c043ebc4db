//! Files of checked sections: what all segments have in common.
//!
//! A [`FileFormat`] says which sections a file has and how long they are; [`SectionWriter`] writes such
//! a file once; [`SectionFile`] maps it into memory. What the sections mean is not known here.

mod header;
mod map;
mod reader;
mod writer;

pub use header::{ALIGN, FileFormat, MAX_LABEL};
pub use map::FileMap;
pub use reader::SectionFile;
pub use writer::SectionWriter;
