//! Small pictures that are looked at anywhere and at any scale.

use crate::{Error, Result};

/// Red, green, blue and luma, 0..=255.
pub(super) type Colour = [f32; 4];
/// Where luma is in a colour.
pub(super) const LUMA: usize = 3;

/// A small picture in colour, with copies of a half, a quarter and so on of its size.
///
/// [`compare`](super::compare) looks at cells of about 1/128 of what two pictures share, so a larger
/// side of more than [`Thumbnail::SIDE`] pixels says hardly more.
#[derive(Clone, Debug, PartialEq)]
pub struct Thumbnail {
    levels: Vec<Level>,
}

impl Thumbnail {
    /// A larger side, in pixels, that shows what there is to compare.
    pub const SIDE: u32 = 256;

    /// Of `width * height` pixels of three bytes, rows from the top, red first.
    ///
    /// # Errors
    /// [`Error::PixelCount`] where the bytes are not as many, or none.
    pub fn from_rgb(width: usize, height: usize, rgb: &[u8]) -> Result<Self> {
        let (pixels, rest) = rgb.as_chunks::<3>();
        if width.checked_mul(height) != Some(pixels.len()) || !rest.is_empty() || rgb.is_empty() {
            return Err(Error::PixelCount {
                width,
                height,
                received: pixels.len(),
            });
        }
        let first = Level {
            width,
            height,
            pixels: pixels.iter().map(colour).collect(),
        };
        let mut levels = vec![first];
        while let Some(half) = levels.last().and_then(Level::halved) {
            levels.push(half);
        }
        Ok(Self { levels })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.levels[0].width, self.levels[0].height)
    }

    /// Its negative.
    #[must_use]
    pub fn inverted(&self) -> Self {
        let mut negative = self.clone();
        let levels = negative.levels.iter_mut();
        let colours = levels.flat_map(|level| &mut level.pixels);
        colours.for_each(|colour| *colour = colour.map(|v| 255.0 - v));
        negative
    }

    /// Bytes of memory that it takes.
    pub fn bytes(&self) -> usize {
        let pixels = self.levels.iter().map(|level| level.pixels.len());
        pixels.sum::<usize>() * size_of::<Colour>()
    }

    /// The copy whose pixels are as large as so many of the picture, or just smaller.
    pub(super) fn level(&self, pixels: f64) -> (&Level, f64) {
        let wanted = pixels.max(1.0).log2() as usize;
        let at = wanted.min(self.levels.len() - 1);
        (&self.levels[at], 1.0 / (1u64 << at) as f64)
    }
}

/// ITU-R BT.601.
fn colour(&[r, g, b]: &[u8; 3]) -> Colour {
    let [r, g, b] = [r, g, b].map(f32::from);
    [r, g, b, 0.299 * r + 0.587 * g + 0.114 * b]
}

/// One size of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Level {
    pub(super) width: usize,
    pub(super) height: usize,
    pixels: Vec<Colour>,
}

impl Level {
    /// Means of two by two pixels; an odd last row or column is left out. `None` where that leaves
    /// nothing.
    fn halved(&self) -> Option<Self> {
        let (width, height) = (self.width / 2, self.height / 2);
        if width.min(height) < 4 {
            return None;
        }
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            let above = &self.row(2 * y)[..2 * width];
            let below = &self.row(2 * y + 1)[..2 * width];
            let (above, below) = (above.as_chunks::<2>().0, below.as_chunks::<2>().0);
            pixels.extend(above.iter().zip(below).map(|([a, b], [c, d])| {
                std::array::from_fn::<f32, 4, _>(|i| (a[i] + b[i] + c[i] + d[i]) / 4.0)
            }));
        }
        Some(Self {
            width,
            height,
            pixels,
        })
    }

    pub(super) fn row(&self, y: usize) -> &[Colour] {
        &self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// `N` numbers of the colour between pixels, from number `first` on; beyond the outermost pixels theirs.
    #[inline]
    pub(super) fn at<const N: usize>(&self, first: usize, x: f32, y: f32) -> [f32; N] {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let right = (left + 1).min(self.width - 1);
        let above = self.row(top);
        let below = self.row((top + 1).min(self.height - 1));
        let (a, b, c, d) = (above[left], above[right], below[left], below[right]);
        std::array::from_fn(|i| {
            let i = first + i;
            let high = a[i] + (b[i] - a[i]) * fx;
            let low = c[i] + (d[i] - c[i]) * fx;
            high + (low - high) * fy
        })
    }
}
