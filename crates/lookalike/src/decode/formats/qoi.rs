//! QOI.

use image::codecs::qoi::QoiDecoder;

use crate::decode::format::Entry;
use crate::decode::raster::{ImageCrate, Opened, Reading};

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "QOI",
    extensions: &["qoi"],
    media_type: "image/qoi",
    in_browsers: false,
    magic: |start| start.starts_with(b"qoif"),
    is_sure: true,
    codec: Some(&ImageCrate {
        claim: Some(claim),
        ..ImageCrate::opened_by(open)
    }),
    many: None,
};

fn open<'a>(reading: Reading<'a>) -> Opened<'a> {
    Ok(Box::new(QoiDecoder::new(reading.source)?))
}

/// Width and height. Of absurd ones the decoder says something else.
fn claim(bytes: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| {
        let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    };
    Some((side(4)?, side(8)?))
}
