//! The catalogue of a library, read at one moment.

use super::moment::Moment;
use crate::catalogue::{Catalogue, Meta, PictureFacts};
use crate::engine::{Content, Pictures};
use crate::{FailedFile, PictureId, Result, Source, StoredPicture, path_from_bytes, path_to_bytes};
use std::path::Path;

impl Pictures for Moment<'_> {
    fn meta(&self) -> &Meta {
        self.state().meta()
    }

    fn get(&self, pictures: &[PictureId]) -> Result<Vec<Option<StoredPicture>>> {
        self.ask(|catalogue| {
            let get = |&picture: &PictureId| -> Result<Option<StoredPicture>> {
                let facts = catalogue.facts(picture.row())?;
                facts
                    .map(|facts| stored(catalogue, picture, facts))
                    .transpose()
            };
            pictures.iter().map(get).collect()
        })
    }

    fn after(&self, after: Option<PictureId>, limit: usize) -> Result<Vec<StoredPicture>> {
        self.ask(|catalogue| {
            let after = after.map_or(0, PictureId::row);
            let facts = catalogue.facts_after(after, limit)?.into_iter();
            facts
                .map(|(id, facts)| stored(catalogue, PictureId::of_row(id), facts))
                .collect()
        })
    }

    fn by_content(&self, contents: &[Content]) -> Result<Vec<Option<PictureId>>> {
        self.ask(|catalogue| {
            let by_content = |content: &Content| {
                let found = catalogue.picture_by_hash(&content.hash, content.place)?;
                Ok(found.map(PictureId::of_row))
            };
            contents.iter().map(by_content).collect()
        })
    }

    fn by_path(&self, paths: &[&Path]) -> Result<Vec<Option<PictureId>>> {
        self.ask(|catalogue| {
            let by_path = |path: &&Path| {
                let found = catalogue.picture_at(&path_to_bytes(path))?;
                Ok(found.map(PictureId::of_row))
            };
            paths.iter().map(by_path).collect()
        })
    }

    fn named(&self) -> Result<Vec<(Source, PictureId)>> {
        let named = self.ask(Catalogue::named_pictures)?.into_iter();
        Ok(named
            .map(|named| {
                let source = Source::new(path_from_bytes(&named.path), named.place);
                (source, PictureId::of_row(named.picture))
            })
            .collect())
    }

    fn failed(&self) -> Result<Vec<FailedFile>> {
        self.ask(Catalogue::failed_files)
    }
}

fn stored(catalogue: &Catalogue, id: PictureId, facts: PictureFacts) -> Result<StoredPicture> {
    let paths = catalogue.paths_of(id.row())?;
    Ok(StoredPicture {
        id,
        place: facts.place,
        hash: facts.content.hash,
        size: facts.size,
        bytes: facts.content.bytes,
        format: facts.content.format,
        paths: paths.iter().map(|path| path_from_bytes(path)).collect(),
    })
}
