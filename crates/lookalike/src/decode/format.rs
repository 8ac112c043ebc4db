//! Which formats there are: one table, whose entries stand beside their decoders in `formats`.
//!
//! A new format is a file there with its [`Entry`], and a line in [`TABLE`].

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, Seek};
use std::path::Path;

use super::formats::{bmp, gif, heif, jpeg, jxl, png, pnm, psd, qoi, raw, tiff, unread, webp};
use super::pixels::Pixels;
use super::{DecodeError, DecodeOptions, Header, Limits, Place};

/// All formats. Of two whose first bytes agree, the first counts.
static TABLE: &[&Entry] = &[
    &jpeg::ENTRY,
    &png::ENTRY,
    &webp::ENTRY,
    &gif::ENTRY,
    // Some of these begin as TIFF does.
    &raw::ENTRY,
    &tiff::ENTRY,
    &bmp::ENTRY,
    &pnm::ENTRY,
    &qoi::ENTRY,
    &jxl::ENTRY,
    &psd::ENTRY,
    &heif::HEIC,
    &heif::AVIF,
    &unread::JPEG_2000,
    &unread::ICON,
    &unread::OPEN_EXR,
    &unread::DDS,
    &unread::RADIANCE,
    &unread::TARGA,
];

/// All that is to be said of a format.
pub(super) struct Entry {
    /// Its usual name.
    pub(super) name: &'static str,
    /// How names of its files end: in lower case, without the dot.
    pub(super) extensions: &'static [&'static str],
    /// Its media type.
    pub(super) media_type: &'static str,
    /// Whether browsers show it.
    pub(super) in_browsers: bool,
    /// Whether a file that begins with these bytes, at most [`Format::SNIFF_BYTES`], is of it.
    pub(super) magic: fn(&[u8]) -> bool,
    /// Whether hardly any other file begins so.
    pub(super) is_sure: bool,
    /// What reads it; `None` for what this build knows by sight only.
    pub(super) codec: Option<&'static dyn Codec>,
    /// What reads the others of its pictures, if it may hold several.
    pub(super) many: Option<&'static dyn Many>,
}

/// The bytes of a file.
pub(super) trait Source: BufRead + Seek {}

impl<T: BufRead + Seek> Source for T {}

/// Reads the first picture of a file.
pub(super) trait Codec: Sync {
    /// Reads what stands before the pixels.
    fn header(
        &self,
        format: Format,
        source: &mut dyn Source,
        limits: &Limits,
    ) -> Result<Header, DecodeError>;

    /// Reads the pixels as stored; possibly smaller already, but not below
    /// [`DecodeOptions::max_side`].
    fn decode(
        &self,
        format: Format,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<(Header, Pixels), DecodeError>;
}

/// Finds and reads the pictures of a file that may hold several.
pub(super) trait Many: Sync {
    /// Where they are, with at most so many frames of an animation; nothing where there is but one.
    fn places(&self, bytes: &[u8], limits: &Limits, most_frames: u32) -> Vec<Place>;

    /// Decodes the pictures in these places, ascending, of a file that has such.
    fn decode_each(
        &self,
        format: Format,
        bytes: &[u8],
        places: &[Place],
        options: &DecodeOptions,
        each: Each<'_>,
    );
}

/// Takes what came of each place.
pub(super) type Each<'a> = &'a mut dyn FnMut(Place, Result<(Header, Pixels), DecodeError>);

/// A picture format.
#[derive(Clone, Copy)]
pub struct Format(&'static Entry);

impl Format {
    /// PNG.
    pub const PNG: Self = Self(&png::ENTRY);
    /// PBM, PGM, PPM, PAM.
    pub const PNM: Self = Self(&pnm::ENTRY);
    /// JPEG.
    pub(super) const JPEG: Self = Self(&jpeg::ENTRY);
    /// Camera raw.
    pub(super) const RAW: Self = Self(&raw::ENTRY);

    /// How many of the first bytes [`Format::of`] wants to see.
    pub(super) const SNIFF_BYTES: usize = 32;

    /// All formats, those that this build only knows by sight as well.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|entry| Self(entry))
    }

    /// The names of those that this build reads.
    pub fn read() -> impl Iterator<Item = &'static str> {
        Self::all()
            .filter(|format| format.is_read())
            .map(Self::name)
    }

    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|format| format.name() == name)
    }

    /// The format that the first bytes announce.
    ///
    /// # Errors
    /// [`DecodeError::Empty`], [`DecodeError::NotAPicture`].
    pub fn of(start: &[u8]) -> Result<Self, DecodeError> {
        if start.is_empty() {
            return Err(DecodeError::Empty);
        }
        Self::all()
            .find(|format| (format.0.magic)(start))
            .ok_or(DecodeError::NotAPicture)
    }

    /// The format's usual name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// How names of its files end: in lower case, without the dot.
    pub fn extensions(self) -> &'static [&'static str] {
        self.0.extensions
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        self.0.media_type
    }

    /// Whether browsers show it.
    pub fn is_shown_by_browsers(self) -> bool {
        self.0.in_browsers
    }

    /// Whether this build reads it.
    pub fn is_read(self) -> bool {
        self.0.codec.is_some()
    }

    /// Whether hardly any other file begins as its files do.
    pub(crate) fn is_sure(self) -> bool {
        self.0.is_sure
    }

    /// What reads it.
    ///
    /// # Errors
    /// [`DecodeError::UnsupportedFormat`].
    pub(super) fn codec(self) -> Result<&'static dyn Codec, DecodeError> {
        self.0
            .codec
            .ok_or(DecodeError::UnsupportedFormat { format: self })
    }

    /// What reads files of several pictures.
    pub(super) fn many(self) -> Option<&'static dyn Many> {
        self.0.many
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Format {}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether the name ends as picture files do, in upper or lower case, whether this build reads them
/// or not. What a file is, is decided by its content.
pub fn has_picture_extension(path: &Path) -> bool {
    let Some(extension) = path.extension().and_then(OsStr::to_str) else {
        return false;
    };
    Format::all().any(|format| {
        let mut known = format.extensions().iter();
        known.any(|known| extension.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_extensions_stand_for_one_format() {
        let mut seen = BTreeSet::new();
        for format in Format::all() {
            assert!(seen.insert(format.name()), "{format}");
            assert_eq!(Format::named(format.name()), Some(format));
            assert!(format.media_type().starts_with("image/"));
            for extension in format.extensions() {
                assert_eq!(*extension, extension.to_ascii_lowercase());
                assert!(seen.insert(extension), "{extension}");
            }
        }
    }

    #[test]
    fn extensions_are_known_in_any_case() {
        assert!(has_picture_extension(Path::new("a/B.JPeG")));
        assert!(has_picture_extension(Path::new("a.HEIC")));
        assert!(!has_picture_extension(Path::new("a/jpg")));
        assert!(!has_picture_extension(Path::new("a.jpg/b.txt")));
    }
}
