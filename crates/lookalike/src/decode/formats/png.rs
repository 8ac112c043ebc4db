//! PNG and the frames of its animations.

use std::io::Cursor;

use image::AnimationDecoder;
use image::codecs::png::PngDecoder;

use crate::decode::format::{Codec, Each, Entry, Source};
use crate::decode::frames;
use crate::decode::pixels::Pixels;
use crate::decode::raster::{ImageCrate, Opened, Reading};
use crate::decode::{DecodeError, DecodeOptions, Format, Header, Limits, Place};

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "PNG",
    extensions: &["png", "apng"],
    media_type: "image/png",
    in_browsers: true,
    magic: |start| start.starts_with(b"\x89PNG\r\n\x1a\n"),
    is_sure: true,
    codec: Some(&Png),
};

const CRATE: ImageCrate = ImageCrate::opened_by(open);

fn open<'a>(reading: Reading<'a>) -> Opened<'a> {
    let bounds = reading.limits.for_image_crate(0);
    Ok(Box::new(PngDecoder::with_limits(reading.source, bounds)?))
}

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
        CRATE.decode(format, bytes, options)
    }

    fn places(&self, bytes: &[u8], limits: &Limits, most_frames: u32) -> Vec<Place> {
        match (frames(bytes), size(bytes)) {
            (Some(frames), Some(size)) => frames::places(frames, size, limits, most_frames),
            _ => Vec::new(),
        }
    }

    fn decode_each(
        &self,
        format: Format,
        bytes: &[u8],
        places: &[Place],
        options: &DecodeOptions,
        each: Each<'_>,
    ) {
        let open = || {
            let bounds = options.limits.for_image_crate(0);
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), bounds)?;
            Ok(decoder.apng()?.into_frames())
        };
        let size = size(bytes).unwrap_or_default();
        frames::decode(format, size, open, places, options, each);
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((number(bytes, 16)?, number(bytes, 20)?))
}

/// How many frames an animation has. That is said before the pixels.
fn frames(bytes: &[u8]) -> Option<u32> {
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
