//! ORB: what stays when a picture turns, what parameters do, and the same answer on any machine.

mod common;

use common::inputs::levels;
use lookalike_vision::{
    Error, Exec, Feature2d, Features, GrayImage, Keypoint, Orb, OrbParams, OrbScore,
};
use proptest::prelude::*;

/// Overlapping boxes of random grey, and some noise: corners at many scales.
fn boxes(width: usize, height: usize, seed: u64) -> GrayImage {
    let mut state = seed | 1;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below.max(1)
    };
    let mut image = GrayImage::from_vec(width, height, vec![128; width * height]).unwrap();
    for _ in 0..width * height / 150 {
        let (x, y) = (random(width), random(height));
        let (right, bottom) = (x + 3 + random(width / 8), y + 3 + random(height / 8));
        let grey = random(256) as u8;
        for v in y..bottom.min(height) {
            image.row_mut(v)[x..right.min(width)].fill(grey);
        }
    }
    // Equal scores next to each other would suppress each other.
    for pixel in image.data_mut() {
        *pixel = (usize::from(*pixel) * 7 / 8 + random(25)) as u8;
    }
    image
}

/// A quarter turn from x towards y.
fn turned(image: &GrayImage) -> GrayImage {
    let (width, height) = (image.width(), image.height());
    let mut out = GrayImage::new(height, width);
    for y in 0..height {
        for x in 0..width {
            out.row_mut(x)[height - 1 - y] = image.row(y)[x];
        }
    }
    out
}

fn orb(params: OrbParams) -> Orb {
    Orb::new(params, Exec::default()).unwrap()
}

fn features(params: OrbParams, image: &GrayImage) -> Features {
    orb(params).detect_and_compute(image).unwrap()
}

#[test]
fn a_quarter_turn_turns_points_angles_and_keeps_descriptors() {
    let image = boxes(400, 300, 7);
    let params = OrbParams {
        n_levels: 1,
        nfeatures: 300,
        ..OrbParams::default()
    };
    let (before, after) = (features(params, &image), features(params, &turned(&image)));
    let rows = |f: &Features| f.descriptors.as_u8().unwrap().to_vec();
    let (rows_before, rows_after) = (rows(&before), rows(&after));
    let (mut found, mut close) = (0, 0);
    for (a, row_a) in before.keypoints.iter().zip(rows_before.chunks(32)) {
        let at = (299.0 - a.y, a.x);
        let same = |b: &&(&Keypoint, &[u8])| (b.0.x, b.0.y) == at;
        let pairs: Vec<_> = after.keypoints.iter().zip(rows_after.chunks(32)).collect();
        if let Some((b, row_b)) = pairs.iter().find(same) {
            let turn = (b.angle - a.angle).rem_euclid(360.0);
            assert!((turn - 90.0).abs() < 0.1, "{a:?} {b:?}");
            let distance: u32 = row_a
                .iter()
                .zip(*row_b)
                .map(|(a, b)| (a ^ b).count_ones())
                .sum();
            found += 1;
            close += usize::from(distance <= 8);
        }
    }
    assert!(
        found > 250 && close * 20 >= found * 19,
        "{found} found, {close} close"
    );
}

#[test]
fn detect_and_then_compute_is_detect_and_compute() {
    let image = boxes(320, 240, 3);
    for wta_k in [2, 3, 4] {
        let params = OrbParams {
            wta_k,
            ..OrbParams::default()
        };
        let both = features(params, &image);
        let mut orb = orb(params);
        let mut keypoints = orb.detect(&image).unwrap();
        let descriptors = orb.compute(&image, &mut keypoints).unwrap();
        // The border is one of the level for `detect`, and one of the picture for `compute`.
        assert_eq!(keypoints, both.keypoints);
        assert_eq!(descriptors, both.descriptors);
    }
}

#[test]
fn levels_share_the_features_and_scale_the_points() {
    let image = boxes(640, 480, 9);
    let found = features(OrbParams::default(), &image);
    assert!(
        (500..520).contains(&found.keypoints.len()),
        "{}",
        found.keypoints.len()
    );
    assert!(found.keypoints.is_sorted_by_key(|k| k.octave));
    for k in &found.keypoints {
        let scale = 1.2f32.powi(k.octave);
        assert!((k.size - 31.0 * scale).abs() < 1e-3);
        let (x, y) = (k.x / scale, k.y / scale);
        assert!((x - x.round()).abs() < 1e-2 && (y - y.round()).abs() < 1e-2);
        let (right, bottom) = (640.0 / scale - 31.0, 480.0 / scale - 31.0);
        assert!(
            x > 30.5 && y > 30.5 && x < right + 0.5 && y < bottom + 0.5,
            "{k:?}"
        );
    }
    let count = |octave| {
        found
            .keypoints
            .iter()
            .filter(|k| k.octave == octave)
            .count()
    };
    assert!(count(0) >= 109 && count(7) >= 31);
}

