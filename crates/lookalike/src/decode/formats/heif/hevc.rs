//! Pictures coded in HEVC, by `heifer-hevc-dec`.

use heifer_hevc_dec::Error;
use heifer_hevc_dec::decoder::{DecodeOptions, decode_picture};

use super::planes::Planes;
use super::still::Refusal;

/// Decodes an item's picture, whose parameter sets stand before its data, of at most so many pixels.
pub(super) fn decode(stream: &[u8], max_pixels: u64) -> Result<Planes, Refusal> {
    let options = DecodeOptions {
        max_pixels: max_pixels.max(1),
        ..DecodeOptions::default()
    };
    let frame = decode_picture(stream, options)?;
    Ok(Planes {
        widths: frame.widths.map(|width| width as usize),
        heights: frame.heights.map(|height| height as usize),
        samples: frame.planes,
        bits: frame.bit_depth,
        matrix: frame.matrix_coeffs.into(),
        full_range: frame.full_range,
    })
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::UnexpectedEof => Self::Truncated,
            Error::Unimplemented(what) => Self::Unsupported(what.to_owned()),
            other => Self::Corrupt(other.to_string()),
        }
    }
}
