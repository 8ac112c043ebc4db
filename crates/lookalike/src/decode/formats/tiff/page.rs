//! Pages that the `tiff` crate does not read, or reads otherwise than they are meant.

use image::ColorType;
use image::metadata::Orientation;

use super::directory::{Directory, File};
use super::layout::{Layout, Meaning, Number, Packing};
use super::levels::{self, Levels};
use super::unpack::{Chunk, u16};
use crate::decode::pixels::{self, Conversion, Pixels};
use crate::decode::profile::Profile;
use crate::decode::{DecodeError, DecodeOptions, Format, Header, colour};

const ORIENTATION: u16 = 274;
const ICC_PROFILE: u16 = 34_675;

/// What a page's directory says before its pixels.
pub(super) fn header(page: &Directory<'_>, layout: &Layout, format: Format) -> Header {
    let orientation = page
        .number(ORIENTATION)
        .and_then(|value| u8::try_from(value).ok());
    let orientation = orientation.and_then(Orientation::from_exif);
    Header {
        format,
        width: layout.width as u32,
        height: layout.height as u32,
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
    }
}

/// Reads a page.
pub(super) fn decode(
    file: File<'_>,
    page: &Directory<'_>,
    layout: &Layout,
    format: Format,
    options: &DecodeOptions,
) -> Result<(Header, Pixels), DecodeError> {
    layout.check(format, &options.limits)?;
    let mut samples = Samples::of(layout);
    if let Packing::OldJpeg(at) = layout.packing {
        let jpeg = file
            .bytes()
            .get(at..)
            .filter(|jpeg| jpeg.starts_with(b"\xff\xd8"));
        let chunk = jpeg.and_then(|jpeg| layout.unpack(jpeg, layout.height, file.is_little()));
        let chunk = chunk.ok_or(DecodeError::Corrupt {
            format,
            reason: "no JPEG where it should be".into(),
        })?;
        samples.take_rgb(&chunk, (0, 0), layout.samples);
    } else {
        read_chunks(file, layout, &mut samples, format)?;
    }
    let meaning = match samples.is_rgb {
        true => Meaning::Rgb,
        false => layout.meaning,
    };
    let rgb = colours(layout, meaning, &samples.levels(layout), options.blend);
    let rgb = rgb.ok_or(DecodeError::Corrupt {
        format,
        reason: "a palette that is too short".into(),
    })?;
    let header = header(page, layout, format);
    let profile = page.numbers(ICC_PROFILE);
    let profile: Vec<u8> = profile.into_iter().map(|byte| byte as u8).collect();
    let pixels = Pixels {
        profile: (!profile.is_empty()).then_some(Profile::Icc(profile)),
        ..Pixels::whole(header.width, header.height, rgb)
    };
    Ok((header, pixels))
}

/// Reads strips or tiles, plane after plane.
fn read_chunks(
    file: File<'_>,
    layout: &Layout,
    samples: &mut Samples,
    format: Format,
) -> Result<(), DecodeError> {
    let across = layout.width.div_ceil(layout.chunk.0);
    let down = layout.height.div_ceil(layout.chunk.1);
    let planes = if layout.planar { layout.samples } else { 1 };
    let truncated = || DecodeError::Truncated { format };
    for plane in 0..planes {
        for i in 0..across * down {
            let (at, length) = *layout
                .chunks
                .get(plane * across * down + i)
                .ok_or_else(truncated)?;
            let bytes = file.bytes();
            let end = length.map_or(bytes.len(), |length| at.saturating_add(length));
            let chunk = bytes.get(at..end).filter(|chunk| !chunk.is_empty());
            let chunk = chunk.ok_or_else(truncated)?;
            let (left, top) = (i % across * layout.chunk.0, i / across * layout.chunk.1);
            // Strips end with the picture, tiles do not.
            let rows = match layout.is_tiled {
                true => layout.chunk.1,
                false => layout.chunk.1.min(layout.height - top),
            };
            let chunk = layout.unpack(chunk, rows, file.is_little());
            let chunk = chunk.ok_or_else(|| DecodeError::Corrupt {
                format,
                reason: "a strip or tile that cannot be unpacked".into(),
            })?;
            samples.take(layout, &chunk, (left, top), plane, file.is_little());
        }
    }
    Ok(())
}

/// The samples of a page, those of a pixel together.
struct Samples {
    width: usize,
    height: usize,
    /// Samples of a pixel.
    apart: usize,
    kind: Kind,
    /// Whether chunks gave red, green and blue of 8 bits.
    is_rgb: bool,
}

