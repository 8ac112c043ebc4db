//! Properties of SIFT that hold whatever the picture.

mod common;

use common::inputs::levels;
use lookalike_vision::{
    Error, Exec, Feature2d, Features, GrayImage, Keypoint, Level, Sift, SiftParams,
};
use proptest::prelude::*;

/// Smooth blobs of many sizes, always the same for the same seed.
fn blobs(width: usize, height: usize, seed: u64) -> GrayImage {
    zoomed_blobs(width, height, seed, 1.0)
}

/// The blobs drawn larger.
fn zoomed_blobs(width: usize, height: usize, seed: u64, zoom: f32) -> GrayImage {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let mut sum = vec![128.0f32; width * height];
    let area = width as f32 * height as f32 / (zoom * zoom);
    for _ in 0..(area / 150.0) as usize {
        let (x, y) = (random() * width as f32, random() * height as f32);
        let mut spread = || zoom * (1.0 + 5.0 * random() * random());
        let (sx, sy) = (spread(), spread());
        let amplitude = 240.0 * (random() - 0.5);
        let reach = 3.0 * sx.max(sy);
        let range = |c: f32, n: usize| (c - reach).max(0.0) as usize..((c + reach) as usize).min(n);
        for py in range(y, height) {
            for px in range(x, width) {
                let (dx, dy) = ((px as f32 - x) / sx, (py as f32 - y) / sy);
                sum[py * width + px] += amplitude * (-(dx * dx + dy * dy) / 2.0).exp();
            }
        }
    }
    let pixels = sum.iter().map(|v| v.round().clamp(0.0, 255.0) as u8);
    GrayImage::from_vec(width, height, pixels.collect()).unwrap()
}

/// The picture whose pixel (x, y) is the given one of `image`.
fn rearranged(
    image: &GrayImage,
    (width, height): (usize, usize),
    from: impl Fn(usize, usize) -> (usize, usize),
) -> GrayImage {
    let pixel = |i: usize| {
        let (x, y) = from(i % width, i / width);
        image.row(y)[x]
    };
    GrayImage::from_vec(width, height, (0..width * height).map(pixel).collect()).unwrap()
}

fn sift(params: SiftParams, exec: Exec) -> Sift {
    Sift::new(params, exec).unwrap()
}

fn features(image: &GrayImage, exec: Exec) -> Features {
    let mut sift = sift(SiftParams::default(), exec);
    sift.detect_and_compute(image).unwrap()
}

/// Doubled without a shift, so that a turn of the picture is a turn of the keypoints.
fn precise(image: &GrayImage) -> Features {
    let params = SiftParams {
        enable_precise_upscale: true,
        contrast_threshold: 0.01,
        ..SiftParams::default()
    };
    let mut sift = sift(params, Exec::default());
    sift.detect_and_compute(image).unwrap()
}

