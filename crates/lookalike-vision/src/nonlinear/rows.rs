//! Planes of floats with aligned and padded rows.

/// Rows start at multiples of this many floats (64 bytes, the widest vector and a cache line).
pub(crate) const ALIGN: usize = 16;

/// A plane of `width` x `height` floats. Rows are 64-byte aligned and at least 16 floats longer
/// than the width rounded up to 16, so that whole vectors, and one vector ahead, may be read and
/// written. What the padding holds is each user's affair; it starts as zero.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    width: usize,
    height: usize,
    stride: usize,
    start: usize,
    data: Vec<f32>,
}

impl Rows {
    /// A plane of zeros.
    #[cfg(test)]
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let mut rows = Self::default();
        rows.resize(width, height);
        rows
    }

    /// Gives the plane another size and keeps its memory where that is large enough. Where the
    /// size changes the content is zero afterwards, else it is untouched.
    pub(crate) fn resize(&mut self, width: usize, height: usize) {
        if (self.width, self.height) == (width, height) && self.stride > 0 {
            return;
        }
        let mut stride = width.next_multiple_of(ALIGN) + ALIGN;
        if stride.is_multiple_of(256) {
            // Rows a multiple of a kilobyte apart would share few cache sets.
            stride += ALIGN;
        }
        let needed = stride * height + ALIGN;
        self.data.clear();
        if self.data.capacity() < needed {
            self.data = vec![0.0; needed];
        } else {
            self.data.resize(needed, 0.0);
        }
        let misaligned = self.data.as_ptr().align_offset(ALIGN * size_of::<f32>());
        self.start = if misaligned < ALIGN { misaligned } else { 0 };
        (self.width, self.height, self.stride) = (width, height, stride);
    }

    /// Values in a row, without padding.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// The width rounded up to whole vectors: how far row loops run.
    pub(crate) fn run(&self) -> usize {
        self.width.next_multiple_of(ALIGN)
    }

    /// Row `y` with its padding.
    pub(crate) fn row(&self, y: usize) -> &[f32] {
        &self.data[self.start + y * self.stride..][..self.stride]
    }

    /// Row `y` with its padding.
    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [f32] {
        &mut self.data[self.start + y * self.stride..][..self.stride]
    }

    /// Four values of row `y` from column `x` on.
    #[inline(always)]
    pub(crate) fn four(&self, x: usize, y: usize) -> &[f32] {
        let at = self.start + y * self.stride + x;
        &self.data[at..at + 4]
    }

    /// All rows, and how far apart they begin, for access by index.
    pub(crate) fn flat(&self) -> (&[f32], usize) {
        (&self.data[self.start..], self.stride)
    }

    /// Takes the size and the content of `other`.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.resize(other.width, other.height);
        let length = self.stride * self.height;
        self.data[self.start..][..length].copy_from_slice(&other.data[other.start..][..length]);
    }

    /// Rows `y` and `y + 1`, the first one to be changed.
    pub(crate) fn row_and_next(&mut self, y: usize) -> (&mut [f32], &[f32]) {
        let both = &mut self.data[self.start + y * self.stride..][..2 * self.stride];
        let (row, next) = both.split_at_mut(self.stride);
        (row, next)
    }

    /// Two different rows at once.
    pub(crate) fn two_mut(&mut self, a: usize, b: usize) -> [&mut [f32]; 2] {
        let all = &mut self.data[self.start..];
        let (a, b) = (a * self.stride, b * self.stride);
        all.get_disjoint_mut([a..a + self.stride, b..b + self.stride])
            .expect("two different rows")
    }

    /// Rows `y - distance`, `y`, `y + distance`, those beyond the border mirrored without
    /// repeating it (OpenCV's `BORDER_REFLECT_101`).
    pub(crate) fn around(&self, y: usize, distance: usize) -> [&[f32]; 3] {
        let (y, d) = (y as isize, distance as isize);
        [y - d, y, y + d].map(|y| self.row(reflect(y, self.height)))
    }
}

/// Index `i` mirrored into `0..n` without repeating the border element.
pub(crate) fn reflect(i: isize, n: usize) -> usize {
    if n == 1 {
        return 0;
    }
    let (mut i, last) = (i, n as isize - 1);
    while i < 0 || i > last {
        i = if i < 0 { -i } else { 2 * last - i };
    }
    i as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_aligned_and_long_enough() {
        for width in [1, 15, 16, 17, 640, 1008] {
            let rows = Rows::new(width, 3);
            for y in 0..3 {
                assert!(rows.row(y).as_ptr().addr().is_multiple_of(64));
                assert!(rows.row(y).len() >= rows.run() + ALIGN);
            }
        }
    }

    #[test]
    fn reflection_does_not_repeat_the_border() {
        let seen: Vec<usize> = (-4..7).map(|i| reflect(i, 3)).collect();
        assert_eq!(seen, [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
        assert_eq!(reflect(-9, 1), 0);
    }
}
