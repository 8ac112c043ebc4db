//! The layout of a file of sections. All numbers are little-endian.
//!
//! | bytes | content |
//! |---|---|
//! | 0..8 | magic |
//! | 8..12 | version, u32 |
//! | 12..16 | number of sections n, u32 |
//! | 16..32 | two counts from which the lengths of all sections follow, u64 |
//! | 32..96 | label, UTF-8, padded with zeros |
//! | 96..96 + 24 n | for each section: offset u64, length u64, CRC-32 u32 of section and padding, zero u32 |
//! | up to the next multiple of 64 | zeros, but for the last 4 bytes: CRC-32 of all before |
//!
//! The sections follow in order, each at a multiple of 64 bytes, the gaps filled with zeros. Where
//! a section lies follows from the two counts alone; the table is a check.

use crate::{Error, Result};
use std::path::Path;

/// The most bytes that the label of a segment may have.
pub const MAX_LABEL: usize = 64;

/// Sections begin at multiples of this, and so do the codes of a vector.
pub const ALIGN: u64 = 64;

const TABLE: usize = 96;
const TABLE_ROW: usize = 24;

/// The format of a file of sections. All of it is fixed but the two counts, from which the lengths
/// of the sections follow.
#[derive(Debug)]
pub struct FileFormat {
    /// The first bytes of the file.
    pub magic: [u8; 8],
    /// The lowest version that is read; its files have the same sections.
    pub oldest: u32,
    /// The version that is written, and the highest that is read.
    pub version: u32,
    /// What it holds, for messages.
    pub what: &'static str,
    /// The names of the sections, for messages.
    pub sections: &'static [&'static str],
    /// Name, least and largest value of each count.
    pub counts: [(&'static str, u64, u64); 2],
    /// Fills in the length of each section; `None` where one exceeds 2^64.
    pub lengths: fn(counts: [u64; 2], lengths: &mut [u64]) -> Option<()>,
}

impl FileFormat {
    /// Length of the header in bytes.
    pub fn header_length(&self) -> usize {
        (TABLE + TABLE_ROW * self.sections.len() + 4).next_multiple_of(ALIGN as usize)
    }

    /// The places of all sections; `None` where they exceed 2^63 bytes.
    pub(super) fn layout(&self, counts: [u64; 2]) -> Option<Vec<Extent>> {
        let mut lengths = vec![0; self.sections.len()];
        (self.lengths)(counts, &mut lengths)?;
        let mut offset = self.header_length() as u64;
        let mut extents = Vec::with_capacity(lengths.len());
        for length in lengths {
            extents.push(Extent { offset, length });
            offset = offset
                .checked_add(length)?
                .checked_next_multiple_of(ALIGN)
                .filter(|&end| end <= i64::MAX as u64)?;
        }
        Some(extents)
    }
}

/// Where a section lies in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    pub offset: u64,
    pub length: u64,
}

impl Extent {
    pub fn end(self) -> u64 {
        self.offset + self.length
    }

    /// The end of the padding.
    pub fn padded_end(self) -> u64 {
        self.end().next_multiple_of(ALIGN)
    }
}

/// What the header of a file says.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub version: u32,
    pub counts: [u64; 2],
    pub label: String,
    pub extents: Vec<Extent>,
    /// CRC-32 of each section with its padding.
    pub checksums: Vec<u32>,
}

