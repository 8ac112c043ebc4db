//! Pictures coded in AV1, by `re_rav1d`, the Rust translation of dav1d.

use re_rav1d::{Decoder, Error, Picture, PixelLayout, PlanarImageComponent as Component, Settings};

use super::planes::Planes;
use super::still::Refusal;

/// Decodes the picture of an item's data, of at most so many pixels.
pub(super) fn decode(data: Vec<u8>, max_pixels: u64) -> Result<Planes, Refusal> {
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    // Of a progressive picture, the best layer.
    settings.set_all_layers(false);
    settings.set_frame_size_limit(u32::try_from(max_pixels.max(1)).unwrap_or(u32::MAX));
    let mut decoder = Decoder::with_settings(&settings)?;
    let mut sent = decoder.send_data(data, None, None, None);
    loop {
        match decoder.get_picture() {
            Ok(picture) => return planes(&picture),
            // Of this item all has been sent, and none of it was a picture.
            Err(Error::Again) if sent.is_ok() => return Err(Refusal::Truncated),
            Err(Error::Again) => {
                let before = sent;
                sent = decoder.send_pending_data();
                if !matches!(before, Err(Error::Again)) {
                    before?;
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn planes(picture: &Picture) -> Result<Planes, Refusal> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let chroma = match picture.pixel_layout() {
        PixelLayout::I400 => (0, 0),
        PixelLayout::I420 => (width.div_ceil(2), height.div_ceil(2)),
        PixelLayout::I422 => (width.div_ceil(2), height),
        PixelLayout::I444 => (width, height),
    };
    let bits = picture.bits_per_component();
    let bits = bits.ok_or_else(|| Refusal::Unsupported("this depth of samples".into()))?;
    let plane = |component, width: usize, height: usize| {
        if width == 0 {
            return Vec::new();
        }
        let plane = picture.plane(component);
        let stride = picture.stride(component) as usize;
        let rows = plane.chunks(stride.max(1)).take(height);
        let mut samples = Vec::with_capacity(width * height);
        for row in rows {
            if bits.0 == 8 {
                samples.extend(row.iter().take(width).map(|&v| u16::from(v)));
            } else {
                let words = row.as_chunks::<2>().0.iter().take(width);
                samples.extend(words.map(|v| u16::from_ne_bytes(*v)));
            }
        }
        samples
    };
    Ok(Planes {
        widths: [width, chroma.0, chroma.0],
        heights: [height, chroma.1, chroma.1],
        samples: [
            plane(Component::Y, width, height),
            plane(Component::U, chroma.0, chroma.1),
            plane(Component::V, chroma.0, chroma.1),
        ],
        bits: [bits.0 as u8; 2],
        matrix: picture.matrix_coefficients() as u16,
        // 0 is the range of video.
        full_range: picture.color_range() as u8 != 0,
    })
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::UnsupportedBitstream => Self::Unsupported("this kind of AV1".into()),
            Error::NotEnoughMemory => Self::TooMuchMemory,
            other => Self::Corrupt(format!("AV1: {other}").to_lowercase()),
        }
    }
}
