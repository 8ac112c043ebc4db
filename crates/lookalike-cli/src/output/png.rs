//! PNG files.

use anyhow::Result;
use std::io::Write;

pub use png::Compression;

/// Writes RGB pixels as a PNG file.
pub fn write(
    out: impl Write,
    (width, height): (usize, usize),
    rgb: &[u8],
    compression: Compression,
) -> Result<()> {
    let mut encoder = png::Encoder::new(out, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(compression);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    Ok(writer.finish()?)
}
