//! Bytes or a path in, 8-bit RGB pixels out.
//!
//! The principal types are [`DecodeOptions`], with its [`Limits`]; [`Picture`], the pixels; and
//! [`DecodeError`], whose message is one line that a user understands. The format is recognised by
//! the content, never by the name.
//!
//! The pixels are those of OpenCV's `imread(.., IMREAD_COLOR | IMREAD_IGNORE_ORIENTATION)`, red
//! first: bit for bit for JPEG and the lossless formats. So samples of 16 bits lose their lower 8,
//! alpha is dropped and not blended, colour profiles are ignored. With [`DecodeOptions::orient`]
//! the picture is then turned as its EXIF data ask, with [`DecodeOptions::blend`] it is seen on a ground,
//! with [`DecodeOptions::srgb`] in the colours that its profile means, and with [`DecodeOptions::max_side`] it is made smaller.

mod colour;
mod damage;
mod error;
mod exif;
mod file;
mod format;
mod formats;
mod frames;
mod guard;
mod orient;
mod overlay;
mod pixels;
mod place;
mod profile;
mod raster;
mod scale;

use std::borrow::Cow;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;

use image::metadata::Orientation;
use lookalike_vision::{ChannelOrder, GrayImage, gray_from_rgb};

pub use error::DecodeError;
pub use file::read_file;
pub use format::{Format, has_picture_extension};
use format::{Many, Source};
use formats::jpeg;
pub use place::Place;

/// How a picture is decoded. The default is the file's pixels as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecodeOptions {
    /// Turn the picture upright, as its EXIF data ask.
    pub orient: bool,
    /// Show what is transparent on white, or, where the picture itself is light, on black. Else its hidden
    /// colours are seen.
    pub blend: bool,
    /// Show colours as the file's profile means them, in sRGB. Else they are the numbers in the file.
    pub srgb: bool,
    /// Make the picture smaller until its larger side is exactly this; never larger.
    pub max_side: Option<u32>,
    /// What is refused.
    pub limits: Limits,
}

impl DecodeOptions {
    /// The picture as people see it: upright, with what is transparent on a ground, and in the colours that
    /// are meant.
    pub fn as_seen() -> Self {
        Self {
            orient: true,
            blend: true,
            srgb: true,
            ..Self::default()
        }
    }
}

/// What is refused before memory is spent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of the picture in the file. Default: 250 million.
    pub max_pixels: u64,
    /// Bytes of the file. Default: 1 GiB.
    pub max_file_bytes: u64,
    /// Bytes that decoding may allocate, as far as the decoders count them. Default: 2 GiB.
    pub max_memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pixels: 250_000_000,
            max_file_bytes: 1 << 30,
            max_memory: 2 << 30,
        }
    }
}

impl Limits {
    /// The defaults, but for the number of pixels in millions.
    pub fn with_max_megapixels(megapixels: u32) -> Self {
        Self {
            max_pixels: u64::from(megapixels) * 1_000_000,
            ..Self::default()
        }
    }

    /// # Errors
    /// [`DecodeError::TooLarge`].
    fn check(&self, width: u32, height: u32) -> Result<(), DecodeError> {
        let limit = self.max_pixels;
        if u64::from(width) * u64::from(height) <= limit {
            return Ok(());
        }
        Err(DecodeError::TooLarge {
            width,
            height,
            limit,
        })
    }

    /// What is left for the decoder's own use beside the `taken` bytes of its result.
    fn for_image_crate(&self, taken: u64) -> image::Limits {
        let mut bounds = image::Limits::no_limits();
        // The result counts there too, and small pictures need tables all the same.
        bounds.max_alloc = Some(self.max_memory.max(taken));
        bounds
    }
}

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Width of `rgb` in pixels.
    pub width: u32,
    /// Height of `rgb` in pixels.
    pub height: u32,
    /// `width * height * 3` bytes, rows from the top, red first.
    pub rgb: Vec<u8>,
    /// Width and height before anything was made smaller; as displayed where
    /// [`DecodeOptions::orient`] was asked for, else as stored.
    pub original_size: (u32, u32),
    /// What the file is damaged by, where not all of the picture could be read.
    pub damage: Option<String>,
}

impl Picture {
    /// A picture of these pixels, as `rgb` lists them; `None` where there are none, or not
    /// `width * height * 3` bytes.
    pub fn from_rgb(width: u32, height: u32, rgb: Vec<u8>) -> Option<Self> {
        let bytes = (width as usize)
            .checked_mul(height as usize)?
            .checked_mul(3)?;
        (bytes > 0 && rgb.len() == bytes).then_some(Self {
            width,
            height,
            rgb,
            original_size: (width, height),
            damage: None,
        })
    }

