//! WebP, lossy and lossless, and the frames of its animations.

use std::io::Cursor;

use image::AnimationDecoder;
use image::codecs::webp::WebPDecoder;

use crate::decode::format::{Codec, Each, Entry, Source};
use crate::decode::frames;
use crate::decode::pixels::Pixels;
use crate::decode::raster::{ImageCrate, Opened, Reading};
use crate::decode::{DecodeError, DecodeOptions, Format, Header, Limits, Place};

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "WebP",
    extensions: &["webp"],
    media_type: "image/webp",
    in_browsers: true,
    magic: |start| start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP"),
    is_sure: true,
    codec: Some(&WebP),
};

const CRATE: ImageCrate = ImageCrate::opened_by(open);

fn open<'a>(reading: Reading<'a>) -> Opened<'a> {
    Ok(Box::new(WebPDecoder::new(reading.source)?))
}

struct WebP;

impl Codec for WebP {
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
        let (frames, size) = animation(bytes);
        size.map_or_else(Vec::new, |size| {
            frames::places(frames, size, limits, most_frames)
        })
    }

    fn decode_each(
        &self,
        format: Format,
        bytes: &[u8],
        places: &[Place],
        options: &DecodeOptions,
        each: Each<'_>,
    ) {
        let open = || Ok(WebPDecoder::new(Cursor::new(bytes))?.into_frames());
        let size = animation(bytes).1.unwrap_or_default();
        frames::decode(format, size, open, places, options, each);
    }
}

/// The chunks of a file: their names and contents, as far as it goes.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = bytes.get(12..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (name, after) = rest.split_at_checked(4)?;
        let (length, after) = after.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        let content = after.get(..length)?;
        rest = after.get(length + length % 2..).unwrap_or_default();
        Some((name, content))
    })
}

/// How many frames there are, and the size of their canvas.
fn animation(bytes: &[u8]) -> (u32, Option<(u32, u32)>) {
    let (mut frames, mut size) = (0, None);
    for (name, content) in chunks(bytes) {
        match (name, content) {
            (b"VP8X", [_, _, _, _, w0, w1, w2, h0, h1, h2, ..]) => {
                let side = |bytes: [u8; 3]| {
                    let [a, b, c] = bytes;
                    u32::from_le_bytes([a, b, c, 0]) + 1
                };
                size = Some((side([*w0, *w1, *w2]), side([*h0, *h1, *h2])));
            }
            (b"ANMF", _) => frames += 1,
            _ => {}
        }
    }
    (frames, size)
}
