//! KAZE against OpenCV's answers.

mod common;

use common::{Golden, TIGHT, Tolerance, cosine, same_order, share};
use lookalike_vision::{Diffusivity, Exec, Feature2d, Features, Kaze, KazeParams};

fn worker(golden: &Golden, threads: usize) -> Kaze {
    let default = KazeParams::default();
    let params = KazeParams {
        threshold: golden.param("threshold", default.threshold),
        n_octaves: golden.param("n-octaves", default.n_octaves),
        n_octave_layers: golden.param("n-octave-layers", default.n_octave_layers),
        diffusivity: match golden.param("diffusivity", String::from("pm-g2")).as_str() {
            "pm-g1" => Diffusivity::PmG1,
            "pm-g2" => Diffusivity::PmG2,
            "weickert" => Diffusivity::Weickert,
            "charbonnier" => Diffusivity::Charbonnier,
            other => panic!("diffusivity {other}"),
        },
        extended: golden.param("extended", false),
        upright: golden.param("upright", false),
    };
    Kaze::new(params, Exec::with_threads(threads)).unwrap()
}

/// The angle may jump where two windows are equally strong, which cosines catch.
const ANY_ANGLE: Tolerance = Tolerance {
    angle: f32::INFINITY,
    ..TIGHT
};

fn check(golden: &Golden, ours: &Features) {
    let name = &golden.name;
    assert!(
        same_order(&ours.keypoints, &golden.keypoints, &ANY_ANGLE),
        "{name}"
    );
    let near = share(&golden.cosines(ours, &ANY_ANGLE), |c| c > 0.9999);
    assert!(near >= 0.999, "{name}: {near}");
}

#[test]
fn detect_and_compute_agrees() {
    for golden in Golden::of("kaze", "detect-and-compute") {
        for threads in [1, 2] {
            let ours = worker(&golden, threads)
                .detect_and_compute(&golden.picture)
                .unwrap();
            check(&golden, &ours);
        }
    }
}

#[test]
fn detect_then_compute_agrees() {
    for golden in Golden::of("kaze", "detect-then-compute") {
        let mut kaze = worker(&golden, 1);
        let mut keypoints = kaze.detect(&golden.picture).unwrap();
        let descriptors = kaze.compute(&golden.picture, &mut keypoints).unwrap();
        let ours = Features {
            keypoints,
            descriptors,
        };
        check(&golden, &ours);
    }
}

#[test]
fn the_tutorials_vector_agrees() {
    for golden in Golden::of("kaze", "vector") {
        let ours = worker(&golden, 1)
            .detect_then_compute_strongest(&golden.picture, 32)
            .unwrap();
        let mut vector = ours.descriptors.as_f32().unwrap().to_vec();
        vector.resize(golden.vector.len(), 0.0);
        let near = cosine(&vector, &golden.vector);
        assert!(near > 0.9999, "{}: {near}", golden.name);
    }
}
