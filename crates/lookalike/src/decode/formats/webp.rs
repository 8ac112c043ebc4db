//! WebP, lossy and lossless, and the frames of its animations.

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frames, ImageResult};

use crate::decode::Limits;
use crate::decode::format::Entry;
use crate::decode::frames::{Animation, Scan};
use crate::decode::raster::{ImageCrate, Opened, Reading};

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "WebP",
    extensions: &["webp"],
    media_type: "image/webp",
    in_browsers: true,
    magic: |start| start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP"),
    is_sure: true,
    codec: Some(&ImageCrate::opened_by(open)),
    many: Some(&Animation { scan, open: frames }),
};

fn open<'a>(reading: Reading<'a>) -> Opened<'a> {
    Ok(Box::new(WebPDecoder::new(reading.source)?))
}

fn frames<'a>(bytes: &'a [u8], _: &Limits) -> ImageResult<Frames<'a>> {
    Ok(WebPDecoder::new(Cursor::new(bytes))?.into_frames())
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
fn scan(bytes: &[u8]) -> Option<Scan> {
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
    size.map(|size| Scan { frames, size })
}
