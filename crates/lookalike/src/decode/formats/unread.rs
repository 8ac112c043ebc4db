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
    many: None,
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
