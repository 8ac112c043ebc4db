//! Which format some bytes are of, by content alone.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use super::DecodeError;

/// A picture format that we decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// JPEG: baseline, progressive, arithmetic, lossless, 8 and 12 bits.
    Jpeg,
    /// PNG; of an animated one the default picture.
    Png,
    /// WebP, lossy and lossless; of an animated one the first frame.
    WebP,
    /// GIF, the first frame.
    Gif,
    /// TIFF, the first page.
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// PBM, PGM, PPM, PAM.
    Pnm,
    /// QOI.
    Qoi,
    /// JPEG XL, with the cargo feature `jxl`.
    #[cfg(feature = "jxl")]
    Jxl,
}

/// Extensions (lower case, without the dot) of the files worth trying, in alphabetical order.
/// What a file is, is decided by its content.
pub const PICTURE_EXTENSIONS: &[&str] = &[
    "bmp", "dib", "gif", "jfif", "jpe", "jpeg", "jpg", "jxl", "pam", "pbm", "pgm", "png", "pnm",
    "ppm", "qoi", "tif", "tiff", "webp",
];

/// Whether the name ends as picture files do, in upper or lower case.
///
/// JPEG XL counts in every build, so that such a file is reported rather than passed over.
pub fn has_picture_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str);
    extension.is_some_and(|e| {
        PICTURE_EXTENSIONS
            .binary_search(&e.to_ascii_lowercase().as_str())
            .is_ok()
    })
}

impl Format {
    /// The format's usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
            Self::Pnm => "PNM",
            Self::Qoi => "QOI",
            #[cfg(feature = "jxl")]
            Self::Jxl => "JPEG XL",
        }
    }

    /// How many of the first bytes [`Format::of`] wants to see.
    pub(super) const SNIFF_BYTES: usize = 32;

    /// The format that the first bytes announce.
    ///
    /// # Errors
    /// [`DecodeError::Empty`], [`DecodeError::NotAPicture`], or
    /// [`DecodeError::UnsupportedFormat`] for picture formats known by sight only.
    pub fn of(start: &[u8]) -> Result<Self, DecodeError> {
        let unsupported = |name| Err(DecodeError::UnsupportedFormat { name });
        match start {
            [] => Err(DecodeError::Empty),
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Ok(Self::Png),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Ok(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Self::Gif),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Ok(Self::Tiff),
            [b'P', b'1'..=b'7', b, ..] if b.is_ascii_whitespace() || *b == b'#' => Ok(Self::Pnm),
            [b'q', b'o', b'i', b'f', ..] => Ok(Self::Qoi),
            // "BM", the file's size, and then two reserved fields that all programs leave at zero.
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Ok(Self::Bmp),
            [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Self::jxl(),
            [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] | [0xff, 0x4f, 0xff, 0x51, ..] => {
                unsupported("JPEG 2000")
            }
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if brand.len() >= 4 => {
                match &brand[..4] {
                    b"avif" | b"avis" => unsupported("AVIF"),
                    b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1"
                    | b"msf1" => unsupported("HEIC"),
                    _ => Err(DecodeError::NotAPicture),
                }
            }
            [b'8', b'B', b'P', b'S', ..] => unsupported("Photoshop"),
            [0, 0, 1, 0, ..] => unsupported("icon"),
            [0x76, 0x2f, 0x31, 0x01, ..] => unsupported("OpenEXR"),
            [b'D', b'D', b'S', b' ', ..] => unsupported("DDS"),
            _ => Err(DecodeError::NotAPicture),
        }
    }

    #[cfg(feature = "jxl")]
    fn jxl() -> Result<Self, DecodeError> {
        Ok(Self::Jxl)
    }

    #[cfg(not(feature = "jxl"))]
    fn jxl() -> Result<Self, DecodeError> {
        Err(DecodeError::UnsupportedFormat { name: "JPEG XL" })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_sorted_so_that_they_can_be_searched() {
        assert!(PICTURE_EXTENSIONS.is_sorted());
        assert!(has_picture_extension(Path::new("a/B.JPeG")));
        assert!(!has_picture_extension(Path::new("a/jpg")));
        assert!(!has_picture_extension(Path::new("a.jpg/b.txt")));
    }
}
