//! The orientation in EXIF data.

use image::metadata::Orientation;

use super::formats::tiff::directory::File;

const ORIENTATION: u16 = 274;

/// The orientation that EXIF data ask for. They are a TIFF, before which some programs leave the header
/// that they have in JPEG; the value is a number of two bytes, or, by mistake, four.
pub(super) fn orientation(exif: &[u8]) -> Option<Orientation> {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let value = File::new(tiff)?.first()?.number(ORIENTATION)?;
    Orientation::from_exif(u8::try_from(value).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_and_the_length_of_the_value_do_not_matter() {
        let little = |kind| {
            [
                b"II*\0\x08\0\0\0\x01\0\x12\x01",
                &[kind][..],
                b"\0\x01\0\0\0\x06\0\0\0",
            ]
            .concat()
        };
        let long_big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x04\0\0\0\x01\0\0\0\x08";
        let short_big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0";
        assert_eq!(orientation(&little(3)), Some(Orientation::Rotate90));
        assert_eq!(orientation(&little(4)), Some(Orientation::Rotate90));
        assert_eq!(orientation(long_big), Some(Orientation::Rotate270));
        let prefixed = [b"Exif\0\0", &short_big[..]].concat();
        assert_eq!(orientation(&prefixed), Some(Orientation::Rotate180));
        // Text, which is no number.
        assert_eq!(orientation(&little(2)), None);
        assert_eq!(orientation(b"Exif\0\0"), None);
    }
}
