//! Eight bits an element: what the building of a graph knows of the vectors.

use fearless_simd::{Simd, SimdBase, i16x32, i32x16, prelude::*};

/// Elements of a row are padded with zeros to a multiple of this.
const STEP: usize = 32;

/// Projected vectors in bytes.
#[derive(Debug)]
pub(crate) struct WideCodes {
    stride: usize,
    bytes: Vec<i8>,
    /// What one step of a row's bytes is worth.
    steps: Vec<f32>,
    /// Squared lengths of the centred vectors.
    squares: Vec<f32>,
}

impl WideCodes {
    /// Codes of vectors of `dim` projected elements.
    pub(crate) fn new(dim: usize) -> Self {
        Self {
            stride: dim.next_multiple_of(STEP),
            bytes: Vec::new(),
            steps: Vec::new(),
            squares: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, projected: &[f32], square: f32) {
        let peak = projected.iter().fold(0f32, |peak, v| peak.max(v.abs()));
        let step = (peak / 127.0).max(f32::MIN_POSITIVE);
        let end = self.bytes.len() + self.stride;
        self.bytes
            .extend(projected.iter().map(|v| (v / step).round() as i8));
        self.bytes.resize(end, 0);
        self.steps.push(step);
        self.squares.push(square);
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.bytes.append(&mut other.bytes);
        self.steps.append(&mut other.steps);
        self.squares.append(&mut other.squares);
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The bytes of a row, and what a step of them is worth.
    pub(crate) fn row(&self, row: u32) -> (&[i8], f32) {
        let row = row as usize;
        (
            &self.bytes[row * self.stride..][..self.stride],
            self.steps[row],
        )
    }

    /// Writes some rows to `into`, to be compared with one another.
    pub(crate) fn gather(&self, rows: impl Iterator<Item = u32>, into: &mut Gathered) {
        into.stride = self.stride;
        into.whole.clear();
        into.scales.clear();
        for row in rows {
            let (bytes, step) = self.row(row);
            into.whole.extend(bytes.iter().map(|&byte| i16::from(byte)));
            into.scales.push((step, self.squares[row as usize]));
        }
    }
}

/// A few vectors, ready to be compared with one another.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    stride: usize,
    whole: Vec<i16>,
    scales: Vec<(f32, f32)>,
}

impl Gathered {
    /// The squared distance of two of the vectors.
    #[inline(always)]
    pub(crate) fn distance<S: Simd>(&self, simd: S, a: usize, b: usize) -> f32 {
        let a_row = &self.whole[a * self.stride..][..self.stride];
        let b_row = &self.whole[b * self.stride..][..self.stride];
        let (a_parts, b_parts) = (a_row.as_chunks::<STEP>().0, b_row.as_chunks::<STEP>().0);
        let b_parts = &b_parts[..a_parts.len()];
        let mut sums = i32x16::splat(simd, 0);
        let mut i = 0;
        while i < a_parts.len() {
            let x = i16x32::simd_from(simd, a_parts[i]);
            sums += x.pairwise_dot_product(i16x32::simd_from(simd, b_parts[i]));
            i += 1;
        }
        let ((a_step, a_square), (b_step, b_square)) = (self.scales[a], self.scales[b]);
        a_square + b_square - 2.0 * a_step * b_step * sums.reduce_sum() as f32
    }
}
