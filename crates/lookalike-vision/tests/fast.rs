//! FAST against a naive segment test, on every instruction set and with any number of threads.

mod common;

use common::inputs::levels;
use lookalike_vision::{
    Error, Exec, Fast, FastParams, FastType, Feature2d, GrayImage, Keypoint, Level,
};
use proptest::prelude::*;

const RING_16: [(isize, isize); 16] = [
    (0, 3),
    (1, 3),
    (2, 2),
    (3, 1),
    (3, 0),
    (3, -1),
    (2, -2),
    (1, -3),
    (0, -3),
    (-1, -3),
    (-2, -2),
    (-3, -1),
    (-3, 0),
    (-3, 1),
    (-2, 2),
    (-1, 3),
];

/// The largest threshold at which (x, y) is a corner, or -1: straight from the definition.
fn naive_score(image: &GrayImage, x: usize, y: usize) -> i32 {
    let value = |x: usize, y: usize| i32::from(image.row(y)[x]);
    let differences = RING_16
        .map(|(dx, dy)| value(x.wrapping_add_signed(dx), y.wrapping_add_signed(dy)) - value(x, y));
    let is_corner = |threshold: i32| {
        (0..16).any(|start| {
            let arc = |sign: i32| (0..9).all(|i| sign * differences[(start + i) % 16] > threshold);
            arc(1) || arc(-1)
        })
    };
    (0..255).rev().find(|&t| is_corner(t)).unwrap_or(-1)
}

fn naive(image: &GrayImage, threshold: u8, nonmax: bool) -> Vec<(usize, usize, f32)> {
    let (width, height) = (image.width(), image.height());
    let mut scores = vec![-1; width * height];
    for y in 3..height.saturating_sub(3) {
        for x in 3..width.saturating_sub(3) {
            let score = naive_score(image, x, y);
            scores[y * width + x] = if score >= i32::from(threshold) {
                score
            } else {
                -1
            };
        }
    }
    let mut found = Vec::new();
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let score = scores[y * width + x];
            let beaten = (y - 1..=y + 1)
                .flat_map(|v| (x - 1..=x + 1).map(move |u| (u, v)))
                .any(|(u, v)| (u, v) != (x, y) && scores[v * width + u].max(0) >= score);
            if score >= 0 && !(nonmax && beaten) {
                found.push((x, y, if nonmax { score as f32 } else { 0.0 }));
            }
        }
    }
    found
}

fn plain(keypoints: &[Keypoint]) -> Vec<(usize, usize, f32)> {
    let triple = |k: &Keypoint| (k.x as usize, k.y as usize, k.response);
    keypoints.iter().map(triple).collect()
}

/// Blotches with some noise: corners of many strengths.
fn picture(width: usize, height: usize, seed: u64) -> GrayImage {
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 32
    };
    let grid: Vec<u64> = (0..256).map(|_| random()).collect();
    let pixel = |i: usize| {
        let (x, y) = (i % width.max(1), i / width.max(1));
        grid[(y / 5 % 16) * 16 + x / 4 % 16] % 220
    };
    let pixels = (0..width * height)
        .map(|i| (pixel(i) + random() % 36) as u8)
        .collect();
    GrayImage::from_vec(width, height, pixels).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn agrees_with_the_definition(
        width in 0usize..150,
        height in 0usize..40,
        seed: u64,
        threshold in prop_oneof![Just(0u8), 1..60u8, any::<u8>()],
        nonmax_suppression: bool,
    ) {
        let image = picture(width, height, seed);
        let params = FastParams { threshold, nonmax_suppression, ..FastParams::default() };
        let expected = naive(&image, threshold, nonmax_suppression);
        for level in levels() {
            let mut fast = Fast::new(params, Exec { level, threads: 1 });
            prop_assert_eq!(plain(&fast.detect(&image).unwrap()), expected.clone());
        }
    }

    #[test]
    fn threads_and_instruction_sets_change_nothing(
        width in 1usize..300,
        height in 1usize..300,
        seed: u64,
        kind in prop::sample::select(vec![
            FastType::Type5_8, FastType::Type7_12, FastType::Type9_16,
        ]),
        nonmax_suppression: bool,
    ) {
        let image = picture(width, height, seed);
        let params = FastParams { threshold: 8, nonmax_suppression, kind };
        let baseline = Exec { level: Level::baseline(), threads: 1 };
        let expected = Fast::new(params, baseline).detect(&image).unwrap();
        for level in levels() {
            for threads in [1, 2, 5] {
                let mut fast = Fast::new(params, Exec { level, threads });
                prop_assert_eq!(&fast.detect(&image).unwrap(), &expected);
            }
        }
    }
}

#[test]
fn a_corner_of_a_square_is_found_and_its_edge_is_not() {
    let mut image = GrayImage::new(40, 40);
    for y in 10..40 {
        image.row_mut(y)[10..40].fill(200);
    }
    // Equal scores next to each other would suppress each other.
    let params = FastParams {
        nonmax_suppression: false,
        ..FastParams::default()
    };
    let keypoints = Fast::new(params, Exec::default()).detect(&image).unwrap();
    assert!(!keypoints.is_empty());
    for k in &keypoints {
        assert!(
            (k.x - 10.0).abs() <= 3.0 && (k.y - 10.0).abs() <= 3.0,
            "{k:?}"
        );
        assert_eq!((k.size, k.angle, k.octave, k.class_id), (7.0, -1.0, 0, -1));
    }
}

#[test]
fn odd_shapes_and_flat_pictures_give_nothing() {
    let mut fast = Fast::new(FastParams::default(), Exec::with_threads(2));
    for (width, height) in [
        (0, 0),
        (1, 1),
        (1, 20_000),
        (20_000, 1),
        (6, 6),
        (7, 7),
        (300, 200),
    ] {
        let image = GrayImage::from_vec(width, height, vec![90; width * height]).unwrap();
        assert_eq!(fast.detect(&image).unwrap(), []);
    }
}

#[test]
fn long_strips_are_searched_to_their_ends() {
    let (width, height) = (20_000, 9);
    let mut image = GrayImage::new(width, height);
    for x in [3, 10_000, width - 4] {
        image.row_mut(4)[x] = 255;
    }
    let keypoints = Fast::new(FastParams::default(), Exec::default())
        .detect(&image)
        .unwrap();
    let columns: Vec<f32> = keypoints.iter().map(|k| k.x).collect();
    assert_eq!(columns, [3.0, 10_000.0, 19_996.0]);
}

#[test]
fn it_does_not_describe() {
    let result = Fast::new(FastParams::default(), Exec::default())
        .compute(&GrayImage::new(9, 9), &mut Vec::new());
    assert!(matches!(result, Err(Error::Unsupported { .. })));
}
