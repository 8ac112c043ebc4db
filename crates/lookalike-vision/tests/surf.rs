//! SURF through its public surface. The reference numbers come from the last OpenCV packages
//! that carried it.
#![cfg(feature = "nonfree")]

mod common;
mod surf_akaze;

use common::inputs::{levels, noise};
use lookalike_vision::{Error, Exec, Feature2d, Features, GrayImage, Keypoint, Surf, SurfParams};
use proptest::prelude::*;
use surf_akaze::{Affine, compare, discs, scene, turn_between};

fn surf(params: SurfParams) -> Surf {
    Surf::new(params, Exec::default()).unwrap()
}

fn features(params: SurfParams, image: &GrayImage) -> Features {
    surf(params).detect_and_compute(image).unwrap()
}

fn rows(features: &Features) -> impl Iterator<Item = &[f32]> {
    let length = features.descriptors.length();
    features.descriptors.as_f32().unwrap().chunks_exact(length)
}

#[test]
fn agrees_with_opencv() {
    let image = discs(161, 119);
    let lines = include_str!("golden/surf.txt").lines();
    let mut seen = 0;
    for line in lines.filter(|l| !l.starts_with('#')) {
        let numbers: Vec<f32> = line.split(' ').map(|v| v.parse().unwrap()).collect();
        let params = SurfParams {
            hessian_threshold: 2000.0,
            extended: numbers[0] == 1.0,
            upright: numbers[1] == 1.0,
            ..SurfParams::default()
        };
        let features = features(params, &image);
        assert_eq!(features.keypoints.len(), numbers[2] as usize);
        let index = numbers[3] as usize;
        let k = features.keypoints[index];
        let [x, y, size, angle, response, octave, class_id] = numbers[4..11] else {
            panic!("{line}");
        };
        assert!(
            (k.x - x).abs() < 0.01 && (k.y - y).abs() < 0.01,
            "{k:?} {x} {y}"
        );
        assert!((k.response / response - 1.0).abs() < 1e-4);
        assert!(turn_between(k.angle, angle) < 0.01);
        let found = (k.size, k.octave, k.class_id);
        assert_eq!(found, (size, octave as i32, class_id as i32));
        let row = rows(&features).nth(index).unwrap();
        let cosine: f32 = row.iter().zip(&numbers[11..]).map(|(a, b)| a * b).sum();
        assert!(
            cosine > 0.9995 && row.len() == numbers.len() - 11,
            "{cosine}"
        );
        seen += 1;
    }
    assert_eq!(seen, 32);
}

#[test]
fn keypoints_are_found_again_after_turning_and_scaling() {
    for (degrees, scale) in [
        (0.0, 1.0),
        (33.0, 1.0),
        (90.0, 1.0),
        (20.0, 1.3),
        (150.0, 0.75),
    ] {
        let map = Affine::turned_and_scaled(degrees, scale);
        let (share, right) = compare(&mut surf(SurfParams::default()), map);
        assert!(share > 0.6, "{degrees} x {scale}: {share}");
        assert!(right > 100, "{degrees} x {scale}: {right} right matches");
    }
}

#[test]
fn upright_descriptors_match_without_a_turn() {
    let params = SurfParams {
        upright: true,
        extended: true,
        ..SurfParams::default()
    };
    let (_, right) = compare(&mut surf(params), Affine::turned_and_scaled(5.0, 1.1));
    assert!(right > 100, "{right}");
}

#[test]
fn angles_turn_with_the_picture() {
    let map = Affine::turned_and_scaled(90.0, 1.0);
    let mut detector = surf(SurfParams::default());
    let first = detector
        .detect(&scene(Affine::turned_and_scaled(0.0, 1.0)))
        .unwrap();
    let second = detector.detect(&scene(map)).unwrap();
    let mut turns = Vec::new();
    for k in &first {
        let (x, y) = map.apply(k.x, k.y);
        let same = |o: &&Keypoint| (x - o.x).hypot(y - o.y) < 0.5 && o.size == k.size;
        if let Some(other) = second.iter().find(same) {
            turns.push(turn_between(other.angle, k.angle + 90.0));
        }
    }
    turns.sort_by(f32::total_cmp);
    assert!(
        turns.len() > 50 && turns[turns.len() * 3 / 4] < 3.0,
        "{turns:?}"
    );
}

#[test]
fn a_dark_and_a_light_blob_differ_in_class() {
    let mut image = GrayImage::from_vec(120, 60, vec![128; 7200]).unwrap();
    for (cx, value) in [(30, 0u8), (90, 255)] {
        for y in 25..36 {
            image.row_mut(y)[cx - 5..cx + 6].fill(value);
        }
    }
    let keypoints = surf(SurfParams::default()).detect(&image).unwrap();
    let class_at = |x: f32| {
        let near = |k: &&Keypoint| (k.x - x).hypot(k.y - 30.0) < 2.0;
        keypoints.iter().find(near).map(|k| k.class_id)
    };
    assert_eq!([class_at(30.0), class_at(90.0)], [Some(1), Some(-1)]);
}

