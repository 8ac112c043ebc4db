//! STAR: blobs where they are, nothing on lines, and the same answer on any machine.

mod common;

use common::inputs::levels;
use lookalike_vision::{Error, Exec, Feature2d, GrayImage, Level, Star, StarParams};
use proptest::prelude::*;

/// Discs (x, y, radius, grey) on grey 100.
fn discs(width: usize, height: usize, discs: &[(i32, i32, i32, u8)]) -> GrayImage {
    let pixel = |i: usize| {
        let (x, y) = ((i % width) as i32, (i / width) as i32);
        let inside = |d: &&(i32, i32, i32, u8)| (x - d.0).pow(2) + (y - d.1).pow(2) <= d.2 * d.2;
        discs.iter().find(inside).map_or(100, |d| d.3)
    };
    GrayImage::from_vec(width, height, (0..width * height).map(pixel).collect()).unwrap()
}

fn star(params: StarParams) -> Star {
    Star::new(params, Exec::default()).unwrap()
}

#[test]
fn a_disc_is_found_at_its_centre_with_a_size_that_grows_with_it() {
    let mut sizes = Vec::new();
    for radius in [4, 9, 14] {
        for grey in [0, 255] {
            let image = discs(200, 200, &[(100, 90, radius, grey)]);
            let keypoints = star(StarParams::default()).detect(&image).unwrap();
            assert_eq!(keypoints.len(), 1, "radius {radius}, grey {grey}");
            assert_eq!((keypoints[0].x, keypoints[0].y), (100.0, 90.0));
            sizes.push(keypoints[0].size);
        }
    }
    assert!(sizes.is_sorted() && sizes[0] < sizes[5], "{sizes:?}");
}

#[test]
fn a_line_is_no_blob() {
    let mut image = GrayImage::from_vec(200, 200, vec![100; 40_000]).unwrap();
    for y in 0..200 {
        image.row_mut(y)[97..104].fill(255);
    }
    assert_eq!(star(StarParams::default()).detect(&image).unwrap(), []);
}

#[test]
fn odd_shapes_and_flat_pictures_give_nothing() {
    let mut star = star(StarParams::default());
    let sizes = [
        (0, 0),
        (1, 1),
        (6, 6),
        (7, 7),
        (1, 20_000),
        (20_000, 40),
        (300, 200),
    ];
    for (width, height) in sizes {
        let image = GrayImage::from_vec(width, height, vec![90; width * height]).unwrap();
        assert_eq!(star.detect(&image).unwrap(), []);
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let good = StarParams::default();
    for bad in [
        StarParams {
            max_size: -1,
            ..good
        },
        StarParams {
            response_threshold: -1,
            ..good
        },
        StarParams {
            line_threshold_projected: -1,
            ..good
        },
        StarParams {
            line_threshold_binarized: -1,
            ..good
        },
        StarParams {
            suppress_nonmax_size: 0,
            ..good
        },
    ] {
        let result = Star::new(bad, Exec::default());
        assert!(matches!(
            result,
            Err(Error::Parameter {
                algorithm: "star",
                ..
            })
        ));
    }
}

#[test]
fn it_does_not_describe() {
    let result = star(StarParams::default()).compute(&GrayImage::new(9, 9), &mut Vec::new());
    assert!(matches!(result, Err(Error::Unsupported { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn threads_and_instruction_sets_change_nothing(
        width in 1usize..260,
        height in 1usize..260,
        spots in prop::collection::vec((0..260i32, 0..260i32, 1..20i32, any::<u8>()), 0..40),
        max_size in 0..200i32,
        response_threshold in 0..60i32,
        suppress_nonmax_size in 1..300i32,
    ) {
        let image = discs(width, height, &spots);
        let params = StarParams {
            max_size, response_threshold, suppress_nonmax_size, ..StarParams::default()
        };
        let baseline = Exec { level: Level::baseline(), threads: 1 };
        let expected = Star::new(params, baseline).unwrap().detect(&image).unwrap();
        for level in levels() {
            for threads in [1, 3] {
                let mut star = Star::new(params, Exec { level, threads }).unwrap();
                prop_assert_eq!(&star.detect(&image).unwrap(), &expected);
            }
        }
    }
}
