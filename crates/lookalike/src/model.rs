//! Which model makes the embeddings of a library.

use crate::{Error, Part, Result};
use lookalike_embed::{Embedder, Level, Lite0, TextEmbedder};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelSource {
    /// It is compiled in.
    Embedded,
    /// From files.
    Files {
        /// The file or folder.
        path: PathBuf,
        /// How an `.onnx` file alone is used; see `lookalike_embed::Preset`.
        preset: Option<String>,
    },
}

/// A model as a library records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRecord {
    /// Its name for people.
    pub name: String,
    /// The hash of its files and of how they are used, in hexadecimal digits: vectors of different
    /// ids are never compared.
    pub id: String,
    /// Elements of its vectors.
    pub dimensions: usize,
    /// Pictures whose larger side has more pixels are reduced to this before.
    pub max_side: u32,
    /// The same hash of what makes vectors of words; `None` where the model knows pictures only.
    pub text: Option<String>,
    /// Where it is.
    pub source: ModelSource,
}

/// Elements that an embedding may have: so many a segment can keep.
#[cfg(feature = "models")]
const MAX_DIMENSIONS: usize = lookalike_index::MAX_GRAPH_DIMENSION;

impl ModelRecord {
    /// The model that is compiled in.
    pub(crate) fn embedded() -> Self {
        Self {
            name: "EfficientNet-Lite0".into(),
            id: Lite0::model_id().to_string(),
            dimensions: Lite0::DIMENSIONS,
            // The network looks at 224 x 224 pixels.
            max_side: 448,
            text: None,
            source: ModelSource::Embedded,
        }
    }

    /// Whether queries may be words: of any kind where it has a text tower, and nouns that it knows where it
    /// is compiled in.
    pub fn reads_words(&self) -> bool {
        self.text.is_some() || self.source == ModelSource::Embedded
    }

    /// Whether vectors of both can be compared, those of words as well.
    fn is_like(&self, other: &Self) -> bool {
        (&self.id, &self.text) == (&other.id, &other.text)
    }
}

/// The models of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Models {
    /// Made the embeddings that are searched.
    pub current: ModelRecord,
    /// Makes those that will take their place, as soon as every picture has one.
    pub next: Option<ModelRecord>,
}

impl Default for Models {
    fn default() -> Self {
        Self {
            current: ModelRecord::embedded(),
            next: None,
        }
    }
}

impl Models {
    /// The model of a part: of [`Part::NextEmbedding`] the next one, else the current one.
    pub(crate) fn of(&self, part: Part) -> &ModelRecord {
        match (part, &self.next) {
            (Part::NextEmbedding, Some(next)) => next,
            _ => &self.current,
        }
    }

    /// The models after `asked` was asked for; `has_embeddings`: whether there are any of the
    /// current one.
    pub(crate) fn changed_to(&self, asked: &ModelRecord, has_embeddings: bool) -> Self {
        if asked.id == self.current.id || !has_embeddings {
            return Self {
                current: asked.clone(),
                next: None,
            };
        }
        Self {
            current: self.current.clone(),
            next: Some(asked.clone()),
        }
    }
}

/// A model, opened: makes the workers.
#[derive(Clone)]
pub(crate) enum Network {
    Embedded,
    #[cfg(feature = "models")]
    Files(lookalike_embed::Model),
}

impl Network {
    /// Opens the model at `source`, and says what is to be recorded of it.
    pub(crate) fn open(source: &ModelSource) -> Result<(ModelRecord, Self)> {
        match source {
            ModelSource::Embedded => Ok((ModelRecord::embedded(), Self::Embedded)),
            ModelSource::Files { path, preset } => Self::open_files(path, preset.as_deref()),
        }
    }

