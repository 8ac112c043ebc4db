//! Pictures as they are seen: turned upright, and what is transparent on a ground.

mod common;

use common::{Folder, picture};
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use lookalike::decode::{DecodeOptions, decode_bytes, probe_bytes};
use lookalike::{By, SearchOptions, Threads};
use std::fs;
use std::path::Path;

fn webp() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/webp-exif-6.webp");
    fs::read(path).unwrap()
}

#[test]
fn exif_of_webp_may_begin_as_in_jpeg() {
    let plain = webp();
    assert_eq!(probe_bytes(&plain).unwrap().orientation(), 6);
    let at = plain.windows(4).position(|w| w == b"EXIF").unwrap();
    let length = u32::from_le_bytes(plain[at + 4..at + 8].try_into().unwrap());
    let mut prefixed = plain[..at + 4].to_vec();
    prefixed.extend((length + 6).to_le_bytes());
    prefixed.extend(b"Exif\0\0");
    prefixed.extend(&plain[at + 8..]);
    let size = prefixed.len() as u32 - 8;
    prefixed[4..8].copy_from_slice(&size.to_le_bytes());
    assert_eq!(probe_bytes(&prefixed).unwrap().orientation(), 6);
    let upright = |bytes: &[u8]| decode_bytes(bytes, &DecodeOptions::as_seen()).unwrap();
    assert_eq!(upright(&prefixed), upright(&plain));
}

/// The picture of a seed as a drawing of one colour on a ground: transparent, with hidden colours, or
/// opaque of this brightness.
fn drawing(seed: u64, ink: u8, ground: Option<u8>) -> Vec<u8> {
    let decoded = decode_bytes(&picture(seed), &DecodeOptions::default()).unwrap();
    let (pixels, _) = decoded.rgb.as_chunks::<3>();
    let drawn = |(i, pixel): (usize, &[u8; 3])| {
        let hidden = (i * 37 % 256) as u8;
        match (pixel[0] > 60, ground) {
            (true, _) => [ink, ink, ink, 255],
            (false, Some(ground)) => [ground, ground, ground, 255],
            (false, None) => [hidden, 255 - hidden, hidden, 0],
        }
    };
    let rgba: Vec<u8> = pixels.iter().enumerate().flat_map(drawn).collect();
    let mut file = Vec::new();
    PngEncoder::new(&mut file)
        .write_image(
            &rgba,
            decoded.width,
            decoded.height,
            ExtendedColorType::Rgba8,
        )
        .unwrap();
    file
}

#[test]
fn a_drawing_on_nothing_is_found_by_its_look() {
    let folder = Folder::with_pictures(2);
    folder.write("black.png", &drawing(20, 0, None));
    folder.write("white.png", &drawing(21, 255, None));
    folder.update();
    let library = folder.library();
    for (name, look) in [
        ("black.png", drawing(20, 0, Some(255))),
        ("white.png", drawing(21, 255, Some(0))),
    ] {
        let query = library
            .query_bytes(Path::new("query"), &look, By::Vector, &Threads::default())
            .unwrap();
        let hits = library.search(&query, &SearchOptions::default()).unwrap();
        assert_eq!(hits[0].path, Path::new(name), "{hits:?}");
        assert!(hits[0].score > 0.9999, "{hits:?}");
    }
    // As OpenCV has it, the hidden colours are seen.
    let stored = decode_bytes(&drawing(20, 0, None), &DecodeOptions::default()).unwrap();
    let seen = decode_bytes(&drawing(20, 0, None), &DecodeOptions::as_seen()).unwrap();
    assert_ne!(stored.rgb, seen.rgb);
    let look = decode_bytes(&drawing(20, 0, Some(255)), &DecodeOptions::default()).unwrap();
    assert_eq!(seen.rgb, look.rgb);
}
