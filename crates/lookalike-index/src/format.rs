//! The layout of a segment on disk, version 1. All numbers are little-endian.
//!
//! | bytes | content |
//! |---|---|
//! | 0..8 | magic |
//! | 8..12 | version, u32 |
//! | 12..16 | number of sections, u32 |
//! | 16..24 | elements of a vector, u64 |
//! | 24..32 | number of vectors, u64 |
//! | 32..96 | label, UTF-8, padded with zeros |
//! | 96..240 | for each section: offset u64, length u64, CRC-32 u32 of section and padding, zero u32 |
//! | 240..252 | zero |
//! | 252..256 | CRC-32 of bytes 0..252 |
//!
//! The sections follow in the order of [`Section`], each at a multiple of 64 bytes, the gaps
//! filled with zeros. Where a section lies follows from the two counts alone; the table is a check.

use crate::{Error, Result};
use std::path::Path;

/// The version of the format that this crate writes, and the highest it reads.
pub const FORMAT_VERSION: u32 = 1;
/// The most elements that a vector may have.
pub const MAX_DIMENSION: usize = 1 << 16;
/// The most bytes that the label of a segment may have.
pub const MAX_LABEL: usize = 64;

/// Length of the header in bytes.
pub(crate) const HEADER: usize = 256;
/// Sections and the codes of a vector begin at multiples of this.
pub(crate) const ALIGN: u64 = 64;

const MAGIC: [u8; 8] = *b"\x89LAVEC\r\n";
const TABLE: usize = 96;
const TABLE_ROW: usize = 24;
const CRC_AT: usize = HEADER - 4;

/// What a segment consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// f32, the vectors as they came.
    Vectors,
    /// i8, the vectors in bytes; rows padded with zeros to a multiple of 64 bytes.
    Codes,
    /// f64, Euclidean lengths of the vectors.
    Norms,
    /// f32, what one step of a code is worth, as a share of the norm.
    Steps,
    /// f32, the most that a code is off, as a share of the norm.
    Errors,
    /// u64, the ids, ascending.
    Ids,
}

impl Section {
    pub(crate) const ALL: [Self; 6] = [
        Self::Vectors,
        Self::Codes,
        Self::Norms,
        Self::Steps,
        Self::Errors,
        Self::Ids,
    ];

    /// The name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Vectors => "vectors",
            Self::Codes => "codes",
            Self::Norms => "norms",
            Self::Steps => "steps",
            Self::Errors => "errors",
            Self::Ids => "ids",
        }
    }

    fn bytes_per_row(self, dim: u64) -> u64 {
        match self {
            Self::Vectors => dim * 4,
            Self::Codes => code_stride(dim as usize) as u64,
            Self::Norms | Self::Ids => 8,
            Self::Steps | Self::Errors => 4,
        }
    }
}

/// Bytes from the code of one vector to the next.
pub(crate) fn code_stride(dim: usize) -> usize {
    dim.next_multiple_of(ALIGN as usize)
}

/// Where a section lies in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

impl Extent {
    pub(crate) fn end(self) -> u64 {
        self.offset + self.length
    }
}

/// The places of all sections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    extents: [Extent; 6],
}

impl Layout {
    /// The layout of `count` vectors of `dim` elements; `None` where it exceeds 2^63 bytes.
    pub(crate) fn new(dim: u64, count: u64) -> Option<Self> {
        let mut extents = [Extent::default(); 6];
        let mut offset = HEADER as u64;
        for (section, extent) in Section::ALL.into_iter().zip(&mut extents) {
            offset = offset.checked_next_multiple_of(ALIGN)?;
            let length = section.bytes_per_row(dim).checked_mul(count)?;
            *extent = Extent { offset, length };
            offset = offset
                .checked_add(length)
                .filter(|&end| end <= i64::MAX as u64)?;
        }
        Some(Self { extents })
    }

    pub(crate) fn extent(&self, section: Section) -> Extent {
        self.extents[section as usize]
    }

    /// The length of the whole file: the last section is padded, too.
    pub(crate) fn file_length(&self) -> u64 {
        self.extents[5].end().next_multiple_of(ALIGN)
    }
}

