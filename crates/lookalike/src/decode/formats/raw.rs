//! Camera raw files: the preview that the camera left in them, a JPEG.
//!
//! Makers keep it in many places, but it is always a whole JPEG file. The largest one counts.

use std::io::{Read, SeekFrom};

use memchr::memmem;

use super::heif::is_of_brand;
use super::jpeg;
use super::tiff::directory::File;
use crate::decode::format::{Codec, Entry, Source};
use crate::decode::pixels::Pixels;
use crate::decode::{DecodeError, DecodeOptions, Format, Header, Limits, exif};

/// Those that do not begin as TIFF does. Many do, and are told apart there.
pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "camera raw",
    extensions: &[
        "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "k25", "kdc",
        "mef", "mos", "mrw", "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf",
        "srw", "x3f",
    ],
    media_type: "image/x-raw",
    in_browsers: false,
    magic: |start| {
        start.starts_with(b"FUJIFILMCCD-RAW")
            || start.starts_with(b"IIRO")
            || start.starts_with(b"IIRS")
            || start.starts_with(b"IIU\0")
            || start.starts_with(b"MMOR")
            || start.starts_with(b"FOVb")
            || start.starts_with(b"\0MRM")
            || start.get(6..14) == Some(b"HEAPCCDR")
            || is_of_brand(start, b"crx ")
            || start.starts_with(b"II*\0") && start.get(8..10) == Some(b"CR")
    },
    is_sure: true,
    codec: Some(&Raw),
    many: None,
};

pub(in crate::decode) struct Raw;

impl Codec for Raw {
    fn header(
        &self,
        _: Format,
        source: &mut dyn Source,
        limits: &Limits,
    ) -> Result<Header, DecodeError> {
        let mut bytes = Vec::new();
        source.seek(SeekFrom::Start(0))?;
        source.take(limits.max_file_bytes).read_to_end(&mut bytes)?;
        Ok(Preview::of(&bytes)?.header)
    }

    fn decode(
        &self,
        _: Format,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<(Header, Pixels), DecodeError> {
        let Preview { jpeg, header } = Preview::of(bytes)?;
        options.limits.check(header.width, header.height)?;
        let (_, pixels) = jpeg::decode(jpeg, options)?;
        Ok((header, pixels))
    }
}

/// The preview in a raw file.
pub(in crate::decode) struct Preview<'a> {
    /// It, and what follows it.
    jpeg: &'a [u8],
    header: Header,
}

impl<'a> Preview<'a> {
    /// Finds the largest, of those that have one.
    ///
    /// # Errors
    /// [`DecodeError::UnsupportedFeature`] where there is none.
    pub(in crate::decode) fn of(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let format = Format::RAW;
        let mut best: Option<(u64, usize)> = None;
        for start in memmem::find_iter(bytes, b"\xff\xd8\xff") {
            if let Some((width, height)) = size(&bytes[start..]) {
                let pixels = u64::from(width) * u64::from(height);
                if best.is_none_or(|(most, _)| pixels > most) {
                    best = Some((pixels, start));
                }
            }
        }
        let Some((_, start)) = best else {
            let reason = "it holds no preview, and only previews are read".into();
            return Err(DecodeError::UnsupportedFeature { format, reason });
        };
        let jpeg = &bytes[start..];
        let of_preview = jpeg::header(jpeg)?;
        let orientation = orientation(bytes).unwrap_or(of_preview.orientation);
        let header = Header {
            format,
            orientation,
            ..of_preview
        };
        Ok(Self { jpeg, header })
    }
}

/// How the file itself, and not the preview, is to be turned.
fn orientation(bytes: &[u8]) -> Option<image::metadata::Orientation> {
    if let Some(orientation) = exif::orientation(bytes) {
        return Some(orientation);
    }
    // The first of CR3's boxes of EXIF data.
    let start = &bytes[..bytes.len().min(64 << 10)];
    let at = is_of_brand(start, b"crx ").then(|| memmem::find(start, b"CMT1"))??;
    exif::orientation(&bytes[at + 4..])
}

/// Width and height of a JPEG of 8 bits that can be shown, if one begins here: raw pixels are kept as
/// JPEGs, too, but of more bits and without loss.
fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.get(2..)?;
    loop {
        let [0xff, marker, high, low] = *rest.first_chunk()? else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let body = rest.get(4..2 + length)?;
        match marker {
            0xc0..=0xc2 => {
                let &[bits, h1, h0, w1, w0, components, ..] = body else {
                    return None;
                };
                let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
                let size = (side(w1, w0), side(h1, h0));
                let is_shown = bits == 8 && matches!(components, 1 | 3);
                return (is_shown && size.0 > 0 && size.1 > 0).then_some(size);
            }
            // Tables, application data and comments may stand before it.
            0xc4 | 0xdb | 0xdd | 0xe0..=0xef | 0xfe => rest = &rest[2 + length..],
            _ => return None,
        }
    }
}

/// Whether a file that begins as TIFF does is a raw one.
pub(in crate::decode) fn is_raw(file: File<'_>) -> bool {
    const DNG_VERSION: u16 = 50_706;
    const SUB_DIRECTORIES: u16 = 330;
    let Some(first) = file.first() else {
        return false;
    };
    let below = first.numbers(SUB_DIRECTORIES);
    let below = below.into_iter().take(16);
    let mut below = below.filter_map(|start| file.directory(start as usize));
    first.entry(DNG_VERSION).is_some()
        || first.holds_raw()
        || first.next().is_some_and(|next| next.holds_raw())
        || below.any(|directory| directory.holds_raw())
}
