//! A picture of one channel.

use crate::{Error, Result};

/// A row-major picture of one channel without padding: pixel (x, y) is `data[y * width + x]`,
/// (0, 0) is the top left pixel, and its centre has the coordinates (0.0, 0.0).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plane<T> {
    width: usize,
    height: usize,
    data: Vec<T>,
}

/// Grey pixels of 8 bits, the input of every feature algorithm.
pub type GrayImage = Plane<u8>;

impl<T: Copy + Default> Plane<T> {
    /// A plane of `width` x `height` pixels, all of them zero.
    pub fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            data: vec![T::default(); width * height],
        }
    }

    /// Wraps pixels that exist.
    ///
    /// # Errors
    /// [`Error::PixelCount`] where `data` does not hold `width * height` pixels.
    pub fn from_vec(width: usize, height: usize, data: Vec<T>) -> Result<Self> {
        if width.checked_mul(height) != Some(data.len()) {
            return Err(Error::PixelCount {
                width,
                height,
                received: data.len(),
            });
        }
        Ok(Self {
            width,
            height,
            data,
        })
    }

    /// Gives the plane another size, keeping its memory; the content is unspecified afterwards.
    pub fn resize(&mut self, width: usize, height: usize) {
        self.width = width;
        self.height = height;
        self.data.resize(width * height, T::default());
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All pixels, row by row.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// All pixels, row by row.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// Row `y`.
    pub fn row(&self, y: usize) -> &[T] {
        &self.data[y * self.width..(y + 1) * self.width]
    }

    /// Row `y`.
    pub fn row_mut(&mut self, y: usize) -> &mut [T] {
        &mut self.data[y * self.width..(y + 1) * self.width]
    }

    /// The pixels, row by row.
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }
}
