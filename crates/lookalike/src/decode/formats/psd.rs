//! Photoshop's PSD and PSB: the flattened picture, which stands behind the layers.
//!
//! After Adobe's "Photoshop File Formats Specification". All numbers are big-endian, and the channels of a
//! picture lie one after the other.

use std::io::{Read, SeekFrom};

use flate2::read::ZlibDecoder;
use image::ColorType;
use image::metadata::Orientation;

use crate::decode::format::{Codec, Entry, Source};
use crate::decode::pixels::{self, Conversion, Pixels};
use crate::decode::profile::Profile;
use crate::decode::{DecodeError, DecodeOptions, Format, Header, Limits, colour};

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "Photoshop",
    extensions: &["psb", "psd"],
    media_type: "image/vnd.adobe.photoshop",
    in_browsers: false,
    magic: |start| start.starts_with(b"8BPS\0\x01") || start.starts_with(b"8BPS\0\x02"),
    is_sure: true,
    codec: Some(&Psd),
    many: None,
};

struct Psd;

impl Codec for Psd {
    fn header(
        &self,
        format: Format,
        source: &mut dyn Source,
        _: &Limits,
    ) -> Result<Header, DecodeError> {
        let mut start = Vec::new();
        source.seek(SeekFrom::Start(0))?;
        source.take(26).read_to_end(&mut start)?;
        let head = Head::read(&mut Bytes(&start)).map_err(|why| why.explain(format))?;
        Ok(head.header(format))
    }

    fn decode(
        &self,
        format: Format,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<(Header, Pixels), DecodeError> {
        let mut rest = Bytes(bytes);
        let head = Head::read(&mut rest).map_err(|why| why.explain(format))?;
        let limits = &options.limits;
        limits.check(head.width as u32, head.height as u32)?;
        if head.bytes_needed() > limits.max_memory {
            return Err(DecodeError::TooMuchMemory {
                format,
                limit: limits.max_memory,
            });
        }
        let picture = Picture::read(head, &mut rest).map_err(|why| why.explain(format))?;
        let profile = picture.profile.map(|icc| Profile::Icc(icc.to_vec()));
        let rgb = picture.rgb(options).map_err(|why| why.explain(format))?;
        let header = head.header(format);
        let pixels = Pixels {
            profile,
            ..Pixels::whole(header.width, header.height, rgb)
        };
        Ok((header, pixels))
    }
}

/// Why there is no picture.
enum Refusal {
    Truncated,
    Corrupt(&'static str),
    Unsupported(String),
}

impl Refusal {
    fn explain(self, format: Format) -> DecodeError {
        match self {
            Self::Truncated => DecodeError::Truncated { format },
            Self::Corrupt(reason) => DecodeError::Corrupt {
                format,
                reason: reason.into(),
            },
            Self::Unsupported(reason) => DecodeError::UnsupportedFeature { format, reason },
        }
    }
}

type Result<T, E = Refusal> = std::result::Result<T, E>;

/// What is left of a file.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let split = self.0.split_at_checked(length);
        let (taken, rest) = split.ok_or(Refusal::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<usize> {
        let number = self.take(N)?.iter();
        let number = number.fold(0u64, |number, &byte| number << 8 | u64::from(byte));
        usize::try_from(number).map_err(|_| Refusal::Truncated)
    }

    /// A section that begins with its length.
    fn section<const N: usize>(&mut self) -> Result<Bytes<'a>> {
        let length = self.number::<N>()?;
        self.take(length).map(Bytes)
    }
}

/// The first 26 bytes.
#[derive(Clone, Copy)]
struct Head {
    /// PSB, whose sections and rows may be longer.
    is_big: bool,
    channels: usize,
    width: usize,
    height: usize,
    /// Bits of a sample: 1, 8, 16 or 32.
    bits: usize,
    mode: Mode,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Bitmap,
    Grey,
    Palette,
    Rgb,
    Cmyk,
    Lab,
}

impl Head {
    fn read(bytes: &mut Bytes<'_>) -> Result<Self> {
        bytes.take(4)?;
        let is_big = bytes.number::<2>()? == 2;
        bytes.take(6)?;
        let channels = bytes.number::<2>()?;
        let (height, width) = (bytes.number::<4>()?, bytes.number::<4>()?);
        let (bits, mode) = (bytes.number::<2>()?, bytes.number::<2>()?);
        let mode = match mode {
            0 => Mode::Bitmap,
            // Of several inks, and of two, the first is shown.
            1 | 7 | 8 => Mode::Grey,
            2 => Mode::Palette,
            3 => Mode::Rgb,
            4 => Mode::Cmyk,
            9 => Mode::Lab,
            mode => return Err(Refusal::Unsupported(format!("the colour mode {mode}"))),
        };
        if !matches!(bits, 1 | 8 | 16 | 32) || (bits == 1) != (mode == Mode::Bitmap) {
            return Err(Refusal::Unsupported(format!("samples of {bits} bits")));
        }
        if width == 0 || height == 0 || channels > 56 || channels < mode.channels() {
            return Err(Refusal::Corrupt("a picture of nothing"));
        }
        Ok(Self {
            is_big,
            channels,
            width,
            height,
            bits,
            mode,
        })
    }

