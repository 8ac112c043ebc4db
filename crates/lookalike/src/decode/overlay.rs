//! Bytes of a file with a few others in their place, without a copy of the file.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// A file some of whose bytes read otherwise.
pub(super) struct Overlay<'a> {
    bytes: &'a [u8],
    /// What reads otherwise, each with where it begins; they do not overlap.
    patches: Vec<(usize, Vec<u8>)>,
    at: usize,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(bytes: &'a [u8], mut patches: Vec<(usize, Vec<u8>)>) -> Self {
        patches.sort();
        Self {
            bytes,
            patches,
            at: 0,
        }
    }

    /// The bytes from here on that lie together.
    fn piece(&self) -> &[u8] {
        let mut end = self.bytes.len();
        for (start, patch) in &self.patches {
            if let Some(inside) = self.at.checked_sub(*start)
                && inside < patch.len()
            {
                return &patch[inside..];
            }
            if *start > self.at {
                end = end.min(*start);
            }
        }
        self.bytes.get(self.at..end).unwrap_or_default()
    }
}

impl Read for Overlay<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.piece();
        let taken = piece.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&piece[..taken]);
        self.at += taken;
        Ok(taken)
    }
}

impl BufRead for Overlay<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.piece())
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl Seek for Overlay<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => i128::from(at),
            SeekFrom::End(by) => self.bytes.len() as i128 + i128::from(by),
            SeekFrom::Current(by) => self.at as i128 + i128::from(by),
        };
        self.at = usize::try_from(to).map_err(|_| io::ErrorKind::InvalidInput)?;
        Ok(self.at as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_laid_over_is_read_instead() {
        let patches = vec![(4, b"EF".to_vec()), (0, b"A".to_vec())];
        let mut overlay = Overlay::new(b"abcdefgh", patches);
        let mut text = String::new();
        overlay.read_to_string(&mut text).unwrap();
        assert_eq!(text, "AbcdEFgh");
        for from in [0, 3, 5, 8, 20] {
            overlay.seek(SeekFrom::Start(from)).unwrap();
            let mut rest = Vec::new();
            overlay.read_to_end(&mut rest).unwrap();
            let all = text.as_bytes();
            assert_eq!(rest, all.get(from as usize..).unwrap_or_default());
        }
        assert!(overlay.seek(SeekFrom::Current(-30)).is_err());
    }
}