/// What the header of a segment says.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) dim: usize,
    pub(crate) count: usize,
    pub(crate) label: String,
    pub(crate) layout: Layout,
    /// CRC-32 of each section with its padding.
    pub(crate) checksums: [u32; 6],
}

impl Header {
    /// The bytes of the header.
    pub(crate) fn encode(&self) -> [u8; HEADER] {
        let mut out = [0; HEADER];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &MAGIC);
        put(8, &FORMAT_VERSION.to_le_bytes());
        put(12, &(Section::ALL.len() as u32).to_le_bytes());
        put(16, &(self.dim as u64).to_le_bytes());
        put(24, &(self.count as u64).to_le_bytes());
        put(32, self.label.as_bytes());
        for (i, section) in Section::ALL.into_iter().enumerate() {
            let extent = self.layout.extent(section);
            let at = TABLE + i * TABLE_ROW;
            put(at, &extent.offset.to_le_bytes());
            put(at + 8, &extent.length.to_le_bytes());
            put(at + 16, &self.checksums[i].to_le_bytes());
        }
        let crc = crc32fast::hash(&out[..CRC_AT]);
        out[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// Reads the header of the file at `path`, which is `file_length` bytes long and starts with
    /// `bytes`.
    pub(crate) fn decode(path: &Path, bytes: &[u8], file_length: u64) -> Result<Self> {
        if !bytes.starts_with(&MAGIC) {
            return Err(Error::NotASegment { path: path.into() });
        }
        let Some(bytes) = bytes.first_chunk::<HEADER>() else {
            return Err(Error::Length {
                path: path.into(),
                expected: HEADER as u64,
                found: file_length,
            });
        };
        let version = u32_at(bytes, 8);
        if version > FORMAT_VERSION {
            return Err(Error::Version {
                path: path.into(),
                found: version,
                supported: FORMAT_VERSION,
            });
        }
        check_checksum(path, bytes)?;
        let fields = Fields { path, bytes };
        fields.expect("version", u64::from(version), FORMAT_VERSION.into())?;
        fields.expect("sections", u32_at(bytes, 12).into(), 6)?;
        let (dim, count) = (u64_at(bytes, 16), u64_at(bytes, 24));
        if dim == 0 || dim > MAX_DIMENSION as u64 {
            return fields.wrong("dimension", dim, MAX_DIMENSION as u64);
        }
        let Some(layout) = Layout::new(dim, count) else {
            return fields.wrong("count", count, 0);
        };
        let checksums = fields.table(&layout)?;
        if file_length != layout.file_length() {
            return Err(Error::Length {
                path: path.into(),
                expected: layout.file_length(),
                found: file_length,
            });
        }
        Ok(Self {
            dim: dim as usize,
            // The file is as long as the count demands, so the count fits.
            count: count as usize,
            label: fields.label()?,
            layout,
            checksums,
        })
    }
}

fn check_checksum(path: &Path, bytes: &[u8; HEADER]) -> Result<()> {
    let (expected, found) = (u32_at(bytes, CRC_AT), crc32fast::hash(&bytes[..CRC_AT]));
    if expected == found {
        return Ok(());
    }
    Err(Error::Checksum {
        path: path.into(),
        section: "header",
        expected,
        found,
    })
}

/// The header while it is being read.
struct Fields<'a> {
    path: &'a Path,
    bytes: &'a [u8; HEADER],
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

    /// The table of sections, which must agree with `layout`; returns the checksums.
    fn table(&self, layout: &Layout) -> Result<[u32; 6]> {
        let mut checksums = [0; 6];
        for (i, section) in Section::ALL.into_iter().enumerate() {
            let at = TABLE + i * TABLE_ROW;
            let extent = layout.extent(section);
            self.expect("section offset", u64_at(self.bytes, at), extent.offset)?;
            self.expect("section length", u64_at(self.bytes, at + 8), extent.length)?;
            checksums[i] = u32_at(self.bytes, at + 16);
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

fn u32_at(bytes: &[u8; HEADER], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

fn u64_at(bytes: &[u8; HEADER], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}
