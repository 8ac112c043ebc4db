//! What is known of pictures.

use super::Meta;
use crate::{FailedFile, PictureId, Result, StoredPicture};
use std::path::{Path, PathBuf};

/// The read side of a catalogue. Answers are in the order of what is asked, `None` where there is
/// nothing. Errors are damage, those of the system, and [`Error::Remote`](crate::Error::Remote).
pub trait Pictures: Send + Sync {
    /// How the library was made, and which models it has.
    fn meta(&self) -> &Meta;

    /// Names, size and hash of pictures.
    fn get(&self, pictures: &[PictureId]) -> Result<Vec<Option<StoredPicture>>>;

    /// At most `limit` pictures with ids above `after`, or from the first on, by id.
    fn after(&self, after: Option<PictureId>, limit: usize) -> Result<Vec<StoredPicture>>;

    /// The pictures of these contents, by BLAKE3.
    fn by_hash(&self, hashes: &[[u8; 32]]) -> Result<Vec<Option<PictureId>>>;

    /// The pictures in files, whose paths are relative to the indexed folder.
    fn by_path(&self, paths: &[&Path]) -> Result<Vec<Option<PictureId>>>;

    /// All files that are pictures, by path.
    fn named(&self) -> Result<Vec<(PathBuf, PictureId)>>;

    /// All files that could not be read, by path.
    fn failed(&self) -> Result<Vec<FailedFile>>;
}
