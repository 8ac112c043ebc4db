//! numpy's array files (`.npy`), version 1.0.
//!
//! Fact: the format is described in numpy's documentation, `numpy.lib.format`.

use super::{ExchangeError, Result};
use std::io::Write;

/// The element types that are written.
pub trait NpyElement: Copy {
    /// numpy's name of the type.
    const DTYPE: &'static str;

    /// Appends the little-endian bytes.
    fn put(self, out: &mut Vec<u8>);
}

impl NpyElement for f32 {
    const DTYPE: &'static str = "<f4";

    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
}

impl NpyElement for i32 {
    const DTYPE: &'static str = "<i4";

    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
}

impl NpyElement for u8 {
    const DTYPE: &'static str = "|u1";

    fn put(self, out: &mut Vec<u8>) {
        out.push(self);
    }
}

/// Writes the header of an array, padded as numpy does it, so that the elements are aligned.
pub(super) fn write_header(out: &mut impl Write, dtype: &str, shape: &[usize]) -> Result<()> {
    let mut sides = String::new();
    for side in shape {
        sides += &format!("{side}, ");
    }
    let sides = if shape.len() > 1 {
        sides.trim_end_matches(", ")
    } else {
        sides.trim_end()
    };
    let dict = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({sides}), }}");
    let unpadded = 10 + dict.len() + 1;
    let padding = unpadded.next_multiple_of(64) - unpadded;
    let length = u16::try_from(dict.len() + padding + 1).map_err(std::io::Error::other)?;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&length.to_le_bytes())?;
    writeln!(out, "{dict}{:padding$}", "")?;
    Ok(())
}

/// Writes elements after their header, a bounded buffer at a time.
pub(super) fn write_elements<T: NpyElement>(out: &mut impl Write, elements: &[T]) -> Result<()> {
    let mut buffer = Vec::with_capacity(1 << 16);
    for chunk in elements.chunks(1 << 13) {
        buffer.clear();
        chunk.iter().for_each(|element| element.put(&mut buffer));
        out.write_all(&buffer)?;
    }
    Ok(())
}

/// An array as it stands in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// numpy's name of the element type, such as `<f4` or `<U12`.
    pub dtype: String,
    /// Elements along each axis.
    pub shape: Vec<usize>,
    /// The elements, row by row.
    pub bytes: Vec<u8>,
}

impl Array {
    /// Takes a whole `.npy` file.
    pub(super) fn parse(mut file: Vec<u8>) -> Result<Self> {
        let malformed = |problem: &str, position| ExchangeError::Malformed {
            problem: problem.into(),
            position,
        };
        let length = match file.get(..12) {
            Some([0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..]) => {
                10..10 + usize::from(u16::from_le_bytes([*a, *b]))
            }
            Some([0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d]) => {
                12..12 + u32::from_le_bytes([*a, *b, *c, *d]) as usize
            }
            _ => return Err(malformed("this is no numpy array", 0)),
        };
        let header = file.get(length.clone());
        let header = header.ok_or(ExchangeError::Truncated {
            position: file.len(),
        })?;
        let header = std::str::from_utf8(header).unwrap_or_default();
        let (dtype, fortran, shape) =
            parse_header(header).ok_or_else(|| malformed("the array's header is odd", 10))?;
        if fortran && shape.iter().filter(|&&side| side > 1).count() > 1 {
            return Err(malformed("the array is stored by columns", 10));
        }
        file.drain(..length.end);
        Ok(Self {
            dtype,
            shape,
            bytes: file,
        })
    }
}

/// The three entries of the header's Python dictionary.
fn parse_header(header: &str) -> Option<(String, bool, Vec<usize>)> {
    let after = |key: &str| {
        let start = header.find(key)? + key.len();
        Some(header[start..].trim_start().strip_prefix(':')?.trim_start())
    };
    let dtype = after("'descr'")?.strip_prefix('\'')?;
    let dtype = dtype[..dtype.find('\'')?].to_owned();
    let fortran = after("'fortran_order'")?.starts_with("True");
    let shape = after("'shape'")?.strip_prefix('(')?;
    let shape = shape[..shape.find(')')?]
        .split(',')
        .map(str::trim)
        .filter(|side| !side.is_empty())
        .map(|side| side.trim_end_matches('L').parse().ok())
        .collect::<Option<Vec<usize>>>()?;
    Some((dtype, fortran, shape))
}
