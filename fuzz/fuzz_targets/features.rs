//! Every algorithm on small pictures of any size and content.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lookalike_vision::{Algorithm, Exec, GrayImage};

fuzz_target!(|bytes: &[u8]| {
    let [algorithm, width, pixels @ ..] = bytes else {
        return;
    };
    let width = usize::from(*width).max(1);
    let height = pixels.len() / width;
    let algorithm = Algorithm::ALL[usize::from(*algorithm) % Algorithm::ALL.len()];
    let image = GrayImage::from_vec(width, height, pixels[..width * height].to_vec())
        .expect("as many pixels as the size says");
    let mut worker = algorithm.create(Exec::default()).expect("default parameters");
    let features = worker.detect_and_compute(&image).expect("both operations");
    assert_eq!(features.keypoints.len(), features.descriptors.rows());
});
