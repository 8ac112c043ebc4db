//! Gaussian smoothing of the tiles that descriptors look at.

use fearless_simd::{Simd, SimdBase, dispatch};

use super::patch::mirror;
use crate::{Exec, GrayImage};

/// Side of a tile.
const TILE: usize = 32;
/// Half of the kernel.
const HALF: usize = 3;
/// Side of what a tile is computed from.
const WIDE: usize = TILE + 2 * HALF;
/// Standard deviation.
const SIGMA: f64 = 2.0;

/// A picture that is smoothed where it was asked for.
#[derive(Debug, Default)]
pub(super) struct Blur {
    image: GrayImage,
    /// Which tiles are wanted, row by row.
    wanted: Vec<bool>,
}

impl Blur {
    /// Forgets all tiles and takes the size of `image`.
    pub(super) fn start(&mut self, image: &GrayImage) {
        self.image.resize(image.width(), image.height());
        self.wanted.clear();
        let tiles = image.width().div_ceil(TILE) * image.height().div_ceil(TILE);
        self.wanted.resize(tiles, false);
    }

    /// Asks for the pixels within `reach` of (x, y).
    pub(super) fn want(&mut self, (x, y): (i32, i32), reach: i32) {
        let tiles = |at: i32, side: usize| {
            let last = side as i32 - 1;
            let [low, high] = [at - reach, at + reach].map(|at| at.clamp(0, last) as usize / TILE);
            low..=high
        };
        let columns = self.image.width().div_ceil(TILE);
        for row in tiles(y, self.image.height()) {
            for column in tiles(x, self.image.width()) {
                self.wanted[row * columns + column] = true;
            }
        }
    }

    /// Smooths the tiles that were asked for.
    pub(super) fn fill(&mut self, exec: Exec, source: &GrayImage) {
        dispatch!(exec.level, simd => self.fill_tiles(simd, source));
    }

    /// The picture, smoothed in those tiles and unspecified elsewhere.
    pub(super) fn image(&self) -> &GrayImage {
        &self.image
    }

    #[inline(always)]
    fn fill_tiles<S: Simd>(&mut self, simd: S, source: &GrayImage) {
        let columns = self.image.width().div_ceil(TILE);
        let kernel = kernel();
        simd.vectorize(
            #[inline(always)]
            || {
                for (i, _) in self
                    .wanted
                    .iter()
                    .enumerate()
                    .filter(|(_, wanted)| **wanted)
                {
                    let corner = (i % columns * TILE, i / columns * TILE);
                    blur_tile(simd, source, corner, &kernel, &mut self.image);
                }
            },
        );
    }
}

/// The weights of the middle pixel and of those 1, 2 and 3 away, as `cv::getGaussianKernel`.
fn kernel() -> [f32; HALF + 1] {
    let weights: [f64; HALF + 1] =
        std::array::from_fn(|i| (-((i * i) as f64) / (2.0 * SIGMA * SIGMA)).exp());
    let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
    weights.map(|w| (w / sum) as f32)
}

#[inline(always)]
fn blur_tile<S: Simd>(
    simd: S,
    source: &GrayImage,
    (left, top): (usize, usize),
    kernel: &[f32; HALF + 1],
    target: &mut GrayImage,
) {
    let (width, height) = (source.width(), source.height());
    let lanes = S::f32s::LEN;
    let mut rows = [[0f32; TILE]; WIDE];
    let mut pixels = [0f32; WIDE];
    for (i, row) in rows.iter_mut().enumerate() {
        let line = source.row(mirror((top + i) as i32 - HALF as i32, height));
        if left >= HALF && left + TILE + HALF <= width {
            let line: &[u8; WIDE] = line[left - HALF..].first_chunk().expect("checked above");
            for (to, &from) in pixels.iter_mut().zip(line) {
                *to = f32::from(from);
            }
        } else {
            for (j, to) in pixels.iter_mut().enumerate() {
                *to = f32::from(line[mirror((left + j) as i32 - HALF as i32, width)]);
            }
        }
        for x in (0..TILE).step_by(lanes) {
            let mut sum = load(simd, &pixels, x + HALF) * kernel[0];
            for (k, &weight) in (1..).zip(&kernel[1..]) {
                let pair = load(simd, &pixels, x + HALF - k) + load(simd, &pixels, x + HALF + k);
                sum += pair * weight;
            }
            sum.store_slice(&mut row[x..x + lanes]);
        }
    }
    let used = TILE.min(width - left);
    for y in 0..TILE.min(height - top) {
        let mut out = [0u8; TILE];
        let mut sums = [0f32; TILE];
        for x in (0..TILE).step_by(lanes) {
            let mut sum = load(simd, &rows[y + HALF], x) * kernel[0];
            for (k, &weight) in (1..).zip(&kernel[1..]) {
                let (above, below) = (&rows[y + HALF - k], &rows[y + HALF + k]);
                sum += (load(simd, above, x) + load(simd, below, x)) * weight;
            }
            // Rounds half to even: the integer ends up in the low bits of the mantissa.
            (sum + 12_582_912.0).store_slice(&mut sums[x..x + lanes]);
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = sum.to_bits() as u8;
        }
        target.row_mut(top + y)[left..left + used].copy_from_slice(&out[..used]);
    }
}

#[inline(always)]
fn load<S: Simd>(simd: S, row: &[f32], x: usize) -> S::f32s {
    S::f32s::from_slice(simd, &row[x..x + S::f32s::LEN])
}
