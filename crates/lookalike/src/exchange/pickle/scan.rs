//! Reading opcodes and their arguments.

use super::super::{ExchangeError, Result};
use std::ops::Range;

/// A position in the input.
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// An error about what stands here.
    pub(super) fn malformed(&self, problem: impl Into<String>) -> ExchangeError {
        ExchangeError::Malformed {
            problem: problem.into(),
            position: self.position,
        }
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let range = self.span(N as u64)?;
        let mut out = [0; N];
        out.copy_from_slice(&self.bytes[range]);
        Ok(out)
    }

    /// The next `length` bytes, as a range of the input.
    pub(super) fn span(&mut self, length: u64) -> Result<Range<usize>> {
        let left = self.bytes.len() - self.position;
        match usize::try_from(length) {
            Ok(length) if length <= left => {
                let start = self.position;
                self.position += length;
                Ok(start..self.position)
            }
            _ => Err(ExchangeError::Truncated {
                position: self.position,
            }),
        }
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn i32(&mut self) -> Result<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// The text up to the next line feed, without it.
    pub(super) fn line(&mut self) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.position..];
        let end = rest.iter().position(|&b| b == b'\n');
        let end = end.ok_or(ExchangeError::Truncated {
            position: self.bytes.len(),
        })?;
        self.position += end + 1;
        Ok(&rest[..end])
    }

    /// A line of plain ASCII.
    pub(super) fn word(&mut self) -> Result<&'a str> {
        let line = self.line()?;
        std::str::from_utf8(line).map_err(|_| self.malformed("a word is not text"))
    }

    /// A line that holds a decimal number.
    pub(super) fn decimal<T: std::str::FromStr>(&mut self) -> Result<T> {
        let word = self.word()?;
        word.trim_end_matches('L')
            .parse()
            .map_err(|_| self.malformed("a number cannot be read"))
    }

    /// A little-endian two's complement number of `length` bytes.
    pub(super) fn long(&mut self, length: u64) -> Result<i64> {
        let range = self.span(length)?;
        let bytes = &self.bytes[range];
        if bytes.len() > 8 {
            return Err(self.malformed("an integer has more than 64 bits"));
        }
        let negative = bytes.last().is_some_and(|b| b & 0x80 != 0);
        let mut filled = if negative { [0xff; 8] } else { [0; 8] };
        filled[..bytes.len()].copy_from_slice(bytes);
        Ok(i64::from_le_bytes(filled))
    }
}
