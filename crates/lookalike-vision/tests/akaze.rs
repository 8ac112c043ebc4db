//! AKAZE through its public surface.

mod common;
mod surf_akaze;

use common::inputs::{levels, noise};
use common::{Golden, TIGHT, same_order, share};
use lookalike_vision::{
    Akaze, AkazeDescriptor, AkazeParams, DescriptorKind, Diffusivity, Error, Exec, Feature2d,
    Features, GrayImage, Keypoint,
};
use proptest::prelude::*;
use surf_akaze::{Affine, compare, discs, scene, turn_between};

fn akaze(params: AkazeParams) -> Akaze {
    Akaze::new(params, Exec::default()).unwrap()
}

fn features(params: AkazeParams, image: &GrayImage) -> Features {
    akaze(params).detect_and_compute(image).unwrap()
}

fn different_bits(a: &[u8], b: &[u8]) -> u32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

fn params_of(golden: &Golden) -> AkazeParams {
    let d = AkazeParams::default();
    let name = |key: &str, default: &str| golden.param(key, default.to_owned());
    AkazeParams {
        descriptor_type: match name("descriptor-type", "mldb").as_str() {
            "mldb" => AkazeDescriptor::Mldb,
            "mldb-upright" => AkazeDescriptor::MldbUpright,
            "kaze" => AkazeDescriptor::Kaze,
            "kaze-upright" => AkazeDescriptor::KazeUpright,
            other => panic!("{other}"),
        },
        descriptor_size: golden.param("descriptor-size", d.descriptor_size),
        descriptor_channels: golden.param("descriptor-channels", d.descriptor_channels),
        threshold: golden.param("threshold", d.threshold),
        n_octaves: golden.param("n-octaves", d.n_octaves),
        n_octave_layers: golden.param("n-octave-layers", d.n_octave_layers),
        diffusivity: match name("diffusivity", "pm-g2").as_str() {
            "pm-g1" => Diffusivity::PmG1,
            "pm-g2" => Diffusivity::PmG2,
            "weickert" => Diffusivity::Weickert,
            "charbonnier" => Diffusivity::Charbonnier,
            other => panic!("{other}"),
        },
        max_points: golden.param("max-points", d.max_points),
    }
}

#[test]
fn agrees_with_opencv() {
    let all = Golden::of("akaze", "detect-and-compute");
    assert!(all.len() >= 20);
    for golden in all {
        let name = &golden.name;
        let ours = features(params_of(&golden), &golden.picture);
        assert!(
            same_order(&ours.keypoints, &golden.keypoints, &TIGHT),
            "{name}"
        );
        match ours.descriptors.kind() {
            DescriptorKind::U8 => {
                let close = share(&golden.bit_differences(&ours, &TIGHT), |bits| bits <= 2);
                assert!(close >= 0.99, "{name}: {close}");
            }
            DescriptorKind::F32 => {
                let close = share(&golden.cosines(&ours, &TIGHT), |c| c > 0.9999);
                assert!(close >= 0.99, "{name}: {close}");
            }
        }
    }
}

#[test]
fn keypoints_are_found_again_after_turning_and_scaling() {
    for descriptor_type in [AkazeDescriptor::Mldb, AkazeDescriptor::Kaze] {
        for (degrees, scale) in [
            (0.0, 1.0),
            (33.0, 1.0),
            (90.0, 1.0),
            (20.0, 1.3),
            (150.0, 0.8),
        ] {
            let params = AkazeParams {
                descriptor_type,
                ..AkazeParams::default()
            };
            let map = Affine::turned_and_scaled(degrees, scale);
            let (share, right) = compare(&mut akaze(params), map);
            assert!(
                share > 0.6,
                "{descriptor_type:?} {degrees} x {scale}: {share}"
            );
            assert!(
                right > 40,
                "{descriptor_type:?} {degrees} x {scale}: {right} right matches"
            );
        }
    }
}

