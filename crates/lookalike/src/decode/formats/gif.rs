//! GIF and the frames of its animations.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder, Frames, ImageResult};

use crate::decode::Limits;
use crate::decode::format::Entry;
use crate::decode::frames::{Animation, Scan};
use crate::decode::raster::{ImageCrate, Opened, Reading};

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "GIF",
    extensions: &["gif"],
    media_type: "image/gif",
    in_browsers: true,
    magic: |start| start.starts_with(b"GIF87a") || start.starts_with(b"GIF89a"),
    is_sure: true,
    codec: Some(&ImageCrate {
        claim: Some(size),
        ..ImageCrate::opened_by(open)
    }),
    many: Some(&Animation { scan, open: frames }),
};

fn open<'a>(reading: Reading<'a>) -> Opened<'a> {
    Ok(Box::new(GifDecoder::new(reading.source)?))
}

fn frames<'a>(bytes: &'a [u8], _: &Limits) -> ImageResult<Frames<'a>> {
    Ok(GifDecoder::new(Cursor::new(bytes))?.into_frames())
}

fn scan(bytes: &[u8]) -> Option<Scan> {
    let frames = count(bytes)?;
    let size = size(bytes)?;
    Some(Scan { frames, size })
}

/// Width and height of the canvas, which the decoder does not tell before it has read on.
fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| {
        let bytes = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(u32::from(u16::from_le_bytes(bytes)))
    };
    Some((side(6)?, side(8)?))
}

/// How many frames there are, as far as the file goes: blocks are counted, and not looked into.
fn count(bytes: &[u8]) -> Option<u32> {
    let table = |flags: u8| match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    };
    let mut at = 13 + table(*bytes.get(10)?);
    let mut frames = 0;
    while let Some(block) = bytes.get(at) {
        at += match block {
            0x21 => 2,
            0x2c => 11 + bytes.get(at + 9).map_or(0, |&flags| table(flags)),
            _ => break,
        };
        while let Some(&length) = bytes.get(at)
            && length > 0
        {
            at += 1 + usize::from(length);
        }
        // Cut short within it, it cannot be read to its end.
        if bytes.get(at).is_none() {
            break;
        }
        frames += u32::from(*block == 0x2c);
        at += 1;
    }
    Some(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_as_far_as_they_are_whole() {
        let frame = |data: &[u8]| [&[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2], data, &[0]].concat();
        let head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff";
        let comment = b"\x21\xfe\x02ab\0";
        let file = [
            &head[..],
            comment,
            &frame(b"\x01x"),
            &frame(b"\x02xy"),
            b";",
        ]
        .concat();
        assert_eq!(count(&file), Some(2));
        assert_eq!(count(&file[..file.len() - 3]), Some(1));
        assert_eq!(count(b"GIF89a"), None);
        assert_eq!(size(&file), Some((1, 1)));
    }
}
