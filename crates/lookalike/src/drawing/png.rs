//! PNG files.

use std::io::{Error, Result, Write};

pub use png::Compression;

/// Writes RGB pixels, three bytes each, as a PNG file.
///
/// # Errors
/// Where `rgb` does not hold `width * height` pixels, and those of `out`.
pub fn write(
    out: impl Write,
    (width, height): (usize, usize),
    rgb: &[u8],
    compression: Compression,
) -> Result<()> {
    let side = |length: usize| u32::try_from(length).map_err(Error::other);
    let mut encoder = png::Encoder::new(out, side(width)?, side(height)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(compression);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    Ok(writer.finish()?)
}
