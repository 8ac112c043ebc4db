//! Formats that are known by sight only, so that such files are told of rather than passed over.

use crate::decode::format::Entry;

const UNREAD: Entry = Entry {
    name: "",
    extensions: &[],
    media_type: "",
    in_browsers: false,
    magic: |_| false,
    is_sure: true,
    codec: None,
};

pub(in crate::decode) static HEIC: Entry = Entry {
    name: "HEIC",
    extensions: &["heic", "heics", "heif", "heifs", "hif"],
    media_type: "image/heic",
    magic: |start| {
        let brands = [
            b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1",
        ];
        brands.iter().any(|brand| is_of_brand(start, brand)) && !names_avif(start)
    },
    ..UNREAD
};

pub(in crate::decode) static AVIF: Entry = Entry {
    name: "AVIF",
    extensions: &["avif", "avifs"],
    media_type: "image/avif",
    in_browsers: true,
    magic: |start| {
        let general = is_of_brand(start, b"mif1") || is_of_brand(start, b"msf1");
        is_of_brand(start, b"avif") || is_of_brand(start, b"avis") || general && names_avif(start)
    },
    ..UNREAD
};

pub(in crate::decode) static JPEG_2000: Entry = Entry {
    name: "JPEG 2000",
    extensions: &["j2c", "j2k", "jp2", "jpc", "jpf", "jpx"],
    media_type: "image/jp2",
    magic: |start| {
        start.starts_with(b"\0\0\0\x0cjP  \r\n\x87\n") || start.starts_with(b"\xff\x4f\xff\x51")
    },
    ..UNREAD
};

pub(in crate::decode) static PHOTOSHOP: Entry = Entry {
    name: "Photoshop",
    extensions: &["psb", "psd"],
    media_type: "image/vnd.adobe.photoshop",
    magic: |start| start.starts_with(b"8BPS\0\x01") || start.starts_with(b"8BPS\0\x02"),
    ..UNREAD
};

pub(in crate::decode) static ICON: Entry = Entry {
    name: "icon",
    extensions: &["cur", "ico"],
    media_type: "image/vnd.microsoft.icon",
    in_browsers: true,
    magic: |start| start.starts_with(b"\0\0\x01\0") || start.starts_with(b"\0\0\x02\0"),
    is_sure: false,
    ..UNREAD
};

pub(in crate::decode) static OPEN_EXR: Entry = Entry {
    name: "OpenEXR",
    extensions: &["exr"],
    media_type: "image/x-exr",
    magic: |start| start.starts_with(b"\x76\x2f\x31\x01"),
    ..UNREAD
};

pub(in crate::decode) static DDS: Entry = Entry {
    name: "DDS",
    extensions: &["dds"],
    media_type: "image/vnd-ms.dds",
    magic: |start| start.starts_with(b"DDS \x7c\0\0\0"),
    ..UNREAD
};

pub(in crate::decode) static RADIANCE: Entry = Entry {
    name: "Radiance",
    extensions: &["hdr"],
    media_type: "image/vnd.radiance",
    magic: |start| start.starts_with(b"#?RADIANCE\n") || start.starts_with(b"#?RGBE\n"),
    ..UNREAD
};

/// The first bytes are counts, and the signature stands at the end of newer files only.
pub(in crate::decode) static TARGA: Entry = Entry {
    name: "Targa",
    extensions: &["tga"],
    media_type: "image/x-tga",
    magic: |start| {
        let [_, map, kind, _, _, _, _, bits_of_map, ..] = start else {
            return false;
        };
        let bits = start.get(16).copied().unwrap_or(0);
        let plain = *map == 0 && *bits_of_map == 0 && matches!(kind, 2 | 3 | 10 | 11);
        let with_map =
            *map == 1 && matches!(bits_of_map, 15 | 16 | 24 | 32) && matches!(kind, 1 | 9);
        (plain || with_map) && matches!(bits, 8 | 15 | 16 | 24 | 32)
    },
    is_sure: false,
    ..UNREAD
};

/// Those that do not begin as TIFF does. Many do, and hold a small TIFF.
pub(in crate::decode) static CAMERA_RAW: Entry = Entry {
    name: "camera raw",
    extensions: &[
        "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "k25", "kdc",
        "mef", "mos", "mrw", "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf",
        "srw", "x3f",
    ],
    media_type: "image/x-raw",
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
    ..UNREAD
};

/// Whether it is an ISO base media file of this major brand.
fn is_of_brand(start: &[u8], brand: &[u8; 4]) -> bool {
    start.get(4..8) == Some(b"ftyp") && start.get(8..12) == Some(brand)
}

/// Whether AVIF is among the compatible brands, as far as they are seen.
fn names_avif(start: &[u8]) -> bool {
    let length = start.get(..4).and_then(|length| length.try_into().ok());
    let length = length.map_or(0, u32::from_be_bytes) as usize;
    let brands = start.get(16..length.min(start.len())).unwrap_or_default();
    let brands = brands.as_chunks::<4>().0;
    brands
        .iter()
        .any(|brand| matches!(brand, b"avif" | b"avis"))
}
