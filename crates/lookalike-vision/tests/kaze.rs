//! KAZE through the public surface: properties that hold on any picture.

mod common;

use common::inputs::levels;
use lookalike_vision::{
    Diffusivity, Error, Exec, Feature2d, Features, GrayImage, Kaze, KazeParams, Keypoint,
};
use proptest::prelude::*;

/// Smooth blobs of many sizes: a picture with structure at every scale, from integers only.
fn blobs(width: usize, height: usize, seed: u32) -> GrayImage {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12345);
    let mut random = move |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let mut sum = vec![128_i32; width * height];
    for _ in 0..(width * height / 150).max(3) {
        let (x, y) = (random(width) as i32, random(height) as i32);
        let radius = 2 + random(14) as i32 * random(4) as i32 / 2;
        let strength = random(161) as i32 - 80;
        for dy in -radius..=radius {
            for dx in -radius..=radius {
                let (px, py) = (x + dx, y + dy);
                let inside = px >= 0 && py >= 0 && px < width as i32 && py < height as i32;
                let left = radius * radius - dx * dx - dy * dy;
                if inside && left > 0 {
                    sum[py as usize * width + px as usize] += strength * left / (radius * radius);
                }
            }
        }
    }
    let pixels = sum.iter().map(|&v| v.clamp(0, 255) as u8).collect();
    GrayImage::from_vec(width, height, pixels).unwrap()
}

fn worker(params: KazeParams, exec: Exec) -> Kaze {
    Kaze::new(params, exec).unwrap()
}

fn default_worker() -> Kaze {
    worker(KazeParams::default(), Exec::default())
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn rows(features: &Features) -> impl Iterator<Item = &[f32]> {
    let d = &features.descriptors;
    d.as_f32().unwrap().chunks_exact(d.length())
}

/// The keypoint of `list` that lies where `wanted` says, within `tolerance` pixels.
fn nearest<'a>(list: &'a [Keypoint], wanted: &Keypoint, tolerance: f32) -> Option<&'a Keypoint> {
    list.iter().find(|k| {
        (k.x - wanted.x).hypot(k.y - wanted.y) < tolerance && k.class_id == wanted.class_id
    })
}

#[test]
fn finds_and_describes() {
    let found = default_worker()
        .detect_and_compute(&blobs(200, 150, 1))
        .unwrap();
    assert!(found.keypoints.len() > 50, "{}", found.keypoints.len());
    assert_eq!(found.descriptors.rows(), found.keypoints.len());
    for (k, row) in found.keypoints.iter().zip(rows(&found)) {
        assert!(k.x > 0.0 && k.x < 199.0 && k.y > 0.0 && k.y < 149.0);
        assert!(k.size > 3.2 && k.size < 50.0 && (0.0..=360.0).contains(&k.angle));
        assert!(k.response > 0.001 && (1..15).contains(&k.class_id) && k.octave == k.class_id / 4);
        assert!((cosine(row, row) - 1.0).abs() < 1e-5);
    }
}

#[test]
fn a_blob_is_found_at_its_place_and_size() {
    for sigma in [3.0_f32, 5.0, 9.0] {
        let value = |x: f32, y: f32| {
            let (dx, dy) = (x - 100.3, y - 80.6);
            20.0 + 200.0 * (-(dx * dx + dy * dy) / (2.0 * sigma * sigma)).exp()
        };
        let pixels = (0..160 * 200).map(|i| value((i % 200) as f32, (i / 200) as f32) as u8);
        let image = GrayImage::from_vec(200, 160, pixels.collect()).unwrap();
        let found = default_worker().detect(&image).unwrap();
        let best = found
            .iter()
            .max_by(|a, b| a.response.total_cmp(&b.response))
            .unwrap();
        assert!(
            (best.x - 100.3).abs() < 0.3 && (best.y - 80.6).abs() < 0.3,
            "{best:?}"
        );
        assert!(
            best.size > sigma && best.size < 5.0 * sigma,
            "{sigma}: {best:?}"
        );
    }
}

