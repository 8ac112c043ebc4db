//! From a decoded picture to the records that a library keeps of it.

use crate::catalogue::Record;
use crate::decode::Picture;
use crate::same::SameExtractor;
use crate::segments::{embedding_bytes, vector_bytes};
use crate::{Error, Part, Parts, Result, Settings, VectorExtractor};
use lookalike_embed::{Embedder, Lite0};
use lookalike_index::Vocabulary;
use lookalike_vision::Exec;

/// Makes records; one for each thread, for many pictures.
pub(crate) struct Describer {
    settings: Settings,
    vectors: VectorExtractor,
    features: SameExtractor,
    embedder: Box<dyn Embedder>,
}

impl Describer {
    /// A worker for the pictures of a library.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        Ok(Self {
            settings: *settings,
            vectors: VectorExtractor::of(settings, Exec::default())?,
            features: SameExtractor::new(settings.profile, Exec::default())?,
            embedder: Box::new(Lite0::new(Exec::default().level)),
        })
    }

    /// The records of these parts.
    pub(crate) fn records(&mut self, picture: &Picture, parts: Parts) -> Result<Vec<Record>> {
        let records = parts.iter().map(|part| {
            let record = match part {
                Part::Vector => self.vector(picture),
                Part::Words => self.words(picture),
                Part::Embedding => self.embedding(picture),
            };
            record.map(|record| (part, record))
        });
        records.collect()
    }

    fn vector(&mut self, picture: &Picture) -> Result<Vec<u8>> {
        let picture = picture.reduced(self.settings.max_side)?;
        let vector = self
            .vectors
            .extract(&picture.gray(self.settings.channel_order))?;
        match vector.iter().find(|v| !v.is_finite()) {
            None => Ok(vector_bytes(&vector)),
            Some(value) => Err(Error::VectorElement {
                name: "the picture".into(),
                value: *value,
            }),
        }
    }

    fn words(&mut self, picture: &Picture) -> Result<Vec<u8>> {
        let features = self.features.extract(picture)?;
        Ok(features.to_word_picture(Vocabulary::embedded()).to_bytes())
    }

    fn embedding(&mut self, picture: &Picture) -> Result<Vec<u8>> {
        let embedding = embed(self.embedder.as_mut(), picture)?;
        Ok(embedding_bytes(&embedding))
    }
}

/// The embedding of a decoded picture.
pub(crate) fn embed(embedder: &mut dyn Embedder, picture: &Picture) -> Result<Vec<f32>> {
    let pixels = lookalike_embed::Picture::new(picture.width, picture.height, &picture.rgb);
    Ok(embedder.embed(pixels?)?)
}
