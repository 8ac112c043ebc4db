//! The pixels that come in.

use crate::{Error, Result};

/// A decoded picture, borrowed: 8-bit RGB (sRGB, as the file has it), rows from the top without
/// gaps, turned the way it is displayed.
#[derive(Clone, Copy, Debug)]
pub struct Pixels<'a> {
    width: u32,
    height: u32,
    rgb: &'a [u8],
}

impl<'a> Pixels<'a> {
    /// A picture of `width` x `height` pixels, both at least 1.
    ///
    /// # Errors
    /// [`Error::PixelCount`] where `rgb` is not `width * height * 3` bytes long.
    pub fn new(width: u32, height: u32, rgb: &'a [u8]) -> Result<Self> {
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 || pixels.checked_mul(3) != Some(rgb.len() as u64) {
            return Err(Error::PixelCount {
                width,
                height,
                received: rgb.len(),
            });
        }
        Ok(Self { width, height, rgb })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Three bytes a pixel.
    pub fn rgb(&self) -> &'a [u8] {
        self.rgb
    }
}
