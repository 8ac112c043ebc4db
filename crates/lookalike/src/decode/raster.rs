//! What the `image` crate reads: all formats but JPEG.

use std::error::Error;
use std::io::{self, Cursor};

use image::error::{DecodingError, LimitErrorKind, UnsupportedErrorKind};
use image::metadata::Orientation;
use image::{ImageDecoder, ImageError, ImageResult};

use super::error::one_line;
use super::exif;
use super::format::{Codec, Source};
use super::pixels::{self, Conversion, Pixels};
use super::profile::Profile;
use super::{DecodeError, DecodeOptions, Format, Header, Limits};

/// What a decoder of the `image` crate is made of.
pub(super) struct Reading<'a> {
    pub(super) source: &'a mut dyn Source,
    pub(super) limits: &'a Limits,
}

/// A decoder of the `image` crate.
pub(super) type Opened<'a> = ImageResult<Box<dyn ImageDecoder + 'a>>;

/// Width and height that the bytes of a file claim.
pub(super) type Claim = fn(&[u8]) -> Option<(u32, u32)>;

/// A format that the `image` crate reads.
pub(super) struct ImageCrate {
    /// Makes the decoder.
    pub(super) open: for<'a> fn(Reading<'a>) -> Opened<'a>,
    /// Width and height that a file claims, where the decoder says another thing of an absurd size, or
    /// nothing before it has read on.
    pub(super) claim: Option<Claim>,
    /// Whether samples of 16 bits are rounded to 8, instead of losing their lower half.
    pub(super) rounds: bool,
}

impl ImageCrate {
    pub(super) const fn opened_by(open: for<'a> fn(Reading<'a>) -> Opened<'a>) -> Self {
        Self {
            open,
            claim: None,
            rounds: false,
        }
    }

    /// Decodes what is not as it stands in the file.
    pub(super) fn decode_from(
        &self,
        format: Format,
        source: &mut dyn Source,
        options: &DecodeOptions,
    ) -> Result<(Header, Pixels), DecodeError> {
        let limits = &options.limits;
        let decoder = (self.open)(Reading { source, limits });
        let mut decoder = decoder.map_err(|e| explain(e, format, limits))?;
        let header = read_header(decoder.as_mut(), format);
        let how = Conversion {
            rounds: self.rounds,
            blend: options.blend,
        };
        let pixels = read_pixels(decoder, &header, limits, how)?;
        Ok((header, pixels))
    }
}

impl Codec for ImageCrate {
    fn header(
        &self,
        format: Format,
        source: &mut dyn Source,
        limits: &Limits,
    ) -> Result<Header, DecodeError> {
        let decoder = (self.open)(Reading { source, limits });
        let mut decoder = decoder.map_err(|e| explain(e, format, limits))?;
        Ok(read_header(decoder.as_mut(), format))
    }

    fn decode(
        &self,
        format: Format,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<(Header, Pixels), DecodeError> {
        let limits = &options.limits;
        if let Some((width, height)) = self.claim.and_then(|claim| claim(bytes)) {
            limits.check(width, height)?;
        }
        self.decode_from(format, &mut Cursor::new(bytes), options)
    }
}

/// The pixels, which all these formats know at full size only.
fn read_pixels(
    mut decoder: Box<dyn ImageDecoder + '_>,
    header: &Header,
    limits: &Limits,
    how: Conversion,
) -> Result<Pixels, DecodeError> {
    let format = header.format;
    let explain = |e| explain(e, format, limits);
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
    // Damage in what only accompanies the picture is none of it.
    let profile = decoder.icc_profile().unwrap_or_default();
    let mut samples = zeros(total).ok_or(too_much)?;
    decoder.read_image_boxed(&mut samples).map_err(explain)?;
    let rgb =
        pixels::to_rgb(samples, color, how).ok_or_else(|| DecodeError::UnsupportedFeature {
            format,
            reason: format!("the colour type {color:?}"),
        })?;
    Ok(Pixels {
        profile: profile.map(Profile::Icc),
        ..Pixels::whole(header.width, header.height, rgb)
    })
}

/// `None` where the allocator refuses.
fn zeros(bytes: u64) -> Option<Vec<u8>> {
    let bytes = usize::try_from(bytes).ok()?;
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(bytes).ok()?;
    buffer.resize(bytes, 0);
    Some(buffer)
}

fn read_header(decoder: &mut dyn ImageDecoder, format: Format) -> Header {
    let (width, height) = decoder.dimensions();
    // Damage in what only accompanies the picture is none of it.
    let orientation = match decoder.exif_metadata() {
        Ok(Some(exif)) => exif::orientation(&exif),
        _ => decoder.orientation().ok(),
    };
    Header {
        format,
        width,
        height,
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
    }
}

pub(super) fn explain(e: ImageError, format: Format, limits: &Limits) -> DecodeError {
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