enum Kind {
    /// Levels from 0 on.
    Levels(Vec<u16>),
    /// Numbers of any size.
    Wide(Vec<f32>),
}

impl Samples {
    fn of(layout: &Layout) -> Self {
        let length = layout.width * layout.height * layout.samples;
        Self {
            width: layout.width,
            height: layout.height,
            apart: layout.samples,
            kind: match layout.is_wide() {
                true => Kind::Wide(vec![0.0; length]),
                false => Kind::Levels(vec![0; length]),
            },
            is_rgb: false,
        }
    }

    fn take(
        &mut self,
        layout: &Layout,
        chunk: &Chunk,
        corner: (usize, usize),
        plane: usize,
        little: bool,
    ) {
        if chunk.is_rgb {
            return self.take_rgb(chunk, corner, layout.samples);
        }
        if let Meaning::YCbCr(across, down) = layout.meaning
            && !layout.planar
            && layout.packing != Packing::Jpeg
        {
            return self.take_units(chunk, corner, (across, down));
        }
        let together = layout.together();
        let bits = match layout.packing {
            Packing::Jpeg => 8,
            _ => layout.bits,
        };
        let stride = (chunk.size.0 * together * bits).div_ceil(8).max(1);
        let (left, top) = corner;
        let width = chunk.size.0.min(self.width - left);
        let rows = chunk.bytes.chunks_exact(stride).take(self.height - top);
        for (y, row) in rows.enumerate() {
            let start = ((top + y) * self.width + left) * self.apart + plane;
            let place = |i: usize| start + i / together * self.apart + i % together;
            match &mut self.kind {
                Kind::Levels(levels) => {
                    for i in 0..width * together {
                        levels[place(i)] = level(row, i, bits, little);
                    }
                }
                Kind::Wide(wide) => {
                    for i in 0..width * together {
                        wide[place(i)] = number(row, i, bits, layout.number, little);
                    }
                }
            }
        }
    }

    fn take_rgb(&mut self, chunk: &Chunk, (left, top): (usize, usize), apart: usize) {
        self.is_rgb = true;
        let Kind::Levels(levels) = &mut self.kind else {
            return;
        };
        let width = chunk.size.0.min(self.width - left);
        let rows = chunk.bytes.chunks_exact((chunk.size.0 * 3).max(1));
        for (y, row) in rows.take(self.height - top).enumerate() {
            let start = ((top + y) * self.width + left) * apart;
            let pixels = levels[start..].chunks_exact_mut(apart).take(width);
            for (pixel, rgb) in pixels.zip(row.as_chunks::<3>().0) {
                for (level, &v) in pixel.iter_mut().zip(rgb) {
                    *level = v.into();
                }
            }
        }
    }

    /// Units of luma for several pixels, followed by one chroma for all (TIFF 6.0, section 21).
    fn take_units(&mut self, chunk: &Chunk, (left, top): (usize, usize), unit: (usize, usize)) {
        self.is_rgb = true;
        let Kind::Levels(levels) = &mut self.kind else {
            return;
        };
        let (across, down) = unit;
        let units = chunk.bytes.chunks_exact(across * down + 2);
        let in_row = chunk.size.0.div_ceil(across);
        for (i, unit) in units.enumerate() {
            let (luma, chroma) = unit.split_at(across * down);
            for (j, &y) in luma.iter().enumerate() {
                let x = left + i % in_row * across + j % across;
                let row = top + i / in_row * down + j / across;
                if x < self.width && row < self.height {
                    let at = (row * self.width + x) * self.apart;
                    let rgb = colour::from_ycbcr([y, chroma[0], chroma[1]]);
                    levels[at..at + 3].copy_from_slice(&rgb.map(u16::from));
                }
            }
        }
    }

    /// As levels of 8 or 16 bits.
    fn levels(self, layout: &Layout) -> Levels {
        match self.kind {
            Kind::Levels(levels) => Levels {
                most: match self.is_rgb || layout.packing == Packing::Jpeg {
                    true => 255,
                    false => (1u32 << layout.bits) - 1,
                },
                apart: self.apart,
                levels,
            },
            Kind::Wide(wide) => Levels::of_range(&wide, self.apart, layout.meaning.samples()),
        }
    }
}

