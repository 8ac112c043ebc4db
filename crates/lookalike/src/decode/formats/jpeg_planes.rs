//! JPEGs whose planes are sampled as the decoder does not put them together: inks of several sizes, and chroma
//! that is finer than luma.

use libjpeg_turbo_rs::{ColorSpace, DecodeWarning, Decoder, FrameHeader, JpegError};

use crate::decode::colour;

/// Whether the decoder cannot put the planes of this frame together.
pub(super) fn is_needed(frame: &FrameHeader) -> bool {
    let Some((first, others)) = frame.components.split_first() else {
        return false;
    };
    let sides =
        |of: &libjpeg_turbo_rs::ComponentInfo| (of.horizontal_sampling, of.vertical_sampling);
    let is_finer = others.iter().any(|other| {
        let ((h, v), (first_h, first_v)) = (sides(other), sides(first));
        h == 0 || v == 0 || first_h % h != 0 || first_v % v != 0
    });
    let has_inks = others.len() == 3;
    is_finer || has_inks && others.iter().any(|other| sides(other) != sides(first))
}

/// Width and height, RGB pixels or inks, and what was overlooked.
pub(super) type Put = ((usize, usize), Vec<u8>, Vec<DecodeWarning>);

/// Decodes the planes and repeats the samples of the coarser ones.
pub(super) fn decode(decoder: Decoder<'_>) -> Result<Put, JpegError> {
    let space = decoder.jpeg_color_space();
    let components = decoder.header().components.clone();
    let most = |of: fn(&libjpeg_turbo_rs::ComponentInfo) -> u8| {
        components.iter().map(of).max().map_or(1, usize::from)
    };
    let (most_h, most_v) = (
        most(|c| c.horizontal_sampling),
        most(|c| c.vertical_sampling),
    );
    let (raw, warnings) = decoder.decode_raw_with_warnings()?;
    let (width, height) = (raw.width, raw.height);
    let samples = components.len().min(raw.planes.len());
    let mut put = vec![0; width * height * samples];
    for (i, of) in components.iter().enumerate().take(samples) {
        let (plane, stride) = (&raw.planes[i], raw.plane_widths[i]);
        let (h, v) = (
            usize::from(of.horizontal_sampling),
            usize::from(of.vertical_sampling),
        );
        for (y, row) in put.chunks_exact_mut(width * samples).enumerate() {
            let from = (y * v / most_v).min(raw.plane_heights[i] - 1) * stride;
            let from = &plane[from..from + stride];
            for (x, pixel) in row.chunks_exact_mut(samples).enumerate() {
                pixel[i] = from[(x * h / most_h).min(stride - 1)];
            }
        }
    }
    match space {
        ColorSpace::YCbCr if samples == 3 => {
            for pixel in put.as_chunks_mut::<3>().0 {
                *pixel = colour::from_ycbcr(*pixel);
            }
        }
        ColorSpace::Ycck if samples == 4 => {
            for [inks @ .., _] in put.as_chunks_mut::<4>().0 {
                *inks = colour::from_ycbcr(*inks).map(|v| 255 - v);
            }
        }
        ColorSpace::Rgb | ColorSpace::Cmyk if samples >= 3 => {}
        other => return Err(JpegError::Unsupported(format!("planes of {other:?}"))),
    }
    Ok(((width, height), put, warnings))
}
