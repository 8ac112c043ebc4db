//! The pixels around a keypoint.

use crate::GrayImage;

/// A view of the pixels around a point.
#[derive(Clone, Copy)]
pub(super) struct Patch<'a> {
    data: &'a [u8],
    stride: usize,
    centre: usize,
}

/// Memory for patches that reach beyond the picture.
#[derive(Debug, Default)]
pub(super) struct PatchBuffer(Vec<u8>);

/// The index of the pixel that stands at `at`: mirrored at both ends, which are not repeated
/// (`BORDER_REFLECT_101`).
pub(super) fn mirror(at: i32, length: usize) -> usize {
    let last = length as i32 - 1;
    if last == 0 {
        return 0;
    }
    let wrapped = at.rem_euclid(2 * last);
    wrapped.min(2 * last - wrapped) as usize
}

impl<'a> Patch<'a> {
    /// The pixels within `reach` of (x, y): those of `image`, or, where the patch is not inside
    /// of it, a copy in `buffer` that is continued with the mirrored pixels of `outer`.
    pub(super) fn around(
        (image, outer): (&'a GrayImage, &GrayImage),
        (x, y): (i32, i32),
        reach: i32,
        buffer: &'a mut PatchBuffer,
    ) -> Self {
        let (width, height) = (image.width(), image.height());
        let inside = |at: i32, side: usize| at >= reach && at + reach < side as i32;
        if inside(x, width) && inside(y, height) {
            return Self {
                data: image.data(),
                stride: width,
                centre: y as usize * width + x as usize,
            };
        }
        let PatchBuffer(data) = buffer;
        data.clear();
        for v in y - reach..=y + reach {
            let row = mirror(v, height);
            for u in x - reach..=x + reach {
                let column = mirror(u, width);
                let is_inside = row as i32 == v && column as i32 == u;
                let source = if is_inside { image } else { outer };
                data.push(source.row(row)[column]);
            }
        }
        let stride = 2 * reach as usize + 1;
        Self {
            data,
            stride,
            centre: reach as usize * (stride + 1),
        }
    }

    /// Pixels in a row.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// The pixel at `offset` from the centre.
    #[inline(always)]
    pub(super) fn at(&self, offset: i32) -> u8 {
        self.data[self.centre.wrapping_add_signed(offset as isize)]
    }

    /// `length` pixels of the row `dy` below the centre, from `dx` right of it.
    #[inline(always)]
    pub(super) fn run(&self, dx: isize, dy: isize, length: usize) -> &'a [u8] {
        let at = (self.centre).wrapping_add_signed(dy * self.stride as isize + dx);
        &self.data[at..at + length]
    }
}
