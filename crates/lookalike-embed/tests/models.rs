//! Models from files (`bench/tiny_models.py`), against ONNX Runtime.
#![cfg(feature = "models")]

use std::fs;
use std::path::{Path, PathBuf};

use lookalike_embed::{Error, Level, Model, Pixels, Preset};
use serde_json::Value;

fn path(relative: &str) -> PathBuf {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models");
    models.join(relative)
}

/// The picture that all expectations are about: 50 x 40 pixels without order.
fn noise() -> Vec<u8> {
    let mut state = 1u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..50 * 40 * 3).map(next).collect()
}

fn embed(model: &Model) -> Vec<f32> {
    let rgb = noise();
    let picture = Pixels::new(50, 40, &rgb).unwrap();
    model.embedder(Level::new()).embed(picture).unwrap()
}

fn expected(folder: &str) -> Value {
    serde_json::from_slice(&fs::read(path(folder).join("expected.json")).unwrap()).unwrap()
}

fn assert_near(vector: &[f32], expected: &Value) {
    let expected = expected.as_array().unwrap();
    assert_eq!(vector.len(), expected.len());
    for (a, b) in vector.iter().zip(expected) {
        let b = b.as_f64().unwrap() as f32;
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
    }
}

#[test]
fn exports_answer_as_in_onnx_runtime() {
    for folder in ["clip", "siglip", "dinov2", "vit"] {
        let model = Model::open(&path(folder), None).unwrap();
        assert_eq!(model.name(), folder);
        let vector = embed(&model);
        assert_eq!(vector.len(), model.dimensions());
        assert_near(&vector, &expected(folder)["picture"]);
    }
}

#[test]
fn words_answer_as_in_onnx_runtime() {
    for folder in ["clip", "siglip"] {
        let model = Model::open(&path(folder), None).unwrap();
        let mut words = model.text_embedder().unwrap();
        let texts = &expected(folder)["texts"];
        let texts = texts.as_array().unwrap();
        assert_eq!(texts.len(), 4);
        for case in texts {
            let vector = words.embed_text(case["text"].as_str().unwrap()).unwrap();
            assert_near(&vector, &case["vector"]);
        }
    }
}

#[test]
fn a_model_without_words_says_so() {
    let model = Model::open(&path("vit"), None).unwrap();
    assert!(matches!(model.text_embedder(), Err(Error::NoText { name }) if name == "vit"));
}

/// A copy of a model's files, with some of them changed.
struct Copy(tempfile::TempDir);

impl Copy {
    fn of(folder: &str) -> Self {
        let copy = tempfile::tempdir().unwrap();
        let mut folders = vec![path(folder)];
        while let Some(from) = folders.pop() {
            for entry in fs::read_dir(&from).unwrap() {
                let entry = entry.unwrap().path();
                let to = copy.path().join(entry.strip_prefix(path(folder)).unwrap());
                if entry.is_dir() {
                    fs::create_dir(&to).unwrap();
                    folders.push(entry);
                } else {
                    fs::copy(&entry, &to).unwrap();
                }
            }
        }
        Self(copy)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    fn edit(&self, name: &str, from: &str, to: &str) -> &Self {
        let content = fs::read_to_string(self.path(name)).unwrap();
        assert!(content.contains(from), "{content}");
        self.write(name, content.replace(from, to))
    }

    fn open(&self) -> Result<Model, Error> {
        Model::open(self.0.path(), None)
    }

    fn error(&self) -> String {
        match self.open() {
            Ok(_) => panic!("it opens"),
            Err(error) => {
                let error = error.to_string();
                let folder = self.0.path().display().to_string();
                assert!(error.starts_with(&folder), "names no file: {error}");
                error
            }
        }
    }
}

const BYTES: &str = r#"
schema = 1
id = "bytes"
[vision]
file = "bytes.onnx"
resize = "squash"
interpolation = "bicubic"
mean = [0.0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]
pool = "gap"
"#;

#[test]
fn a_manifest_and_its_pools() {
    let expected = expected("bytes");
    for pool in ["gap", "gem:3"] {
        let copy = Copy::of("bytes");
        let manifest = BYTES.replace("\"gap\"", &format!("{pool:?}"));
        let model = copy.write("lookalike-model.toml", manifest).open().unwrap();
        assert_eq!((model.name(), model.dimensions()), ("bytes", 4));
        assert_near(&embed(&model), &expected[pool]);
    }
}

#[test]
fn a_manifest_goes_before_an_export() {
    let copy = Copy::of("vit");
    let manifest = r#"
        schema = 1
        [vision]
        file = "onnx/model.onnx"
        resize = "squash"
        interpolation = "bilinear"
        mean_01 = [0.5, 0.5, 0.5]
        std_01 = [0.5, 0.5, 0.5]
        size = [32, 32]
        pool = "mean-no-cls"
    "#;
    let model = copy.write("lookalike-model.toml", manifest).open().unwrap();
    assert_near(&embed(&model), &expected("vit")["mean-no-cls"]);
    assert_ne!(model.id(), Model::open(&path("vit"), None).unwrap().id());
}

#[test]
fn an_open_clip_folder_is_clip() {
    let copy = Copy::of("clip");
    fs::remove_file(copy.path("preprocessor_config.json")).unwrap();
    let config = r#"{"model_cfg": {"embed_dim": 8, "vision_cfg": {"image_size": 32},
        "text_cfg": {"context_length": 12, "vocab_size": 517}}}"#;
    let model = copy.write("open_clip_config.json", config).open().unwrap();
    assert_near(&embed(&model), &expected("clip")["picture"]);
    let mut words = model.text_embedder().unwrap();
    let text = &expected("clip")["texts"][0];
    let vector = words.embed_text(text["text"].as_str().unwrap()).unwrap();
    assert_near(&vector, &text["vector"]);
}