fn descriptor(features: &Features, i: usize) -> &[f32] {
    &features.descriptors.as_f32().unwrap()[128 * i..][..128]
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The share of `expected` keypoints, moved by `map`, that `found` has with a like descriptor.
fn found_again(
    expected: &Features,
    found: &Features,
    map: impl Fn(&Keypoint) -> Keypoint,
    tolerance: f32,
) -> f64 {
    let again = |i: usize| {
        let e = map(&expected.keypoints[i]);
        (0..found.keypoints.len()).any(|j| {
            let k = &found.keypoints[j];
            let turn = (k.angle - e.angle).rem_euclid(360.0);
            (k.x - e.x).hypot(k.y - e.y) < tolerance
                && (k.size / e.size - 1.0).abs() < 0.1 * tolerance
                && turn.min(360.0 - turn) < 10.0 * tolerance
                && cosine(descriptor(expected, i), descriptor(found, j)) > 1.0 - 0.1 * tolerance
        })
    };
    let count = expected.keypoints.len();
    (0..count).filter(|&i| again(i)).count() as f64 / count as f64
}

#[test]
fn a_quarter_turn_of_the_picture_turns_the_keypoints() {
    let image = blobs(240, 180, 1);
    let turned = rearranged(&image, (180, 240), |x, y| (y, 179 - x));
    let (before, after) = (precise(&image), precise(&turned));
    assert!(before.keypoints.len() > 100);
    let map = |k: &Keypoint| Keypoint {
        x: 179.0 - k.y,
        y: k.x,
        angle: k.angle + 90.0,
        ..*k
    };
    // Every octave keeps the even pixels, which are others after the turn, so the two cannot
    // agree to the last digit.
    let share = found_again(&before, &after, map, 0.5);
    assert!(share > 0.85, "{share}");
}

#[test]
fn the_same_thing_drawn_larger_has_the_same_keypoints() {
    let small = precise(&blobs(240, 180, 2));
    let large = precise(&zoomed_blobs(480, 360, 2, 2.0));
    assert!(small.keypoints.len() > 100);
    let map = |k: &Keypoint| Keypoint {
        x: k.x * 2.0,
        y: k.y * 2.0,
        size: k.size * 2.0,
        ..*k
    };
    let share = found_again(&small, &large, map, 1.0);
    assert!(share > 0.75, "{share}");
}

#[test]
fn the_answer_does_not_depend_on_the_number_of_threads() {
    for (width, height) in [(700, 500), (97, 611), (33, 40)] {
        let image = blobs(width, height, 4);
        let one = features(&image, Exec::with_threads(1));
        for threads in [2, 3, 5] {
            let more = features(&image, Exec::with_threads(threads));
            assert!(one == more, "{width} x {height}, {threads} threads");
        }
    }
}

#[test]
fn the_answer_does_not_depend_on_the_pictures_before() {
    let (first, second) = (blobs(200, 150, 5), blobs(97, 221, 6));
    let mut worker = sift(SiftParams::default(), Exec::default());
    let fresh = features(&second, Exec::default());
    worker.detect_and_compute(&first).unwrap();
    assert!(worker.detect_and_compute(&second).unwrap() == fresh);
}

#[test]
fn all_instruction_sets_agree() {
    let image = blobs(203, 151, 7);
    let at = |level| features(&image, Exec { level, threads: 1 });
    let baseline = at(Level::baseline());
    for level in levels() {
        let other = at(level);
        let (n, m) = (baseline.keypoints.len(), other.keypoints.len());
        assert!(n.abs_diff(m) * 200 <= n, "{level:?}: {n} and {m}");
        let share = found_again(&baseline, &other, |k| *k, 0.02);
        assert!(share > 0.99, "{level:?}: {share}");
    }
}

#[test]
fn detect_then_compute_is_detect_and_compute() {
    let image = blobs(200, 150, 8);
    let mut worker = sift(SiftParams::default(), Exec::default());
    let mut keypoints = worker.detect(&image).unwrap();
    let descriptors = worker.compute(&image, &mut keypoints).unwrap();
    let both = worker.detect_and_compute(&image).unwrap();
    assert!(both.keypoints == keypoints && both.descriptors == descriptors);
}

#[test]
fn nfeatures_keeps_the_strongest_and_their_ties() {
    let image = blobs(200, 150, 9);
    let all = features(&image, Exec::default());
    let mut responses: Vec<_> = all.keypoints.iter().map(|k| k.response).collect();
    responses.sort_by(|a, b| b.total_cmp(a));
    let count = responses.len();
    for nfeatures in [1, 2, 17, 100, count - 1, count, 10_000] {
        let params = SiftParams {
            nfeatures,
            ..SiftParams::default()
        };
        let mut worker = sift(params, Exec::default());
        let some = worker.detect_and_compute(&image).unwrap();
        let weakest = responses[nfeatures.min(count) - 1];
        let strong = |i: &usize| all.keypoints[*i].response >= weakest;
        let kept: Vec<_> = (0..count).filter(strong).collect();
        let expected: Vec<_> = kept.iter().map(|&i| all.keypoints[i]).collect();
        assert_eq!(some.keypoints, expected, "{nfeatures}");
        for (row, &i) in kept.iter().enumerate() {
            assert_eq!(descriptor(&some, row), descriptor(&all, i));
        }
    }
}

fn keypoint(x: f32, y: f32, size: f32, octave: i32) -> Keypoint {
    Keypoint {
        x,
        y,
        size,
        angle: -1.0,
        response: 0.0,
        octave,
        class_id: -1,
    }
}

fn are_bytes(values: &[f32]) -> bool {
    let byte = |v: &f32| v.fract() == 0.0 && (0.0..=255.0).contains(v);
    values.iter().all(byte)
}

#[test]
fn keypoints_of_other_detectors_can_be_described() {
    let image = blobs(100, 80, 10);
    let mut worker = sift(SiftParams::default(), Exec::default());
    let mut keypoints = vec![keypoint(50.0, 40.0, 7.0, 0), keypoint(0.0, 0.0, 31.0, 0)];
    let described = worker.compute(&image, &mut keypoints).unwrap();
    for row in described.as_f32().unwrap().chunks(128) {
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        assert!((450.0..570.0).contains(&norm), "{norm}");
        assert!(are_bytes(row));
    }
    let strange = [f32::NAN, f32::INFINITY, -1e30, 1e30, -1.0, 0.0];
    let mut keypoints = Vec::new();
    for value in strange {
        for size in strange.into_iter().chain([9.0]) {
            keypoints.push(keypoint(value, 10.0, size, 0));
            keypoints.push(keypoint(10.0, value, size, 0));
            let angle = value;
            keypoints.push(Keypoint {
                angle,
                ..keypoint(10.0, 10.0, size, 0)
            });
        }
    }
    let described = worker.compute(&image, &mut keypoints).unwrap();
    assert_eq!(described.rows(), keypoints.len());
    assert!(are_bytes(described.as_f32().unwrap()));
}

#[test]
fn octaves_that_do_not_exist_are_refused() {
    let image = blobs(64, 64, 11);
    let mut worker = sift(SiftParams::default(), Exec::default());
    for octave in [254, 7, 127, 6 << 8, 255 << 8] {
        let mut keypoints = vec![keypoint(3.0, 3.0, 5.0, 0), keypoint(3.0, 3.0, 5.0, octave)];
        let Err(Error::Parameter {
            parameter, value, ..
        }) = worker.compute(&image, &mut keypoints)
        else {
            panic!("octave {octave} was taken");
        };
        assert_eq!((parameter, value), ("octave", octave.to_string()));
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let refused = |change: fn(&mut SiftParams)| {
        let mut params = SiftParams::default();
        change(&mut params);
        matches!(
            Sift::new(params, Exec::default()),
            Err(Error::Parameter {
                algorithm: "sift",
                ..
            })
        )
    };
    assert!(!refused(|_| ()));
    assert!(refused(|p| p.n_octave_layers = 0));
    assert!(refused(|p| p.n_octave_layers = 33));
    assert!(refused(|p| p.contrast_threshold = -0.1));
    assert!(refused(|p| p.contrast_threshold = f64::NAN));
    assert!(refused(|p| p.edge_threshold = 0.0));
    assert!(refused(|p| p.edge_threshold = f64::INFINITY));
    assert!(refused(|p| p.sigma = 0.0));
    assert!(refused(|p| p.sigma = 17.0));
}

#[test]
fn pictures_without_anything_in_them_have_no_keypoints() {
    let sizes = [
        (0, 0),
        (0, 7),
        (1, 1),
        (1, 300),
        (300, 1),
        (5, 5),
        (11, 12),
        (64, 64),
    ];
    for (width, height) in sizes {
        for value in [0, 77, 255] {
            let image = GrayImage::from_vec(width, height, vec![value; width * height]).unwrap();
            let found = features(&image, Exec::default());
            assert!(found.keypoints.is_empty());
            assert_eq!(found.descriptors.rows(), 0);
        }
    }
}

#[test]
fn long_strips_are_searched_to_the_end() {
    let wide = blobs(20_000, 24, 12);
    let found = features(&wide, Exec::with_threads(2));
    assert!(found.keypoints.iter().any(|k| k.x < 1000.0));
    assert!(found.keypoints.iter().any(|k| k.x > 19_000.0));
    let high = blobs(16, 20_000, 13);
    let found = features(&high, Exec::with_threads(2));
    assert!(found.keypoints.iter().any(|k| k.y > 19_000.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn nothing_panics_and_keypoints_lie_inside(
        (width, height) in (1usize..90, 1usize..90),
        seed in any::<u64>(),
        noise in any::<bool>(),
        nfeatures in 0usize..50,
        n_octave_layers in 1usize..7,
        contrast_threshold in 0.0..0.1f64,
        edge_threshold in 0.5..50.0f64,
        sigma in 0.1..9.0f64,
        enable_precise_upscale in any::<bool>(),
        threads in 1usize..4,
    ) {
        let mut image = blobs(width, height, seed);
        if noise {
            let mut state = seed | 1;
            for pixel in image.data_mut() {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                *pixel = (state >> 56) as u8;
            }
        }
        let params = SiftParams {
            nfeatures,
            n_octave_layers,
            contrast_threshold,
            edge_threshold,
            sigma,
            enable_precise_upscale,
        };
        let mut worker = sift(params, Exec::with_threads(threads));
        let found = worker.detect_and_compute(&image).unwrap();
        prop_assert_eq!(found.keypoints.len(), found.descriptors.rows());
        for k in &found.keypoints {
            prop_assert!(k.x >= 0.0 && k.x < width as f32 && k.y >= 0.0 && k.y < height as f32);
            prop_assert!(k.size > 0.0 && (0.0..360.0).contains(&k.angle));
            prop_assert!(k.response.is_finite());
        }
        prop_assert!(are_bytes(found.descriptors.as_f32().unwrap()));
    }
}
