//! Models that cannot be used: an error that names the file and what was expected, and a library
//! that is as it was.
#![cfg(feature = "models")]

mod common;

use common::{Folder, Ran, drawn};
use std::fs;
use std::path::{Path, PathBuf};

fn tiny(name: &str) -> PathBuf {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lookalike-embed/tests/models");
    models.join(name)
}

/// A copy of a tiny model that may be damaged.
struct Model(tempfile::TempDir);

impl Model {
    fn of(name: &str) -> Self {
        let copy = tempfile::tempdir().unwrap();
        fs::create_dir(copy.path().join("onnx")).unwrap();
        for folder in ["", "onnx"] {
            let Ok(entries) = fs::read_dir(tiny(name).join(folder)) else {
                continue;
            };
            for from in entries.map(|entry| entry.unwrap().path()) {
                if from.is_file() {
                    let to = copy.path().join(folder).join(from.file_name().unwrap());
                    fs::copy(&from, to).unwrap();
                }
            }
        }
        Self(copy)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.file(name), content).unwrap();
        self
    }

    fn edited(self, name: &str, from: &str, to: &str) -> Self {
        let content = fs::read_to_string(self.file(name)).unwrap();
        assert!(content.contains(from), "{content}");
        self.with(name, content.replace(from, to))
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }
}

const MANIFEST: &str = r#"
schema = 1
[vision]
file = "bytes.onnx"
resize = "squash"
interpolation = "bicubic"
mean = [0.0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]
pool = "gap"
"#;

/// A library of three pictures, made by the model that is compiled in.
fn library() -> Folder {
    let folder = Folder::empty();
    for seed in 0..3 {
        folder.write(format!("{seed}.ppm"), &drawn(seed, 80, 60));
    }
    folder.done(["index", "-q"]);
    folder
}

fn assert_unchanged(folder: &Folder) {
    let models = folder.done(["models", "--json"]);
    assert_eq!(models.field("name"), ["EfficientNet-Lite0"]);
    assert_eq!(models.field("state"), ["current"]);
    let hits = folder.done(["search", "1.ppm", "--by", "similar", "--no-index", "--json"]);
    assert_eq!(hits.field("path").len(), 3);
    assert_eq!(hits.field("path")[0], "1.ppm");
    folder.done(["check", "-q"]);
}

