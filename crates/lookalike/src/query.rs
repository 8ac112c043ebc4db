//! What is looked for.

use crate::decode::{DecodeOptions, Picture, decode_bytes, decode_place};
use crate::engine::Meta;
use crate::same::SameQuery;
use crate::{
    ContentQuery, Error, Library, Part, Parts, PictureId, Result, StoredPicture, Threads,
    VectorExtractor,
};
use std::path::Path;

/// What counts as a hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum By {
    /// Proven hits first, then what is alike beyond chance: of the two, what the library can give;
    /// in a library of vectors alone, these.
    #[default]
    All,
    /// The same picture or object, proven by geometry.
    Same,
    /// Alike in content.
    Similar,
    /// Alike by the strongest keypoints.
    Vector,
}

/// What is looked for, described once for any number of searches: a picture, or what was made of
/// pictures and words.
#[derive(Debug)]
pub struct Query {
    pub(crate) by: By,
    pub(crate) same: Option<SameQuery>,
    pub(crate) embedding: Option<ContentQuery>,
    pub(crate) vector: Option<Vec<f32>>,
}

impl Query {
    fn nothing(by: By) -> Self {
        Self {
            by,
            same: None,
            embedding: None,
            vector: None,
        }
    }
}

impl From<ContentQuery> for Query {
    fn from(content: ContentQuery) -> Self {
        Self {
            embedding: Some(content),
            ..Self::nothing(By::Similar)
        }
    }
}

impl Library {
    /// What has to be described of a query: only what the library keeps of its own pictures.
    fn wanted(&self, meta: &Meta, by: By) -> Result<Parts> {
        let part = match by {
            By::All => {
                let kept = meta.settings.parts;
                let parts = [Part::Words, Part::Embedding].into_iter();
                let parts = parts.filter(|&part| kept.has(part));
                let parts = parts.fold(Parts::NONE, Parts::and);
                // An imported library has nothing else.
                let none = parts.is_empty();
                return Ok(if none { Part::Vector.into() } else { parts });
            }
            By::Same => Part::Words,
            By::Similar => Part::Embedding,
            By::Vector => Part::Vector,
        };
        self.need(meta, part)?;
        Ok(part.into())
    }

    /// Describes a decoded picture for [`search`](Self::search).
    ///
    /// # Errors
    /// [`Error::NoPart`] where a kind is asked for by name and is not kept, and those of the library's
    /// model.
    pub fn query(&self, picture: &Picture, by: By, threads: &Threads) -> Result<Query> {
        let meta = self.meta()?;
        let wanted = self.wanted(&meta, by)?;
        let most = meta.decode_options(wanted).max_side;
        let picture = picture.reduced(most.unwrap_or(u32::MAX))?;
        let picture = &*picture;
        let mut query = Query::nothing(by);
        for part in wanted.iter() {
            match part {
                Part::Words => {
                    let profile = meta.settings.profile;
                    query.same = Some(SameQuery::new(picture, profile, threads)?);
                }
                Part::Embedding | Part::NextEmbedding => {
                    query.embedding = Some(self.content_of(&meta, picture)?);
                }
                Part::Vector => query.vector = Some(vector_of(&meta, picture, threads)?),
            }
        }
        Ok(query)
    }

    /// Describes an encoded picture. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Picture`] where the bytes are no picture that can be read, and those of
    /// [`query`](Self::query).
    pub fn query_bytes(
        &self,
        name: &Path,
        bytes: &[u8],
        by: By,
        threads: &Threads,
    ) -> Result<Query> {
        let meta = self.meta()?;
        let picture = decode(&meta, name, bytes, self.wanted(&meta, by)?)?;
        let mut query = self.query(&picture, by, threads)?;
        query.same = query.same.map(|same| same.of_file(bytes));
        Ok(query)
    }

    /// A stored picture as a query: `None` where there is none of this id. For proofs its file is
    /// described anew where it can be read; else, from what is stored, it is not found mirrored.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, and those of the system.
    pub fn query_stored(&self, id: PictureId, by: By, threads: &Threads) -> Result<Option<Query>> {
        let wanted = self.wanted(&self.meta()?, by)?;
        let moment = self.moment(wanted)?;
        let Some(picture) = moment.pictures().get(&[id])?.pop().flatten() else {
            return Ok(None);
        };
        let meta = moment.pictures().meta();
        let mut query = Query::nothing(by);
        for part in wanted.iter() {
            match part {
                Part::Words => {
                    query.same = match self.same_of_file(meta, &picture, threads)? {
                        Some(same) => Some(same),
                        None => {
                            let words = moment.words()?.fetch(&[id], threads)?.pop().flatten();
                            words.map(|words| {
                                let query = SameQuery::of_stored(&words, picture.size);
                                query.of_content(picture.content())
                            })
                        }
                    }
                }
                Part::Embedding | Part::NextEmbedding => {
                    let embedding = moment.embeddings()?.fetch(&[id])?.pop().flatten();
                    let model = meta.models.current.id.clone();
                    query.embedding = embedding.map(|e| ContentQuery::of_stored(model, &e));
                }
                Part::Vector => query.vector = moment.vectors()?.fetch(&[id])?.pop().flatten(),
            }
        }
        Ok(Some(query))
    }

