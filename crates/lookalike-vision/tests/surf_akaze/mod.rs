//! Pictures and comparisons that the tests of SURF and AKAZE share.
#![allow(dead_code, reason = "each test uses its part")]

use lookalike_vision::{Descriptors, Feature2d, GrayImage, Keypoint};

/// Small numbers from a linear congruential generator that any language can repeat.
pub struct Random(pub u32);

impl Random {
    pub fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12345) & 0x7fff_ffff;
        (self.0 >> 8) % n
    }
}

/// Seventy discs, later ones over earlier ones.
pub fn discs(width: usize, height: usize) -> GrayImage {
    let mut image = GrayImage::from_vec(width, height, vec![128; width * height]).unwrap();
    let mut random = Random(1);
    for _ in 0..70 {
        let (x, y) = (random.below(width as u32), random.below(height as u32));
        let (radius, value) = (2 + random.below(13), random.below(256));
        for v in 0..height as u32 {
            for u in 0..width as u32 {
                let (dx, dy) = (u.abs_diff(x), v.abs_diff(y));
                if dx * dx + dy * dy <= radius * radius {
                    image.row_mut(v as usize)[u as usize] = value as u8;
                }
            }
        }
    }
    image
}

/// An affine map: x' = a x + b y + c, y' = d x + e y + f.
#[derive(Clone, Copy)]
pub struct Affine(pub [f32; 6]);

impl Affine {
    /// Around (160, 120).
    pub fn around_centre([a, b, d, e]: [f32; 4]) -> Self {
        let (x, y) = (160.0, 120.0);
        Self([a, b, x - a * x - b * y, d, e, y - d * x - e * y])
    }

    pub fn turned_and_scaled(degrees: f32, scale: f32) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self::around_centre([scale * cos, -scale * sin, scale * sin, scale * cos])
    }

    pub fn apply(&self, x: f32, y: f32) -> (f32, f32) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + b * y + c, d * x + e * y + f)
    }

    pub fn inverse(&self) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let n = 1.0 / (a * e - b * d);
        let [p, q, r, s] = [e * n, -b * n, -d * n, a * n];
        Self([p, q, -p * c - q * f, r, s, -r * c - s * f])
    }
}

/// A scene of soft blobs, drawn after `map`: no resampling, so nothing else differs.
pub fn scene(map: Affine) -> GrayImage {
    let mut random = Random(7);
    let back = map.inverse();
    let mut light = vec![128.0f32; 320 * 240];
    for _ in 0..1500 {
        let x = random.below(480) as f32 - 80.0;
        let y = random.below(400) as f32 - 80.0;
        let radius = 1.5 + random.below(60) as f32 / 10.0;
        let stretch = random.below(1000) as f32 / 1000.0;
        let weight = random.below(160) as f32 - 80.0;
        let (u, v) = map.apply(x, y);
        let reach = 5.0 * radius;
        let range = |at: f32, end: f32| {
            (at - reach).clamp(0.0, end) as usize..(at + reach).clamp(0.0, end) as usize
        };
        for v in range(v, 240.0) {
            for u in range(u, 320.0) {
                let (px, py) = back.apply(u as f32, v as f32);
                let (dx, dy) = ((px - x) / radius, (py - y) / radius);
                let bell = dx * dx + (1.0 + stretch) * dy * dy + stretch * dx * dy;
                light[v * 320 + u] += weight * (-bell).exp();
            }
        }
    }
    let data = light.iter().map(|v| v.clamp(0.0, 255.0) as u8).collect();
    GrayImage::from_vec(320, 240, data).unwrap()
}

/// Of the keypoints that both pictures show, the share found again, and how many of their
/// nearest neighbours in descriptor space (ratio .8) are right.
pub fn compare(detector: &mut dyn Feature2d, map: Affine) -> (f32, usize) {
    let first = detector.detect_and_compute(&scene(Affine::around_centre([1.0, 0.0, 0.0, 1.0])));
    let second = detector.detect_and_compute(&scene(map));
    let (first, second) = (first.unwrap(), second.unwrap());
    let visible = |k: &Keypoint| {
        let (x, y) = map.apply(k.x, k.y);
        let edge = 2.0 * k.size;
        (edge..320.0 - edge).contains(&x) && (edge..240.0 - edge).contains(&y)
    };
    let close = |k: &Keypoint, other: &Keypoint| {
        let (x, y) = map.apply(k.x, k.y);
        (x - other.x).hypot(y - other.y) < 2.5
    };
    let shared: Vec<_> = first.keypoints.iter().filter(|k| visible(k)).collect();
    let again = shared
        .iter()
        .filter(|k| second.keypoints.iter().any(|o| close(k, o)));
    let share = again.count() as f32 / shared.len() as f32;
    let mut right = 0;
    for (i, k) in first.keypoints.iter().enumerate() {
        let mut best = [(f32::MAX, 0); 2];
        for j in 0..second.keypoints.len() {
            let d = (distance(&first.descriptors, i, &second.descriptors, j), j);
            if d.0 < best[0].0 {
                best = [d, best[0]];
            } else if d.0 < best[1].0 {
                best[1] = d;
            }
        }
        let distinct = best[0].0 < 0.8 * best[1].0;
        right += usize::from(distinct && close(k, &second.keypoints[best[0].1]));
    }
    (share, right)
}

/// Euclidean or Hamming distance between row `i` of `a` and row `j` of `b`.
fn distance(a: &Descriptors, i: usize, b: &Descriptors, j: usize) -> f32 {
    let (p, q) = (a.length() * i, b.length() * j);
    let (r, s) = (p..p + a.length(), q..q + b.length());
    if let (Some(a), Some(b)) = (a.as_f32(), b.as_f32()) {
        let squares = a[r].iter().zip(&b[s]).map(|(x, y)| (x - y).powi(2));
        return squares.sum::<f32>().sqrt();
    }
    let (a, b) = (a.as_u8().unwrap(), b.as_u8().unwrap());
    let bits = a[r].iter().zip(&b[s]).map(|(x, y)| (x ^ y).count_ones());
    bits.sum::<u32>() as f32
}

pub fn turn_between(a: f32, b: f32) -> f32 {
    let d = (a - b).rem_euclid(360.0);
    d.min(360.0 - d)
}
