//! Models of one's own: ONNX files, and the folders in which they come.

mod files;
mod hugging_face;
mod manifest;
mod network;
mod open_clip;
mod recipe;
mod runtime;
mod text;
mod vision;

use std::path::Path;
use std::sync::Arc;

use crate::{Embedder, Error, Level, ModelId, Result, TextEmbedder};
pub use recipe::Preset;
use recipe::Recipe;
use text::{OnnxTextEmbedder, TextTower};
use vision::{OnnxEmbedder, VisionTower};

/// A model from files: makes the workers, which share its weights.
///
/// A folder is read as its first of these says: `lookalike-model.toml`, `open_clip_config.json`,
/// `preprocessor_config.json` (a Hugging Face export). An `.onnx` file alone needs a [`Preset`].
#[derive(Clone)]
pub struct Model {
    name: String,
    vision: Arc<VisionTower>,
    text: Option<Arc<TextTower>>,
}

impl Model {
    /// Opens the file or folder at `path`, and runs the model once. `preset` is used for an `.onnx`
    /// file alone; with anything else it must be `None`.
    ///
    /// Nothing is guessed that would change vectors: what the files leave open is an error that
    /// says what to add.
    ///
    /// # Errors
    /// All of [`Error`] that name a file.
    pub fn open(path: &Path, preset: Option<Preset>) -> Result<Self> {
        let Recipe { name, vision, text } = recipe(path, preset)?;
        let vision = VisionTower::open(vision)?;
        let text = text.map(|text| TextTower::open(text, vision.dimensions));
        Ok(Self {
            name,
            text: text.transpose()?.map(Arc::new),
            vision: Arc::new(vision),
        })
    }

    /// The name for people: the manifest's `id`, or the name of the file or folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of its vectors.
    pub fn id(&self) -> &ModelId {
        &self.vision.id
    }

    /// The id of how words become vectors; `None` where the model knows pictures only.
    pub fn text_id(&self) -> Option<&ModelId> {
        Some(&self.text.as_ref()?.id)
    }

    /// Pictures whose larger side has more pixels may be reduced to this before: at least twice
    /// what the network sees of any but very long ones.
    pub fn max_side(&self) -> u32 {
        self.vision.max_side()
    }

    /// Length of its vectors.
    pub fn dimensions(&self) -> usize {
        self.vision.dimensions
    }

    /// The program that runs it: `rten`, or `ONNX Runtime` in builds with the feature `ort` where
    /// the environment variable `ORT_DYLIB_PATH` names its shared library.
    pub fn runtime(&self) -> &'static str {
        self.vision.network.runtime()
    }

    /// What the user should know: lines for stderr.
    pub fn warnings(&self) -> Vec<String> {
        let cubic = self.vision.network.resizes_linearly().then(|| {
            format!(
                "{}: resizes with cubic interpolation inside, for which the runtime takes linear: \
                 its vectors differ a little from those of other programs",
                self.vision.network.path.display()
            )
        });
        cubic.into_iter().collect()
    }

    /// A worker for pictures, on one thread; `level` is for resizing, the network itself takes the
    /// best instruction set there is.
    pub fn embedder(&self, level: Level) -> Box<dyn Embedder> {
        Box::new(OnnxEmbedder::new(self.vision.clone(), level))
    }

    /// A worker for words.
    ///
    /// # Errors
    /// [`Error::NoText`] where the model knows pictures only.
    pub fn text_embedder(&self) -> Result<Box<dyn TextEmbedder>> {
        let tower = self.text.clone().ok_or_else(|| Error::NoText {
            name: self.name.clone(),
        })?;
        Ok(Box::new(OnnxTextEmbedder::new(tower)))
    }
}

fn recipe(path: &Path, preset: Option<Preset>) -> Result<Recipe> {
    let is_onnx = path.extension().is_some_and(|e| e == "onnx");
    match preset {
        Some(preset) if is_onnx => {
            return Ok(Recipe {
                name: name_of(path),
                vision: preset.vision(path.to_owned()),
                text: None,
            });
        }
        Some(_) => {
            let reason = "a preset is for an .onnx file alone; this says itself how it is used";
            return Err(files::config(path, reason));
        }
        None => {}
    }
    if path.file_name().is_some_and(|name| name == manifest::NAME) {
        return manifest::read(path);
    }
    if path.is_dir() {
        let has = |name: &str| path.join(name).is_file();
        if has(manifest::NAME) {
            return manifest::read(&path.join(manifest::NAME));
        }
        if has(open_clip::NAME) {
            return open_clip::read(path);
        }
        if has(hugging_face::PROCESSOR) {
            return hugging_face::read(path);
        }
    } else {
        // Whether it is there at all comes first.
        files::check(path)?;
    }
    Err(Error::Unknown {
        path: path.to_owned(),
        what: "how pictures are prepared for this model",
        add: if is_onnx {
            format!(
                "name a preset ({}), or put a lookalike-model.toml beside it",
                Preset::names()
            )
        } else {
            "a folder needs a lookalike-model.toml, open_clip_config.json or \
             preprocessor_config.json; a file must end in .onnx"
                .into()
        },
    })
}

/// The last part of a path.
fn name_of(path: &Path) -> String {
    let name = path.file_stem().or(path.file_name()).unwrap_or_default();
    name.to_string_lossy().into_owned()
}