#[test]
fn a_file_alone_needs_a_preset() {
    let file = path("vit/onnx/model.onnx");
    let error = Model::open(&file, None).err().unwrap().to_string();
    assert!(error.contains("name a preset"), "{error}");
    let model = Model::open(&file, Some(Preset::Vit)).unwrap();
    assert_near(&embed(&model), &expected("vit")["picture"]);
    let model = Model::open(&path("bytes/bytes.onnx"), Some(Preset::Imagenet)).unwrap();
    assert_eq!(model.dimensions(), 4);
    assert!(Model::open(&path("vit"), Some(Preset::Vit)).is_err());
}

#[test]
fn an_id_is_of_file_and_use() {
    let id = |copy: &Copy| copy.open().unwrap().id().clone();
    let copy = Copy::of("vit");
    let first = id(&copy);
    assert_eq!(id(&Copy::of("vit")), first, "the place does not matter");
    copy.edit(
        "preprocessor_config.json",
        "\"resample\": 2",
        "\"resample\": 3",
    );
    assert_ne!(id(&copy), first);
    let swapped = Copy::of("vit");
    let other = fs::read(path("dinov2/onnx/model.onnx")).unwrap();
    assert_ne!(id(swapped.write("onnx/model.onnx", other)), first);
}

#[test]
fn what_is_not_known_is_not_guessed() {
    let processor = "preprocessor_config.json";
    for (from, to, add) in [
        ("\"resample\"", "\"r\"", "resample"),
        ("\"image_mean\"", "\"m\"", "image_mean"),
        ("\"size\"", "\"s\"", "size"),
        ("\"do_resize\": true", "\"do_resize\": false", "do_resize"),
    ] {
        let error = Copy::of("vit").edit(processor, from, to).error();
        assert!(error.contains("add") && error.contains(add), "{error}");
    }
    let error = Copy::of("vit")
        .edit("config.json", "\"vit\"", "\"new\"")
        .error();
    assert!(error.contains("pool"), "{error}");
    let clip = Copy::of("clip");
    let error = clip
        .edit("config.json", "\"pad_token_id\"", "\"p\"")
        .error();
    assert!(error.contains("pad_token_id"), "{error}");
    let error = Copy::of("bytes").error();
    assert!(error.contains("lookalike-model.toml"), "{error}");
}

#[test]
fn bad_networks_are_errors() {
    let network = fs::read(path("vit/onnx/model.onnx")).unwrap();
    for content in [&b"not a network"[..], &[], &network[..network.len() / 2]] {
        let copy = Copy::of("vit");
        copy.write("onnx/model.onnx", content);
        let error = copy.open().err().unwrap();
        assert!(matches!(error, Error::NotOnnx { .. }), "{error}");
        copy.error();
    }
    // Five gigabytes that take no room.
    let copy = Copy::of("vit");
    let large = fs::File::create(copy.path("onnx/model.onnx")).unwrap();
    large.set_len(5 << 30).unwrap();
    assert!(matches!(copy.open(), Err(Error::TooLarge { bytes, .. }) if bytes == 5 << 30));
    // Another size than it was exported for.
    let copy = Copy::of("bytes");
    let manifest = BYTES.replace("resize", "size = [64, 64]\nresize");
    let error = copy
        .write("lookalike-model.toml", manifest)
        .open()
        .err()
        .unwrap();
    assert!(matches!(error, Error::Shape { .. }), "{error}");
    let manifest = BYTES.replace("pool", "dims = 5\npool");
    let error = copy.write("lookalike-model.toml", manifest).error();
    assert!(error.contains("is 4, expected 5"), "{error}");
    let manifest = BYTES.replace("bytes.onnx", "none.onnx");
    let error = copy
        .write("lookalike-model.toml", manifest)
        .open()
        .err()
        .unwrap();
    assert!(matches!(error, Error::Io { .. }), "{error}");
}