#[test]
fn a_quarter_turn_turns_the_keypoints() {
    let image = blobs(160, 120, 2);
    let turned: Vec<u8> = (0..160 * 120)
        .map(|i| image.row(119 - i % 120)[i / 120])
        .collect();
    let turned = GrayImage::from_vec(120, 160, turned).unwrap();
    let mut kaze = default_worker();
    let (a, b) = (
        kaze.detect_and_compute(&image).unwrap(),
        kaze.detect_and_compute(&turned).unwrap(),
    );
    let (mut turned_alike, mut cosines) = (0, Vec::new());
    for (k, row) in a.keypoints.iter().zip(rows(&a)) {
        let wanted = Keypoint {
            x: 119.0 - k.y,
            y: k.x,
            ..*k
        };
        let Some(i) = b
            .keypoints
            .iter()
            .position(|o| nearest(&[*o], &wanted, 0.1).is_some())
        else {
            continue;
        };
        let turn = (b.keypoints[i].angle - k.angle).rem_euclid(360.0);
        // A quarter turn is no whole number of the orientation's windows: others are compared,
        // so that some angles and with them the descriptors change.
        cosines.push(cosine(row, rows(&b).nth(i).unwrap()));
        if (turn - 90.0).abs() < 15.0 {
            turned_alike += 1;
        }
    }
    assert!(
        turned_alike * 10 >= a.keypoints.len() * 8,
        "{turned_alike} of {}",
        a.keypoints.len()
    );
    cosines.sort_by(f32::total_cmp);
    assert!(cosines[cosines.len() / 2] > 0.9, "{cosines:?}");
}

#[test]
fn a_mirror_mirrors_the_keypoints() {
    let image = blobs(160, 120, 3);
    let pixels = (0..160 * 120).map(|i| image.row(i / 160)[159 - i % 160]);
    let mirrored = GrayImage::from_vec(160, 120, pixels.collect()).unwrap();
    let mut kaze = default_worker();
    let (a, b) = (
        kaze.detect(&image).unwrap(),
        kaze.detect(&mirrored).unwrap(),
    );
    assert_eq!(a.len(), b.len());
    for k in &a {
        let wanted = Keypoint {
            x: 159.0 - k.x,
            ..*k
        };
        let other = nearest(&b, &wanted, 0.1).expect("a mirrored keypoint");
        assert!((other.response / k.response - 1.0).abs() < 1e-3);
    }
}

#[test]
fn every_instruction_set_gives_the_same() {
    let image = blobs(171, 133, 4);
    for extended in [false, true] {
        let params = KazeParams {
            extended,
            ..KazeParams::default()
        };
        let results: Vec<Features> = levels()
            .into_iter()
            .map(|level| {
                let exec = Exec { level, threads: 1 };
                worker(params, exec).detect_and_compute(&image).unwrap()
            })
            .collect();
        for other in &results[1..] {
            assert_eq!(other.keypoints.len(), results[0].keypoints.len());
            for (a, b) in other.keypoints.iter().zip(&results[0].keypoints) {
                assert!((a.x - b.x).abs() < 0.01 && (a.y - b.y).abs() < 0.01);
                assert!((a.response / b.response - 1.0).abs() < 1e-3);
                assert_eq!(a.class_id, b.class_id);
            }
            let alike = rows(other)
                .zip(rows(&results[0]))
                .filter(|(a, b)| cosine(a, b) > 0.9999);
            assert!(alike.count() + 1 >= other.keypoints.len());
        }
    }
}

#[test]
fn threads_and_earlier_pictures_do_not_matter() {
    let image = blobs(150, 100, 5);
    let expected = default_worker().detect_and_compute(&image).unwrap();
    let strongest = default_worker()
        .detect_then_compute_strongest(&image, 9)
        .unwrap();
    for threads in [1, 2, 3, 8] {
        let mut kaze = worker(KazeParams::default(), Exec::with_threads(threads));
        kaze.detect_and_compute(&blobs(90, 170, 6)).unwrap();
        kaze.detect_and_compute(&GrayImage::new(150, 100)).unwrap();
        for _ in 0..3 {
            assert!(kaze.detect_and_compute(&image).unwrap() == expected);
            assert!(kaze.detect_then_compute_strongest(&image, 9).unwrap() == strongest);
        }
    }
}

#[test]
fn detect_then_compute_is_not_detect_and_compute() {
    let image = blobs(160, 120, 7);
    let mut kaze = default_worker();
    let together = kaze.detect_and_compute(&image).unwrap();
    let mut keypoints = kaze.detect(&image).unwrap();
    assert!(keypoints.iter().all(|k| k.angle == 0.0));
    let descriptors = kaze.compute(&image, &mut keypoints).unwrap();
    assert_eq!(keypoints.len(), together.keypoints.len());
    assert!(
        keypoints
            .iter()
            .zip(&together.keypoints)
            .all(|(a, b)| a.x == b.x && a.size == b.size)
    );
    assert_ne!(descriptors, together.descriptors);
}

#[test]
fn the_strongest_are_those_of_the_separate_calls() {
    let image = blobs(160, 120, 8);
    let mut kaze = default_worker();
    let mut all = kaze.detect(&image).unwrap();
    all.sort_by(|a, b| b.response.total_cmp(&a.response));
    for max in [0, 1, 32, all.len(), all.len() + 7] {
        let mut keypoints = all[..max.min(all.len())].to_vec();
        let descriptors = kaze.compute(&image, &mut keypoints).unwrap();
        let fused = kaze.detect_then_compute_strongest(&image, max).unwrap();
        assert_eq!(fused.keypoints, keypoints);
        assert_eq!(fused.descriptors, descriptors);
    }
}

