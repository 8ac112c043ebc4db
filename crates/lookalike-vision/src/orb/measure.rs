//! Harris' corner measure and the intensity centroid.

use fearless_simd::Simd;

use super::patch::Patch;
use crate::fast_atan2;

/// Half of the window over which gradients are summed.
const HALF_BLOCK: isize = 3;
/// How far from the keypoint Harris' measure looks.
pub(super) const HARRIS_REACH: i32 = HALF_BLOCK as i32 + 1;
/// Harris' constant.
const K: f32 = 0.04;

/// Harris' measure over 7 x 7 Sobel gradients (section 3.1 of the paper), as `cv::ORB` scales it.
#[inline(always)]
pub(super) fn harris<S: Simd>(simd: S, patch: &Patch<'_>) -> f32 {
    let [xx, yy, xy] = simd.vectorize(
        #[inline(always)]
        || moments(patch),
    );
    let (a, b, c) = (xx as f32, yy as f32, xy as f32);
    let scale = 1.0 / (4.0 * 7.0 * 255.0f32);
    let response = a * b - c * c - K * (a + b) * (a + b);
    response * (scale * scale * scale * scale)
}

/// Sums of the products of gradients. Eight columns are computed and seven of them added up.
#[inline(always)]
fn moments(patch: &Patch<'_>) -> [i32; 3] {
    let mut rows = [[0i32; 9]; 9];
    for (dy, row) in (-HALF_BLOCK - 1..).zip(&mut rows) {
        for (to, &from) in row.iter_mut().zip(patch.run(-HALF_BLOCK - 1, dy, 9)) {
            *to = i32::from(from);
        }
    }
    let mut sums = [[0i32; 7]; 3];
    for y in 1..8 {
        let [above, row, below] = [&rows[y - 1], &rows[y], &rows[y + 1]];
        for x in 0..7 {
            let dx =
                (row[x + 2] - row[x]) * 2 + (above[x + 2] - above[x]) + (below[x + 2] - below[x]);
            let dy = (below[x + 1] - above[x + 1]) * 2
                + (below[x] - above[x])
                + (below[x + 2] - above[x + 2]);
            sums[0][x] += dx * dx;
            sums[1][x] += dy * dy;
            sums[2][x] += dx * dy;
        }
    }
    sums.map(|s| s.iter().sum())
}

/// The half widths of the rows of a disc: entry v belongs to the rows v above and below its
/// centre. Symmetric in x and y, as OpenCV makes it.
pub(super) fn disc(patch_size: i32) -> Vec<i32> {
    let radius = patch_size / 2;
    let diagonal = radius as f32 * std::f32::consts::SQRT_2 / 2.0;
    let (top, bottom) = ((diagonal + 1.0).floor() as usize, diagonal.ceil() as usize);
    let mut half = vec![0; radius as usize + 2];
    for (v, half) in half.iter_mut().enumerate().take(top + 1) {
        let v = v as f64;
        *half = (f64::from(radius * radius) - v * v)
            .max(0.0)
            .sqrt()
            .round_ties_even() as i32;
    }
    let mut step = 0;
    for v in (bottom..=radius as usize).rev() {
        while half[step] == half[step + 1] {
            step += 1;
        }
        half[v] = step as i32;
        step += 1;
    }
    half.truncate(radius as usize + 1);
    half
}

/// The angle of the vector from the keypoint to the centroid of the disc around it, in degrees
/// (section 3.2 of the paper).
#[inline(always)]
pub(super) fn angle<S: Simd>(simd: S, patch: &Patch<'_>, disc: &[i32]) -> f32 {
    let (x, y) = simd.vectorize(
        #[inline(always)]
        || centroid(patch, disc),
    );
    fast_atan2(y as f32, x as f32)
}

#[inline(always)]
fn centroid(patch: &Patch<'_>, disc: &[i32]) -> (i32, i32) {
    let (mut mx, mut my) = (0, 0);
    for (v, &half) in disc.iter().enumerate() {
        let v = v as i32;
        let length = 2 * half as usize + 1;
        let below = patch.run(-half as isize, v as isize, length);
        let above = patch.run(-half as isize, -v as isize, length);
        let mut difference = 0;
        for ((u, &b), &a) in (-half..).zip(below).zip(above) {
            let (b, a) = (i32::from(b), i32::from(a));
            difference += b - a;
            mx += u * (b + a);
        }
        my += v * difference;
        if v == 0 {
            // The middle row was taken twice.
            mx /= 2;
        }
    }
    (mx, my)
}
