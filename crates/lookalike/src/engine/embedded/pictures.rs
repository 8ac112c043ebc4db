//! The catalogue of a library, read at one moment.

use super::moment::Moment;
use crate::catalogue::{Catalogue, Meta};
use crate::engine::{Content, Pictures};
use crate::{FailedFile, Judgements, PictureId, Result, Source, StoredPicture, path_to_bytes};
use std::path::Path;
use std::sync::Arc;

impl Pictures for Moment<'_> {
    fn meta(&self) -> &Meta {
        self.state().meta()
    }

    fn get(&self, pictures: &[PictureId]) -> Result<Vec<Option<StoredPicture>>> {
        self.ask(|catalogue| catalogue.stored(pictures))
    }

    fn after(&self, after: Option<PictureId>, limit: usize) -> Result<Vec<StoredPicture>> {
        let after = after.unwrap_or(PictureId::new(0));
        self.ask(|catalogue| catalogue.stored_after(after, limit))
    }

    fn by_content(&self, contents: &[Content]) -> Result<Vec<Option<PictureId>>> {
        self.ask(|catalogue| {
            let contents = contents.iter();
            contents
                .map(|content| catalogue.picture_by_hash(&content.hash, content.place))
                .collect()
        })
    }

    fn by_path(&self, paths: &[&Path]) -> Result<Vec<Option<PictureId>>> {
        self.ask(|catalogue| {
            let paths = paths.iter();
            paths
                .map(|path| catalogue.picture_at(&path_to_bytes(path)))
                .collect()
        })
    }

    fn named(&self) -> Result<Vec<(Source, PictureId)>> {
        self.ask(Catalogue::named_pictures)
    }

    fn failed(&self) -> Result<Vec<FailedFile>> {
        self.ask(Catalogue::failed_files)
    }

    fn judgements(&self) -> Result<Arc<Judgements>> {
        self.files().judgements().read()
    }
}