#[test]
fn flat_pictures_have_no_keypoints() {
    for value in [0, 7, 255] {
        let image = GrayImage::from_vec(80, 60, vec![value; 80 * 60]).unwrap();
        let found = default_worker().detect_and_compute(&image).unwrap();
        assert_eq!(found.keypoints.len(), 0);
        assert_eq!(found.descriptors.rows(), 0);
    }
}

#[test]
fn describing_what_cannot_be_described() {
    let odd = Keypoint {
        x: f32::NAN,
        y: 1e30,
        size: f32::INFINITY,
        angle: -1.0,
        response: 0.0,
        octave: 0,
        class_id: 3,
    };
    for (width, height) in [(1, 1), (1, 40), (40, 1), (2, 2), (30, 20)] {
        let image = blobs(width, height, 9);
        for upright in [false, true] {
            let params = KazeParams {
                upright,
                ..KazeParams::default()
            };
            for size in [0.0, 5.0, 1e9, -7.0, f32::NAN, f32::INFINITY] {
                let mut keypoints = vec![
                    odd,
                    Keypoint {
                        x: 0.0,
                        y: 0.0,
                        size,
                        ..odd
                    },
                ];
                let mut kaze = worker(params, Exec::default());
                let rows = kaze.compute(&image, &mut keypoints).unwrap().rows();
                assert_eq!(rows, 2);
            }
        }
    }
    let mut none = vec![odd];
    let rows = default_worker()
        .compute(&GrayImage::new(0, 0), &mut none)
        .unwrap()
        .rows();
    assert_eq!((rows, none.len()), (0, 0));
    for class_id in [-1, 16, i32::MAX] {
        let result =
            default_worker().compute(&blobs(30, 20, 9), &mut vec![Keypoint { class_id, ..odd }]);
        assert!(matches!(
            result,
            Err(Error::Parameter {
                parameter: "class-id",
                ..
            })
        ));
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let default = KazeParams::default();
    let wrong = [
        KazeParams {
            threshold: f32::NAN,
            ..default
        },
        KazeParams {
            n_octaves: 0,
            ..default
        },
        KazeParams {
            n_octaves: 11,
            ..default
        },
        KazeParams {
            n_octave_layers: 0,
            ..default
        },
        KazeParams {
            n_octave_layers: 33,
            ..default
        },
    ];
    for params in wrong {
        let error = Kaze::new(params, Exec::default()).unwrap_err();
        assert!(error.to_string().starts_with("kaze: "), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_picture_with_any_parameters(
        (width, height) in (0_usize..70, 0_usize..70),
        seed in any::<u32>(),
        noise in any::<bool>(),
        threshold in prop_oneof![Just(-1.0_f32), Just(0.0), Just(1e-4), Just(0.001)],
        (n_octaves, n_octave_layers) in (1_u32..6, 1_u32..6),
        kind in 0_usize..4,
        (extended, upright) in (any::<bool>(), any::<bool>()),
        threads in 1_usize..4,
    ) {
        let mut image = if width * height == 0 {
            GrayImage::new(width, height)
        } else {
            blobs(width, height, seed)
        };
        if noise {
            for (i, p) in image.data_mut().iter_mut().enumerate() {
                *p = p.wrapping_add((i as u32).wrapping_mul(seed | 1).wrapping_shr(13) as u8);
            }
        }
        let kinds = [
            Diffusivity::PmG1, Diffusivity::PmG2, Diffusivity::Weickert, Diffusivity::Charbonnier,
        ];
        let params = KazeParams {
            threshold, n_octaves, n_octave_layers, diffusivity: kinds[kind], extended, upright,
        };
        let mut kaze = worker(params, Exec::with_threads(threads));
        let found = kaze.detect_and_compute(&image).unwrap();
        prop_assert_eq!(found.descriptors.rows(), found.keypoints.len());
        prop_assert_eq!(found.descriptors.length(), if extended { 128 } else { 64 });
        let mut again = kaze.detect(&image).unwrap();
        prop_assert_eq!(again.len(), found.keypoints.len());
        let rows = kaze.compute(&image, &mut again).unwrap().rows();
        prop_assert_eq!(rows, again.len());
        for k in &again {
            prop_assert!(k.x.is_finite() && k.y.is_finite() && k.response > threshold);
            prop_assert!((1..(n_octaves * n_octave_layers) as i32 - 1).contains(&k.class_id));
        }
    }
}