#[test]
fn upright_descriptors_match_without_a_turn() {
    for descriptor_type in [AkazeDescriptor::MldbUpright, AkazeDescriptor::KazeUpright] {
        let params = AkazeParams {
            descriptor_type,
            ..AkazeParams::default()
        };
        let (_, right) = compare(&mut akaze(params), Affine::turned_and_scaled(4.0, 1.05));
        assert!(right > 60, "{descriptor_type:?}: {right}");
    }
}

#[test]
fn a_quarter_turn_turns_places_angles_and_little_else() {
    let map = Affine::turned_and_scaled(90.0, 1.0);
    let first = features(
        AkazeParams::default(),
        &scene(Affine::turned_and_scaled(0.0, 1.0)),
    );
    let second = features(AkazeParams::default(), &scene(map));
    let (a, b) = (
        first.descriptors.as_u8().unwrap(),
        second.descriptors.as_u8().unwrap(),
    );
    let mut distances = Vec::new();
    for (i, k) in first.keypoints.iter().enumerate() {
        let (x, y) = map.apply(k.x, k.y);
        let same = |o: &Keypoint| (x - o.x).hypot(y - o.y) < 0.3 && o.class_id == k.class_id;
        if let Some(j) = second.keypoints.iter().position(same) {
            let turn = turn_between(second.keypoints[j].angle, k.angle + 90.0);
            distances.push((different_bits(&a[i * 61..][..61], &b[j * 61..][..61]), turn));
        }
    }
    // The samples of the orientation lie on whole pixels, so some angles do jump.
    let close = share(&distances, |(bits, turn)| bits < 80 && turn < 10.0);
    assert!(
        distances.len() > 50 && close > 0.8,
        "{close}: {distances:?}"
    );
}

#[test]
fn detect_then_compute_is_detect_and_compute() {
    let image = discs(300, 200);
    let mut detector = akaze(AkazeParams::default());
    let whole = detector.detect_and_compute(&image).unwrap();
    let mut keypoints = detector.detect(&image).unwrap();
    // In between another picture, of another size.
    assert!(detector.detect(&discs(90, 100)).unwrap().len() < whole.keypoints.len());
    let descriptors = detector.compute(&image, &mut keypoints).unwrap();
    assert!(keypoints.len() > 50);
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
    for descriptor_type in [AkazeDescriptor::Mldb, AkazeDescriptor::Kaze] {
        let params = AkazeParams {
            descriptor_type,
            ..AkazeParams::default()
        };
        let run = |exec| {
            Akaze::new(params, exec)
                .unwrap()
                .detect_and_compute(&image)
                .unwrap()
        };
        let best = run(Exec::default());
        assert!(best.keypoints.len() > 100);
        for threads in [2, 3, 40] {
            assert_eq!(run(Exec::with_threads(threads)), best);
        }
        for level in levels() {
            let other = run(Exec { level, threads: 1 });
            assert_eq!(other.keypoints.len(), best.keypoints.len(), "{level:?}");
            for (a, b) in other.keypoints.iter().zip(&best.keypoints) {
                assert!(
                    (a.x - b.x).abs() < 1e-2 && (a.y - b.y).abs() < 1e-2,
                    "{level:?}"
                );
                assert!((a.response / b.response - 1.0).abs() < 1e-3, "{level:?}");
            }
            if let (Some(a), Some(b)) = (other.descriptors.as_u8(), best.descriptors.as_u8()) {
                assert!(
                    different_bits(a, b) as usize <= best.keypoints.len() / 10,
                    "{level:?}"
                );
            }
        }
    }
}

#[test]
fn only_the_strongest_where_there_are_more() {
    let image = discs(300, 200);
    let all = features(AkazeParams::default(), &image).keypoints;
    let limited = |max_points| {
        let params = AkazeParams {
            max_points,
            ..AkazeParams::default()
        };
        features(params, &image).keypoints
    };
    for max_points in [0, -1, i32::MIN, all.len() as i32, i32::MAX] {
        assert_eq!(limited(max_points), all);
    }
    let ten = limited(10);
    assert!(ten.len() == 10 && ten.is_sorted_by(|a, b| a.response >= b.response));
    let stronger = all.iter().filter(|k| k.response > ten[9].response);
    assert!(stronger.count() < 10);
}

