//! Rows of floats with a margin, so that filters need no special case at the ends.

use std::ops::Range;

/// Columns are filtered this many at a time.
pub(super) const BLOCK: usize = 64;

/// Bytes that memory is fetched by.
const CACHE_LINE: usize = 64;

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
            stride: span + 2 * margin,
        }
    }

    /// Where these columns reach an end of a padded row, fills the margin by mirroring at the
    /// outermost pixel (OpenCV's BORDER_REFLECT_101).
    pub fn mirror_ends(&self, row: &mut [f32], columns: &Range<usize>) {
        let (first, last) = (self.margin, self.margin + self.width - 1);
        let radius = self.margin - BLOCK;
        // Almost always the picture is wider than the kernel, and nothing is to be divided.
        let offset = |d: usize| match d {
            d if d < self.width => d,
            d => mirrored(d as isize, self.width),
        };
        if columns.start == 0 {
            for d in 1..=radius {
                row[first - d] = row[first + offset(d)];
            }
        }
        if columns.end == self.width {
            for d in 1..=radius {
                row[last + d] = row[last - offset(d)];
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
    data: Vec<f32>,
    origin: usize,
}

impl Padded {
    /// Gives the plane another layout; its content is unspecified afterwards.
    pub fn resize(&mut self, layout: Layout) {
        let length = layout.stride * layout.height;
        if self.data.len() < length + CACHE_LINE / 4 {
            self.data.resize(length + CACHE_LINE / 4, 0.0);
        }
        self.origin = self
            .data
            .as_ptr()
            .align_offset(CACHE_LINE)
            .min(CACHE_LINE / 4);
        self.layout = layout;
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// All rows with their margins.
    pub fn padded_mut(&mut self) -> &mut [f32] {
        &mut self.data[self.origin..][..self.layout.stride * self.layout.height]
    }

    /// Row y without its left margin.
    #[inline(always)]
    pub fn row(&self, y: usize) -> &[f32] {
        let start = self.origin + y * self.layout.stride;
        &self.data[start + self.layout.margin..start + self.layout.stride]
    }

    /// Brings a part of the plane into the cache. Reads that depend on nothing wait for memory
    /// together, those of an algorithm one after the other.
    #[inline(always)]
    pub fn touch(&self, rows: Range<usize>, columns: Range<usize>) {
        let mut sum = 0;
        for y in rows {
            let row = &self.row(y)[..columns.end];
            for x in columns
                .clone()
                .step_by(CACHE_LINE / 4)
                .chain([columns.end - 1])
            {
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
