//! BRIEF: borders, lengths, invariance to light, and the same answer on any machine.

mod common;

use common::inputs::{levels, noise};
use lookalike_vision::{
    Brief, BriefDetector, BriefParams, Error, Exec, FastParams, Feature2d, GrayImage, Keypoint,
    StarParams,
};
use proptest::prelude::*;

fn at(x: f32, y: f32, angle: f32) -> Keypoint {
    Keypoint {
        x,
        y,
        size: 7.0,
        angle,
        response: 1.0,
        octave: 0,
        class_id: -1,
    }
}

fn brief(bytes: usize, use_orientation: bool, exec: Exec) -> Brief {
    let params = BriefParams {
        bytes,
        use_orientation,
    };
    Brief::new(params, BriefDetector::default(), exec).unwrap()
}

fn describe(brief: &mut Brief, image: &GrayImage, keypoint: Keypoint) -> Vec<u8> {
    let mut keypoints = vec![keypoint];
    let descriptors = brief.compute(image, &mut keypoints).unwrap();
    descriptors.as_u8().unwrap().to_vec()
}

#[test]
fn keypoints_near_the_border_are_dropped() {
    let image = noise(100, 90, 1, 256);
    let mut brief = brief(32, false, Exec::default());
    // Half rounds to even: 27.5 to 28, 71.5 to 72.
    for (x, kept) in [
        (27.4, false),
        (27.5, true),
        (71.4, true),
        (71.5, false),
        (f32::NAN, false),
    ] {
        let bytes = describe(&mut brief, &image, at(x, 45.0, 0.0));
        assert_eq!(bytes.len(), if kept { 32 } else { 0 }, "{x}");
    }
    for side in [0, 1, 56] {
        assert_eq!(
            describe(&mut brief, &noise(side, 100, 2, 256), at(28.0, 50.0, 0.0)),
            []
        );
    }
    assert_eq!(
        describe(&mut brief, &noise(57, 57, 2, 256), at(28.0, 28.0, 0.0)).len(),
        32
    );
}

#[test]
fn the_longer_descriptor_begins_with_the_shorter() {
    let image = noise(80, 80, 3, 256);
    let [short, middle, long] = [16, 32, 64].map(|bytes| {
        describe(
            &mut brief(bytes, false, Exec::default()),
            &image,
            at(40.0, 40.0, 0.0),
        )
    });
    assert_eq!((short.len(), middle.len(), long.len()), (16, 32, 64));
    assert_eq!(short, middle[..16]);
    assert_eq!(middle, long[..32]);
}

#[test]
fn brightness_and_contrast_change_nothing() {
    let image = noise(80, 80, 4, 256);
    let dim = image.data().iter().map(|&v| v / 8 * 4 + 60).collect();
    let dim = GrayImage::from_vec(80, 80, dim).unwrap();
    let coarse = image.data().iter().map(|&v| v / 8 * 8).collect();
    let coarse = GrayImage::from_vec(80, 80, coarse).unwrap();
    let mut brief = brief(64, false, Exec::default());
    let point = at(40.0, 40.0, 0.0);
    assert_eq!(
        describe(&mut brief, &dim, point),
        describe(&mut brief, &coarse, point)
    );
}

#[test]
fn an_oriented_descriptor_turns_with_the_picture() {
    let image = noise(81, 81, 5, 256);
    let mut turned = GrayImage::new(81, 81);
    for y in 0..81 {
        for x in 0..81 {
            // A quarter turn from x towards y.
            turned.row_mut(x)[80 - y] = image.row(y)[x];
        }
    }
    let mut brief = brief(32, true, Exec::default());
    let before = describe(&mut brief, &image, at(40.0, 40.0, 0.0));
    let distance = |other: Vec<u8>| -> u32 {
        let pairs = before.iter().zip(&other);
        pairs.map(|(a, b)| (a ^ b).count_ones()).sum()
    };
    let with_angle = distance(describe(&mut brief, &turned, at(40.0, 40.0, 90.0)));
    let without = distance(describe(&mut brief, &turned, at(40.0, 40.0, 0.0)));
    // Coordinates are cut, not rounded, so some boxes move by a pixel.
    assert!(with_angle < 40 && without > 90, "{with_angle} {without}");
}

#[test]
fn it_detects_with_the_detector_it_was_given() {
    let image = noise(300, 200, 6, 256);
    for (detector, size) in [
        (BriefDetector::Fast(FastParams::default()), 7.0),
        (
            BriefDetector::Star(StarParams {
                response_threshold: 5,
                ..StarParams::default()
            }),
            4.0,
        ),
    ] {
        let mut brief = Brief::new(BriefParams::default(), detector, Exec::default()).unwrap();
        let features = brief.detect_and_compute(&image).unwrap();
        assert!(!features.keypoints.is_empty(), "{detector:?}");
        assert_eq!(features.keypoints.len(), features.descriptors.rows());
        assert!(features.keypoints.iter().any(|k| k.size == size));
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let new = |bytes, detector| {
        let params = BriefParams {
            bytes,
            ..BriefParams::default()
        };
        Brief::new(params, detector, Exec::default()).err()
    };
    for bytes in [0, 8, 33, 128] {
        let error = new(bytes, BriefDetector::default());
        assert!(matches!(
            error,
            Some(Error::Parameter {
                parameter: "bytes",
                ..
            })
        ));
    }
    let star = StarParams {
        suppress_nonmax_size: 0,
        ..StarParams::default()
    };
    let error = new(32, BriefDetector::Star(star));
    assert!(matches!(
        error,
        Some(Error::Parameter {
            algorithm: "star",
            ..
        })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn threads_and_instruction_sets_change_nothing(
        width in 1usize..200,
        height in 1usize..120,
        seed: u32,
        points in prop::collection::vec((-10f32..210.0, -10f32..130.0, -1f32..360.0), 0..50),
        bytes in prop::sample::select(vec![16, 32, 64]),
        use_orientation: bool,
    ) {
        let image = noise(width, height, seed, 256);
        let points: Vec<_> = points.iter().map(|&(x, y, angle)| at(x, y, angle)).collect();
        let mut expected = None;
        for level in levels() {
            for threads in [1, 2, 5] {
                let mut keypoints = points.clone();
                let descriptors = brief(bytes, use_orientation, Exec { level, threads })
                    .compute(&image, &mut keypoints)
                    .unwrap();
                prop_assert_eq!(keypoints.len(), descriptors.rows());
                let answer = (keypoints, descriptors);
                prop_assert_eq!(expected.get_or_insert(answer.clone()), &answer);
            }
        }
    }
}
