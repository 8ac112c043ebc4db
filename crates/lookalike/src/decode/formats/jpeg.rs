//! JPEG, by `libjpeg-turbo-rs`: the same pixels as libjpeg-turbo, and so as OpenCV, bit for bit.
//!
//! Where a picture is wanted small, the inverse transform itself makes it smaller by 2, 4 or 8:
//! most of the work of a large photograph is then never done.

use std::io::Read;

use image::metadata::Orientation;
use libjpeg_turbo_rs::{
    ColorSpace, DecodeLimits, DecodeWarning, Decoder, Encoder, JpegError, PixelFormat,
    ScalingFactor,
};

use super::jpeg_planes;
use crate::decode::damage;
use crate::decode::error::one_line;
use crate::decode::exif;
use crate::decode::format::{Codec, Entry, Source};
use crate::decode::pixels::{self, Pixels};
use crate::decode::profile::Profile;
use crate::decode::{DecodeError, DecodeOptions, Format, Header, Limits};

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "JPEG",
    extensions: &["jfif", "jpe", "jpeg", "jpg", "mpo"],
    media_type: "image/jpeg",
    in_browsers: true,
    magic: |start| start.starts_with(b"\xff\xd8\xff"),
    is_sure: true,
    codec: Some(&Jpeg),
    many: None,
};

struct Jpeg;

impl Codec for Jpeg {
    /// Thumbnails and colour profiles stand before the frame header: it is read on until it is there.
    fn header(
        &self,
        _: Format,
        source: &mut dyn Source,
        _: &Limits,
    ) -> Result<Header, DecodeError> {
        let mut start = Vec::new();
        let mut want = 64 << 10;
        loop {
            let got = (&mut *source)
                .take(want - start.len() as u64)
                .read_to_end(&mut start)?;
            match header(&start) {
                Err(DecodeError::Truncated { .. }) if got > 0 => want *= 4,
                answer => return answer,
            }
        }
    }

    fn decode(
        &self,
        _: Format,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<(Header, Pixels), DecodeError> {
        decode(bytes, options)
    }
}

/// More scans than any real progressive file has; each costs a walk over the whole picture.
const MAX_SCANS: usize = 256;

/// What the segments before the pixels say.
///
/// Reads only as far as the frame header. `start` may end anywhere; a header that it does not hold
/// counts as cut short.
pub(in crate::decode) fn header(start: &[u8]) -> Result<Header, DecodeError> {
    let truncated = DecodeError::Truncated {
        format: Format::JPEG,
    };
    let mut orientation = Orientation::NoTransforms;
    let mut rest = start.get(2..).unwrap_or_default();
    loop {
        // Between segments stray bytes may stand, and 0xff may be repeated.
        let Some(at) = rest
            .windows(2)
            .position(|w| w[0] == 0xff && w[1] >= 0xc0 && w[1] != 0xff)
        else {
            return Err(truncated);
        };
        let marker = rest[at + 1];
        rest = &rest[at + 2..];
        // Restart markers, start and end of image stand alone.
        if (0xd0..=0xd9).contains(&marker) {
            continue;
        }
        let Some((&[hi, lo], _)) = rest.split_first_chunk::<2>() else {
            return Err(truncated);
        };
        let len = usize::from(u16::from_be_bytes([hi, lo]));
        let body = rest.get(2..len.max(2)).unwrap_or_default();
        match marker {
            // All frame headers; between them lie the tables of Huffman and arithmetic codes.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let &[_, h1, h0, w1, w0, ..] = body else {
                    return Err(truncated);
                };
                return Ok(Header {
                    format: Format::JPEG,
                    width: u32::from(u16::from_be_bytes([w1, w0])),
                    height: u32::from(u16::from_be_bytes([h1, h0])),
                    orientation,
                });
            }
            0xe1 if body.starts_with(b"Exif\0\0") => {
                orientation = exif::orientation(body).unwrap_or(orientation);
            }
            _ => {}
        }
        rest = rest.get(len.max(2)..).unwrap_or_default();
    }
}