    fn header(&self, format: Format) -> Header {
        Header {
            format,
            width: self.width as u32,
            height: self.height as u32,
            orientation: Orientation::NoTransforms,
        }
    }

    /// Bytes of a row of one channel.
    fn stride(&self) -> usize {
        (self.width * self.bits).div_ceil(8)
    }

    fn bytes_needed(&self) -> u64 {
        let channels = (self.mode.channels() + 1) as u64;
        let samples = self.width as u64 * self.height as u64;
        // As they are in the file, as bytes, and as pixels.
        samples * (channels * 2 + 4) + self.stride() as u64 * self.height as u64
    }
}

impl Mode {
    fn channels(self) -> usize {
        match self {
            Self::Bitmap | Self::Grey | Self::Palette => 1,
            Self::Rgb | Self::Lab => 3,
            Self::Cmyk => 4,
        }
    }
}

/// The flattened picture: a byte for each sample.
struct Picture<'a> {
    head: Head,
    /// All reds, greens and blues of a palette.
    palette: &'a [u8],
    channels: Vec<Vec<u8>>,
    /// What the file says of its colours.
    profile: Option<&'a [u8]>,
    /// The channel behind those of the colours, where it says what is transparent.
    alpha: Option<Vec<u8>>,
}

impl<'a> Picture<'a> {
    fn read(head: Head, bytes: &mut Bytes<'a>) -> Result<Self> {
        let palette = bytes.section::<4>()?.0;
        let profile = resource(bytes.section::<4>()?, ICC_PROFILE);
        let layers = match head.is_big {
            true => bytes.section::<8>()?,
            false => bytes.section::<4>()?,
        };
        let colours = head.mode.channels();
        let has_alpha = head.channels > colours && is_transparent(layers, head.is_big);
        let wanted = colours + usize::from(has_alpha);
        let mut channels = channels(head, bytes, wanted)?;
        let alpha = has_alpha.then(|| channels.pop()).flatten();
        Ok(Self {
            head,
            palette,
            profile,
            channels,
            alpha,
        })
    }

