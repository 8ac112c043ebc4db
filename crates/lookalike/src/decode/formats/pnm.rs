//! PBM, PGM, PPM, PAM.

use image::codecs::pnm::PnmDecoder;

use crate::decode::format::Entry;
use crate::decode::raster::{ImageCrate, Opened, Reading};

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "PNM",
    extensions: &["pam", "pbm", "pgm", "pnm", "ppm"],
    media_type: "image/x-portable-anymap",
    in_browsers: false,
    magic,
    is_sure: false,
    codec: Some(&ImageCrate::opened_by(open)),
    many: None,
};

fn magic(start: &[u8]) -> bool {
    let space = |b: &u8| b.is_ascii_whitespace() || *b == b'#';
    matches!(start, [b'P', b'1'..=b'7', b, ..] if space(b))
}

fn open<'a>(reading: Reading<'a>) -> Opened<'a> {
    Ok(Box::new(PnmDecoder::new(reading.source)?))
}
