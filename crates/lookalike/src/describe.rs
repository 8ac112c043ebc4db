//! From a decoded picture to the records that a library keeps of it.

use crate::catalogue::Record;
use crate::decode::Picture;
use crate::model::LazyModel;
use crate::same::SameExtractor;
use crate::segments::{embedding_bytes, vector_bytes};
use crate::{Error, Part, Parts, Result, Settings, VectorExtractor};
use lookalike_embed::Embedder;
use lookalike_vision::Exec;
use lookalike_words::Vocabulary;

/// Makes records; one for each thread, for many pictures. What it needs it makes when it is first
/// needed.
pub(crate) struct Describer<'a> {
    settings: Settings,
    model: &'a LazyModel,
    vectors: Option<VectorExtractor>,
    features: Option<SameExtractor>,
    embedder: Option<Box<dyn Embedder>>,
}

impl<'a> Describer<'a> {
    /// A worker for the pictures of a library whose embeddings are made by `model`.
    pub(crate) fn new(settings: &Settings, model: &'a LazyModel) -> Self {
        Self {
            settings: *settings,
            model,
            vectors: None,
            features: None,
            embedder: None,
        }
    }

    /// The records of these parts.
    pub(crate) fn records(&mut self, picture: &Picture, parts: Parts) -> Result<Vec<Record>> {
        let records = parts.iter().map(|part| {
            let record = match part {
                Part::Vector => self.vector(picture),
                Part::Words => self.words(picture),
                Part::Embedding | Part::NextEmbedding => self.embedding(picture),
            };
            record.map(|record| (part, record))
        });
        records.collect()
    }

    fn vector(&mut self, picture: &Picture) -> Result<Vec<u8>> {
        let settings = &self.settings;
        let vectors = made(&mut self.vectors, || {
            VectorExtractor::of(settings, Exec::default())
        })?;
        let picture = picture.reduced(settings.max_side)?;
        let vector = vectors.extract(&picture.gray(settings.channel_order))?;
        match vector.iter().find(|v| !v.is_finite()) {
            None => Ok(vector_bytes(&vector)),
            Some(value) => Err(Error::VectorElement {
                name: "the picture".into(),
                value: *value,
            }),
        }
    }

    fn words(&mut self, picture: &Picture) -> Result<Vec<u8>> {
        let profile = self.settings.profile;
        let features = made(&mut self.features, || {
            SameExtractor::new(profile, Exec::default())
        })?;
        let features = features.extract(picture)?;
        Ok(features.to_word_picture(Vocabulary::embedded()).to_bytes())
    }

    fn embedding(&mut self, picture: &Picture) -> Result<Vec<u8>> {
        let embedder = made(&mut self.embedder, || self.model.embedder())?;
        Ok(embedding_bytes(&embed(embedder.as_mut(), picture)?))
    }
}

/// What is in `place`, made now if it is not.
fn made<T>(place: &mut Option<T>, make: impl FnOnce() -> Result<T>) -> Result<&mut T> {
    let made = match place.take() {
        Some(made) => made,
        None => make()?,
    };
    Ok(place.insert(made))
}

/// The embedding of a decoded picture.
pub(crate) fn embed(embedder: &mut dyn Embedder, picture: &Picture) -> Result<Vec<f32>> {
    let pixels = lookalike_embed::Pixels::new(picture.width, picture.height, &picture.rgb);
    Ok(embedder.embed(pixels?)?)
}
