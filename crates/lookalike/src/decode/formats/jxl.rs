//! JPEG XL.

use crate::decode::format::Entry;
#[cfg(feature = "jxl")]
use jxl_image_rs_integration::JxlDecoder;

#[cfg(feature = "jxl")]
use crate::decode::raster::{ImageCrate, Opened, Reading};

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "JPEG XL",
    extensions: &["jxl"],
    media_type: "image/jxl",
    in_browsers: true,
    magic: |start| start.starts_with(b"\xff\x0a") || start.starts_with(b"\0\0\0\x0cJXL \r\n\x87\n"),
    is_sure: false,
    #[cfg(feature = "jxl")]
    codec: Some(&ImageCrate::opened_by(open)),
    #[cfg(not(feature = "jxl"))]
    codec: None,
    many: None,
};

#[cfg(feature = "jxl")]
fn open<'a>(reading: Reading<'a>) -> Opened<'a> {
    Ok(Box::new(JxlDecoder::new(reading.source)?))
}