/// An unsigned sample of 1 to 16 bits.
fn level(row: &[u8], i: usize, bits: usize, little: bool) -> u16 {
    match bits {
        8 => row[i].into(),
        16 => u16([row[2 * i], row[2 * i + 1]], little),
        // Those that are no whole bytes lie in the order of bits, the highest first.
        bits => {
            let bit = |at: usize| u16::from(row[at / 8] >> (7 - at % 8) & 1);
            (i * bits..(i + 1) * bits).fold(0, |level, at| level << 1 | bit(at))
        }
    }
}

fn number(row: &[u8], i: usize, bits: usize, kind: Number, little: bool) -> f32 {
    let bytes = &row[i * bits / 8..(i + 1) * bits / 8];
    let ordered = |j: usize| bytes[if little { bytes.len() - 1 - j } else { j }];
    let whole = (0..bytes.len()).fold(0u64, |all, j| all << 8 | u64::from(ordered(j)));
    match (kind, bits) {
        (Number::Float, 16) => levels::half(whole as u16),
        (Number::Float, 32) => f32::from_bits(whole as u32),
        (Number::Float, _) => f64::from_bits(whole) as f32,
        (Number::Signed, 8) => f32::from(whole as u8 as i8),
        (Number::Signed, 16) => f32::from(whole as u16 as i16),
        (Number::Signed, _) => whole as u32 as i32 as f32,
        (Number::Unsigned, _) => whole as f32,
    }
}

/// The RGB pixels; `None` where the palette is too short.
fn colours(layout: &Layout, meaning: Meaning, levels: &Levels, blend: bool) -> Option<Vec<u8>> {
    let byte = |level: u16| levels.byte(level);
    let pixels = levels.levels.chunks_exact(levels.apart);
    let rgb: Vec<u8> = match meaning {
        Meaning::Grey(white_is_zero) => pixels
            .flat_map(|pixel| {
                let grey = byte(pixel[0]);
                [if white_is_zero { 255 - grey } else { grey }; 3]
            })
            .collect(),
        Meaning::Palette => {
            let colours = 1usize << layout.bits.min(16);
            let palette = layout.palette.get(..3 * colours)?;
            // Some writers forget that these have 16 bits.
            let shift = if palette.iter().all(|&v| v < 256) {
                0
            } else {
                8
            };
            let of = |i: usize, channel: usize| (palette[channel * colours + i] >> shift) as u8;
            pixels
                .flat_map(|pixel| {
                    let i = usize::from(pixel[0]);
                    [of(i, 0), of(i, 1), of(i, 2)]
                })
                .collect()
        }
        Meaning::Inks => {
            let inks = pixels.flat_map(|pixel| [0, 1, 2, 3].map(|i| 255 - byte(pixel[i])));
            pixels::cmyk_to_rgb(inks.collect())
        }
        Meaning::YCbCr(..) => pixels
            .flat_map(|pixel| colour::from_ycbcr([0, 1, 2].map(|i| byte(pixel[i]))))
            .collect(),
        Meaning::Lab(signed) => {
            let most = levels.most as f32;
            let chroma = |level: u16| {
                // Of 16 bits the lower 8 are a fraction.
                let eighth = f32::from(level) * 255.0 / most;
                match signed {
                    true if eighth >= 128.0 => eighth - 256.0,
                    true => eighth,
                    false => eighth - 128.0,
                }
            };
            let lab = pixels.map(|pixel| {
                let l = f32::from(pixel[0]) * 100.0 / most;
                colour::lab_to_srgb(l, chroma(pixel[1]), chroma(pixel[2]))
            });
            lab.flatten().collect()
        }
        Meaning::Rgb => pixels
            .flat_map(|pixel| [0, 1, 2].map(|i| byte(pixel[i])))
            .collect(),
    };
    let Some(multiplied) = layout.alpha.filter(|_| blend) else {
        return Some(rgb);
    };
    let at = meaning.samples();
    let alpha = levels
        .levels
        .chunks_exact(levels.apart)
        .map(|pixel| byte(pixel[at]));
    let mut rgba = Vec::with_capacity(rgb.len() / 3 * 4);
    for (colours, alpha) in rgb.as_chunks::<3>().0.iter().zip(alpha) {
        let plain = |v: u8| match (multiplied, alpha) {
            (true, 1..) => (u32::from(v) * 255 / u32::from(alpha)).min(255) as u8,
            _ => v,
        };
        rgba.extend(colours.map(plain));
        rgba.push(alpha);
    }
    let how = Conversion {
        blend,
        ..Conversion::default()
    };
    pixels::to_rgb(rgba, ColorType::Rgba8, how)
}
