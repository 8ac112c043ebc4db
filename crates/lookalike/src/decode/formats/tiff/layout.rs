//! How the pixels of a page are stored.

use super::directory::{COMPRESSION, Directory, PHOTOMETRIC_INTERPRETATION};
use crate::decode::{DecodeError, Format, Limits};

/// Tags of TIFF 6.0 and its supplements.
mod tag {
    pub(super) const WIDTH: u16 = 256;
    pub(super) const HEIGHT: u16 = 257;
    pub(super) const BITS_PER_SAMPLE: u16 = 258;
    pub(super) const FILL_ORDER: u16 = 266;
    pub(super) const STRIP_OFFSETS: u16 = 273;
    pub(super) const SAMPLES_PER_PIXEL: u16 = 277;
    pub(super) const ROWS_PER_STRIP: u16 = 278;
    pub(super) const STRIP_BYTE_COUNTS: u16 = 279;
    pub(super) const PLANAR_CONFIGURATION: u16 = 284;
    pub(super) const T4_OPTIONS: u16 = 292;
    pub(super) const PREDICTOR: u16 = 317;
    pub(super) const COLOR_MAP: u16 = 320;
    pub(super) const TILE_WIDTH: u16 = 322;
    pub(super) const TILE_LENGTH: u16 = 323;
    pub(super) const TILE_OFFSETS: u16 = 324;
    pub(super) const TILE_BYTE_COUNTS: u16 = 325;
    pub(super) const EXTRA_SAMPLES: u16 = 338;
    pub(super) const SAMPLE_FORMAT: u16 = 339;
    pub(super) const JPEG_TABLES: u16 = 347;
    pub(super) const JPEG_INTERCHANGE_FORMAT: u16 = 513;
    pub(super) const YCBCR_SUBSAMPLING: u16 = 530;
}

/// What the samples mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Grey; whether 0 is white.
    Grey(bool),
    Rgb,
    Palette,
    /// Cyan, magenta, yellow and black.
    Inks,
    /// Luma and chroma, the latter one for so many pixels across and down.
    YCbCr(usize, usize),
    /// CIE L*a*b*; whether a and b are signed.
    Lab(bool),
}

/// What numbers the samples are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Unsigned,
    Signed,
    Float,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    /// T.4, rows without marks between them.
    Fax,
    /// T.4; whether rows may be coded by their differences to the one before.
    Group3(bool),
    Group4,
    Lzw,
    Jpeg,
    /// A whole JPEG file, which begins here.
    OldJpeg(usize),
    Deflate,
    PackBits,
}

/// How a page is stored.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Bits of a sample.
    pub(super) bits: usize,
    /// Samples of a pixel.
    pub(super) samples: usize,
    pub(super) meaning: Meaning,
    pub(super) number: Number,
    pub(super) packing: Packing,
    /// Whether the samples of a pixel lie apart, in planes.
    pub(super) planar: bool,
    /// 1: none, 2: differences to the pixel on the left, 3: those of floats.
    pub(super) predictor: u32,
    /// The lowest bits come first.
    pub(super) reversed: bool,
    /// The sample behind the colours is alpha; `true` where they have been multiplied by it.
    pub(super) alpha: Option<bool>,
    /// Width and height of a strip or tile.
    pub(super) chunk: (usize, usize),
    pub(super) is_tiled: bool,
    /// Offsets and lengths of strips or tiles. A single strip may come without its length.
    pub(super) chunks: Vec<(usize, Option<usize>)>,
    /// All reds, greens and blues, of 16 bits.
    pub(super) palette: Vec<u32>,
    /// What the JPEGs of all strips have in common.
    pub(super) jpeg_tables: Vec<u8>,
}

