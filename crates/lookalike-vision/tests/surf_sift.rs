//! SURF against SIFT on photographs that are seen from another side.
#![cfg(feature = "nonfree")]

use lookalike_vision::matching::match_mutual;
use lookalike_vision::{
    Descriptors, Exec, Feature2d, Features, GrayImage, Keypoint, Level, Sift, SiftParams, Surf,
    SurfParams,
};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Of the sample pictures.
const PICTURES: [&str; 6] = [
    "cat",
    "coffee",
    "drum",
    "forest-stream",
    "galaxies",
    "pagoda",
];
/// Keypoints of a picture at most; always the same number for both algorithms.
const MOST: usize = 100;
/// x' = a x + b y, y' = c x + d y, around the middle: a small turn, a tilt, a shear, a reduction.
const MODERATE: [[f32; 4]; 4] = [
    [0.97, -0.26, 0.26, 0.97],
    [0.80, 0.0, 0.0, 1.0],
    [0.90, 0.30, 0.0, 1.0],
    [0.60, 0.05, -0.05, 0.65],
];
/// Half a right angle, and a turn with a tilt, where sums of upright boxes are at their worst.
const TURNED: [[f32; 4]; 2] = [[0.70, -0.70, 0.70, 0.70], [0.75, -0.35, 0.45, 0.95]];

fn sample(name: &str) -> GrayImage {
    let path = format!(
        "{}/../../pictures/library/{name}.jpg",
        env!("CARGO_MANIFEST_DIR")
    );
    let bytes = std::fs::read(path).unwrap();
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    GrayImage::from_vec(width, height, pixels).unwrap()
}

/// The picture seen under `view`; what lies outside is grey.
fn seen(image: &GrayImage, [a, b, c, d]: [f32; 4]) -> GrayImage {
    let (width, height) = (image.width(), image.height());
    let (x0, y0) = (width as f32 / 2.0, height as f32 / 2.0);
    let n = 1.0 / (a * d - b * c);
    let sample = |x: f32, y: f32| {
        let (x, y) = (x - x0, y - y0);
        let (u, v) = ((d * x - b * y) * n + x0, (a * y - c * x) * n + y0);
        if !(u >= 0.0 && v >= 0.0 && u < width as f32 - 1.0 && v < height as f32 - 1.0) {
            return 128.0;
        }
        let (i, j) = (u as usize, v as usize);
        let (p, q) = (u.fract(), v.fract());
        let mix = |row: &[u8]| f32::from(row[i]) * (1.0 - p) + f32::from(row[i + 1]) * p;
        mix(image.row(j)) * (1.0 - q) + mix(image.row(j + 1)) * q
    };
    // Four samples a pixel, so that a smaller picture has no steps.
    let pixel = |i: usize| {
        let (x, y) = ((i % width) as f32, (i / width) as f32);
        let corners = [(-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)];
        let sum: f32 = corners.iter().map(|(p, q)| sample(x + p, y + q)).sum();
        (sum * 0.25).round() as u8
    };
    let pixels = (0..width * height).map(pixel).collect();
    GrayImage::from_vec(width, height, pixels).unwrap()
}

/// The `count` strongest keypoints with their descriptors.
fn strongest(all: &Features, count: usize) -> Features {
    let mut order: Vec<usize> = (0..all.keypoints.len()).collect();
    let response = |i: usize| all.keypoints[i].response;
    order.sort_by(|&i, &j| response(j).total_cmp(&response(i)));
    order.truncate(count);
    let length = all.descriptors.length();
    let values = all.descriptors.as_f32().unwrap();
    let rows = order.iter().flat_map(|&i| &values[i * length..][..length]);
    Features {
        keypoints: order.iter().map(|&i| all.keypoints[i]).collect(),
        descriptors: Descriptors::from_f32(length, rows.copied().collect()),
    }
}

/// Mutual nearest neighbours that lie within 3 pixels of where they should.
fn right_matches(before: &Features, after: &Features, middle: [f32; 2], view: [f32; 4]) -> usize {
    let (query, found) = (&before.descriptors, &after.descriptors);
    let matches = match_mutual(query, found, 1.0, Level::new()).unwrap();
    let ([x0, y0], [a, b, c, d]) = (middle, view);
    let right = |from: &Keypoint, to: &Keypoint| {
        let (x, y) = (from.x - x0, from.y - y0);
        let (u, v) = (a * x + b * y + x0, c * x + d * y + y0);
        (u - to.x).hypot(v - to.y) < 3.0
    };
    let pairs = matches.iter();
    pairs
        .filter(|m| right(&before.keypoints[m.query], &after.keypoints[m.found]))
        .count()
}

/// Right matches of SURF and of SIFT, over all pictures.
fn compare(views: &[[f32; 4]]) -> (usize, usize) {
    let mut surf = Surf::new(SurfParams::default(), Exec::default()).unwrap();
    let mut sift = Sift::new(SiftParams::default(), Exec::default()).unwrap();
    let (mut by_surf, mut by_sift) = (0, 0);
    for name in PICTURES {
        let image = sample(name);
        let middle = [image.width() as f32 / 2.0, image.height() as f32 / 2.0];
        for &view in views {
            let other = seen(&image, view);
            let mut both = |picture: &GrayImage| {
                let features = [
                    surf.detect_and_compute(picture).unwrap(),
                    sift.detect_and_compute(picture).unwrap(),
                ];
                let least = features.iter().map(|f| f.keypoints.len()).min().unwrap();
                features.map(|f| strongest(&f, least.min(MOST)))
            };
            let ([surf_before, sift_before], [surf_after, sift_after]) =
                (both(&image), both(&other));
            by_surf += right_matches(&surf_before, &surf_after, middle, view);
            by_sift += right_matches(&sift_before, &sift_after, middle, view);
        }
    }
    (by_surf, by_sift)
}

#[test]
fn surf_matches_nearly_as_much_as_sift_on_moderate_affine_pairs() {
    let (by_surf, by_sift) = compare(&MODERATE);
    assert!(by_sift > 1000, "{by_sift}");
    println!("{by_surf} of {by_sift}");
    assert!(by_surf * 100 >= by_sift * 85, "{by_surf} of {by_sift}");
}

#[test]
fn surf_matches_less_than_sift_where_the_picture_is_turned() {
    let (by_surf, by_sift) = compare(&TURNED);
    println!("{by_surf} of {by_sift}");
    assert!(by_surf * 100 >= by_sift * 70, "{by_surf} of {by_sift}");
}
