//! Bad input: a typed error in a short time, never a panic.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lookalike::decode::{
    DecodeError, DecodeOptions, Format, Limits, decode_bytes, decode_path, probe_bytes, probe_path,
};
use proptest::prelude::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn decode(bytes: &[u8]) -> Result<lookalike::decode::Picture, DecodeError> {
    decode_bytes(bytes, &DecodeOptions::default())
}

/// One file of each kind of coding.
const KINDS: &[&str] = &[
    "jpeg-420.jpg",
    "jpeg-progressive.jpg",
    "jpeg-restarts.jpg",
    "jpeg-cmyk.jpg",
    "jpeg-grey.jpg",
    "png-rgb.png",
    "png-palette.png",
    "png-16-bit.png",
    "webp-lossy.webp",
    "webp-lossless.webp",
    "webp-alpha-lossy.webp",
    "webp-animated.webp",
    "gif-animated.gif",
    "gif-interlaced.gif",
    "tiff-lzw.tif",
    "tiff-adobe_deflate.tif",
    "tiff-jpeg.tif",
    "tiff-group4.tif",
    "tiff-palette.tif",
    "tiff-cmyk.tif",
    "bmp-24-bit.bmp",
    "bmp-palette.bmp",
    "pnm.ppm",
    "pnm.pbm",
    "qoi.qoi",
];

#[test]
fn a_hundred_bytes_that_claim_billions_of_pixels_are_refused_at_once() {
    for kind in ["jpg", "png", "gif", "bmp", "tif", "ppm", "qoi", "webp"] {
        let bytes = fs::read(fixture(&format!("absurd.{kind}"))).unwrap();
        assert!(bytes.len() <= 200, "{kind}: {}", bytes.len());
        let start = Instant::now();
        let error = decode(&bytes).unwrap_err();
        assert!(start.elapsed() < Duration::from_millis(500), "{kind}");
        match error {
            DecodeError::TooLarge {
                width,
                height,
                limit,
            } => {
                assert_eq!(
                    (width, height, limit),
                    (60_000, 60_000, 250_000_000),
                    "{kind}"
                );
            }
            error => panic!("{kind}: {error}"),
        }
    }
}

#[test]
fn a_limit_is_the_callers_to_set() {
    let path = fixture("png-rgb.png");
    let with = |limits| {
        let options = DecodeOptions {
            limits,
            ..DecodeOptions::default()
        };
        decode_path(&path, &options)
    };
    let default = Limits::default();
    let pixels = |max_pixels| Limits {
        max_pixels,
        ..default
    };
    assert!(with(pixels(37 * 29)).is_ok());
    assert!(matches!(
        with(pixels(37 * 29 - 1)),
        Err(DecodeError::TooLarge { .. })
    ));
    let file = Limits {
        max_file_bytes: 100,
        ..default
    };
    assert!(matches!(
        with(file),
        Err(DecodeError::FileTooLarge { limit: 100, .. })
    ));
    let memory = Limits {
        max_memory: 1000,
        ..default
    };
    assert!(matches!(
        with(memory),
        Err(DecodeError::TooMuchMemory { limit: 1000, .. })
    ));
    assert_eq!(Limits::with_max_megapixels(250), default);
}

#[test]
fn a_file_that_ends_early_is_an_error() {
    for name in KINDS {
        let bytes = fs::read(fixture(name)).unwrap();
        // Half of an animation holds a whole first frame.
        let parts = if name.contains("animated") {
            1..2
        } else {
            1..4
        };
        let is_salvaged = name.ends_with(".jpg") || name.ends_with(".png");
        for part in parts {
            let error = match decode(&bytes[..bytes.len() * part / 4]) {
                // What is there of these is seen, if it is half of the picture.
                Ok(picture) if is_salvaged => {
                    assert!(picture.damage.is_some(), "{name} {part}/4");
                    continue;
                }
                answer => answer.map(|_| ()).expect_err(name),
            };
            // Without the end, where its palette stands, a TIFF is one that we do not know.
            let palette = *name == "tiff-palette.tif";
            assert!(
                match error {
                    DecodeError::Truncated { .. } | DecodeError::Corrupt { .. } => true,
                    DecodeError::UnsupportedFeature { .. } => palette,
                    _ => false,
                },
                "{name} {part}/4: {error}"
            );
        }
    }
}