/// Refused with the name of `file` in the model's folder and all of `words`.
fn assert_refused(folder: &Folder, model: &Model, file: &str, words: &[&str]) {
    let ran = folder.run(["index", "-q", "--model", model.path()]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let place = match file {
        "" => PathBuf::from(model.path()),
        file => model.file(file),
    };
    for word in words.iter().chain([&place.to_str().unwrap()]) {
        assert!(ran.error().contains(word), "{word}: {ran:?}");
    }
    assert_unchanged(folder);
}

#[test]
fn files_that_are_no_network() {
    let folder = library();
    let onnx = "onnx/model.onnx";
    let network = fs::read(tiny("vit").join(onnx)).unwrap();
    for content in [
        &b"\x89PNG\r\n\x1a\n no network"[..],
        &[],
        &network[..network.len() / 2],
    ] {
        let model = Model::of("vit").with(onnx, content);
        assert_refused(&folder, &model, onnx, &["ONNX"]);
    }
    // Five gigabytes that take no room.
    let model = Model::of("vit");
    let large = fs::File::create(model.file(onnx)).unwrap();
    large.set_len(5 << 30).unwrap();
    assert_refused(
        &folder,
        &model,
        onnx,
        &["5368709120 bytes, at most 2147483648"],
    );
    let model = Model::of("vit");
    fs::remove_file(model.file(onnx)).unwrap();
    assert_refused(&folder, &model, "", &["add onnx/"]);
}

#[test]
fn networks_of_another_shape() {
    let folder = library();
    let manifest = "lookalike-model.toml";
    let bytes = |manifest_text: String| Model::of("bytes").with(manifest, manifest_text);
    let model = bytes(MANIFEST.replace("bytes.onnx", "dynamic.onnx"));
    assert_refused(&folder, &model, "dynamic.onnx", &["dynamic", "add size = "]);
    let model = bytes(MANIFEST.replace("pool", "size = [64, 64]\npool"));
    assert_refused(&folder, &model, "bytes.onnx", &["expected 64 x 64 pixels"]);
    let model = bytes(MANIFEST.replace("pool", "dims = 5\npool"));
    assert_refused(&folder, &model, "bytes.onnx", &["is 4, expected 5"]);
    let model = bytes(MANIFEST.replace("\"gap\"", "\"cls\""));
    assert_refused(
        &folder,
        &model,
        "bytes.onnx",
        &["expected [1, tokens, dimensions]"],
    );
    // Words as numbers of another length than pictures.
    let model = Model::of("clip");
    let text = fs::read(tiny("siglip/onnx/text_model.onnx")).unwrap();
    let model = model.with("onnx/text_model.onnx", text).edited(
        "config.json",
        "embeddings\": 12",
        "embeddings\": 8",
    );
    assert_refused(
        &folder,
        &model,
        "onnx/text_model.onnx",
        &["is 16, expected 8"],
    );
}

#[test]
fn answers_that_are_not_finite() {
    let mut network = fs::read(tiny("bytes/bytes.onnx")).unwrap();
    // The raw data of the weights: field 9, 768 bytes.
    let at = network.windows(3).position(|w| w == b"\x4a\x80\x06");
    let at = at.unwrap() + 3;
    network[at..at + 768].copy_from_slice(&f32::NAN.to_le_bytes().repeat(192));
    let model = Model::of("bytes").with("lookalike-model.toml", MANIFEST);
    let model = model.with("bytes.onnx", network);
    // Behind the network's ReLU they are zeros.
    assert_refused(&library(), &model, "bytes.onnx", &["no direction"]);
}

#[test]
fn tokenizers_that_do_not_fit() {
    let folder = library();
    let tokenizer = "tokenizer.json";
    for content in ["", "{}", "not json"] {
        let model = Model::of("clip").with(tokenizer, content);
        assert_refused(&folder, &model, tokenizer, &[]);
    }
    let model = Model::of("clip").edited("config.json", "size\": 517", "size\": 40");
    assert_refused(&folder, &model, tokenizer, &["does not fit the model"]);
}

#[test]
fn a_model_that_was_swapped() {
    let model = Model::of("vit");
    let folder = Folder::empty();
    folder.write("1.ppm", &drawn(1, 80, 60));
    folder.done(["index", "-q", "--model", model.path()]);
    let hash = folder.done(["models", "--json"]).field("hash");
    let other = fs::read(tiny("dinov2/onnx/model.onnx")).unwrap();
    let model = model.with("onnx/model.onnx", other);
    let ran = folder.run(["search", "1.ppm", "--by", "similar", "--no-index"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.error().contains(model.path()), "{ran:?}");
    assert!(ran.error().contains(hash[0].as_str().unwrap()), "{ran:?}");
    let network = fs::read(tiny("vit/onnx/model.onnx")).unwrap();
    let _model = model.with("onnx/model.onnx", network);
    folder.done(["search", "1.ppm", "--by", "similar", "--no-index"]);
}

#[test]
fn any_text_is_a_query() {
    let folder = library();
    folder.done(["index", "-q", "--model", tiny("clip").to_str().unwrap()]);
    let long = "x".repeat(10_000);
    let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f697}";
    for text in [family, &long, "", "  "] {
        let found: Ran = folder.done(["search", "--text", text, "--json"]);
        assert_eq!(found.field("kind"), ["similar"; 3], "{text:.20?}");
    }
}

#[test]
fn a_reason_is_told_once() {
    let folder = library();
    let ran = folder.run(["index", "--model", "/no/such.onnx"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(ran.error().matches("os error 2").count(), 1, "{ran:?}");
}
