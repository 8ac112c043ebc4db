//! The directories of a TIFF: what says of each page how it is stored.

/// Most directories of a file that are looked at.
const MOST: usize = 10_000;

const NEW_SUBFILE_TYPE: u16 = 254;
const SUBFILE_TYPE: u16 = 255;
/// In `NEW_SUBFILE_TYPE`: a smaller version of another page, a transparency mask.
const REDUCED_OR_MASK: u32 = 1 | 4;
/// In `SUBFILE_TYPE`: a smaller version of another page.
const REDUCED: u32 = 2;
pub(super) const SHORT: u16 = 3;
pub(super) const LONG: u16 = 4;

/// A TIFF of 32-bit offsets.
#[derive(Clone, Copy)]
pub(super) struct File<'a> {
    bytes: &'a [u8],
    little: bool,
}

/// One of its directories.
#[derive(Clone, Copy)]
pub(super) struct Directory<'a> {
    file: File<'a>,
    /// Where it begins.
    pub(super) start: usize,
    entries: usize,
}

/// An entry of a directory: tag (2 bytes), type (2), count (4), value or its place (4).
pub(super) struct Entry {
    pub(super) kind: u16,
    pub(super) count: u32,
    /// Where the value, or its place, stands.
    pub(super) value: usize,
}

impl<'a> File<'a> {
    /// `None` for what is no TIFF, or has offsets of 64 bits.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let little = bytes.starts_with(b"II*\0");
        (little || bytes.starts_with(b"MM\0*")).then_some(Self { bytes, little })
    }

    /// The directory that begins here.
    pub(super) fn directory(self, start: usize) -> Option<Directory<'a>> {
        Some(Directory {
            file: self,
            start,
            entries: self.u16(start)?.into(),
        })
    }

    /// The first directory.
    pub(super) fn first(self) -> Option<Directory<'a>> {
        self.directory(self.u32(4)? as usize)
    }

    /// Where the pages' directories begin: all but those of smaller versions and masks.
    pub(super) fn pages(self) -> Vec<usize> {
        let mut pages = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut next = self.first();
        while let Some(directory) = next
            && seen.insert(directory.start)
            && seen.len() <= MOST
        {
            if directory.is_page() {
                pages.push(directory.start);
            }
            next = directory.next();
        }
        pages
    }

    /// The bytes of an offset.
    pub(super) fn offset(self, at: usize) -> Vec<u8> {
        let at = at as u32;
        if self.little {
            at.to_le_bytes().to_vec()
        } else {
            at.to_be_bytes().to_vec()
        }
    }

    /// The bytes of a number.
    pub(super) fn short(self, value: u16) -> Vec<u8> {
        if self.little {
            value.to_le_bytes().to_vec()
        } else {
            value.to_be_bytes().to_vec()
        }
    }

    pub(super) fn u16(self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    pub(super) fn u32(self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }
}

impl<'a> Directory<'a> {
    fn next(&self) -> Option<Directory<'a>> {
        let after = self.start + 2 + self.entries * 12;
        let next = self.file.u32(after)? as usize;
        (next != 0).then(|| self.file.directory(next)).flatten()
    }

    fn is_page(&self) -> bool {
        let of = |tag| self.number(tag).unwrap_or(0);
        of(NEW_SUBFILE_TYPE) & REDUCED_OR_MASK == 0 && of(SUBFILE_TYPE) != REDUCED
    }

    /// The entry with this tag.
    pub(super) fn entry(&self, tag: u16) -> Option<Entry> {
        let mut at = (0..self.entries).map(|i| self.start + 2 + i * 12);
        let at = at.find(|&at| self.file.u16(at) == Some(tag))?;
        Some(Entry {
            kind: self.file.u16(at + 2)?,
            count: self.file.u32(at + 4)?,
            value: at + 8,
        })
    }

    /// The first number of the entry with this tag, of two or four bytes.
    pub(super) fn number(&self, tag: u16) -> Option<u32> {
        let entry = self.entry(tag)?;
        let bytes = match entry.kind {
            SHORT => 2,
            LONG => 4,
            _ => return None,
        };
        let inside = u64::from(entry.count) * bytes <= 4;
        let at = match inside {
            true => entry.value,
            false => self.file.u32(entry.value)? as usize,
        };
        match entry.kind {
            SHORT => self.file.u16(at).map(u32::from),
            _ => self.file.u32(at),
        }
    }
}