#[test]
fn what_is_no_picture_is_called_so() {
    let message = |bytes: &[u8]| decode(bytes).unwrap_err().to_string();
    assert_eq!(message(b""), "the file is empty");
    assert_eq!(message(b"hello, world, this is a text"), "not a picture");
    assert_eq!(message(&[0; 100]), "not a picture");
    assert_eq!(message(b"BM is how this text begins"), "not a picture");
    let exr = b"\x76\x2f\x31\x01\x02\0\0\0channels\0chlist\0";
    assert_eq!(message(exr), "OpenEXR pictures are not read by this build");
}

#[test]
fn the_content_decides_not_the_extension() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("really-a-png.jpg");
    fs::copy(fixture("png-rgb.png"), &path).unwrap();
    decode_path(&path, &DecodeOptions::default()).unwrap();
    assert_eq!(probe_path(&path).unwrap().format, Format::PNG);
}

#[test]
fn a_directory_is_refused_whatever_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.jpg");
    fs::create_dir(&path).unwrap();
    let error = decode_path(&path, &DecodeOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "a directory, not a regular file");
    let missing = decode_path(&dir.path().join("none"), &DecodeOptions::default());
    assert!(matches!(missing, Err(DecodeError::Io(_))));
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_without_waiting_for_them() {
    let error = |path: &Path| {
        let probed = probe_path(path).unwrap_err().to_string();
        let decoded = decode_path(path, &DecodeOptions::default()).unwrap_err();
        assert_eq!(probed, decoded.to_string());
        probed
    };
    assert_eq!(
        error(Path::new("/dev/zero")),
        "a device, not a regular file"
    );
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("socket.png");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert_eq!(error(&socket), "a socket, not a regular file");
    let pipe = dir.path().join("pipe.png");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    assert_eq!(error(&pipe), "a pipe, not a regular file");
}

#[cfg(target_os = "linux")]
#[test]
fn names_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(OsStr::from_bytes(b"caf\xe9\n.jpg"));
    fs::copy(fixture("jpeg-420.jpg"), &path).unwrap();
    assert!(decode_path(&path, &DecodeOptions::default()).is_ok());
    assert!(lookalike::decode::has_picture_extension(&path));
}

/// Decodes in every way there is; the answer does not matter, only that there is one.
fn survive(bytes: &[u8]) {
    let limits = Limits {
        max_pixels: 1_000_000,
        max_memory: 64 << 20,
        ..Limits::default()
    };
    let _ = probe_bytes(bytes);
    for max_side in [None, Some(5)] {
        let options = DecodeOptions {
            orient: max_side.is_some(),
            blend: max_side.is_some(),
            srgb: max_side.is_some(),
            max_side,
            limits,
        };
        match decode_bytes(bytes, &options) {
            Ok(picture) => {
                let pixels = picture.width as usize * picture.height as usize;
                assert_eq!(picture.rgb.len(), pixels * 3);
                assert!(max_side.is_none_or(|side| picture.width.max(picture.height) <= side));
            }
            Err(error) => {
                let message = error.to_string();
                assert!(message.len() < 300 && !message.contains('\n'), "{message}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn noise_after_a_magic_number_does_no_harm(
        kind in 0..KINDS.len(),
        keep in 4..40usize,
        noise in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut bytes = fs::read(fixture(KINDS[kind])).unwrap();
        bytes.truncate(keep);
        bytes.extend(noise);
        survive(&bytes);
    }

    #[test]
    fn damaged_pictures_do_no_harm(
        kind in 0..KINDS.len(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12),
        end in any::<proptest::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = fs::read(fixture(KINDS[kind])).unwrap();
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        survive(&bytes);
    }
}