    /// A picture of pixels with alpha as their fourth byte, as [`DecodeOptions::blend`] shows it; `None`
    /// where there are none, or not `width * height * 4` bytes.
    pub fn from_rgba(width: u32, height: u32, rgba: Vec<u8>) -> Option<Self> {
        let bytes = (width as usize)
            .checked_mul(height as usize)?
            .checked_mul(4)?;
        let wanted = (rgba.len() == bytes).then(|| pixels::blended(rgba))?;
        Self::from_rgb(width, height, wanted)
    }

    /// Grey, bit for bit as OpenCV's `COLOR_BGR2GRAY` makes it of these pixels.
    pub fn gray(&self, order: ChannelOrder) -> GrayImage {
        gray_from_rgb(&self.rgb, self.width as usize, self.height as usize, order)
            .expect("a picture holds width * height pixels")
    }

    /// A part, as a picture of its own: `width` and `height` pixels from `x`, `y` on, all inside.
    pub(crate) fn part(&self, (x, y, width, height): (u32, u32, u32, u32)) -> Self {
        let row = |y: u32| {
            let start = (y as usize * self.width as usize + x as usize) * 3;
            &self.rgb[start..start + width as usize * 3]
        };
        Self {
            width,
            height,
            rgb: (y..y + height).flat_map(row).copied().collect(),
            original_size: (width, height),
            damage: self.damage.clone(),
        }
    }

    /// As a JPEG file of this quality, 1 to 100.
    ///
    /// # Errors
    /// None that are known; those of the encoder.
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>, DecodeError> {
        jpeg::encode((self.width, self.height), &self.rgb, quality)
    }

    /// The picture made smaller until its larger side is `max_side`, as
    /// [`DecodeOptions::max_side`] does it; itself where it is no larger.
    ///
    /// # Errors
    /// None that are known; those of the resizing library.
    pub fn reduced(&self, max_side: u32) -> Result<Cow<'_, Self>, DecodeError> {
        match scale::target(self.width, self.height, Some(max_side)) {
            Some(size) => Ok(Cow::Owned(self.resized(size)?)),
            None => Ok(Cow::Borrowed(self)),
        }
    }

    /// The picture of exactly this width and height.
    ///
    /// # Errors
    /// None that are known; those of the resizing library.
    pub(crate) fn resized(&self, size: (u32, u32)) -> Result<Self, DecodeError> {
        let pixels = scale::resize((self.width, self.height), &self.rgb, size)?;
        Ok(Self {
            width: pixels.width,
            height: pixels.height,
            rgb: pixels.rgb,
            original_size: self.original_size,
            damage: self.damage.clone(),
        })
    }
}

/// What a file says about its picture before the pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The format.
    pub format: Format,
    /// Width in pixels, as stored.
    pub width: u32,
    /// Height in pixels, as stored.
    pub height: u32,
    orientation: Orientation,
}

impl Header {
    /// The EXIF orientation, 1 to 8; 1 where there is none.
    pub fn orientation(&self) -> u8 {
        self.orientation.to_exif()
    }

    /// Width and height as displayed, after the EXIF orientation.
    pub fn displayed_size(&self) -> (u32, u32) {
        if orient::swaps_sides(self.orientation) {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        }
    }
}

/// Decodes the first picture in a file.
///
/// # Errors
/// Any [`DecodeError`]; see its variants.
pub fn decode_path(path: &Path, options: &DecodeOptions) -> Result<Picture, DecodeError> {
    decode_bytes(&read_file(path, &options.limits)?, options)
}

/// Decodes the first picture in a file's bytes.
///
/// # Errors
/// Any [`DecodeError`] but those of the file system.
pub fn decode_bytes(bytes: &[u8], options: &DecodeOptions) -> Result<Picture, DecodeError> {
    let format = Format::of(bytes)?;
    guard::guarded(format, || {
        finished(format.codec()?.decode(format, bytes, options)?, options)
    })
}

/// Where the pictures in a file's bytes are, in their order, with at most `most_frames` of an animation,
/// spread evenly over it; empty where the file holds a single picture, or none.
pub fn places(bytes: &[u8], limits: &Limits, most_frames: u32) -> Vec<Place> {
    let listed = |format: Format| {
        let places = |many: &dyn Many| many.places(bytes, limits, most_frames);
        guard::guarded(format, || Ok(format.many().map_or_else(Vec::new, places)))
    };
    let places = Format::of(bytes).and_then(listed).unwrap_or_default();
    if places.len() > 1 { places } else { Vec::new() }
}

