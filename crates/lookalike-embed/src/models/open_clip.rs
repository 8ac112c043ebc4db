//! Folders with an `open_clip_config.json`.

use std::path::Path;

use serde::Deserialize;

use super::files;
use super::recipe::{CLIP_COLORS, Color, Recipe, Resize, Text, Vision, in_bytes};
use crate::Result;
use crate::resample::Filter;

/// The file's name.
pub(crate) const NAME: &str = "open_clip_config.json";

#[derive(Deserialize)]
struct Config {
    model_cfg: ModelConfig,
    #[serde(default)]
    preprocess_cfg: Preprocess,
}

#[derive(Deserialize)]
struct ModelConfig {
    vision_cfg: VisionConfig,
    text_cfg: Option<TextConfig>,
}

#[derive(Deserialize)]
struct VisionConfig {
    image_size: Side,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Side {
    One(u32),
    HeightWidth([u32; 2]),
}

#[derive(Deserialize)]
struct TextConfig {
    context_length: Option<usize>,
    vocab_size: Option<usize>,
    /// A tokenizer that is not CLIP's own.
    hf_tokenizer_name: Option<String>,
}

#[derive(Default, Deserialize)]
struct Preprocess {
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
    interpolation: Option<String>,
    resize_mode: Option<String>,
}

/// Reads a folder with a [`NAME`]. What the file leaves out is open_clip's default.
pub(crate) fn read(folder: &Path) -> Result<Recipe> {
    let path = folder.join(NAME);
    let config: Config = files::json(&path)?;
    let (width, height) = match config.model_cfg.vision_cfg.image_size {
        Side::One(side) => (side, side),
        Side::HeightWidth([height, width]) => (width, height),
    };
    let preprocess = config.preprocess_cfg;
    let resize = match preprocess.resize_mode.as_deref().unwrap_or("shortest") {
        "shortest" => Resize::Shorter(width.min(height)),
        "squash" => Resize::Squash,
        "longest" => Resize::LongestPad,
        other => return Err(files::config(&path, format!("resize_mode is {other:?}"))),
    };
    let filter = match preprocess.interpolation.as_deref().unwrap_or("bicubic") {
        "bicubic" => Filter::Bicubic,
        "bilinear" => Filter::Bilinear,
        other => return Err(files::config(&path, format!("interpolation is {other:?}"))),
    };
    let [mean, std] = CLIP_COLORS;
    let vision = Vision {
        file: files::first_of(folder, &["vision_model.onnx"])?,
        input: None,
        output: None,
        layout: None,
        values: None,
        size: Some((width, height)),
        resize,
        filter,
        color: Color::Rgb,
        mean: in_bytes(preprocess.mean.unwrap_or(mean)),
        std: in_bytes(preprocess.std.unwrap_or(std)),
        pool: None,
        dims: None,
    };
    let text = config.model_cfg.text_cfg.and_then(|text| {
        Some(Text {
            file: files::first_of(folder, &["text_model.onnx"]).ok()?,
            tokenizer: folder.join("tokenizer.json"),
            input: None,
            mask: None,
            lowercase: false,
            context: text.context_length.unwrap_or(77),
            // CLIP's own fills up with 0.
            pad_id: text.hf_tokenizer_name.is_none().then_some(0),
            output: None,
            template: None,
            vocabulary: text.vocab_size,
        })
    });
    Ok(Recipe {
        name: super::name_of(folder),
        vision,
        text,
    })
}