#[test]
fn every_layout_is_as_announced() {
    let image = discs(200, 160);
    for (descriptor_size, descriptor_channels, bytes) in [
        (0, 3, 61),
        (0, 2, 41),
        (0, 1, 21),
        (486, 3, 61),
        (18, 3, 3),
        (100, 1, 13),
        (300, 2, 38),
    ] {
        for descriptor_type in [AkazeDescriptor::Mldb, AkazeDescriptor::MldbUpright] {
            let params = AkazeParams {
                descriptor_type,
                descriptor_size,
                descriptor_channels,
                ..AkazeParams::default()
            };
            let layout = akaze(params).descriptor_layout();
            assert_eq!(layout, (DescriptorKind::U8, bytes));
            let found = features(params, &image).descriptors;
            assert_eq!((found.kind(), found.length()), layout);
            // About half of the bits are set, and none beyond the last one.
            let ones = different_bits(found.as_u8().unwrap(), &vec![0; found.rows() * bytes]);
            let bits = if descriptor_size == 0 {
                162 * descriptor_channels
            } else {
                descriptor_size
            };
            let share = ones as f32 / (bits as usize * found.rows()) as f32;
            assert!((0.1..0.9).contains(&share), "{params:?}: {share}");
            let unused = bytes as u32 * 8 - bits;
            let last = found
                .as_u8()
                .unwrap()
                .chunks(bytes)
                .map(|row| row[bytes - 1].leading_zeros());
            assert!(last.min().unwrap() >= unused);
        }
    }
}

#[test]
fn parameters_out_of_range_are_named() {
    let refused = |params| match Akaze::new(params, Exec::default()).err() {
        Some(Error::Parameter { parameter, .. }) => parameter,
        other => panic!("{other:?}"),
    };
    let d = AkazeParams::default();
    for descriptor_channels in [0, 4] {
        assert_eq!(
            refused(AkazeParams {
                descriptor_channels,
                ..d
            }),
            "descriptor-channels"
        );
    }
    for (descriptor_size, descriptor_channels) in [(487, 3), (163, 1), (u32::MAX, 2)] {
        let params = AkazeParams {
            descriptor_size,
            descriptor_channels,
            ..d
        };
        assert_eq!(refused(params), "descriptor-size");
    }
    for threshold in [f32::NAN, f32::INFINITY] {
        assert_eq!(refused(AkazeParams { threshold, ..d }), "threshold");
    }
    for n_octaves in [0, 11] {
        assert_eq!(refused(AkazeParams { n_octaves, ..d }), "n-octaves");
    }
    for n_octave_layers in [0, 33] {
        assert_eq!(
            refused(AkazeParams {
                n_octave_layers,
                ..d
            }),
            "n-octave-layers"
        );
    }
}

#[test]
fn odd_pictures_are_no_error() {
    let mut detector = akaze(AkazeParams::default());
    for (w, h) in [
        (0, 0),
        (1, 1),
        (1, 90),
        (90, 1),
        (58, 58),
        (58, 900),
        (20_000, 1),
        (3, 20_000),
    ] {
        let found = detector.detect_and_compute(&noise(w, h, 3, 256)).unwrap();
        assert_eq!(found.keypoints, [], "{w} x {h}");
    }
    assert!(
        !detector
            .detect(&noise(20_000, 64, 3, 256))
            .unwrap()
            .is_empty()
    );
    let flat = GrayImage::from_vec(200, 200, vec![200; 40_000]).unwrap();
    for diffusivity in DIFFUSIVITIES {
        let params = AkazeParams {
            diffusivity,
            ..AkazeParams::default()
        };
        assert_eq!(features(params, &flat).keypoints, []);
    }
}