impl Layout {
    /// What a directory says, as far as we can read it.
    ///
    /// # Errors
    /// [`DecodeError::UnsupportedFeature`], [`DecodeError::Corrupt`].
    pub(super) fn of(page: &Directory<'_>, format: Format) -> Result<Self, DecodeError> {
        let number = |tag, default: u32| page.number(tag).unwrap_or(default) as usize;
        let unsupported = |reason: String| DecodeError::UnsupportedFeature { format, reason };
        let corrupt = |reason: &str| DecodeError::Corrupt {
            format,
            reason: reason.into(),
        };
        let (width, height) = (number(tag::WIDTH, 0), number(tag::HEIGHT, 0));
        let samples = number(tag::SAMPLES_PER_PIXEL, 1);
        let bits = page.numbers(tag::BITS_PER_SAMPLE);
        let bits = if bits.is_empty() { vec![1] } else { bits };
        if bits.iter().any(|&other| other != bits[0]) {
            return Err(unsupported(format!("samples of {bits:?} bits")));
        }
        let bits = bits[0] as usize;
        let formats = page.numbers(tag::SAMPLE_FORMAT);
        let sample_format = match formats.first() {
            None | Some(1 | 4) => Number::Unsigned,
            Some(2) => Number::Signed,
            Some(3) => Number::Float,
            Some(other) => return Err(unsupported(format!("samples of the format {other}"))),
        };
        let is_known = match sample_format {
            Number::Float => matches!(bits, 16 | 32 | 64),
            Number::Signed => matches!(bits, 8 | 16 | 32),
            Number::Unsigned => matches!(bits, 1..=16 | 32),
        };
        if !is_known {
            return Err(unsupported(format!("samples of {bits} bits")));
        }
        let packing = packing(page).map_err(unsupported)?;
        let photometric = page.number(PHOTOMETRIC_INTERPRETATION);
        let meaning = match photometric.unwrap_or(1) {
            0 => Meaning::Grey(true),
            // A mask is shown as it is.
            1 | 4 => Meaning::Grey(false),
            2 => Meaning::Rgb,
            3 => Meaning::Palette,
            5 => Meaning::Inks,
            6 => {
                let sides = page.numbers(tag::YCBCR_SUBSAMPLING);
                let side = |i: usize| match sides.get(i) {
                    None => Ok(2),
                    Some(&side @ (1 | 2 | 4)) => Ok(side as usize),
                    Some(_) => Err(corrupt("the subsampling of colours")),
                };
                Meaning::YCbCr(side(0)?, side(1)?)
            }
            8 => Meaning::Lab(true),
            9 => Meaning::Lab(false),
            other => {
                return Err(unsupported(format!(
                    "the photometric interpretation {other}"
                )));
            }
        };
        if width == 0 || height == 0 || samples < meaning.samples() || samples > 64 {
            return Err(corrupt("a picture of nothing"));
        }
        let extra = page.number(tag::EXTRA_SAMPLES);
        let alpha = match extra {
            Some(kind @ (1 | 2)) if samples > meaning.samples() => Some(kind == 1),
            _ => None,
        };
        let tile = page
            .number(tag::TILE_WIDTH)
            .zip(page.number(tag::TILE_LENGTH));
        let chunk = match tile {
            Some((w, h)) => (w as usize, h as usize),
            None => (width, number(tag::ROWS_PER_STRIP, u32::MAX).min(height)),
        };
        let (offsets, lengths) = match tile {
            Some(_) => (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS),
            None => (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS),
        };
        let lengths = page.numbers(lengths);
        let chunks = page.numbers(offsets).into_iter().enumerate();
        let length = |i: usize| lengths.get(i).map(|&length| length as usize);
        let chunks = chunks.map(|(i, at)| (at as usize, length(i))).collect();
        if chunk.0 == 0 || chunk.1 == 0 || chunk.0 > 1 << 20 || chunk.1 > 1 << 20 {
            return Err(corrupt("tiles of a wrong size"));
        }
        let tables = page.numbers(tag::JPEG_TABLES);
        Ok(Self {
            width,
            height,
            bits,
            samples,
            meaning,
            number: sample_format,
            packing,
            planar: number(tag::PLANAR_CONFIGURATION, 1) == 2 && samples > 1,
            predictor: number(tag::PREDICTOR, 1) as u32,
            reversed: number(tag::FILL_ORDER, 1) == 2,
            alpha,
            chunk,
            is_tiled: tile.is_some(),
            chunks,
            palette: page.numbers(tag::COLOR_MAP),
            jpeg_tables: tables.into_iter().map(|byte| byte as u8).collect(),
        })
    }

