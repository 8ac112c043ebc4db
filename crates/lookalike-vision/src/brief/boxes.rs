//! The sum of the 9 x 9 box around every pixel.

use fearless_simd::{Simd, dispatch};

use super::{BORDER, HALF_BOX, REACH};
use crate::spread::spread;
use crate::{Exec, GrayImage, Keypoint, Plane};

/// Side of the box.
const SIDE: usize = 2 * HALF_BOX as usize + 1;

/// Box sums of all pixels whose box lies inside of the picture; 81 bytes fit 16 bits. Entry
/// (x, y) belongs to the pixel (x + 4, y + 4).
#[derive(Debug, Default)]
pub(super) struct BoxSums(Plane<u16>);

impl BoxSums {
    /// Computes the sums of a picture of at least 9 x 9 pixels.
    pub(super) fn fill(&mut self, exec: Exec, image: &GrayImage) {
        let (width, height) = (image.width() + 1 - SIDE, image.height() + 1 - SIDE);
        self.0.resize(width, height);
        let rows = height.div_ceil(exec.threads.max(1));
        let bands = self.0.data_mut().chunks_mut(rows * width).enumerate();
        spread(
            exec.threads,
            bands.collect(),
            |(i, band): (usize, &mut [u16])| {
                dispatch!(exec.level, simd => fill_band(simd, image, i * rows, band));
            },
        );
    }

    /// Entries in a row.
    pub(super) fn stride(&self) -> usize {
        self.0.width()
    }

    /// The sums from the top left corner of the patch around a keypoint inside of the border.
    pub(super) fn patch(&self, keypoint: &Keypoint) -> &[u16] {
        // Half a pixel rounds up here, but to even at the border: one may come out too far.
        let corner = |at: f32, sums: usize| {
            let low = BORDER as usize;
            let high = sums - 1 + HALF_BOX as usize - REACH as usize;
            ((at + 0.5) as usize).clamp(low, high) - low
        };
        let (x, y) = (
            corner(keypoint.x, self.0.width()),
            corner(keypoint.y, self.0.height()),
        );
        &self.0.data()[y * self.0.width() + x..]
    }
}

/// The rows of sums from `first` on, as many as `band` holds.
#[inline(always)]
fn fill_band<S: Simd>(simd: S, image: &GrayImage, first: usize, band: &mut [u16]) {
    let width = image.width() + 1 - SIDE;
    let mut columns = vec![0u16; image.width()];
    for y in first..first + SIDE - 1 {
        for (column, &pixel) in columns.iter_mut().zip(image.row(y)) {
            *column += u16::from(pixel);
        }
    }
    simd.vectorize(
        #[inline(always)]
        || {
            for (i, sums) in band.chunks_exact_mut(width).enumerate() {
                let y = first + i;
                let below = image.row(y + SIDE - 1);
                for (column, &pixel) in columns.iter_mut().zip(below) {
                    *column += u16::from(pixel);
                }
                for (x, sum) in sums.iter_mut().enumerate() {
                    let c = &columns[x..x + SIDE];
                    *sum = c[0] + c[1] + c[2] + c[3] + c[4] + c[5] + c[6] + c[7] + c[8];
                }
                for (column, &pixel) in columns.iter_mut().zip(image.row(y)) {
                    *column -= u16::from(pixel);
                }
            }
        },
    );
}