    #[cfg(feature = "models")]
    fn open_files(path: &Path, preset: Option<&str>) -> Result<(ModelRecord, Self)> {
        use lookalike_embed::{Model, Preset};
        let path = std::path::absolute(path).map_err(|e| Error::io(path, e))?;
        let model = Model::open(&path, preset.map(str::parse::<Preset>).transpose()?)?;
        if model.dimensions() > MAX_DIMENSIONS {
            return Err(Error::ModelTooWide {
                path,
                dimensions: model.dimensions(),
                limit: MAX_DIMENSIONS,
            });
        }
        let record = ModelRecord {
            name: model.name().into(),
            id: model.id().to_string(),
            dimensions: model.dimensions(),
            max_side: model.max_side(),
            text: model.text_id().map(ToString::to_string),
            source: ModelSource::Files {
                path,
                preset: preset.map(str::to_owned),
            },
        };
        Ok((record, Self::Files(model)))
    }

    #[cfg(not(feature = "models"))]
    fn open_files(path: &Path, _: Option<&str>) -> Result<(ModelRecord, Self)> {
        Err(Error::NoModels {
            path: path.to_path_buf(),
        })
    }

    /// Opens the model that a library has recorded; it must still be the same.
    fn open_recorded(record: &ModelRecord) -> Result<Self> {
        let (found, network) = Self::open(&record.source).map_err(|e| record.gone(e))?;
        if found.is_like(record) {
            return Ok(network);
        }
        let hashes = |model: &ModelRecord| match &model.text {
            Some(text) => format!("{} and, of words, {text}", model.id),
            None => model.id.clone(),
        };
        Err(Error::ModelDiffers {
            path: record.path().to_path_buf(),
            name: record.name.clone(),
            expected: hashes(record),
            found: hashes(&found),
        })
    }

    fn embedder(&self) -> Box<dyn Embedder> {
        match self {
            Self::Embedded => Box::new(Lite0::new(Level::new())),
            #[cfg(feature = "models")]
            Self::Files(model) => model.embedder(Level::new()),
        }
    }

    fn text_embedder(&self) -> Result<Box<dyn TextEmbedder>> {
        match self {
            Self::Embedded => Err(Error::Embed(lookalike_embed::Error::NoText {
                name: ModelRecord::embedded().name,
            })),
            #[cfg(feature = "models")]
            Self::Files(model) => Ok(model.text_embedder()?),
        }
    }

    /// What the user should know.
    pub(crate) fn warnings(&self) -> Vec<String> {
        match self {
            Self::Embedded => Vec::new(),
            #[cfg(feature = "models")]
            Self::Files(model) => model.warnings(),
        }
    }
}

impl ModelRecord {
    /// The file or folder; empty where it is compiled in.
    fn path(&self) -> &Path {
        match &self.source {
            ModelSource::Embedded => Path::new(""),
            ModelSource::Files { path, .. } => path,
        }
    }

    /// Says of a file that is not there whose it was.
    fn gone(&self, error: Error) -> Error {
        let (path, missing) = (self.path(), !self.path().exists());
        if missing && self.source != ModelSource::Embedded {
            return Error::ModelGone {
                path: path.to_path_buf(),
                name: self.name.clone(),
                id: self.id.clone(),
            };
        }
        error
    }
}

/// A recorded model that is opened when it is first needed, and then kept, for many threads.
pub(crate) struct LazyModel {
    record: ModelRecord,
    opened: Mutex<Option<Network>>,
}

impl LazyModel {
    pub(crate) fn new(record: ModelRecord) -> Self {
        Self {
            record,
            opened: Mutex::default(),
        }
    }

    /// What is recorded of it.
    pub(crate) fn record(&self) -> &ModelRecord {
        &self.record
    }

    fn get(&self) -> Result<Network> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(network) = &*opened {
            return Ok(network.clone());
        }
        let network = Network::open_recorded(&self.record)?;
        Ok(opened.insert(network).clone())
    }

    /// A worker for pictures.
    pub(crate) fn embedder(&self) -> Result<Box<dyn Embedder>> {
        Ok(self.get()?.embedder())
    }

    /// A worker for words.
    pub(crate) fn text_embedder(&self) -> Result<Box<dyn TextEmbedder>> {
        self.get()?.text_embedder()
    }
}
