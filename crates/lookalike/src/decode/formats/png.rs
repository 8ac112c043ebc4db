//! PNG and the frames of its animations.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::{AnimationDecoder, Frames, ImageResult};

use crate::decode::damage;
use crate::decode::format::{Codec, Entry, Source};
use crate::decode::frames::{Animation, Scan};
use crate::decode::pixels::{self, Conversion, Pixels};
use crate::decode::raster::{ImageCrate, Opened, Reading};
use crate::decode::{DecodeError, DecodeOptions, Format, Header, Limits};

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "PNG",
    extensions: &["png", "apng"],
    media_type: "image/png",
    in_browsers: true,
    magic: |start| start.starts_with(b"\x89PNG\r\n\x1a\n"),
    is_sure: true,
    codec: Some(&Png),
    many: Some(&Animation { scan, open: frames }),
};

const CRATE: ImageCrate = ImageCrate::opened_by(open);

/// Reads what is there of damaged files, too.
struct Png;

impl Codec for Png {
    fn header(
        &self,
        format: Format,
        source: &mut dyn Source,
        limits: &Limits,
    ) -> Result<Header, DecodeError> {
        CRATE.header(format, source, limits)
    }

    fn decode(
        &self,
        format: Format,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<(Header, Pixels), DecodeError> {
        match CRATE.decode(format, bytes, options) {
            Err(error @ (DecodeError::Truncated { .. } | DecodeError::Corrupt { .. })) => {
                let header = self.header(format, &mut Cursor::new(bytes), &options.limits);
                let header = header.ok().filter(|header| {
                    let size = options.limits.check(header.width, header.height);
                    size.is_ok()
                });
                let is_short = matches!(error, DecodeError::Truncated { .. });
                let salvaged = header.and_then(|header| {
                    let pixels = salvage(bytes, options, is_short)?;
                    Some((header, pixels))
                });
                salvaged.ok_or(error)
            }
            answer => answer,
        }
    }
}

/// What can be read of the pixels, without regard to checksums. Where only the end is missing, nothing is.
fn salvage(bytes: &[u8], options: &DecodeOptions, is_short: bool) -> Option<Pixels> {
    let most = usize::try_from(options.limits.max_memory).unwrap_or(usize::MAX);
    let mut decoder =
        png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: most });
    decoder.ignore_checksums(true);
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = (reader.info().width, reader.info().height);
    let color = color_type(reader.output_color_type())?;
    let stride = reader.output_line_size(width)?;
    let mut samples = vec![0; stride.checked_mul(height as usize)?];
    let (mut row, mut got) = (0, 0);
    while let Ok(Some(read)) = reader.next_interlaced_row() {
        match read.interlace() {
            png::InterlaceInfo::Null(_) => {
                samples[row * stride..][..read.data().len()].copy_from_slice(read.data());
            }
            // Each pass is spread over what the later ones are to fill.
            png::InterlaceInfo::Adam7(pass) => {
                let bits = color.bits_per_pixel() as u8;
                png::splat_interlaced_row(&mut samples, stride, read.data(), pass, bits);
            }
        }
        row += 1;
        got += read.data().len();
    }
    let is_interlaced = reader.info().interlaced;
    let rows = if is_interlaced { height as usize } else { row };
    let missing = 1.0 - got as f32 / samples.len() as f32;
    samples.truncate(rows * stride);
    if color.bytes_per_pixel() > color.channel_count() {
        // 16 bits lie in the file with the higher ones first.
        for word in samples.as_chunks_mut::<2>().0 {
            *word = u16::from_be_bytes(*word).to_ne_bytes();
        }
    }
    let how = Conversion {
        rounds: false,
        blend: options.blend,
    };
    let mut rgb = pixels::to_rgb(samples, color, how)?;
    rgb.resize(width as usize * height as usize * 3, 0);
    let pixels = Pixels::whole(width, height, rgb);
    match missing <= 0.0 && is_short {
        true => Some(pixels),
        false => {
            // What is not there is black, or nothing on white.
            let ground = if color.has_alpha() { 255 } else { 0 };
            damage::marked(pixels, missing, rows, ground)
        }
    }
}

fn color_type(kind: (png::ColorType, png::BitDepth)) -> Option<image::ColorType> {
    use png::{BitDepth::*, ColorType::*};
    Some(match kind {
        (Grayscale, Eight) => image::ColorType::L8,
        (GrayscaleAlpha, Eight) => image::ColorType::La8,
        (Rgb, Eight) => image::ColorType::Rgb8,
        (Rgba, Eight) => image::ColorType::Rgba8,
        (Grayscale, Sixteen) => image::ColorType::L16,
        (GrayscaleAlpha, Sixteen) => image::ColorType::La16,
        (Rgb, Sixteen) => image::ColorType::Rgb16,
        (Rgba, Sixteen) => image::ColorType::Rgba16,
        _ => return None,
    })
}

fn open<'a>(reading: Reading<'a>) -> Opened<'a> {
    let bounds = reading.limits.for_image_crate(0);
    Ok(Box::new(PngDecoder::with_limits(reading.source, bounds)?))
}

fn frames<'a>(bytes: &'a [u8], limits: &Limits) -> ImageResult<Frames<'a>> {
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits.for_image_crate(0))?;
    Ok(decoder.apng()?.into_frames())
}

fn scan(bytes: &[u8]) -> Option<Scan> {
    let frames = count(bytes)?;
    let size = (number(bytes, 16)?, number(bytes, 20)?);
    Some(Scan { frames, size })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// How many frames an animation has. That is said before the pixels.
fn count(bytes: &[u8]) -> Option<u32> {
    let mut at = 8;
    loop {
        let length = number(bytes, at)? as usize;
        match bytes.get(at + 4..at + 8)? {
            b"acTL" => return number(bytes, at + 8),
            b"IDAT" | b"IEND" => return None,
            _ => at = at.checked_add(length)?.checked_add(12)?,
        }
    }
}