    /// Whether the `tiff` crate refuses it, or reads it otherwise than it is meant.
    pub(super) fn is_unusual(&self, page: &Directory<'_>) -> bool {
        let is_float_colour = self.number == Number::Float && self.bits == 32 && self.samples > 2;
        let is_common = match self.meaning {
            Meaning::Grey(_) => matches!(self.bits, 1 | 8 | 16),
            Meaning::Rgb => matches!(self.bits, 8 | 16) || is_float_colour,
            Meaning::Inks => matches!(self.bits, 8 | 16),
            _ => false,
        };
        let is_common_number = self.number == Number::Unsigned || is_float_colour;
        let has_unknown_sample = self.samples > self.meaning.samples()
            && self
                .alpha
                .is_none_or(|_| page.numbers(tag::EXTRA_SAMPLES).len() > 1);
        !is_common
            || !is_common_number
            || has_unknown_sample
            || self.planar
            || self.reversed
            || matches!(
                self.packing,
                Packing::Fax | Packing::Group3(_) | Packing::OldJpeg(_)
            )
    }

    /// Samples of a pixel in a chunk.
    pub(super) fn together(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Refuses what is too large before memory is spent on it.
    pub(super) fn check(&self, format: Format, limits: &Limits) -> Result<(), DecodeError> {
        limits.check(self.width as u32, self.height as u32)?;
        let pixels = self.width as u64 * self.height as u64;
        let bytes = if self.is_wide() { 4 } else { 2 };
        let chunk = self.chunk.0 as u64 * self.chunk.1 as u64;
        let needed = (pixels + chunk).saturating_mul(self.samples as u64 * bytes + 4);
        match needed > limits.max_memory {
            true => Err(DecodeError::TooMuchMemory {
                format,
                limit: limits.max_memory,
            }),
            false => Ok(()),
        }
    }

    /// Whether samples are numbers of any size, and not levels from 0 on.
    pub(super) fn is_wide(&self) -> bool {
        let is_lab = matches!(self.meaning, Meaning::Lab(_));
        (self.number != Number::Unsigned || self.bits > 16) && !is_lab
    }
}

impl Meaning {
    /// Samples of a pixel that are colours.
    pub(super) fn samples(self) -> usize {
        match self {
            Self::Grey(_) | Self::Palette => 1,
            Self::Rgb | Self::YCbCr(..) | Self::Lab(_) => 3,
            Self::Inks => 4,
        }
    }
}

fn packing(page: &Directory<'_>) -> Result<Packing, String> {
    let old_jpeg = page.number(tag::JPEG_INTERCHANGE_FORMAT);
    Ok(match page.number(COMPRESSION).unwrap_or(1) {
        1 => Packing::None,
        2 => Packing::Fax,
        3 => Packing::Group3(page.number(tag::T4_OPTIONS).unwrap_or(0) & 1 != 0),
        4 => Packing::Group4,
        5 => Packing::Lzw,
        6 => match old_jpeg {
            Some(at) => Packing::OldJpeg(at as usize),
            None => return Err("JPEG of the old kind in strips".into()),
        },
        7 => Packing::Jpeg,
        8 | 32_946 => Packing::Deflate,
        32_773 => Packing::PackBits,
        34_925 => return Err("the compression LZMA".into()),
        50_000 => return Err("the compression ZSTD".into()),
        50_001 => return Err("the compression WebP".into()),
        other => return Err(format!("the compression {other}")),
    })
}