/// Decodes the picture in this place of a file's bytes; without a place, the first.
///
/// # Errors
/// Any [`DecodeError`] but those of the file system.
pub fn decode_place(
    bytes: &[u8],
    place: Option<Place>,
    options: &DecodeOptions,
) -> Result<Picture, DecodeError> {
    let Some(place) = place else {
        return decode_bytes(bytes, options);
    };
    let mut decoded = None;
    decode_places(bytes, &[place], options, &mut |_, result| {
        decoded = Some(result);
        ControlFlow::Break(())
    });
    let format = Format::of(bytes)?;
    decoded.unwrap_or(Err(DecodeError::NoSuchPlace { format, place }))
}

/// Decodes the picture in this place of a file; without a place, the first.
///
/// # Errors
/// Any [`DecodeError`]; see its variants.
pub fn decode_path_at(
    path: &Path,
    place: Option<Place>,
    options: &DecodeOptions,
) -> Result<Picture, DecodeError> {
    decode_place(&read_file(path, &options.limits)?, place, options)
}

/// Decodes the pictures in these places, ascending, of a file's bytes, and calls `each` with what came
/// of them until it has had enough. The damage of one page is none of the others.
pub fn decode_places(
    bytes: &[u8],
    places: &[Place],
    options: &DecodeOptions,
    each: &mut dyn FnMut(Place, Result<Picture, DecodeError>) -> ControlFlow<()>,
) {
    let Ok(format) = Format::of(bytes) else {
        return;
    };
    // Frames are drawn on one another, so they are decoded together.
    let together = |a: &Place, b: &Place| matches!((a, b), (Place::Frame(_), Place::Frame(_)));
    for places in places.chunk_by(together) {
        let mut decoded = Vec::new();
        let survived = guard::guarded(format, || {
            let mut take = |place, result: Result<_, DecodeError>| {
                decoded.push((place, result.and_then(|stored| finished(stored, options))));
            };
            if let Some(many) = format.many() {
                many.decode_each(format, bytes, places, options, &mut take);
            }
            Ok(())
        });
        if let (Err(error), Some(&place)) = (survived, places.get(decoded.len())) {
            decoded.push((place, Err(error)));
        }
        for (place, result) in decoded {
            if each(place, result).is_break() {
                return;
            }
        }
    }
}

/// A picture as it is asked for, of one as it is stored, which may be smaller already.
fn finished(
    (header, mut pixels): (Header, pixels::Pixels),
    options: &DecodeOptions,
) -> Result<Picture, DecodeError> {
    let format = header.format;
    let wanted = pixels.width as usize * pixels.height as usize * 3;
    if pixels.rgb.len() != wanted || wanted == 0 {
        return Err(DecodeError::Corrupt {
            format,
            reason: format!("{} x {} pixels", header.width, header.height),
        });
    }
    if let Some(size) = scale::target(header.width, header.height, options.max_side)
        && size != (pixels.width, pixels.height)
    {
        let small = scale::resize((pixels.width, pixels.height), &pixels.rgb, size)?;
        pixels = pixels.with_size(size, small.rgb);
    }
    if options.srgb
        && let Some(profile) = &pixels.profile
    {
        profile::to_srgb(&mut pixels.rgb, profile);
    }
    let mut original_size = (header.width, header.height);
    if options.orient {
        original_size = header.displayed_size();
        pixels = orient::upright(pixels, header.orientation);
    }
    Ok(Picture {
        width: pixels.width,
        height: pixels.height,
        rgb: pixels.rgb,
        original_size,
        damage: pixels.damage,
    })
}

/// Format, size and orientation of the picture in a file, reading only its first bytes.
///
/// # Errors
/// As [`decode_path`]; [`DecodeError::TooLarge`] is left to the caller.
pub fn probe_path(path: &Path) -> Result<Header, DecodeError> {
    let (mut file, _) = file::open(path)?;
    let mut start = Vec::new();
    file.by_ref()
        .take(Format::SNIFF_BYTES as u64)
        .read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    probe(Format::of(&start)?, &mut BufReader::new(file))
}

/// Format, size and orientation of the picture in a file's bytes.
///
/// # Errors
/// As [`decode_bytes`]; [`DecodeError::TooLarge`] is left to the caller.
pub fn probe_bytes(bytes: &[u8]) -> Result<Header, DecodeError> {
    probe(Format::of(bytes)?, &mut Cursor::new(bytes))
}

/// Whether a plain file begins as pictures do, and hardly anything else.
pub(crate) fn begins_as_picture(path: &Path) -> bool {
    let mut start = Vec::with_capacity(Format::SNIFF_BYTES);
    let read = std::fs::File::open(path).and_then(|file| {
        file.take(Format::SNIFF_BYTES as u64)
            .read_to_end(&mut start)
    });
    read.is_ok() && Format::of(&start).is_ok_and(Format::is_sure)
}

fn probe(format: Format, source: &mut dyn Source) -> Result<Header, DecodeError> {
    guard::guarded(format, || {
        format.codec()?.header(format, source, &Limits::default())
    })
}