/// The pixels, at the smallest scale whose larger side is not below [`DecodeOptions::max_side`]; of a damaged
/// file, as far as they can be decoded.
pub(in crate::decode) fn decode(
    bytes: &[u8],
    options: &DecodeOptions,
) -> Result<(Header, Pixels), DecodeError> {
    let header = header(bytes)?;
    options.limits.check(header.width, header.height)?;
    let error = match read(bytes, &header, options, false) {
        Ok((pixels, _)) => return Ok((header, pixels)),
        Err(error) => error,
    };
    let limits = &options.limits;
    let is_damaged = !matches!(
        error,
        JpegError::LimitExceeded { .. } | JpegError::AllocationFailed { .. }
    );
    // The decoder looks for the end before it begins.
    let salvaged = is_damaged.then(|| {
        let ended = [bytes, b"\xff\xd9"].concat();
        read(&ended, &header, options, true).ok()
    });
    let salvaged = salvaged.flatten();
    // What the decoder makes up, where it does not know a kind of file, is nothing that could be seen.
    let made_up =
        |warning: &DecodeWarning| matches!(warning, DecodeWarning::UnsupportedRecovered { .. });
    match salvaged {
        Some((pixels, warnings)) if warnings.is_empty() => Ok((header, pixels)),
        Some((pixels, warnings)) if !warnings.iter().any(made_up) => {
            let (missing, rows) = damage::seen(&pixels.rgb, pixels.width);
            let marked = damage::marked(pixels, missing, rows, damage::GREY);
            marked
                .map(|pixels| (header, pixels))
                .ok_or_else(|| explain(error, limits))
        }
        _ => Err(explain(error, limits)),
    }
}

/// The pixels, and what was overlooked where that is allowed.
fn read(
    bytes: &[u8],
    header: &Header,
    options: &DecodeOptions,
    lenient: bool,
) -> Result<(Pixels, Vec<DecodeWarning>), JpegError> {
    let limits = &options.limits;
    let bounds = DecodeLimits {
        max_pixels: limits.max_pixels,
        max_scans: MAX_SCANS,
        max_memory: Some(limits.max_memory),
        ..DecodeLimits::default()
    };
    let mut decoder = Decoder::new_with_limits(bytes, bounds)?;
    decoder.set_limits(bounds);
    decoder.set_lenient(lenient);
    let ink = matches!(
        decoder.jpeg_color_space(),
        ColorSpace::Cmyk | ColorSpace::Ycck
    );
    if jpeg_planes::is_needed(decoder.header()) {
        let profile = decoder.icc_profile().ok().flatten().map(Profile::Icc);
        let ((width, height), samples, warnings) = jpeg_planes::decode(decoder)?;
        let rgb = match ink {
            true => pixels::inks_to_rgb(samples, profile.as_ref().filter(|_| options.srgb)),
            false => samples,
        };
        let pixels = Pixels {
            profile,
            ..Pixels::whole(width as u32, height as u32, rgb)
        };
        return Ok((pixels, warnings));
    }
    decoder.set_output_format(if ink {
        PixelFormat::Cmyk
    } else {
        PixelFormat::Rgb
    });
    decoder.set_scale(scale(header, options.max_side));
    let picture = decoder.decode_image()?;
    let profile = picture.icc_profile.map(Profile::Icc);
    let rgb = match ink {
        true => pixels::inks_to_rgb(picture.data, profile.as_ref().filter(|_| options.srgb)),
        false => picture.data,
    };
    let pixels = Pixels {
        profile,
        ..Pixels::whole(picture.width as u32, picture.height as u32, rgb)
    };
    Ok((pixels, picture.warnings))
}

fn scale(header: &Header, max_side: Option<u32>) -> ScalingFactor {
    let long = header.width.max(header.height);
    let wanted = max_side.unwrap_or(long);
    let factor = [8, 4, 2]
        .into_iter()
        .find(|n| long / n >= wanted)
        .unwrap_or(1);
    ScalingFactor::try_new(1, factor).unwrap_or_default()
}

fn explain(e: JpegError, limits: &Limits) -> DecodeError {
    let format = Format::JPEG;
    match e {
        JpegError::UnexpectedEof => DecodeError::Truncated { format },
        JpegError::Unsupported(what) => DecodeError::UnsupportedFeature {
            format,
            reason: one_line(what),
        },
        JpegError::AllocationFailed { .. } => DecodeError::TooMuchMemory {
            format,
            limit: limits.max_memory,
        },
        JpegError::LimitExceeded { what, .. } if what.contains("memory") => {
            DecodeError::TooMuchMemory {
                format,
                limit: limits.max_memory,
            }
        }
        e => DecodeError::Corrupt {
            format,
            reason: one_line(e),
        },
    }
}

/// Encodes RGB pixels.
pub(in crate::decode) fn encode(
    (width, height): (u32, u32),
    rgb: &[u8],
    quality: u8,
) -> Result<Vec<u8>, DecodeError> {
    Encoder::new(rgb, width as usize, height as usize, PixelFormat::Rgb)
        .quality(quality)
        .encode()
        .map_err(|e| DecodeError::Io(std::io::Error::other(e)))
}
