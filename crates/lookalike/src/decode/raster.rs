//! All formats but JPEG, by the `image` crate.

use std::error::Error;
use std::io::{self, BufRead, Cursor, Seek};

use image::codecs::{bmp, gif, png, pnm, qoi, tiff, webp};
use image::error::{DecodingError, LimitErrorKind, UnsupportedErrorKind};
use image::{ImageDecoder, ImageError};

use super::error::one_line;
use super::palette_tiff;
use super::pixels::{self, Pixels};
use super::{DecodeError, Format, Header, Limits};

/// Reads what stands before the pixels.
pub(super) fn header(
    source: impl BufRead + Seek,
    format: Format,
    limits: &Limits,
) -> Result<Header, DecodeError> {
    let mut decoder = open(source, format, limits)?;
    read_header(decoder.as_mut(), format, limits)
}

/// Reads the pixels too, at full size: these formats know no other.
pub(super) fn decode(
    bytes: &[u8],
    format: Format,
    limits: &Limits,
) -> Result<(Header, Pixels), DecodeError> {
    check_claim(bytes, format, limits)?;
    if format == Format::Tiff
        && let Some((grey, palette)) = palette_tiff::as_grey(bytes)
    {
        let (header, mut pixels) = decode_samples(&grey, format, limits)?;
        palette.colour(&mut pixels.rgb);
        return Ok((header, pixels));
    }
    decode_samples(bytes, format, limits)
}

/// Two decoders say another thing of an absurd size, or nothing before they have read on.
fn check_claim(bytes: &[u8], format: Format, limits: &Limits) -> Result<(), DecodeError> {
    match (format, bytes) {
        (Format::Qoi, [_, _, _, _, w3, w2, w1, w0, h3, h2, h1, h0, ..]) => limits.check(
            u32::from_be_bytes([*w3, *w2, *w1, *w0]),
            u32::from_be_bytes([*h3, *h2, *h1, *h0]),
        ),
        (Format::Gif, [_, _, _, _, _, _, w0, w1, h0, h1, ..]) => limits.check(
            u32::from(u16::from_le_bytes([*w0, *w1])),
            u32::from(u16::from_le_bytes([*h0, *h1])),
        ),
        _ => Ok(()),
    }
}

fn decode_samples(
    bytes: &[u8],
    format: Format,
    limits: &Limits,
) -> Result<(Header, Pixels), DecodeError> {
    let explain = |e| explain(e, format, limits);
    let mut decoder = open(Cursor::new(bytes), format, limits)?;
    let header = read_header(decoder.as_mut(), format, limits)?;
    limits.check(header.width, header.height)?;
    let too_much = DecodeError::TooMuchMemory {
        format,
        limit: limits.max_memory,
    };
    let total = decoder.total_bytes();
    if total > limits.max_memory {
        return Err(too_much);
    }
    let bounds = limits.for_image_crate(total);
    decoder.set_limits(bounds).map_err(explain)?;
    let color = decoder.color_type();
    let mut samples = zeros(total).ok_or(too_much)?;
    decoder.read_image_boxed(&mut samples).map_err(explain)?;
    let rgb =
        pixels::to_rgb(samples, color, format).ok_or_else(|| DecodeError::UnsupportedFeature {
            format,
            reason: format!("the colour type {color:?}"),
        })?;
    let pixels = Pixels {
        width: header.width,
        height: header.height,
        rgb,
    };
    Ok((header, pixels))
}

/// `None` where the allocator refuses.
fn zeros(bytes: u64) -> Option<Vec<u8>> {
    let bytes = usize::try_from(bytes).ok()?;
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(bytes).ok()?;
    buffer.resize(bytes, 0);
    Some(buffer)
}

fn open<'a>(
    source: impl BufRead + Seek + 'a,
    format: Format,
    limits: &Limits,
) -> Result<Box<dyn ImageDecoder + 'a>, DecodeError> {
    let opened = || -> Result<Box<dyn ImageDecoder + 'a>, ImageError> {
        Ok(match format {
            Format::Png => {
                let bounds = limits.for_image_crate(0);
                Box::new(png::PngDecoder::with_limits(source, bounds)?)
            }
            Format::WebP => Box::new(webp::WebPDecoder::new(source)?),
            Format::Gif => Box::new(gif::GifDecoder::new(source)?),
            Format::Tiff => Box::new(tiff::TiffDecoder::new(source)?),
            Format::Bmp => Box::new(bmp::BmpDecoder::new(source)?),
            Format::Pnm => Box::new(pnm::PnmDecoder::new(source)?),
            Format::Qoi => Box::new(qoi::QoiDecoder::new(source)?),
            #[cfg(feature = "jxl")]
            Format::Jxl => Box::new(jxl_oxide::integration::JxlDecoder::new(source)?),
            Format::Jpeg => unreachable!("JPEG has its own decoder"),
        })
    };
    opened().map_err(|e| explain(e, format, limits))
}

fn read_header(
    decoder: &mut dyn ImageDecoder,
    format: Format,
    limits: &Limits,
) -> Result<Header, DecodeError> {
    let (width, height) = decoder.dimensions();
    let orientation = decoder
        .orientation()
        .map_err(|e| explain(e, format, limits))?;
    Ok(Header {
        format,
        width,
        height,
        orientation,
    })
}

fn explain(e: ImageError, format: Format, limits: &Limits) -> DecodeError {
    match e {
        ImageError::IoError(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            DecodeError::Truncated { format }
        }
        ImageError::IoError(e) => DecodeError::Io(e),
        ImageError::Unsupported(e) => DecodeError::UnsupportedFeature {
            format,
            reason: match e.kind() {
                UnsupportedErrorKind::GenericFeature(feature) => one_line(feature),
                _ => one_line(e),
            },
        },
        ImageError::Limits(e) if matches!(e.kind(), LimitErrorKind::InsufficientMemory) => {
            DecodeError::TooMuchMemory {
                format,
                limit: limits.max_memory,
            }
        }
        ImageError::Decoding(e) if ends_early(&e) => DecodeError::Truncated { format },
        // Its cause says the same without naming the format once more.
        ImageError::Decoding(e) if e.source().is_some() => DecodeError::Corrupt {
            format,
            reason: one_line(e.source().expect("just seen")),
        },
        e => DecodeError::Corrupt {
            format,
            reason: one_line(e),
        },
    }
}

/// Whether the end of the file lies at the bottom of the error. Not every decoder keeps the
/// `io::Error`, some only its words.
fn ends_early(e: &DecodingError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(e);
    while let Some(e) = cause {
        if let Some(e) = e.downcast_ref::<io::Error>()
            && e.kind() == io::ErrorKind::UnexpectedEof
        {
            return true;
        }
        cause = e.source();
    }
    let words = e.to_string().to_ascii_lowercase();
    words.contains("unexpected end") || words.contains("unexpected eof")
}