    fn rgb(self, options: &DecodeOptions) -> Result<Vec<u8>> {
        let blend = options.blend;
        let pixels = self.head.width * self.head.height;
        let mut rgb = Vec::with_capacity(pixels * 3);
        match (self.head.mode, self.channels.as_slice()) {
            (Mode::Palette, [indices]) => {
                let (reds, greens, blues) = match self.palette {
                    palette if palette.len() >= 768 => {
                        (&palette[..256], &palette[256..512], &palette[512..768])
                    }
                    _ => return Err(Refusal::Corrupt("a palette that is too short")),
                };
                let of = |i: &u8| [reds, greens, blues].map(|levels| levels[usize::from(*i)]);
                rgb.extend(indices.iter().flat_map(of));
            }
            (Mode::Cmyk, [c, m, y, k]) => {
                let inks = c.iter().zip(m).zip(y).zip(k);
                let inks = inks.flat_map(|(((&c, &m), &y), &k)| [c, m, y, k]);
                let profile = self.profile.filter(|_| options.srgb);
                let profile = profile.map(|icc| Profile::Icc(icc.to_vec()));
                rgb = pixels::inks_to_rgb(inks.collect(), profile.as_ref());
            }
            (Mode::Lab, [l, a, b]) => {
                let lab = l.iter().zip(a).zip(b);
                rgb.extend(lab.flat_map(|((&l, &a), &b)| {
                    let chroma = |v: u8| f32::from(v) - 128.0;
                    colour::lab_to_srgb(f32::from(l) / 2.55, chroma(a), chroma(b))
                }));
            }
            (_, [r, g, b]) => {
                let colours = r.iter().zip(g).zip(b);
                rgb.extend(colours.flat_map(|((&r, &g), &b)| [r, g, b]));
            }
            (_, [grey]) => rgb.extend(grey.iter().flat_map(|&grey| [grey; 3])),
            _ => return Err(Refusal::Corrupt("channels are missing")),
        }
        let Some(alpha) = self.alpha.filter(|_| blend) else {
            return Ok(rgb);
        };
        let rgba = rgb.as_chunks::<3>().0.iter().zip(alpha);
        let rgba = rgba.flat_map(|(&[r, g, b], alpha)| [r, g, b, alpha]);
        let how = Conversion {
            blend,
            ..Conversion::default()
        };
        Ok(pixels::to_rgb(rgba.collect(), ColorType::Rgba8, how).unwrap_or_default())
    }
}

/// The number of the resource that holds a profile.
const ICC_PROFILE: usize = 1039;

/// A resource: each has a mark, its number, a name (its length first, filled up to an even number of bytes)
/// and its data, filled up as well.
fn resource(mut resources: Bytes<'_>, wanted: usize) -> Option<&[u8]> {
    loop {
        resources.take(4).ok()?;
        let number = resources.number::<2>().ok()?;
        let name = resources.number::<1>().ok()?;
        resources.take(name + (name + 1) % 2).ok()?;
        let data = resources.section::<4>().ok()?.0;
        if number == wanted {
            return Some(data);
        }
        resources.take(data.len() % 2).ok()?;
    }
}

/// Whether the number of layers is negative, which says that the first channel behind the colours is the
/// transparency of the flattened picture.
fn is_transparent(mut layers: Bytes<'_>, is_big: bool) -> bool {
    let length = match is_big {
        true => layers.number::<8>(),
        false => layers.number::<4>(),
    };
    let count = layers.number::<2>();
    matches!((length, count), (Ok(2..), Ok(0x8000..)))
}

/// The first `wanted` channels, a byte for each sample.
fn channels(head: Head, bytes: &mut Bytes<'_>, wanted: usize) -> Result<Vec<Vec<u8>>> {
    let size = head.stride() * head.height;
    match bytes.number::<2>()? {
        0 => (0..wanted)
            .map(|_| Ok(samples(head, bytes.take(size)?)))
            .collect(),
        1 => run_lengths(head, bytes, wanted),
        compression @ (2 | 3) => {
            // All channels are one stream.
            let mut decoder = ZlibDecoder::new(bytes.0);
            let mut plane = vec![0; size];
            (0..wanted)
                .map(|_| {
                    decoder
                        .read_exact(&mut plane)
                        .map_err(|_| Refusal::Truncated)?;
                    if compression == 3 {
                        plane
                            .chunks_exact_mut(head.stride())
                            .for_each(|row| predict(head, row));
                    }
                    Ok(samples(head, &plane))
                })
                .collect()
        }
        other => Err(Refusal::Unsupported(format!("the compression {other}"))),
    }
}

/// PackBits, each row by itself; the lengths of all rows stand first.
fn run_lengths(head: Head, bytes: &mut Bytes<'_>, wanted: usize) -> Result<Vec<Vec<u8>>> {
    let rows = head.height * head.channels;
    let width = if head.is_big { 4 } else { 2 };
    let mut lengths = Bytes(bytes.take(rows * width)?);
    let mut plane = vec![0; head.stride() * head.height];
    (0..wanted)
        .map(|_| {
            for row in plane.chunks_exact_mut(head.stride()) {
                let length = match head.is_big {
                    true => lengths.number::<4>()?,
                    false => lengths.number::<2>()?,
                };
                unpack_bits(bytes.take(length)?, row);
            }
            Ok(samples(head, &plane))
        })
        .collect()
}

