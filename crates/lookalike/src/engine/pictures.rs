//! What is known of pictures.

use super::Meta;
use crate::{FailedFile, Judgements, PictureId, Place, Result, Source, StoredPicture};
use std::path::Path;
use std::sync::Arc;

/// What a picture is: a place in a file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// BLAKE3 of the file's bytes.
    pub hash: [u8; 32],
    /// Where in it, if it holds several; without a place the first.
    pub place: Option<Place>,
}

/// The read side of a catalogue. Answers are in the order of what is asked, `None` where there is
/// nothing. Errors are damage, those of the system, and [`Error::Remote`](crate::Error::Remote).
pub trait Pictures: Send + Sync {
    /// How the library was made, and which models it has.
    fn meta(&self) -> &Meta;

    /// Names, size and hash of pictures.
    fn get(&self, pictures: &[PictureId]) -> Result<Vec<Option<StoredPicture>>>;

    /// At most `limit` pictures with ids above `after`, or from the first on, by id.
    fn after(&self, after: Option<PictureId>, limit: usize) -> Result<Vec<StoredPicture>>;

    /// The pictures in these places of files.
    fn by_content(&self, contents: &[Content]) -> Result<Vec<Option<PictureId>>>;

    /// The first pictures in files, whose paths are relative to the indexed folder.
    fn by_path(&self, paths: &[&Path]) -> Result<Vec<Option<PictureId>>>;

    /// All pictures in files, by path and place.
    fn named(&self) -> Result<Vec<(Source, PictureId)>>;

    /// All files, and places in others, that could not be read, by path.
    fn failed(&self) -> Result<Vec<FailedFile>>;

    /// What people said of them, as it is now; nothing, where the engine keeps none.
    fn judgements(&self) -> Result<Arc<Judgements>> {
        Ok(Arc::default())
    }
}
