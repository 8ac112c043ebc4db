//! What the store knows of a segment.

use crate::Result;
use std::path::Path;

/// An immutable file of records, mapped into memory. Each record has an id; a segment has an id
/// once at most.
pub trait Segment: Sized + Send + Sync + 'static {
    /// Opens a file.
    ///
    /// # Errors
    /// Those of [`SectionFile::open`](crate::SectionFile::open).
    fn open(path: &Path) -> Result<Self>;

    /// Reads every byte and compares it with the checksums, and checks that ids ascend.
    ///
    /// # Errors
    /// [`Error::Checksum`](crate::Error::Checksum) for the first part that is damaged,
    /// [`Error::IdOrder`](crate::Error::IdOrder).
    fn verify(&self) -> Result<()>;

    /// The ids of the records, ascending.
    fn ids(&self) -> &[u64];

    /// The version of the format of the file.
    fn version(&self) -> u32;

    /// Length of the file in bytes.
    fn file_bytes(&self) -> u64;

    /// Asks the system to map now what every search may read. A hint.
    fn populate(&self) {}
}
