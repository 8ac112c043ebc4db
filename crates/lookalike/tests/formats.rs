//! Pictures of many formats are what others see in them. `fixtures/formats/make.py` says how the files came
//! about; beside each lies its look on white.

use std::fs;
use std::path::{Path, PathBuf};

use lookalike::decode::{
    DecodeError, DecodeOptions, Format, Limits, Picture, decode_bytes, decode_path, probe_path,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats")
}

/// The files of a format, with their looks.
fn fixtures() -> Vec<(PathBuf, PathBuf)> {
    let files = fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path());
    let looks = files.filter(|path| path.extension().is_some_and(|e| e == "png"));
    let mut fixtures: Vec<_> = looks.map(|look| (look.with_extension(""), look)).collect();
    fixtures.sort();
    fixtures
}

fn seen(path: &Path) -> Result<Picture, DecodeError> {
    decode_path(path, &DecodeOptions::as_seen())
}

/// The peak signal-to-noise ratio, in dB.
fn likeness(a: &Picture, b: &Picture) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let squares = a.rgb.iter().zip(&b.rgb).map(|(&a, &b)| {
        let difference = f64::from(a) - f64::from(b);
        difference * difference
    });
    let mean = squares.sum::<f64>() / a.rgb.len() as f64;
    10.0 * (255.0 * 255.0 / mean.max(1e-3)).log10()
}

#[test]
fn pictures_are_what_others_see_in_them() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 40, "{}", fixtures.len());
    let mut wrong = Vec::new();
    for (file, look) in fixtures {
        let look = seen(&look).unwrap();
        match seen(&file) {
            Ok(picture) if (picture.width, picture.height) == (look.width, look.height) => {
                // Of edges of colours in HEIC others repeat the coarse chroma, which we interpolate.
                let is_heic = file.extension().is_some_and(|e| e == "heic");
                let least = if is_heic { 30.0 } else { 38.0 };
                let likeness = likeness(&picture, &look);
                if likeness < least {
                    wrong.push(format!("{}: {likeness:.1} dB", file.display()));
                }
            }
            Ok(picture) => wrong.push(format!(
                "{}: {} x {}",
                file.display(),
                picture.width,
                picture.height
            )),
            Err(error) => wrong.push(format!("{}: {error}", file.display())),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn headers_say_what_the_pixels_are() {
    for (file, _) in fixtures() {
        let header = probe_path(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let picture = seen(&file).unwrap();
        assert_eq!(
            header.displayed_size(),
            picture.original_size,
            "{}",
            file.display()
        );
        let small = DecodeOptions {
            max_side: Some(20),
            ..DecodeOptions::as_seen()
        };
        let small = decode_path(&file, &small).unwrap();
        assert_eq!(small.width.max(small.height), 20, "{}", file.display());
        assert_eq!(small.original_size, picture.original_size);
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_decoded() {
    for (file, _) in fixtures() {
        let options = |limits| DecodeOptions {
            limits,
            ..DecodeOptions::as_seen()
        };
        let few = Limits {
            max_pixels: 30 * 20,
            ..Limits::default()
        };
        let error = decode_path(&file, &options(few)).unwrap_err();
        assert!(
            matches!(error, DecodeError::TooLarge { .. }),
            "{}: {error}",
            file.display()
        );
        let little = Limits {
            max_memory: 500,
            ..Limits::default()
        };
        let error = decode_path(&file, &options(little)).unwrap_err();
        assert!(
            matches!(error, DecodeError::TooMuchMemory { .. }),
            "{}: {error}",
            file.display()
        );
    }
}

#[test]
fn damage_is_an_error_and_no_panic() {
    for (file, _) in fixtures() {
        let bytes = fs::read(&file).unwrap();
        let name = file.display();
        let tried = |bytes: &[u8]| {
            if let Err(error) = decode_bytes(bytes, &DecodeOptions::as_seen()) {
                let panicked = matches!(error, DecodeError::Panicked { .. });
                assert!(!panicked, "{name}: {error}");
            }
        };
        for part in 0..40 {
            tried(&bytes[..bytes.len() * part / 40]);
        }
        // A byte of each thirtieth is another one.
        for i in 0..30 {
            let mut bytes = bytes.clone();
            let at = bytes.len() * i / 30;
            bytes[at] ^= 0x55;
            tried(&bytes);
        }
    }
}

#[test]
fn raw_files_without_a_preview_say_so() {
    let error = seen(&folder().join("no-preview.nef")).unwrap_err();
    let said = "camera raw: not supported: it holds no preview, and only previews are read";
    assert_eq!(error.to_string(), said);
}

#[test]
fn a_sequence_and_a_picture_of_another_coding_say_so() {
    let file = |brand: &[u8; 4]| [&b"\0\0\0\x18ftyp"[..], brand, b"\0\0\0\0mif1heic"].concat();
    for brand in [b"heic", b"avif"] {
        let error = decode_bytes(&file(brand), &DecodeOptions::default()).unwrap_err();
        let format = Format::of(&file(brand)).unwrap();
        let said = format!("{format}: not supported: a sequence without a still picture");
        assert_eq!(error.to_string(), said);
    }
}
