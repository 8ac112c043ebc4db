//! Rows of floats with a margin, so that filters need no special case at the ends.

use std::ops::Range;

use super::aligned::{Aligned, LINE, odd_lines};

/// Columns are filtered this many at a time.
pub(super) const BLOCK: usize = 64;

/// Where the pixels of a padded plane are: row y starts at `y * stride` with `margin` floats,
/// then come `width` pixels, then at least `margin` floats again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub width: usize,
    pub height: usize,
    pub margin: usize,
    pub stride: usize,
}

impl Layout {
    /// For pictures that will be filtered with up to `radius` pixels on each side, a block at a
    /// time from any column.
    pub fn new(width: usize, height: usize, radius: usize) -> Self {
        let margin = (radius + BLOCK).next_multiple_of(16);
        let span = width.next_multiple_of(BLOCK);
        Self {
            width,
            height,
            margin,
            stride: odd_lines(span + 2 * margin),
        }
    }

    /// Where these columns reach an end of a padded row, fills the margin by mirroring at the
    /// outermost pixel (OpenCV's BORDER_REFLECT_101).
    pub fn mirror_ends(&self, row: &mut [f32], columns: &Range<usize>) {
        let (first, end) = (self.margin, self.margin + self.width);
        let radius = self.margin - BLOCK;
        // Almost always the picture is wider than the kernel, and nothing is to be divided.
        let narrow = radius >= self.width;
        let offset = |d: usize| match narrow {
            true => mirrored(d as isize, self.width),
            false => d,
        };
        if columns.start == 0 {
            let (margin, pixels) = row.split_at_mut(first);
            for (d, out) in (1..=radius).zip(margin.iter_mut().rev()) {
                *out = pixels[offset(d)];
            }
        }
        if columns.end == self.width {
            let (pixels, margin) = row.split_at_mut(end);
            for (d, out) in (1..=radius).zip(margin) {
                *out = pixels[end - 1 - offset(d)];
            }
        }
    }
}

/// Index `i` of a row of `n >= 1` pixels mirrored at its outermost pixels.
pub(super) fn mirrored(i: isize, n: usize) -> usize {
    if n == 1 {
        return 0;
    }
    let last = n as isize - 1;
    let i = i.rem_euclid(2 * last);
    i.min(2 * last - i) as usize
}

/// A plane of floats in a [`Layout`]; memory is kept when the size changes.
#[derive(Debug, Default)]
pub(super) struct Padded {
    layout: Layout,
    data: Aligned,
}

impl Padded {
    /// Gives the plane another layout; its content is unspecified afterwards.
    pub fn resize(&mut self, layout: Layout) {
        self.data.resize(layout.stride * layout.height);
        self.layout = layout;
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// All rows with their margins.
    pub fn padded(&self) -> &[f32] {
        &self.data.from(0)[..self.layout.stride * self.layout.height]
    }

    /// All rows with their margins.
    pub fn padded_mut(&mut self) -> &mut [f32] {
        self.data.resize(self.layout.stride * self.layout.height)
    }

    /// Row y without its left margin.
    #[inline(always)]
    pub fn row(&self, y: usize) -> &[f32] {
        let Layout { margin, stride, .. } = self.layout;
        &self.data.from(y * stride + margin)[..stride - margin]
    }

    /// Brings a part of the plane into the cache. Reads that depend on nothing wait for memory
    /// together, those of an algorithm one after the other.
    #[inline(always)]
    pub fn touch(&self, rows: Range<usize>, columns: Range<usize>) {
        let mut sum = 0;
        for y in rows {
            let row = &self.row(y)[..columns.end];
            for x in columns.clone().step_by(LINE).chain([columns.end - 1]) {
                sum ^= row[x].to_bits();
            }
        }
        std::hint::black_box(sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_without_repeating_the_outermost_pixel() {
        let seen: Vec<_> = (-4..8).map(|i| mirrored(i, 3)).collect();
        assert_eq!(seen, [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]);
        assert_eq!(mirrored(-7, 1), 0);
    }
}
