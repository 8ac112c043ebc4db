//! The pixels are OpenCV's, bit for bit. `fixtures/make.py` says how the files and `opencv.tsv`
//! came about.

use std::fs;
use std::path::{Path, PathBuf};

use lookalike::decode::{DecodeOptions, Picture, decode_path};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The checksum of zlib and PNG.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| {
            (c >> 1) ^ (0xedb8_8320 & (c & 1).wrapping_neg())
        })
    })
}

fn decoded(name: &str, orient: bool) -> Picture {
    let options = DecodeOptions {
        orient,
        ..DecodeOptions::default()
    };
    let path = fixtures().join(name);
    decode_path(&path, &options).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn pixels_are_those_of_opencv() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    let table = fs::read_to_string(fixtures().join("opencv.tsv")).unwrap();
    let mut wrong = Vec::new();
    for line in table.lines() {
        let fields: Vec<_> = line.split('\t').collect();
        let [name, width, height, stored, upright] = fields[..] else {
            panic!("{line}");
        };
        let picture = decoded(name, false);
        let size = (width.parse().unwrap(), height.parse().unwrap());
        assert_eq!((picture.width, picture.height), size, "{name}");
        assert_eq!(picture.original_size, size, "{name}");
        if format!("{:08x}", crc32(&picture.rgb)) != stored {
            wrong.push(name.to_owned());
        }
        if format!("{:08x}", crc32(&decoded(name, true).rgb)) != upright {
            wrong.push(format!("{name} (turned upright)"));
        }
    }
    assert!(table.lines().count() > 50);
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The share of values that differ, and by how much at most.
fn difference(a: &Picture, b: &Picture) -> (f64, u8) {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let deltas = a.rgb.iter().zip(&b.rgb).map(|(a, b)| a.abs_diff(*b));
    let differing = deltas.clone().filter(|d| *d > 0).count();
    (differing as f64 / a.rgb.len() as f64, deltas.max().unwrap())
}

#[test]
fn what_opencv_does_not_read_is_the_same_picture_all_the_same() {
    let plain = decoded("png-rgb.png", false);
    for name in ["qoi.qoi", "tiff-float.tif", "tiff-alpha.tif"] {
        assert_eq!(decoded(name, false).rgb, plain.rgb, "{name}");
    }
    let (share, most) = difference(&decoded("tiff-jpeg.tif", false), &plain);
    assert!(share > 0.0 && most < 60, "{share} {most}");
    let upright = decoded("tiff-orientation-6.tif", true);
    assert_eq!(upright.rgb, decoded("png-exif-6.png", true).rgb);
    assert_eq!(
        decoded("gif-transparent.gif", false).rgb,
        decoded("gif.gif", false).rgb
    );
}