#[test]
fn detect_then_compute_is_detect_and_compute() {
    let image = discs(200, 150);
    let mut detector = surf(SurfParams::default());
    let whole = detector.detect_and_compute(&image).unwrap();
    let mut keypoints = detector.detect(&image).unwrap();
    let descriptors = detector.compute(&image, &mut keypoints).unwrap();
    assert_eq!(
        whole,
        Features {
            keypoints,
            descriptors
        }
    );
}

#[test]
fn threads_and_instruction_sets_do_not_matter() {
    let image = scene(Affine::turned_and_scaled(0.0, 1.0));
    let run = |exec| {
        Surf::new(SurfParams::default(), exec)
            .unwrap()
            .detect_and_compute(&image)
    };
    let best = run(Exec::default()).unwrap();
    assert!(best.keypoints.len() > 100);
    for threads in [2, 3, 7] {
        assert_eq!(run(Exec::with_threads(threads)).unwrap(), best);
    }
    for level in levels() {
        let other = run(Exec { level, threads: 1 }).unwrap();
        assert_eq!(other.keypoints.len(), best.keypoints.len(), "{level:?}");
        for (a, b) in other.keypoints.iter().zip(&best.keypoints) {
            assert!((a.x - b.x).abs() < 1e-3 && (a.response / b.response - 1.0).abs() < 1e-4);
        }
    }
}

#[test]
fn parameters_out_of_range_are_named() {
    let refused = |params| match Surf::new(params, Exec::default()).err() {
        Some(Error::Parameter { parameter, .. }) => parameter,
        other => panic!("{other:?}"),
    };
    let d = SurfParams::default();
    for hessian_threshold in [-1.0, f32::NAN, f32::INFINITY] {
        assert_eq!(
            refused(SurfParams {
                hessian_threshold,
                ..d
            }),
            "hessian-threshold"
        );
    }
    for n_octaves in [0, 13, u32::MAX] {
        assert_eq!(refused(SurfParams { n_octaves, ..d }), "n-octaves");
    }
    for n_octave_layers in [0, 65] {
        assert_eq!(
            refused(SurfParams {
                n_octave_layers,
                ..d
            }),
            "n-octave-layers"
        );
    }
}

#[test]
fn odd_pictures_are_no_error() {
    let mut detector = surf(SurfParams::default());
    for (w, h) in [
        (0, 0),
        (1, 1),
        (1, 40),
        (40, 1),
        (9, 9),
        (15, 15),
        (20_000, 1),
        (3, 20_000),
    ] {
        assert_eq!(
            detector
                .detect_and_compute(&noise(w, h, 3, 256))
                .unwrap()
                .keypoints,
            []
        );
    }
    assert!(
        !detector
            .detect(&noise(20_000, 24, 3, 256))
            .unwrap()
            .is_empty()
    );
    let flat = GrayImage::from_vec(64, 64, vec![200; 4096]).unwrap();
    assert_eq!(detector.detect(&flat).unwrap(), []);
}

#[test]
fn nonsense_keypoints_are_dropped() {
    let image = discs(60, 50);
    let k = |x, y, size| Keypoint {
        x,
        y,
        size,
        angle: 0.0,
        response: 0.0,
        octave: 0,
        class_id: 0,
    };
    let mut keypoints = vec![
        k(f32::NAN, 1.0, 9.0),
        k(30.0, 25.0, 12.0),
        k(1e30, -1e30, 9.0),
        k(30.0, 25.0, 1e9),
        k(30.0, 25.0, 0.0),
        k(30.0, 25.0, f32::INFINITY),
        k(20.0, 25.0, 3.0),
    ];
    let descriptors = surf(SurfParams::default())
        .compute(&image, &mut keypoints)
        .unwrap();
    assert_eq!(
        keypoints.iter().map(|k| k.x).collect::<Vec<_>>(),
        [30.0, 20.0]
    );
    assert_eq!(descriptors.rows(), 2);
    assert!(descriptors.as_f32().unwrap().iter().all(|v| v.is_finite()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]
    #[test]
    fn any_picture_and_parameters_give_sound_features(
        (w, h) in (1usize..90, 1usize..90),
        seed in 0u32..1000,
        contrast in 1u32..256,
        threshold in 0f32..2000.0,
        octaves in 1u32..7,
        layers in 1u32..5,
        (extended, upright) in (any::<bool>(), any::<bool>()),
    ) {
        let image = noise(w, h, seed, contrast);
        let params = SurfParams {
            hessian_threshold: threshold,
            n_octaves: octaves,
            n_octave_layers: layers,
            extended,
            upright,
        };
        let found = features(params, &image);
        prop_assert_eq!(found.descriptors.rows(), found.keypoints.len());
        prop_assert_eq!(found.descriptors.length(), if extended { 128 } else { 64 });
        for (k, row) in found.keypoints.iter().zip(rows(&found)) {
            prop_assert!(k.response > threshold && k.octave < octaves as i32);
            prop_assert!((0.0..w as f32).contains(&k.x) && (0.0..h as f32).contains(&k.y));
            prop_assert!((0.0..=360.0).contains(&k.angle));
            let norm = row.iter().map(|v| v * v).sum::<f32>();
            prop_assert!((norm - 1.0).abs() < 1e-3 || norm == 0.0, "{}", norm);
        }
    }
}