#[test]
fn keypoints_of_no_level_are_refused() {
    let image = discs(60, 50);
    let k = |octave, class_id| Keypoint {
        x: 30.0,
        y: 25.0,
        size: 5.0,
        angle: 10.0,
        response: 0.0,
        octave,
        class_id,
    };
    let mut detector = akaze(AkazeParams::default());
    for (octave, class_id, named) in [(0, -1, "class-id"), (0, 4, "class-id"), (31, 0, "octave")] {
        let Err(Error::Parameter { parameter, .. }) =
            detector.compute(&image, &mut vec![k(octave, class_id)])
        else {
            panic!("{octave} {class_id}");
        };
        assert_eq!(parameter, named);
    }
}

#[test]
fn keypoints_anywhere_are_described() {
    let kinds = [
        AkazeDescriptor::Mldb,
        AkazeDescriptor::Kaze,
        AkazeDescriptor::KazeUpright,
    ];
    for descriptor_type in kinds {
        let params = AkazeParams {
            descriptor_type,
            ..AkazeParams::default()
        };
        for (w, h) in [(1, 1), (1, 30), (40, 2), (60, 50)] {
            let image = noise(w, h, 5, 256);
            let mut keypoints = Vec::new();
            for x in [-1e9, -3.0, 0.0, 30.0, 59.9, 1e30, f32::NAN, f32::INFINITY] {
                for size in [0.0, 4.8, -7.0, 1e6, f32::NAN] {
                    keypoints.push(Keypoint {
                        x,
                        y: 20.0,
                        size,
                        angle: x,
                        response: 0.0,
                        octave: 0,
                        class_id: 1,
                    });
                }
            }
            let count = keypoints.len();
            let descriptors = akaze(params).compute(&image, &mut keypoints).unwrap();
            assert_eq!((keypoints.len(), descriptors.rows()), (count, count));
        }
    }
}

const DIFFUSIVITIES: [Diffusivity; 4] = [
    Diffusivity::PmG1,
    Diffusivity::PmG2,
    Diffusivity::Weickert,
    Diffusivity::Charbonnier,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]
    #[test]
    fn any_picture_and_parameters_give_sound_features(
        (w, h) in (1usize..200, 1usize..140),
        (seed, contrast) in (0u32..1000, 1u32..256),
        threshold in -0.001f32..0.01,
        (octaves, layers) in (1u32..6, 1u32..6),
        (kind, diffusivity) in (0usize..4, 0usize..4),
        (size, channels) in (0u32..163, 1u32..4),
    ) {
        let image = noise(w, h, seed, contrast);
        let params = AkazeParams {
            descriptor_type: [
                AkazeDescriptor::KazeUpright,
                AkazeDescriptor::Kaze,
                AkazeDescriptor::MldbUpright,
                AkazeDescriptor::Mldb,
            ][kind],
            descriptor_size: size,
            descriptor_channels: channels,
            threshold,
            n_octaves: octaves,
            n_octave_layers: layers,
            diffusivity: DIFFUSIVITIES[diffusivity],
            max_points: -1,
        };
        let found = features(params, &image);
        prop_assert_eq!(found.descriptors.rows(), found.keypoints.len());
        prop_assert!(found.keypoints.is_sorted_by_key(|k| k.class_id));
        for k in &found.keypoints {
            prop_assert!(k.response > threshold && k.octave < octaves as i32);
            prop_assert!((0.0..w as f32).contains(&k.x) && (0.0..h as f32).contains(&k.y));
            prop_assert!((0.0..=360.0).contains(&k.angle));
        }
        if let Some(rows) = found.descriptors.as_f32() {
            for row in rows.chunks_exact(64) {
                let norm = row.iter().map(|v| v * v).sum::<f32>();
                prop_assert!((norm - 1.0).abs() < 1e-3 || !norm.is_finite(), "{}", norm);
            }
        }
    }
}
