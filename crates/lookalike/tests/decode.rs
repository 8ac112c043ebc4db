//! Decoding through the public surface.

use std::fs;
use std::path::{Path, PathBuf};

use lookalike::ChannelOrder;
use lookalike::decode::{DecodeOptions, Picture, decode_path, probe_bytes, probe_path};

fn samples() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pictures/library");
    let mut paths: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() > 30);
    paths
}

#[test]
fn every_sample_picture_decodes_and_its_header_says_the_same() {
    for path in samples() {
        let picture = decode_path(&path, &DecodeOptions::default()).unwrap();
        let header = probe_path(&path).unwrap();
        assert_eq!(header, probe_bytes(&fs::read(&path).unwrap()).unwrap());
        assert_eq!((header.width, header.height), picture.original_size);
        assert_eq!((picture.width, picture.height), picture.original_size);
    }
}

#[test]
fn a_picture_is_made_of_as_many_pixels_as_it_has() {
    let picture = Picture::from_rgb(2, 1, vec![1, 2, 3, 4, 5, 6]).unwrap();
    assert_eq!(picture.original_size, (2, 1));
    assert_eq!(picture.gray(ChannelOrder::Rgb).width(), 2);
    assert!(Picture::from_rgb(2, 1, vec![0; 5]).is_none());
    assert!(Picture::from_rgb(0, 1, Vec::new()).is_none());
    assert!(Picture::from_rgb(u32::MAX, u32::MAX, vec![0; 6]).is_none());
}

#[test]
fn a_picture_is_turned_and_made_smaller_on_request() {
    let path = samples()[0].with_file_name("paint-brushes-phone.jpg");
    assert_eq!(probe_path(&path).unwrap().orientation(), 6);
    let options = DecodeOptions {
        orient: true,
        max_side: Some(200),
        ..DecodeOptions::default()
    };
    let picture = decode_path(&path, &options).unwrap();
    assert_eq!(picture.original_size, (400, 315));
    assert_eq!((picture.width, picture.height), (200, 158));
}
