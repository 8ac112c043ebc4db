//! JPEG: the rare kinds, and decoding at reduced scale.

use std::fs;
use std::path::Path;

use libjpeg_turbo_rs::precision::compress_12bit;
use libjpeg_turbo_rs::{
    PixelFormat, Subsampling, compress, compress_arithmetic, compress_lossless,
};
use lookalike::decode::{DecodeOptions, Picture, decode_bytes, decode_path, probe_bytes};
use lookalike_vision::ChannelOrder;

const WIDTH: usize = 96;
const HEIGHT: usize = 64;

/// Smooth waves, so that rounding is all that compression changes.
fn waves(x: usize, y: usize, channel: usize) -> u8 {
    let (x, y) = (x as f64, y as f64);
    let phase = x / 17.0 + y / 11.0 + channel as f64;
    (127.5 + 100.0 * phase.sin()) as u8
}

fn rgb() -> Vec<u8> {
    let pixel = |i: usize| (0..3).map(move |c| waves(i % WIDTH, i / WIDTH, c));
    (0..WIDTH * HEIGHT).flat_map(pixel).collect()
}

fn decode(bytes: &[u8], max_side: Option<u32>) -> Picture {
    let options = DecodeOptions {
        max_side,
        ..DecodeOptions::default()
    };
    decode_bytes(bytes, &options).unwrap()
}

fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: u64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.len() as f64
}

#[test]
fn arithmetic_coding_and_lossless_are_read() {
    let pixels = rgb();
    let (format, subsampling) = (PixelFormat::Rgb, Subsampling::S444);
    let arithmetic = compress_arithmetic(&pixels, WIDTH, HEIGHT, format, 95, subsampling).unwrap();
    let huffman = compress(&pixels, WIDTH, HEIGHT, format, 95, subsampling).unwrap();
    assert_ne!(arithmetic, huffman);
    let picture = decode(&arithmetic, None);
    assert_eq!(picture.rgb, decode(&huffman, None).rgb);
    assert!(mean_difference(&picture.rgb, &pixels) < 2.0);

    let grey: Vec<u8> = pixels.iter().copied().step_by(3).collect();
    let lossless = compress_lossless(&grey, WIDTH, HEIGHT, PixelFormat::Grayscale).unwrap();
    let picture = decode(&lossless, None);
    assert!(picture.rgb.iter().step_by(3).eq(&grey));
    assert_eq!(picture.gray(ChannelOrder::Bgr).data(), grey);
}

#[test]
fn twelve_bits_lose_their_lower_four() {
    let grey: Vec<i16> = rgb()
        .iter()
        .step_by(3)
        .map(|v| i16::from(*v) * 16 + 7)
        .collect();
    let bytes = compress_12bit(&grey, WIDTH, HEIGHT, 1, 98, Subsampling::S444).unwrap();
    let picture = decode(&bytes, None);
    let expected: Vec<u8> = rgb().iter().step_by(3).flat_map(|v| [*v; 3]).collect();
    assert!(mean_difference(&picture.rgb, &expected) < 2.0);
}

#[test]
fn at_reduced_scale_it_is_the_same_picture() {
    let bytes = compress(
        &rgb(),
        WIDTH,
        HEIGHT,
        PixelFormat::Rgb,
        95,
        Subsampling::S420,
    )
    .unwrap();
    // 48 is reached by the transform alone; 40 by it and the filter; 90 by the filter alone.
    for (side, height) in [(12, 8), (40, 27), (48, 32), (90, 60), (96, 64), (500, 64)] {
        let small = decode(&bytes, Some(side));
        assert_eq!((small.width, small.height), (side.min(96), height));
        assert_eq!(small.original_size, (96, 64));
        let scale = 96.0 / f64::from(small.width);
        let at = |v: usize| (v as f64 + 0.5) * scale - 0.5;
        let expected: Vec<u8> = (0..small.width as usize * small.height as usize)
            .flat_map(|i| {
                (0..3).map(move |c| (i % 96.min(side as usize), i / 96.min(side as usize), c))
            })
            .map(|(x, y, c)| {
                waves(
                    at(x).round().max(0.0) as usize,
                    at(y).round().max(0.0) as usize,
                    c,
                )
            })
            .collect();
        let off = mean_difference(&small.rgb, &expected);
        assert!(off < 8.0, "{side}: {off}");
    }
}

#[test]
fn a_missing_end_marker_is_nothing_a_missing_row_is_damage() {
    let bytes = compress(
        &rgb(),
        WIDTH,
        HEIGHT,
        PixelFormat::Rgb,
        95,
        Subsampling::S420,
    )
    .unwrap();
    let without_end = &bytes[..bytes.len() - 2];
    assert_eq!(decode(without_end, None), decode(&bytes, None));
    let damaged = &bytes[..bytes.len() - 100];
    assert!(decode(damaged, None).damage.is_some());
    assert!(decode(without_end, None).damage.is_none());
    assert!(decode_bytes(&bytes[..bytes.len() / 3], &DecodeOptions::default()).is_err());
}

#[test]
fn a_header_behind_a_large_profile_is_found() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exif-8.jpg");
    let bytes = fs::read(path).unwrap();
    // Four comments of the largest size between the start and the rest.
    let mut padded = bytes[..2].to_vec();
    for _ in 0..4 {
        padded.extend([0xff, 0xfe, 0xff, 0xff]);
        padded.extend([b' '; 65_533]);
    }
    padded.extend(&bytes[2..]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("padded.jpg");
    fs::write(&path, &padded).unwrap();
    let header = lookalike::decode::probe_path(&path).unwrap();
    assert_eq!(header, probe_bytes(&bytes).unwrap());
    assert_eq!(header.orientation(), 8);
    assert_eq!(header.displayed_size(), (29, 37));
    let options = DecodeOptions {
        orient: true,
        ..DecodeOptions::default()
    };
    let picture = decode_path(&path, &options).unwrap();
    assert_eq!((picture.width, picture.height), (29, 37));
}
