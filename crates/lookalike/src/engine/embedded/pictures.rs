//! The catalogue of a library, read at one moment.

use super::moment::Moment;
use crate::catalogue::{Catalogue, Meta, PictureFacts};
use crate::engine::Pictures;
use crate::{FailedFile, PictureId, Result, StoredPicture, path_from_bytes, path_to_bytes};
use std::path::{Path, PathBuf};

impl Pictures for Moment<'_> {
    fn meta(&self) -> &Meta {
        self.state().meta()
    }

    fn get(&self, pictures: &[PictureId]) -> Result<Vec<Option<StoredPicture>>> {
        self.ask(|catalogue| {
            let get = |&picture: &PictureId| -> Result<Option<StoredPicture>> {
                let facts = catalogue.facts(picture)?;
                facts
                    .map(|facts| stored(catalogue, picture, facts))
                    .transpose()
            };
            pictures.iter().map(get).collect()
        })
    }

    fn after(&self, after: Option<PictureId>, limit: usize) -> Result<Vec<StoredPicture>> {
        self.ask(|catalogue| {
            let facts = catalogue.facts_after(after, limit)?.into_iter();
            facts
                .map(|(picture, facts)| stored(catalogue, picture, facts))
                .collect()
        })
    }

    fn by_hash(&self, hashes: &[[u8; 32]]) -> Result<Vec<Option<PictureId>>> {
        self.ask(|catalogue| {
            let by_hash = |hash| Ok(catalogue.picture_by_hash(hash)?.map(|(id, _)| id));
            hashes.iter().map(by_hash).collect()
        })
    }

    fn by_path(&self, paths: &[&Path]) -> Result<Vec<Option<PictureId>>> {
        self.ask(|catalogue| {
            let by_path = |path: &&Path| catalogue.picture_at(&path_to_bytes(path));
            paths.iter().map(by_path).collect()
        })
    }

    fn named(&self) -> Result<Vec<(PathBuf, PictureId)>> {
        let named = self.ask(Catalogue::named_pictures)?.into_iter();
        Ok(named
            .map(|(path, picture)| (path_from_bytes(&path), picture))
            .collect())
    }

    fn failed(&self) -> Result<Vec<FailedFile>> {
        let failed = self.ask(Catalogue::failed_files)?.into_iter();
        Ok(failed
            .map(|(path, reason)| FailedFile {
                path: path_from_bytes(&path),
                reason,
            })
            .collect())
    }
}

fn stored(catalogue: &Catalogue, id: PictureId, facts: PictureFacts) -> Result<StoredPicture> {
    let paths = catalogue.paths_of(id)?;
    Ok(StoredPicture {
        id,
        hash: facts.hash,
        size: facts.size,
        bytes: facts.bytes,
        format: facts.format,
        paths: paths.iter().map(|path| path_from_bytes(path)).collect(),
    })
}
