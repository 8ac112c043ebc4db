//! Windows bitmap.

use image::codecs::bmp::BmpDecoder;

use crate::decode::format::Entry;
use crate::decode::raster::{ImageCrate, Opened, Reading};

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "BMP",
    extensions: &["bmp", "dib"],
    media_type: "image/bmp",
    in_browsers: true,
    magic,
    is_sure: true,
    codec: Some(&ImageCrate::opened_by(open)),
    many: None,
};

/// "BM" is how many texts begin, too; the length of the second header, at byte 14, is one of few.
fn magic(start: &[u8]) -> bool {
    let length = start.get(14..18).and_then(|length| length.try_into().ok());
    let length = length.map(u32::from_le_bytes);
    start.starts_with(b"BM") && matches!(length, Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}

fn open<'a>(reading: Reading<'a>) -> Opened<'a> {
    Ok(Box::new(BmpDecoder::new(reading.source)?))
}
