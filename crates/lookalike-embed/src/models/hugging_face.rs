//! Folders as Hugging Face exports have them.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::files;
use super::recipe::{Color, Pool, Recipe, Resize, Text, Vision};
use crate::resample::Filter;
use crate::{Error, Result};

/// The file that says how pictures are prepared.
pub(crate) const PROCESSOR: &str = "preprocessor_config.json";

#[derive(Deserialize)]
struct Processor {
    size: Option<Size>,
    crop_size: Option<Size>,
    #[serde(default = "yes")]
    do_resize: bool,
    do_center_crop: Option<bool>,
    #[serde(default = "yes")]
    do_rescale: bool,
    rescale_factor: Option<f32>,
    #[serde(default = "yes")]
    do_normalize: bool,
    image_mean: Option<[f32; 3]>,
    image_std: Option<[f32; 3]>,
    resample: Option<u32>,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Size {
    Both { height: u32, width: u32 },
    Shortest { shortest_edge: u32 },
    Number(u32),
}

#[derive(Default, Deserialize)]
struct Config {
    model_type: Option<String>,
    text_config: Option<TextConfig>,
}

#[derive(Default, Deserialize)]
struct TextConfig {
    max_position_embeddings: Option<usize>,
    vocab_size: Option<usize>,
    pad_token_id: Option<u32>,
}

/// Reads a folder with a [`PROCESSOR`].
pub(crate) fn read(folder: &Path) -> Result<Recipe> {
    let processor = folder.join(PROCESSOR);
    let config_path = folder.join("config.json");
    let config: Config = if config_path.exists() {
        files::json(&config_path)?
    } else {
        Config::default()
    };
    let kind = config.model_type.as_deref().unwrap_or_default();
    let file = files::first_of(folder, &["vision_model.onnx", "model.onnx"])?;
    let vision = files::json::<Processor>(&processor)?.vision(&processor, file, kind)?;
    let text_file = files::first_of(folder, &["text_model.onnx"]).ok();
    let text = text_file.map(|file| text(folder, &config_path, file, kind, config.text_config));
    Ok(Recipe {
        name: super::name_of(folder),
        vision,
        text: text.transpose()?,
    })
}

impl Processor {
    fn vision(self, path: &Path, file: PathBuf, kind: &str) -> Result<Vision> {
        let unknown = |what, add: &str| Error::Unknown {
            path: path.to_owned(),
            what,
            add: add.to_owned(),
        };
        if !self.do_resize {
            let add = "add do_resize, and size, or a lookalike-model.toml";
            return Err(unknown(
                "how pictures of other sizes become the model's",
                add,
            ));
        }
        let (resize, size) = self.resize(&unknown)?;
        // Values in 0..=255 are all the same to a network that gets (x * scale - mean) / std.
        let scale = match (self.do_rescale, self.rescale_factor) {
            (true, factor) => factor.unwrap_or(1.0 / 255.0),
            (false, _) => 1.0,
        };
        let (mean, std) = if self.do_normalize {
            let add = "add image_mean and image_std, three numbers each";
            let missing = || unknown("how colours are normalized", add);
            (
                self.image_mean.ok_or_else(missing)?,
                self.image_std.ok_or_else(missing)?,
            )
        } else {
            ([0.0; 3], [1.0; 3])
        };
        // Pillow's numbers.
        let filter = match self.resample {
            Some(1) => Filter::Lanczos,
            Some(2) => Filter::Bilinear,
            Some(3) => Filter::Bicubic,
            Some(4) => Filter::Box,
            Some(5) => Filter::Hamming,
            _ => {
                let add = "add resample: 2 (bilinear) or 3 (bicubic)";
                return Err(unknown("which filter resizes pictures", add));
            }
        };
        Ok(Vision {
            file,
            input: None,
            output: None,
            layout: None,
            values: None,
            size: Some(size),
            resize,
            filter,
            color: Color::Rgb,
            mean: mean.map(|m| m / scale),
            std: std.map(|s| s / scale),
            pool: pool(kind),
            dims: None,
        })
    }

    fn resize(
        &self,
        unknown: &impl Fn(&'static str, &str) -> Error,
    ) -> Result<(Resize, (u32, u32))> {
        let what = "to what size pictures are brought";
        let crop = self.do_center_crop.unwrap_or(self.crop_size.is_some());
        let both = |size: Size, add| match size {
            Size::Both { height, width } => Ok((width, height)),
            Size::Number(side) => Ok((side, side)),
            Size::Shortest { .. } => Err(unknown(what, add)),
        };
        let size = self
            .size
            .ok_or_else(|| unknown(what, "add size: {\"height\": 224, \"width\": 224}, say"))?;
        if !crop {
            let add = "add do_center_crop and crop_size beside shortest_edge";
            return Ok((Resize::Squash, both(size, add)?));
        }
        let add = "add crop_size: {\"height\": 224, \"width\": 224}, say";
        let crop_size = self.crop_size.ok_or_else(|| unknown(what, add))?;
        let cut = both(crop_size, add)?;
        let shorter = match size {
            Size::Shortest { shortest_edge } => shortest_edge,
            Size::Number(side) => side,
            Size::Both { height, width } if (width, height) == cut => {
                return Ok((Resize::Squash, cut));
            }
            Size::Both { .. } => {
                return Err(unknown(what, "give size as {\"shortest_edge\": 256}, say"));
            }
        };
        Ok((Resize::Shorter(shorter), cut))
    }
}

/// How models of this type are pooled by those who trained them; CLIP and SigLIP do it themselves.
fn pool(kind: &str) -> Option<Pool> {
    match kind {
        "vit" | "deit" | "dinov2" | "dinov2_with_registers" | "dinov3_vit" => Some(Pool::Cls),
        "resnet" | "convnext" | "convnextv2" | "efficientnet" => Some(Pool::Gap),
        _ => None,
    }
}

fn text(
    folder: &Path,
    config_path: &Path,
    file: PathBuf,
    kind: &str,
    config: Option<TextConfig>,
) -> Result<Text> {
    let config = config.unwrap_or_default();
    let tokenizer = folder.join("tokenizer.json");
    let usual = match kind {
        "clip" => Some(77),
        "siglip" | "siglip2" => Some(64),
        _ => None,
    };
    let context = config.max_position_embeddings.or(usual);
    let context = context.ok_or_else(|| Error::Unknown {
        path: config_path.to_owned(),
        what: "how many tokens a text has",
        add: "add text_config.max_position_embeddings".into(),
    })?;
    Ok(Text {
        file,
        tokenizer,
        input: None,
        mask: None,
        lowercase: false,
        context,
        pad_id: config.pad_token_id,
        output: None,
        template: None,
        vocabulary: config.vocab_size,
    })
}