    /// A stored picture as a query for [`search_same`](Self::search_same), described from its file;
    /// `None` where that is no longer there.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn query_same_stored(
        &self,
        picture: PictureId,
        threads: &Threads,
    ) -> Result<Option<SameQuery>> {
        let moment = self.any_moment(Parts::NONE)?;
        let stored = moment.pictures().get(&[picture])?.pop().flatten();
        let meta = moment.pictures().meta();
        let query = stored.map(|stored| self.same_of_file(meta, &stored, threads));
        Ok(query.transpose()?.flatten())
    }

    /// A stored picture, described from its file, if that is still there.
    fn same_of_file(
        &self,
        meta: &Meta,
        picture: &StoredPicture,
        threads: &Threads,
    ) -> Result<Option<SameQuery>> {
        let Some(bytes) = self.picture_bytes(picture) else {
            return Ok(None);
        };
        let options = meta.decode_options(Part::Words.into());
        let pixels = decode_place(&bytes, picture.place, &options)?;
        let query = SameQuery::new(&pixels, meta.settings.profile, threads)?;
        Ok(Some(query.of_content(picture.content())))
    }

    /// A query for [`search_same`](Self::search_same): the bytes of an encoded picture, decoded and
    /// described as the pictures of this library were. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Picture`] where the bytes are no picture that can be read.
    pub fn query_same(&self, name: &Path, bytes: &[u8], threads: &Threads) -> Result<SameQuery> {
        let meta = self.meta()?;
        let picture = decode(&meta, name, bytes, Part::Words.into())?;
        let query = SameQuery::new(&picture, meta.settings.profile, threads)?;
        Ok(query.of_file(bytes))
    }

    /// The same of a decoded picture.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn query_same_pixels(&self, picture: &Picture, threads: &Threads) -> Result<SameQuery> {
        SameQuery::new(picture, self.meta()?.settings.profile, threads)
    }

    /// What the network sees in a query, for [`search_similar`](Self::search_similar): the bytes of
    /// an encoded picture. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Picture`] where the bytes are no picture that can be read; those of the library's
    /// model.
    pub fn query_embedding(&self, name: &Path, bytes: &[u8]) -> Result<ContentQuery> {
        let meta = self.meta()?;
        self.content_of(&meta, &decode(&meta, name, bytes, Part::Embedding.into())?)
    }

    /// The same of a decoded picture.
    ///
    /// # Errors
    /// Those of the library's model.
    pub fn query_embedding_pixels(&self, picture: &Picture) -> Result<ContentQuery> {
        let meta = self.meta()?;
        let most = meta.decode_options(Part::Embedding.into()).max_side;
        self.content_of(&meta, &*picture.reduced(most.unwrap_or(u32::MAX))?)
    }

    /// What words say, as [`query_embedding`](Self::query_embedding) does it for pictures: any text where
    /// the library's model has a text tower, and nouns for the embedded one.
    ///
    /// # Errors
    /// [`lookalike_embed::Error::NoText`] where the library's model knows pictures only; those of the
    /// model; of the embedded one [`UnknownWords`](lookalike_embed::Error::UnknownWords),
    /// [`NoNoun`](lookalike_embed::Error::NoNoun) and [`LongText`](lookalike_embed::Error::LongText).
    pub fn query_words(&self, words: &str) -> Result<ContentQuery> {
        let model = self.meta()?.models.current;
        self.query_model().of_words(&model, words)
    }

    /// What the network saw in a picture of this library, for
    /// [`search_similar`](Self::search_similar); `None` where there is no such picture, or its
    /// embedding is yet to be made.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, and those of the system.
    pub fn stored_embedding(&self, picture: PictureId) -> Result<Option<ContentQuery>> {
        let query = self.query_stored(picture, By::Similar, &Threads::default())?;
        Ok(query.and_then(|query| query.embedding))
    }

    /// The vector of a query, for [`search_vector`](Self::search_vector): the bytes of an encoded
    /// picture, decoded, turned as its EXIF says, reduced and described as the pictures of this library
    /// were. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Picture`] where the bytes are no picture that can be read.
    pub fn query_vector(&self, name: &Path, bytes: &[u8], threads: &Threads) -> Result<Vec<f32>> {
        let meta = self.meta()?;
        let picture = decode(&meta, name, bytes, Part::Vector.into())?;
        vector_of(&meta, &picture, threads)
    }

    /// How queries are decoded for these parts, as the pictures of the library are.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn decode_options(&self, parts: Parts) -> Result<DecodeOptions> {
        Ok(self.meta()?.decode_options(parts))
    }

    /// What the network of the library sees in a picture.
    pub(crate) fn content_of(&self, meta: &Meta, picture: &Picture) -> Result<ContentQuery> {
        self.query_model().of_picture(&meta.models.current, picture)
    }
}

fn decode(meta: &Meta, name: &Path, bytes: &[u8], parts: Parts) -> Result<Picture> {
    let options = meta.decode_options(parts);
    decode_bytes(bytes, &options).map_err(|e| Error::Picture {
        path: name.to_path_buf(),
        reason: e.to_string(),
    })
}

fn vector_of(meta: &Meta, picture: &Picture, threads: &Threads) -> Result<Vec<f32>> {
    let settings = &meta.settings;
    let mut extractor = VectorExtractor::of(settings, threads.exec())?;
    let picture = picture.reduced(settings.max_side)?;
    let gray = picture.gray(settings.channel_order);
    threads.run(|| extractor.extract(&gray))
}
