//! Grey pictures as the scripts hand them over: binary PGM.

use anyhow::{Context, Result, ensure};
use lookalike_vision::GrayImage;
use std::path::Path;

/// Reads a binary PGM of 8 bits without comments.
pub fn read(path: &Path) -> Result<GrayImage> {
    parse(&std::fs::read(path)?).with_context(|| path.display().to_string())
}

fn parse(bytes: &[u8]) -> Result<GrayImage> {
    let mut lines = bytes.splitn(4, |&b| b == b'\n');
    let mut line = || lines.next().context("the header is cut off");
    ensure!(line()? == b"P5", "not a binary PGM");
    let size = std::str::from_utf8(line()?)?;
    let (width, height) = size.split_once(' ').context("no width and height")?;
    ensure!(line()? == b"255", "not 8 bits");
    let pixels = line()?.to_vec();
    Ok(GrayImage::from_vec(
        width.parse()?,
        height.parse()?,
        pixels,
    )?)
}
