//! HEIF, the container of HEIC and AVIF: items, each coded or put together of others.

#[cfg(feature = "avif")]
mod av1;
#[cfg(feature = "heic")]
mod hevc;
#[cfg(any(feature = "heic", feature = "avif"))]
mod planes;
#[cfg(any(feature = "heic", feature = "avif"))]
mod still;
#[cfg(any(feature = "heic", feature = "avif"))]
mod transform;

use crate::decode::format::Entry;

pub(in crate::decode) static HEIC: Entry = Entry {
    name: "HEIC",
    extensions: &["heic", "heics", "heif", "heifs", "hif"],
    media_type: "image/heic",
    in_browsers: false,
    magic: |start| {
        let brands = [
            b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1",
        ];
        brands.iter().any(|brand| is_of_brand(start, brand)) && !names_avif(start)
    },
    is_sure: true,
    #[cfg(feature = "heic")]
    codec: Some(&still::Heif),
    #[cfg(not(feature = "heic"))]
    codec: None,
    many: None,
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
    is_sure: true,
    #[cfg(feature = "avif")]
    codec: Some(&still::Heif),
    #[cfg(not(feature = "avif"))]
    codec: None,
    many: None,
};

/// Whether it is an ISO base media file of this major brand.
pub(super) fn is_of_brand(start: &[u8], brand: &[u8; 4]) -> bool {
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