impl Header {
    /// The bytes of the header.
    pub fn encode(&self, format: &FileFormat) -> Vec<u8> {
        let mut out = vec![0; format.header_length()];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &format.magic);
        put(8, &self.version.to_le_bytes());
        put(12, &(format.sections.len() as u32).to_le_bytes());
        put(16, &self.counts[0].to_le_bytes());
        put(24, &self.counts[1].to_le_bytes());
        put(32, self.label.as_bytes());
        for (i, (extent, checksum)) in self.extents.iter().zip(&self.checksums).enumerate() {
            let at = TABLE + i * TABLE_ROW;
            put(at, &extent.offset.to_le_bytes());
            put(at + 8, &extent.length.to_le_bytes());
            put(at + 16, &checksum.to_le_bytes());
        }
        let crc_at = out.len() - 4;
        let crc = crc32fast::hash(&out[..crc_at]);
        out[crc_at..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// Reads the header of `content`, which is the whole file at `path`.
    pub fn decode(format: &FileFormat, path: &Path, content: &[u8]) -> Result<Self> {
        if !content.starts_with(&format.magic) {
            return Err(Error::NotASegment {
                path: path.into(),
                what: format.what,
            });
        }
        let Some(bytes) = content.get(..format.header_length()) else {
            return Err(Error::Length {
                path: path.into(),
                expected: format.header_length() as u64,
                found: content.len() as u64,
            });
        };
        let version = u32_at(bytes, 8);
        if version > format.version {
            return Err(Error::Version {
                path: path.into(),
                found: version,
                supported: format.version,
            });
        }
        // Its header may be laid out otherwise.
        if version < format.oldest {
            return Err(Error::Outdated {
                path: path.into(),
                found: version,
                oldest: format.oldest,
            });
        }
        let fields = Fields { path, bytes };
        fields.check_checksum()?;
        let sections = format.sections.len() as u64;
        fields.expect("sections", u32_at(bytes, 12).into(), sections)?;
        let counts = [u64_at(bytes, 16), u64_at(bytes, 24)];
        for ((name, least, most), count) in format.counts.into_iter().zip(counts) {
            if count < least || count > most {
                return fields.wrong(name, count, count.clamp(least, most));
            }
        }
        let Some(extents) = format.layout(counts) else {
            return fields.wrong(format.counts[1].0, counts[1], 0);
        };
        let checksums = fields.table(&extents)?;
        let length = extents.last().map_or(0, |e| e.padded_end());
        if content.len() as u64 != length {
            return Err(Error::Length {
                path: path.into(),
                expected: length,
                found: content.len() as u64,
            });
        }
        Ok(Self {
            version,
            counts,
            label: fields.label()?,
            extents,
            checksums,
        })
    }
}

/// The header while it is being read.
struct Fields<'a> {
    path: &'a Path,
    bytes: &'a [u8],
}

impl Fields<'_> {
    fn wrong<T>(&self, field: &'static str, found: u64, expected: u64) -> Result<T> {
        Err(Error::Header {
            path: self.path.into(),
            field,
            expected,
            found,
        })
    }

    fn expect(&self, field: &'static str, found: u64, expected: u64) -> Result<()> {
        if found == expected {
            return Ok(());
        }
        self.wrong(field, found, expected)
    }

    fn check_checksum(&self) -> Result<()> {
        let at = self.bytes.len() - 4;
        let (expected, found) = (u32_at(self.bytes, at), crc32fast::hash(&self.bytes[..at]));
        if expected == found {
            return Ok(());
        }
        Err(Error::Checksum {
            path: self.path.into(),
            section: "header",
            expected,
            found,
        })
    }

    /// The table of sections, which must agree with `extents`; returns the checksums.
    fn table(&self, extents: &[Extent]) -> Result<Vec<u32>> {
        let mut checksums = Vec::with_capacity(extents.len());
        for (i, extent) in extents.iter().enumerate() {
            let at = TABLE + i * TABLE_ROW;
            self.expect("section offset", u64_at(self.bytes, at), extent.offset)?;
            self.expect("section length", u64_at(self.bytes, at + 8), extent.length)?;
            checksums.push(u32_at(self.bytes, at + 16));
        }
        Ok(checksums)
    }

    fn label(&self) -> Result<String> {
        let field = &self.bytes[32..32 + MAX_LABEL];
        let length = field.iter().position(|&b| b == 0).unwrap_or(MAX_LABEL);
        match std::str::from_utf8(&field[..length]) {
            Ok(label) => Ok(label.to_owned()),
            Err(e) => self.wrong("label", e.valid_up_to() as u64, length as u64),
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}