#[test]
fn a_dynamic_size_must_be_given() {
    let copy = Copy::of("bytes");
    let manifest = BYTES.replace("bytes.onnx", "dynamic.onnx");
    let error = copy.write("lookalike-model.toml", &manifest).error();
    assert!(error.contains("size = "), "{error}");
    let manifest = manifest.replace("pool", "size = [32, 32]\npool");
    let model = copy.write("lookalike-model.toml", manifest).open().unwrap();
    assert_near(&embed(&model), &expected("bytes")["gap"]);
}

#[test]
fn answers_without_a_direction_are_an_error() {
    let network = fs::read(path("bytes/bytes.onnx")).unwrap();
    // The raw data of the weights: field 9, 768 bytes.
    let at = network.windows(3).position(|w| w == b"\x4a\x80\x06");
    let at = at.unwrap() + 3;
    // Behind the network's ReLU, what is no number is 0 in rten, and stays what it is in ONNX Runtime.
    let has_ort = cfg!(feature = "ort") && std::env::var_os("ORT_DYLIB_PATH").is_some();
    let of_nan = if has_ort {
        "not finite"
    } else {
        "no direction"
    };
    for (weight, reason) in [(f32::INFINITY, "not finite"), (f32::NAN, of_nan)] {
        let mut network = network.clone();
        network[at..at + 768].copy_from_slice(&weight.to_le_bytes().repeat(192));
        let copy = Copy::of("bytes");
        copy.write("bytes.onnx", network);
        let error = copy.write("lookalike-model.toml", BYTES).error();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn bad_configurations_are_errors() {
    for (from, to) in [
        ("schema = 1", "schema = 2"),
        ("schema = 1", "schema = "),
        ("\"gap\"", "\"gem:0\""),
        ("\"gap\"", "\"most\""),
        ("\"squash\"", "\"stretch\""),
        ("pool", "colour = \"rgb\"\npool"),
        ("mean = [0.0, 0.0, 0.0]", ""),
        ("\"squash\"", "\"shortest-crop\""),
        ("pool", "normalize = false\npool"),
    ] {
        let copy = Copy::of("bytes");
        assert!(BYTES.contains(from));
        copy.write("lookalike-model.toml", BYTES.replace(from, to))
            .error();
    }
    let copy = Copy::of("clip");
    copy.write("config.json", "{").error();
    let copy = Copy::of("clip");
    copy.write("preprocessor_config.json", "[]").error();
}

#[test]
fn a_tokenizer_that_does_not_fit_is_an_error() {
    for content in ["", "{}", "not json"] {
        Copy::of("clip").write("tokenizer.json", content).error();
    }
    let copy = Copy::of("clip");
    copy.edit("config.json", "\"vocab_size\": 517", "\"vocab_size\": 40");
    assert!(copy.error().contains("does not fit"));
    let copy = Copy::of("clip");
    copy.edit("config.json", "embeddings\": 12", "embeddings\": 2");
    assert!(copy.error().contains("2 tokens"));
}

#[test]
fn cubic_interpolation_inside_is_warned_of() {
    let warnings = |folder| Model::open(&path(folder), None).unwrap().warnings();
    assert!(warnings("vit").is_empty());
    let copy = Copy::of("bytes");
    let mut network = fs::read(path("bytes/bytes.onnx")).unwrap();
    // A piece of metadata that no one looks at, written as the attribute would be.
    network.extend(b"\x72\x0b\x0a\x00\x12\x07\x22\x05cubic");
    copy.write("bytes.onnx", network);
    let model = copy.write("lookalike-model.toml", BYTES).open().unwrap();
    let is_warned = model.warnings().iter().any(|w| w.contains("cubic"));
    // ONNX Runtime does it as it is asked to.
    assert_eq!(is_warned, model.runtime() == "rten");
}
