//! The embedded model against ONNX Runtime and Pillow (`bench/lite0.py golden`).

use std::path::PathBuf;

use libjpeg_turbo_rs::{Decoder, PixelFormat};
use lookalike_embed::{Embedder, Error, Level, Lite0, Pixels};

const PICTURES: [&str; 5] = ["coffee", "cat", "astronaut", "two-dogs", "brick-wall"];

struct Decoded {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Decoded {
    fn picture(&self) -> Pixels<'_> {
        Pixels::new(self.width, self.height, &self.rgb).unwrap()
    }
}

fn path(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn png(path: PathBuf) -> Decoded {
    let reader = image::ImageReader::open(path).unwrap();
    let image = reader.decode().unwrap().into_rgb8();
    Decoded {
        width: image.width(),
        height: image.height(),
        rgb: image.into_raw(),
    }
}

/// A sample picture, with the pixels that Pillow reads from it.
fn sample(name: &str) -> Decoded {
    let jpeg = path(&format!("../../pictures/library/{name}.jpg"));
    if !jpeg.exists() {
        return png(path(&format!("../../pictures/library/{name}.png")));
    }
    let bytes = std::fs::read(jpeg).unwrap();
    let mut decoder = Decoder::new(&bytes).unwrap();
    decoder.set_output_format(PixelFormat::Rgb);
    let image = decoder.decode_image().unwrap();
    Decoded {
        width: image.width as u32,
        height: image.height as u32,
        rgb: image.data,
    }
}

fn reference(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(path(&format!("tests/golden/{name}.f32"))).unwrap();
    let (values, _) = bytes.as_chunks::<4>();
    values.iter().map(|v| f32::from_le_bytes(*v)).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b));
        products.sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// All levels that this machine has.
fn levels() -> Vec<Level> {
    let best = Level::new();
    let mut levels = vec![best, Level::fallback()];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        levels.extend(best.as_sse2().map(Level::Sse2));
        levels.extend(best.as_sse4_2().map(Level::Sse4_2));
        levels.extend(best.as_avx2().map(Level::Avx2));
    }
    levels
}

#[test]
fn embeddings_are_those_of_onnx_runtime() {
    let mut model = Lite0::new(Level::new());
    for name in PICTURES {
        let vector = model.embed(sample(name).picture()).unwrap();
        let cosine = cosine(&vector, &reference(name));
        assert!(cosine > 0.999_999_9, "{name}: {cosine}");
    }
}

/// With Pillow's own pixels only the network is compared.
#[test]
fn the_network_answers_as_onnx_runtime_does() {
    let mut model = Lite0::new(Level::new());
    for name in ["coffee", "cat"] {
        let resized = png(path(&format!("tests/golden/{name}.png")));
        let vector = model.embed(resized.picture()).unwrap();
        let cosine = cosine(&vector, &reference(name));
        assert!(cosine > 0.999_999_9, "{name}: {cosine}");
    }
}

#[test]
fn all_levels_agree() {
    let sample = sample("cat");
    let expected = reference("cat");
    let vectors: Vec<_> = levels()
        .into_iter()
        .map(|level| Lite0::new(level).embed(sample.picture()).unwrap())
        .collect();
    for vector in &vectors {
        assert!(cosine(vector, &expected) > 0.999_999_9);
        for (a, b) in vector.iter().zip(&vectors[0]) {
            assert!((a - b).abs() < 1e-6, "{a} and {b}");
        }
    }
}

#[test]
fn a_worker_forgets_the_picture_before() {
    let (cat, coffee) = (sample("cat"), sample("coffee"));
    let mut worn = Lite0::new(Level::new());
    worn.embed(coffee.picture()).unwrap();
    let fresh = Lite0::new(Level::new()).embed(cat.picture()).unwrap();
    assert_eq!(worn.embed(cat.picture()).unwrap(), fresh);
}

#[test]
fn alike_is_nearer_than_unlike() {
    let mut model = Lite0::new(Level::new());
    let mut embed = |name| model.embed(sample(name).picture()).unwrap();
    let cat = embed("cat");
    let alike = cosine(&cat, &embed("cat-mirrored"));
    let unlike = cosine(&cat, &embed("coffee"));
    assert!(alike > 0.9 && unlike < 0.5, "{alike} and {unlike}");
}

#[test]
fn vectors_have_length_one_whatever_the_picture() {
    let mut model = Lite0::new(Level::new());
    for (width, height) in [(1, 1), (1, 3000), (5000, 2), (224, 224)] {
        for value in [0, 127, 255] {
            let rgb = vec![value; width as usize * height as usize * 3];
            let picture = Pixels::new(width, height, &rgb).unwrap();
            let vector = model.embed(picture).unwrap();
            assert_eq!(vector.len(), model.dimensions());
            let squares: f32 = vector.iter().map(|v| v * v).sum();
            assert!((squares - 1.0).abs() < 1e-5);
        }
    }
}

#[test]
fn pixels_that_are_not_as_many_as_claimed_are_refused() {
    for (width, height, bytes) in [(2, 2, 11), (2, 2, 16), (0, 5, 0), (u32::MAX, u32::MAX, 3)] {
        let rgb = vec![0; bytes];
        let error = Pixels::new(width, height, &rgb).unwrap_err();
        assert!(matches!(error, Error::PixelCount { received, .. } if received == bytes));
    }
}
