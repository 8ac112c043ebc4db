//! Strips and tiles as bytes.

use std::io::Read;

use flate2::read::ZlibDecoder;
use libjpeg_turbo_rs::{DecodeLimits, Decoder, PixelFormat};

use super::super::psd::unpack_bits;
use super::fax;
use super::layout::{Layout, Meaning, Number, Packing};

/// A strip or tile that has been unpacked.
pub(super) struct Chunk {
    /// Rows from the top.
    pub(super) bytes: Vec<u8>,
    /// Width and height.
    pub(super) size: (usize, usize),
    /// Whether colours are red, green and blue by now, of 8 bits.
    pub(super) is_rgb: bool,
}

impl Layout {
    /// Bytes of a row of a chunk.
    pub(super) fn stride(&self) -> usize {
        (self.chunk.0 * self.together() * self.bits).div_ceil(8)
    }

    /// Unpacks a chunk of so many rows; `None` where nothing of it can be read. What it lacks is 0.
    pub(super) fn unpack(&self, bytes: &[u8], rows: usize, little: bool) -> Option<Chunk> {
        if let Packing::Jpeg | Packing::OldJpeg(_) = self.packing {
            return self.unpack_jpeg(bytes);
        }
        let turned: Vec<u8>;
        let bytes = match self.reversed {
            true => {
                turned = bytes.iter().map(|byte| byte.reverse_bits()).collect();
                &turned
            }
            false => bytes,
        };
        let length = match self.meaning {
            Meaning::YCbCr(across, down) if !self.planar => {
                let units = self.chunk.0.div_ceil(across) * rows.div_ceil(down);
                units * (across * down + 2) * self.bits / 8
            }
            _ => self.stride() * rows,
        };
        let mut unpacked = match self.packing {
            Packing::None => bytes[..bytes.len().min(length)].to_vec(),
            Packing::Lzw => lzw(bytes, length),
            Packing::Deflate => {
                let mut unpacked = Vec::new();
                let stream = ZlibDecoder::new(bytes).take(length as u64);
                // What has been unpacked before damage is kept.
                let _ = { stream }.read_to_end(&mut unpacked);
                unpacked
            }
            Packing::PackBits => {
                let mut unpacked = vec![0; length];
                unpack_bits(bytes, &mut unpacked);
                unpacked
            }
            packing => fax::unpack(packing, bytes, self.chunk.0, rows)?,
        };
        if unpacked.is_empty() {
            return None;
        }
        unpacked.resize(length, 0);
        self.undo_prediction(&mut unpacked, little);
        Some(Chunk {
            bytes: unpacked,
            size: (self.chunk.0, rows),
            is_rgb: false,
        })
    }

    fn undo_prediction(&self, bytes: &mut [u8], little: bool) {
        let apart = self.together();
        let rows = bytes.chunks_exact_mut(self.stride().max(1));
        match (self.predictor, self.bits) {
            (2, 8) => rows.for_each(|row| {
                for i in apart..row.len() {
                    row[i] = row[i].wrapping_add(row[i - apart]);
                }
            }),
            (2, 16) => rows.for_each(|row| {
                let words = row.as_chunks_mut::<2>().0;
                for i in apart..words.len() {
                    let sum = u16(words[i], little).wrapping_add(u16(words[i - apart], little));
                    words[i] = if little {
                        sum.to_le_bytes()
                    } else {
                        sum.to_be_bytes()
                    };
                }
            }),
            (2, 32) => rows.for_each(|row| {
                let words = row.as_chunks_mut::<4>().0;
                for i in apart..words.len() {
                    let sum = u32(words[i], little).wrapping_add(u32(words[i - apart], little));
                    words[i] = if little {
                        sum.to_le_bytes()
                    } else {
                        sum.to_be_bytes()
                    };
                }
            }),
            (3, bits) if self.number == Number::Float => rows.for_each(|row| {
                for i in apart..row.len() {
                    row[i] = row[i].wrapping_add(row[i - apart]);
                }
                // All first bytes stand before all second ones, the highest first.
                let size = bits / 8;
                let (planes, samples) = (row.to_vec(), row.len() / size);
                for (i, sample) in row.chunks_exact_mut(size).enumerate() {
                    for (b, byte) in sample.iter_mut().enumerate() {
                        let plane = if little { size - 1 - b } else { b };
                        *byte = planes[plane * samples + i];
                    }
                }
            }),
            _ => {}
        }
    }

    fn unpack_jpeg(&self, bytes: &[u8]) -> Option<Chunk> {
        let jpeg = self.whole_jpeg(bytes);
        let bounds = DecodeLimits {
            max_pixels: (self.chunk.0 as u64 * self.chunk.1 as u64).max(1 << 16) * 4,
            ..DecodeLimits::default()
        };
        let mut decoder = Decoder::new_with_limits(&jpeg, bounds).ok()?;
        decoder.set_limits(bounds);
        decoder.set_lenient(true);
        let colours = match self.meaning {
            _ if self.together() < 3 => PixelFormat::Grayscale,
            Meaning::Inks => PixelFormat::Cmyk,
            _ => PixelFormat::Rgb,
        };
        decoder.set_output_format(colours);
        let picture = decoder.decode_image().ok()?;
        Some(Chunk {
            size: (picture.width, picture.height),
            bytes: picture.data,
            is_rgb: colours == PixelFormat::Rgb,
        })
    }

    /// A JPEG that stands alone: with the tables that all have in common, and a mark that says whether
    /// its colours are luma and chroma.
    fn whole_jpeg(&self, bytes: &[u8]) -> Vec<u8> {
        if matches!(self.packing, Packing::OldJpeg(_)) {
            return bytes.to_vec();
        }
        let body = bytes.strip_prefix(b"\xff\xd8").unwrap_or(bytes);
        let tables = self
            .jpeg_tables
            .strip_prefix(b"\xff\xd8")
            .unwrap_or_default();
        let tables = tables.strip_suffix(b"\xff\xd9").unwrap_or(tables);
        let transform = u8::from(matches!(self.meaning, Meaning::YCbCr(..)));
        let adobe = [b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0", &[transform][..]];
        [b"\xff\xd8", &adobe.concat()[..], tables, body].concat()
    }
}

/// Old writers have the bits of codes in another order.
fn lzw(bytes: &[u8], length: usize) -> Vec<u8> {
    use weezl::{BitOrder, decode};
    let is_old = bytes.first() == Some(&0) && bytes.get(1).is_some_and(|byte| byte & 1 == 1);
    let mut decoder = match is_old {
        true => decode::Decoder::new(BitOrder::Lsb, 8),
        false => decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
    };
    let mut unpacked = vec![0; length];
    let (mut from, mut to) = (0, 0);
    while to < length {
        let step = decoder.decode_bytes(&bytes[from..], &mut unpacked[to..]);
        from += step.consumed_in;
        to += step.consumed_out;
        if step.status.is_err() || step.consumed_in + step.consumed_out == 0 {
            break;
        }
    }
    unpacked.truncate(to);
    unpacked
}

pub(super) fn u16(bytes: [u8; 2], little: bool) -> u16 {
    match little {
        true => u16::from_le_bytes(bytes),
        false => u16::from_be_bytes(bytes),
    }
}

fn u32(bytes: [u8; 4], little: bool) -> u32 {
    match little {
        true => u32::from_le_bytes(bytes),
        false => u32::from_be_bytes(bytes),
    }
}
