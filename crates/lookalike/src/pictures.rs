//! The pictures of a library, one by one.

use crate::decode::{Limits, read_file};
use crate::engine::Content;
use crate::{Library, Parts, PictureId, Place, Result};
use std::path::{Path, PathBuf};

/// What a library knows of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPicture {
    /// Its id, which is never given to another.
    pub id: PictureId,
    /// Where in its files it is, if they hold several.
    pub place: Option<Place>,
    /// BLAKE3 of its file's bytes; in an imported library of its records.
    pub hash: [u8; 32],
    /// Width and height in pixels, as displayed.
    pub size: Option<(u32, u32)>,
    /// Bytes of its file.
    pub bytes: Option<u64>,
    /// The name of its file's format.
    pub format: Option<String>,
    /// Its files, relative to the indexed folder, by path.
    pub paths: Vec<PathBuf>,
}

impl StoredPicture {
    /// What makes it this picture.
    pub(crate) fn content(&self) -> Content {
        Content {
            hash: self.hash,
            place: self.place,
        }
    }
}

/// What a file's bytes are known by: their BLAKE3.
pub fn hash_of(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

/// The same from its 64 hexadecimal digits; `None` where it is something else.
pub fn hash_from_hex(digits: &str) -> Option<[u8; 32]> {
    blake3::Hash::from_hex(digits)
        .ok()
        .map(|hash| *hash.as_bytes())
}

impl Library {
    /// What is known of a picture; `None` where there is none of this id.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn picture(&self, id: PictureId) -> Result<Option<StoredPicture>> {
        let moment = self.any_moment(Parts::NONE)?;
        Ok(moment.pictures().get(&[id])?.pop().flatten())
    }

    /// At most `limit` pictures with ids above `after`, or from the first on, by id.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn pictures(&self, after: Option<PictureId>, limit: usize) -> Result<Vec<StoredPicture>> {
        self.any_moment(Parts::NONE)?.pictures().after(after, limit)
    }

    /// The id of the first picture in a file, whose path is relative to the indexed folder.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn picture_at(&self, path: &Path) -> Result<Option<PictureId>> {
        let moment = self.any_moment(Parts::NONE)?;
        Ok(moment.pictures().by_path(&[path])?.pop().flatten())
    }

    /// The files with the bytes of this BLAKE3 hash, relative to the indexed folder, by path.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn files_of(&self, hash: &[u8; 32]) -> Result<Vec<PathBuf>> {
        let moment = self.any_moment(Parts::NONE)?;
        let pictures = moment.pictures();
        let content = Content {
            hash: *hash,
            place: None,
        };
        let found = pictures.by_content(&[content])?.pop().flatten();
        let found = found.map(|id| pictures.get(&[id])).transpose()?;
        let found = found.into_iter().flatten().flatten().next();
        Ok(found.map_or_else(Vec::new, |picture| picture.paths))
    }

    /// The bytes of a picture's file; `None` where no file holds them any more. Whatever else has
    /// come under its name is not given out.
    pub fn picture_bytes(&self, picture: &StoredPicture) -> Option<Vec<u8>> {
        let root = self.root()?;
        let mut files = picture.paths.iter().map(|path| root.join(path));
        files.find_map(|file| {
            let bytes = read_file(&file, &Limits::default()).ok()?;
            (blake3::hash(&bytes) == picture.hash).then_some(bytes)
        })
    }
}
