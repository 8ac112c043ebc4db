//! The last Gaussian picture of an octave. Only the last differences that are searched have it
//! for a neighbour, and only their few pixels that are extreme among all others ask for it. So it
//! is not made; the 3 x 3 pixels that are asked for are.

use fearless_simd::{Level, dispatch, f32x4, prelude::*};

use super::{blur::Kernel, padded::mirrored, refine::Block};

/// Columns that are filtered together: the three asked for, and one more.
const LANES: usize = 4;
/// Rows that are filtered together.
const ROWS: usize = 4;

/// Rows filtered horizontally: memory to work in.
pub(super) type Filtered = Vec<[f32; LANES]>;

/// Makes pixels of the last picture out of the one before.
#[derive(Clone, Copy)]
pub(super) struct Top<'a> {
    pub simd: Level,
    pub kernel: &'a Kernel,
}

impl Top<'_> {
    /// What is needed of each row around a pixel: from how many columns left of it on, and how
    /// many columns.
    #[inline(always)]
    pub fn needed(&self) -> (usize, usize) {
        let radius = self.kernel.radius();
        (radius + 1, 2 * radius + LANES)
    }

    /// The pixels around a pixel of row y, as filtering the whole picture gives them, to the bit.
    /// `before(y)` is what is [`needed`](Self::needed) of row y of the picture before, which has
    /// `height` rows.
    pub fn around<'p>(
        &self,
        before: impl Fn(usize) -> &'p [f32],
        y: usize,
        height: usize,
        filtered: &mut Filtered,
    ) -> Block {
        let radius = self.kernel.radius();
        filtered.resize((2 * radius + 3).next_multiple_of(ROWS), [0.0; LANES]);
        let taps = self.kernel.taps();
        let first = y as isize - (radius + 1) as isize;
        dispatch!(self.simd, simd => {
            for (out, y) in filtered.chunks_exact_mut(ROWS).zip((first..).step_by(ROWS)) {
                let row = |i: isize| before(mirrored(y + i, height));
                filter_rows(simd, taps, [row(0), row(1), row(2), row(3)], out);
            }
            filter_columns(simd, &taps[radius..], filtered)
        })
    }
}

/// In the order of [`filter_row`](super::blur::filter_row).
#[inline(always)]
fn filter_rows<S: Simd>(simd: S, taps: &[f32], rows: [&[f32]; ROWS], out: &mut [[f32; LANES]]) {
    let mut sums = [f32x4::splat(simd, 0.0); ROWS];
    let [a, b, c, d] = rows.map(|row| row.windows(LANES));
    for ((((&tap, a), b), c), d) in taps.iter().zip(a).zip(b).zip(c).zip(d) {
        let tap = f32x4::splat(simd, tap);
        for (sum, pixels) in sums.iter_mut().zip([a, b, c, d]) {
            *sum = f32x4::from_slice(simd, pixels).mul_add(tap, *sum);
        }
    }
    for (sum, out) in sums.iter().zip(out) {
        sum.store_slice(out);
    }
}

/// In the order of [`filter_columns`](super::blur::filter_columns); `half` are the taps from the
/// middle on.
#[inline(always)]
fn filter_columns<S: Simd>(simd: S, half: &[f32], rows: &[[f32; LANES]]) -> Block {
    let radius = half.len() - 1;
    let mut out = [[0.0; 3]; 3];
    for (out, rows) in out.iter_mut().zip(rows.windows(2 * radius + 1)) {
        let (above, rest) = rows.split_at(radius);
        let mut sum = f32x4::load_array(simd, rest[0]) * f32x4::splat(simd, half[0]);
        let pairs = above.iter().rev().zip(&rest[1..]);
        for (&tap, (&above, &below)) in half[1..].iter().zip(pairs) {
            let pair = f32x4::load_array(simd, above) + f32x4::load_array(simd, below);
            sum = pair.mul_add(f32x4::splat(simd, tap), sum);
        }
        out.copy_from_slice(&sum.as_slice()[..3]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sift::{
        aligned, blur,
        padded::{BLOCK, Layout},
    };

    /// The whole of a picture filtered, as the other levels are.
    fn filtered(simd: Level, kernel: &Kernel, layout: &Layout, before: &[f32]) -> Vec<f32> {
        let (radius, span) = (kernel.radius(), layout.width.next_multiple_of(BLOCK));
        let pitch = aligned::odd_lines(span);
        let height = layout.height.next_multiple_of(blur::ROWS);
        let mut rows = vec![0.0; pitch * layout.height];
        for (y, out) in rows.chunks_exact_mut(pitch).enumerate() {
            let row = &before[y * layout.stride + layout.margin - radius..];
            blur::filter_row(simd, kernel, row, &mut out[..span]);
        }
        let lines = (-(radius as isize)..(height + radius) as isize)
            .map(|y| mirrored(y, layout.height) * pitch / aligned::LINE)
            .collect::<Vec<_>>();
        let mut out = vec![0.0; pitch * layout.height];
        blur::filter_columns(simd, kernel, (&rows, &lines, span), &mut out, pitch);
        out
    }

    #[test]
    fn pixels_are_those_of_the_whole_picture_to_the_bit() {
        let kernel = Kernel::gaussian(3.09);
        for (width, height) in [(70, 40), (13, 11), (130, 9)] {
            let layout = Layout::new(width, height, kernel.radius());
            let mut before = vec![0.0f32; layout.stride * height];
            for (i, row) in before.chunks_exact_mut(layout.stride).enumerate() {
                for (j, pixel) in row[layout.margin..][..width].iter_mut().enumerate() {
                    *pixel = ((i * 7919 + j * 104_729) % 1009) as f32 / 7.0;
                }
                layout.mirror_ends(row, &(0..width));
            }
            for simd in [Level::new(), Level::baseline()] {
                let whole = filtered(simd, &kernel, &layout, &before);
                let pitch = whole.len() / height;
                let top = Top {
                    simd,
                    kernel: &kernel,
                };
                let mut memory = Filtered::new();
                for (x, y) in [(5, 5), (width - 6, height - 4), (width / 2, height / 2)] {
                    let (left, length) = top.needed();
                    let row = |y: usize| {
                        &before[y * layout.stride + layout.margin + x - left..][..length]
                    };
                    let block = top.around(row, y, height, &mut memory);
                    for (i, line) in block.iter().enumerate() {
                        let expected = &whole[(y + i - 1) * pitch + x - 1..][..3];
                        assert_eq!(line, expected, "({x}, {y}) of {width} x {height}");
                    }
                }
            }
        }
    }
}