/// PackBits, as TIFF has it, too. What a damaged row lacks is 0.
pub(super) fn unpack_bits(mut packed: &[u8], mut row: &mut [u8]) {
    while let Some((&count, rest)) = packed.split_first() {
        packed = rest;
        match count {
            0..128 => {
                let length = (usize::from(count) + 1).min(packed.len()).min(row.len());
                row[..length].copy_from_slice(&packed[..length]);
                packed = &packed[(usize::from(count) + 1).min(packed.len())..];
                row = &mut row[length..];
            }
            128 => {}
            129.. => {
                let Some((&value, rest)) = packed.split_first() else {
                    break;
                };
                packed = rest;
                let length = (257 - usize::from(count)).min(row.len());
                row[..length].fill(value);
                row = &mut row[length..];
            }
        }
    }
    row.fill(0);
}

/// Undoes the prediction of a row: samples are differences to the one before. Of those of 32 bits all first
/// bytes stand before all second ones, and the differences are those of bytes.
fn predict(head: Head, row: &mut [u8]) {
    match head.bits {
        16 => {
            let mut sum = 0u16;
            for word in row.as_chunks_mut::<2>().0 {
                sum = sum.wrapping_add(u16::from_be_bytes(*word));
                *word = sum.to_be_bytes();
            }
        }
        bits => {
            let mut sum = 0u8;
            for byte in &mut *row {
                sum = sum.wrapping_add(*byte);
                *byte = sum;
            }
            if bits == 32 {
                let planes = row.to_vec();
                for (x, sample) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                    *sample = std::array::from_fn(|i| planes[i * head.width + x]);
                }
            }
        }
    }
}

/// The samples of a channel as bytes. Of a bitmap a bit that is set is black, floats are linear light.
fn samples(head: Head, plane: &[u8]) -> Vec<u8> {
    match head.bits {
        1 => {
            let rows = plane.chunks_exact(head.stride());
            let pixel = |row: &[u8], x: usize| match row[x / 8] >> (7 - x % 8) & 1 {
                1 => 0,
                _ => 255,
            };
            rows.flat_map(|row| (0..head.width).map(move |x| pixel(row, x)))
                .collect()
        }
        8 => plane.to_vec(),
        16 => plane.iter().copied().step_by(2).collect(),
        _ => {
            let floats = plane.as_chunks::<4>().0.iter();
            floats
                .map(|bytes| colour::encode_srgb(f32::from_be_bytes(*bytes)))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_unpacked_and_damage_is_black() {
        let unpacked = |packed: &[u8]| {
            let mut row = [9; 6];
            unpack_bits(packed, &mut row);
            row
        };
        assert_eq!(unpacked(&[1, 7, 8, 253, 3]), [7, 8, 3, 3, 3, 3]);
        assert_eq!(unpacked(&[128, 0, 5, 5, 1]), [5, 1, 0, 0, 0, 0]);
        assert_eq!(unpacked(&[129, 4]), [4; 6]);
        assert_eq!(unpacked(&[129]), [0; 6]);
    }

    #[test]
    fn predictions_are_undone() {
        let head = |bits| Head {
            is_big: false,
            channels: 1,
            width: 2,
            height: 1,
            bits,
            mode: Mode::Grey,
        };
        let undone = |bits, row: &[u8]| {
            let mut row = row.to_vec();
            predict(head(bits), &mut row);
            row
        };
        assert_eq!(undone(8, &[250, 10]), [250, 4]);
        assert_eq!(undone(16, &[1, 255, 0, 2]), [1, 255, 2, 1]);
        // 1.0 and 0.5: 3f800000 and 3f000000.
        assert_eq!(
            undone(32, &[0x3f, 0, 0x41, 0x80, 0, 0, 0, 0]),
            [0x3f, 0x80, 0, 0, 0x3f, 0, 0, 0]
        );
    }
}
