//! Any bytes as one of the files of a model.
#![no_main]

use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use lookalike_embed::{Model, Preset};

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/lookalike-embed/tests/models");

fuzz_target!(|bytes: &[u8]| {
    let Some((&which, bytes)) = bytes.split_first() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let place = |from: &str, name: &str| {
        fs::copy(Path::new(MODELS).join(from), folder.path().join(name)).unwrap();
    };
    place("clip/onnx/vision_model.onnx", "vision_model.onnx");
    place("clip/onnx/text_model.onnx", "text_model.onnx");
    place("clip/config.json", "config.json");
    place("clip/preprocessor_config.json", "preprocessor_config.json");
    place("clip/tokenizer.json", "tokenizer.json");
    let name = match which % 6 {
        0 => "lookalike-model.toml",
        1 => "open_clip_config.json",
        2 => "preprocessor_config.json",
        3 => "config.json",
        4 => "tokenizer.json",
        _ => "vision_model.onnx",
    };
    let file = folder.path().join(name);
    fs::write(&file, bytes).unwrap();
    let preset = (which >= 128).then_some(Preset::Clip);
    let path = if preset.is_some() { &file } else { folder.path() };
    if let Ok(model) = Model::open(path, preset)
        && let Ok(mut words) = model.text_embedder()
    {
        let _ = words.embed_text("a red car at night");
    }
});
