//! Twelve bits an element: eight, that a scan or a rough look would need, and four more.
//!
//! A row is the upper bytes of all elements, then for each 32 of them 16 bytes, of which byte j
//! holds the lower halves of elements j and j + 16.

use fearless_simd::{Simd, i8x32, i16x16, prelude::*, u8x16};

use super::score::{BLOCK, Block, Elements, floats};

/// The largest whole number.
const PEAK: f32 = 2047.0;
/// Bytes that hold the lower halves of a block.
const HALF: usize = BLOCK / 2;

/// Bytes of a row of `dim` elements.
pub(crate) const fn row_bytes(dim: usize) -> usize {
    dim + dim.div_ceil(BLOCK) * HALF
}

/// Writes a vector, and returns what one step of it is worth.
pub(crate) fn quantise(values: &[f32], row: &mut Vec<i8>) -> f32 {
    let peak = values.iter().fold(0f32, |peak, v| peak.max(v.abs()));
    let step = (peak / PEAK).max(f32::MIN_POSITIVE);
    put(values.iter().map(|v| (v / step).round() as i16), row);
    step
}

/// Writes a vector of bytes as it is, and returns what one step of it is worth.
pub(crate) fn widen(bytes: &[i8], row: &mut Vec<i8>) -> f32 {
    put(bytes.iter().map(|&byte| i16::from(byte) << 4), row);
    1.0 / 16.0
}

fn put(whole: impl ExactSizeIterator<Item = i16>, row: &mut Vec<i8>) {
    let dim = whole.len();
    row.clear();
    row.resize(row_bytes(dim), 0);
    let (high, low) = row.split_at_mut(dim);
    for (i, whole) in whole.enumerate() {
        high[i] = (whole >> 4) as i8;
        low[i / BLOCK * HALF + i % HALF] |= ((whole & 15) << (i / HALF % 2 * 4)) as i8;
    }
}

/// A row of some elements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bits12<'a> {
    high: &'a [i8],
    low: &'a [i8],
}

impl<'a> Bits12<'a> {
    /// Takes a whole row.
    pub(crate) fn new(row: &'a [i8], dim: usize) -> Self {
        let (high, low) = row.split_at(dim);
        Self { high, low }
    }

    /// Appends the elements, each of `step`, to `out`.
    pub(crate) fn decode(self, step: f32, out: &mut Vec<f32>) {
        out.extend((0..self.high.len()).map(|i| step * self.one(i)));
    }
}

impl Elements for Bits12<'_> {
    fn len(self) -> usize {
        self.high.len()
    }

    #[inline(always)]
    fn block<S: Simd>(self, simd: S, block: usize) -> Block<S> {
        let high: &[i8; BLOCK] = &self.high.as_chunks().0[block];
        let low: &[i8; HALF] = &self.low.as_chunks().0[block];
        let (first, second) = i8x32::simd_from(simd, *high).widen();
        let low = u8x16::from_slice(simd, bytemuck::cast_slice(low));
        let (lower, upper) = ((low & 15).widen(), (low >> 4).widen());
        let lower: i16x16<S> = lower.0.combine(lower.1).bitcast();
        let upper: i16x16<S> = upper.0.combine(upper.1).bitcast();
        floats((first << 4) | lower, (second << 4) | upper)
    }

    #[inline(always)]
    fn one(self, i: usize) -> f32 {
        let low = self.low[i / BLOCK * HALF + i % HALF].cast_unsigned();
        let low = i16::from(low) >> (i / HALF % 2 * 4) & 15;
        f32::from(i16::from(self.high[i]) << 4 | low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn elements_come_back_nearly(values in prop::collection::vec(-1f32..1.0, 1..140)) {
            let (mut row, mut out) = (Vec::new(), Vec::new());
            let step = quantise(&values, &mut row);
            prop_assert_eq!(row.len(), row_bytes(values.len()));
            let back = Bits12::new(&row, values.len());
            back.decode(step, &mut out);
            let peak = values.iter().fold(0f32, |peak, v| peak.max(v.abs()));
            for (value, found) in values.iter().zip(&out) {
                prop_assert!((value - found).abs() <= peak / 4093.0, "{} {}", value, found);
            }
            for number in 0..values.len() / BLOCK {
                let block = dispatch!(Level::new(), simd => {
                    let parts: [[f32; 8]; 4] = back.block(simd, number).map(Into::into);
                    parts
                });
                for (i, value) in block.as_flattened().iter().enumerate() {
                    prop_assert_eq!(step * value, out[number * BLOCK + i]);
                }
            }
            // What was decoded is written as it was.
            let mut again = Vec::new();
            quantise(&out, &mut again);
            prop_assert_eq!(row, again);
        }

        #[test]
        fn bytes_come_back_as_they_were(bytes in prop::collection::vec(any::<i8>(), 1..100)) {
            let (mut row, mut out) = (Vec::new(), Vec::new());
            let step = widen(&bytes, &mut row);
            Bits12::new(&row, bytes.len()).decode(step, &mut out);
            prop_assert_eq!(out, bytes.iter().map(|&b| f32::from(b)).collect::<Vec<_>>());
        }
    }
}