#[test]
fn compute_drops_what_it_cannot_describe_and_sorts_by_octave() {
    let image = boxes(200, 200, 5);
    let point = |x: f32, octave: i32| Keypoint {
        x,
        y: 100.0,
        size: 31.0,
        angle: 10.0,
        response: x,
        octave,
        class_id: -1,
    };
    let mut keypoints = vec![
        point(100.0, 2),
        point(5.0, 0),
        point(120.0, -1),
        point(101.0, 0),
        point(f32::NAN, 0),
        point(f32::INFINITY, 0),
        point(102.0, 2),
        point(103.0, 1_000),
    ];
    let descriptors = orb(OrbParams::default())
        .compute(&image, &mut keypoints)
        .unwrap();
    let left: Vec<f32> = keypoints.iter().map(|k| k.x).collect();
    assert_eq!(left, [101.0, 100.0, 102.0]);
    assert_eq!((descriptors.rows(), descriptors.length()), (3, 32));
}

#[test]
fn odd_shapes_and_flat_pictures_give_nothing() {
    let mut orb = orb(OrbParams {
        edge_threshold: 0,
        ..OrbParams::default()
    });
    for (width, height) in [
        (0, 0),
        (0, 5),
        (1, 1),
        (3, 9),
        (1, 20_000),
        (20_000, 12),
        (300, 200),
    ] {
        let image = GrayImage::from_vec(width, height, vec![90; width * height]).unwrap();
        assert_eq!(orb.detect_and_compute(&image).unwrap().keypoints, []);
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let good = OrbParams::default();
    for (bad, name) in [
        (
            OrbParams {
                scale_factor: 1.0,
                ..good
            },
            "scale-factor",
        ),
        (
            OrbParams {
                scale_factor: f32::NAN,
                ..good
            },
            "scale-factor",
        ),
        (
            OrbParams {
                scale_factor: 17.0,
                ..good
            },
            "scale-factor",
        ),
        (
            OrbParams {
                n_levels: 0,
                ..good
            },
            "n-levels",
        ),
        (
            OrbParams {
                n_levels: 65,
                ..good
            },
            "n-levels",
        ),
        (
            OrbParams {
                first_level: 8,
                ..good
            },
            "first-level",
        ),
        (
            OrbParams {
                first_level: 3,
                scale_factor: 3.0,
                ..good
            },
            "first-level",
        ),
        (OrbParams { wta_k: 1, ..good }, "wta-k"),
        (OrbParams { wta_k: 5, ..good }, "wta-k"),
        (
            OrbParams {
                patch_size: 1,
                ..good
            },
            "patch-size",
        ),
        (
            OrbParams {
                patch_size: 256,
                ..good
            },
            "patch-size",
        ),
    ] {
        match Orb::new(bad, Exec::default()) {
            Err(Error::Parameter {
                algorithm: "orb",
                parameter,
                ..
            }) => assert_eq!(parameter, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn any_params() -> impl Strategy<Value = OrbParams> {
    let sizes = (0..700usize, 1.05f32..3.0, 1..10usize, 0..45u32, 0..2usize);
    let rest = (2..5usize, any::<bool>(), 2..256u32, any::<u8>());
    (sizes, rest).prop_map(|(sizes, rest)| OrbParams {
        nfeatures: sizes.0,
        scale_factor: sizes.1,
        n_levels: sizes.2,
        edge_threshold: sizes.3,
        first_level: sizes.4.min(sizes.2 - 1),
        wta_k: rest.0,
        score_type: if rest.1 {
            OrbScore::Harris
        } else {
            OrbScore::Fast
        },
        patch_size: rest.2,
        fast_threshold: rest.3 / 3,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn threads_and_instruction_sets_change_nothing(
        width in 0usize..160,
        height in 0usize..120,
        seed: u64,
        params in any_params(),
    ) {
        let image = boxes(width, height, seed);
        let mut expected = None;
        for level in levels() {
            for threads in [1, 2] {
                let mut orb = Orb::new(params, Exec { level, threads }).unwrap();
                let answer = orb.detect_and_compute(&image).unwrap();
                prop_assert_eq!(answer.keypoints.len(), answer.descriptors.rows());
                // The picture before must not matter.
                orb.detect_and_compute(&boxes(70, 90, 1)).unwrap();
                prop_assert_eq!(&orb.detect_and_compute(&image).unwrap(), &answer);
                prop_assert_eq!(expected.get_or_insert(answer.clone()), &answer);
            }
        }
    }
}
