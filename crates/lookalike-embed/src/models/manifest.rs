//! `lookalike-model.toml`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::files::{self, MAX_CONFIG, config};
use super::recipe::{Color, Layout, Pool, Recipe, Resize, Text, Values, Vision, in_bytes};
use crate::resample::Filter;
use crate::{Error, Result};

/// The file's name.
pub(crate) const NAME: &str = "lookalike-model.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    schema: u32,
    id: Option<String>,
    #[serde(rename = "licence")]
    _licence: Option<String>,
    vision: VisionTable,
    text: Option<TextTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VisionTable {
    file: PathBuf,
    input: Option<String>,
    output: Option<String>,
    layout: Option<Layout>,
    dtype: Option<Values>,
    color: Option<Color>,
    size: Option<[u32; 2]>,
    resize: Rule,
    crop: Option<f32>,
    interpolation: Interpolation,
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
    mean_01: Option<[f32; 3]>,
    std_01: Option<[f32; 3]>,
    pool: Option<Pool>,
    dims: Option<usize>,
    normalize: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextTable {
    file: PathBuf,
    tokenizer: PathBuf,
    input: Option<String>,
    mask: Option<String>,
    output: Option<String>,
    context: usize,
    pad_id: Option<u32>,
    #[serde(default)]
    lowercase: bool,
    template: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Rule {
    Squash,
    ShortestCrop,
    LongestPad,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Interpolation {
    Box,
    Bilinear,
    Hamming,
    Bicubic,
    Lanczos,
}

impl From<Interpolation> for Filter {
    fn from(interpolation: Interpolation) -> Self {
        match interpolation {
            Interpolation::Box => Self::Box,
            Interpolation::Bilinear => Self::Bilinear,
            Interpolation::Hamming => Self::Hamming,
            Interpolation::Bicubic => Self::Bicubic,
            Interpolation::Lanczos => Self::Lanczos,
        }
    }
}

/// Reads the manifest at `path`; the files that it names are relative to its folder.
pub(crate) fn read(path: &Path) -> Result<Recipe> {
    parse(path, &files::read(path, MAX_CONFIG)?)
}

/// Reads a manifest's content. `path` is for errors, and for the files that it names.
pub(crate) fn parse(path: &Path, content: &[u8]) -> Result<Recipe> {
    let content = str::from_utf8(content).map_err(|e| config(path, e.to_string()))?;
    let manifest: Manifest = toml::from_str(content).map_err(|e| config(path, e.message()))?;
    if manifest.schema != 1 {
        let reason = format!("schema is {}, this program knows 1", manifest.schema);
        return Err(config(path, reason));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let vision = manifest.vision.resolve(path, folder)?;
    let text = manifest.text.map(|text| text.resolve(path, folder));
    Ok(Recipe {
        name: manifest.id.unwrap_or_else(|| super::name_of(folder)),
        vision,
        text: text.transpose()?,
    })
}

impl VisionTable {
    fn resolve(self, path: &Path, folder: &Path) -> Result<Vision> {
        let unknown = |what, add: &str| Error::Unknown {
            path: path.to_owned(),
            what,
            add: add.to_owned(),
        };
        let resize = match (self.resize, self.crop) {
            (Rule::Squash, None) => Resize::Squash,
            (Rule::LongestPad, None) => Resize::LongestPad,
            (Rule::ShortestCrop, Some(share)) if share > 0.05 && share <= 1.0 => {
                Resize::Crop(share)
            }
            (Rule::ShortestCrop, None) => {
                let add = "add crop = 0.875, say, to [vision]";
                return Err(unknown("how much is cut off", add));
            }
            (Rule::ShortestCrop, Some(share)) => {
                return Err(config(path, format!("crop is {share}, expected 0.05 to 1")));
            }
            (_, Some(_)) => {
                return Err(config(path, "crop is only for resize = \"shortest-crop\""));
            }
        };
        let colors =
            |bytes: Option<[f32; 3]>, unit: Option<[f32; 3]>, what, add| match (bytes, unit) {
                (Some(values), None) => Ok(values),
                (None, Some(values)) => Ok(in_bytes(values)),
                _ => Err(unknown(what, add)),
            };
        if self.normalize == Some(false) {
            let reason = "normalize is false, but only directions are ever compared";
            return Err(config(path, reason));
        }
        Ok(Vision {
            file: folder.join(self.file),
            input: self.input,
            output: self.output,
            layout: self.layout,
            values: self.dtype,
            size: self.size.map(|[width, height]| (width, height)),
            resize,
            filter: self.interpolation.into(),
            color: self.color.unwrap_or(Color::Rgb),
            mean: colors(
                self.mean,
                self.mean_01,
                "which colour is subtracted",
                "add either mean (in 0 to 255) or mean_01 (in 0 to 1) to [vision]",
            )?,
            std: colors(
                self.std,
                self.std_01,
                "by what colours are divided",
                "add either std (in 0 to 255) or std_01 (in 0 to 1) to [vision]",
            )?,
            pool: self.pool,
            dims: self.dims,
        })
    }
}

impl TextTable {
    fn resolve(self, path: &Path, folder: &Path) -> Result<Text> {
        if self.template.as_ref().is_some_and(|t| !t.contains("{}")) {
            return Err(config(
                path,
                "template has no {} in which words could be put",
            ));
        }
        Ok(Text {
            file: folder.join(self.file),
            tokenizer: folder.join(self.tokenizer),
            input: self.input,
            mask: self.mask,
            lowercase: self.lowercase,
            context: self.context,
            pad_id: self.pad_id,
            output: self.output,
            template: self.template,
            vocabulary: None,
        })
    }
}
