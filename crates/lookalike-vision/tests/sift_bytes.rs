//! SIFT's descriptors as bytes, and their mirror images.

mod common;

use common::read_pgm;
use lookalike_vision::sift::mirror_descriptor;
use lookalike_vision::{Exec, Feature2d, GrayImage, Keypoint, Sift, SiftParams};

fn strongest(image: &GrayImage) -> (Vec<Keypoint>, Vec<[u8; 128]>) {
    let params = SiftParams {
        nfeatures: 800,
        ..SiftParams::default()
    };
    let mut sift = Sift::new(params, Exec::default()).unwrap();
    sift.detect_and_compute_bytes(image, |_| ())
}

#[test]
fn the_bytes_are_the_numbers_of_the_floats() {
    let image = read_pgm("coffee.pgm");
    for threads in [1, 3] {
        let mut sift = Sift::new(SiftParams::default(), Exec::with_threads(threads)).unwrap();
        let (keypoints, bytes) = sift.detect_and_compute_bytes(&image, |_| ());
        let features = sift.detect_and_compute(&image).unwrap();
        assert!(keypoints == features.keypoints && !keypoints.is_empty());
        let bytes: Vec<f32> = bytes.as_flattened().iter().map(|&b| b.into()).collect();
        assert_eq!(Some(&bytes[..]), features.descriptors.as_f32());
    }
}

#[test]
fn a_mirrored_picture_has_mirrored_keypoints_and_descriptors() {
    for name in ["cat.pgm", "coffee.pgm", "pagoda.pgm"] {
        let image = read_pgm(name);
        let rows = (0..image.height()).flat_map(|y| image.row(y).iter().rev().copied());
        let mirrored = GrayImage::from_vec(image.width(), image.height(), rows.collect()).unwrap();
        let (before, after) = (strongest(&image), strongest(&mirrored));
        // Doubling shifts the keypoints by a quarter of a pixel, in both pictures to the left.
        let last = image.width() as f32 - 0.5;
        let again = before.0.iter().zip(&before.1).filter(|(k, row)| {
            let row = mirror_descriptor(row);
            after.0.iter().zip(&after.1).any(|(other, other_row)| {
                let turn = (other.angle + k.angle).rem_euclid(360.0) - 180.0;
                (other.x + k.x - last).hypot(other.y - k.y) < 0.5
                    && turn.abs() < 5.0
                    && cosine(&row, other_row) > 0.95
            })
        });
        let share = again.count() as f64 / before.0.len() as f64;
        assert!(share > 0.88, "{name}: {share}");
    }
}

fn cosine(a: &[u8; 128], b: &[u8; 128]) -> f64 {
    let dot = |a: &[u8; 128], b: &[u8; 128]| {
        let products = a.iter().zip(b).map(|(&x, &y)| u32::from(x) * u32::from(y));
        f64::from(products.sum::<u32>())
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
