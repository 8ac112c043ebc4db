//! The directories of a TIFF: what says of each page how it is stored.

/// Most directories of a file that are looked at.
const MOST: usize = 10_000;

const NEW_SUBFILE_TYPE: u16 = 254;
const SUBFILE_TYPE: u16 = 255;
/// In `NEW_SUBFILE_TYPE`: a smaller version of another page, a transparency mask.
const REDUCED_OR_MASK: u32 = 1 | 4;
/// In `SUBFILE_TYPE`: a smaller version of another page.
const REDUCED: u32 = 2;
pub(super) const COMPRESSION: u16 = 259;
pub(super) const PHOTOMETRIC_INTERPRETATION: u16 = 262;
const BYTE: u16 = 1;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const UNDEFINED: u16 = 7;

/// A TIFF of 32-bit offsets.
#[derive(Clone, Copy)]
pub(in crate::decode) struct File<'a> {
    bytes: &'a [u8],
    little: bool,
}

/// One of its directories.
#[derive(Clone, Copy)]
pub(in crate::decode) struct Directory<'a> {
    file: File<'a>,
    /// Where it begins.
    pub(super) start: usize,
    entries: usize,
}

/// An entry of a directory: tag (2 bytes), type (2), count (4), value or its place (4).
pub(in crate::decode) struct Entry {
    kind: u16,
    count: u32,
    /// Where the value, or its place, stands.
    value: usize,
}

impl<'a> File<'a> {
    /// `None` for what is no TIFF, or has offsets of 64 bits.
    pub(in crate::decode) fn new(bytes: &'a [u8]) -> Option<Self> {
        let starts = |marks: &[&[u8]]| marks.iter().any(|mark| bytes.starts_with(mark));
        // Some makers of cameras put marks of their own into the place of 42.
        let little = starts(&[b"II*\0", b"IIRO", b"IIRS", b"IIU\0"]);
        (little || starts(&[b"MM\0*", b"MMOR"])).then_some(Self { bytes, little })
    }

    /// The whole file.
    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Whether the lowest byte of a number comes first.
    pub(super) fn is_little(self) -> bool {
        self.little
    }

    /// The directory that begins here.
    pub(in crate::decode) fn directory(self, start: usize) -> Option<Directory<'a>> {
        Some(Directory {
            file: self,
            start,
            entries: self.u16(start)?.into(),
        })
    }

    /// The first directory.
    pub(in crate::decode) fn first(self) -> Option<Directory<'a>> {
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
    /// The one that follows it.
    pub(in crate::decode) fn next(&self) -> Option<Directory<'a>> {
        let after = self.start + 2 + self.entries * 12;
        let next = self.file.u32(after)? as usize;
        (next != 0).then(|| self.file.directory(next)).flatten()
    }

    fn is_page(&self) -> bool {
        let of = |tag| self.number(tag).unwrap_or(0);
        of(NEW_SUBFILE_TYPE) & REDUCED_OR_MASK == 0 && of(SUBFILE_TYPE) != REDUCED
    }

    /// The entry with this tag.
    pub(in crate::decode) fn entry(&self, tag: u16) -> Option<Entry> {
        let mut at = (0..self.entries).map(|i| self.start + 2 + i * 12);
        let at = at.find(|&at| self.file.u16(at) == Some(tag))?;
        Some(Entry {
            kind: self.file.u16(at + 2)?,
            count: self.file.u32(at + 4)?,
            value: at + 8,
        })
    }

    /// Whether it describes what a sensor saw, and no picture yet.
    pub(in crate::decode) fn holds_raw(&self) -> bool {
        // Of filtered sensors; linear; Sony, Nikon, Samsung and Pentax.
        matches!(
            self.number(PHOTOMETRIC_INTERPRETATION),
            Some(32_803 | 34_892)
        ) || matches!(
            self.number(COMPRESSION),
            Some(32_767 | 34_713 | 32_770 | 65_535)
        )
    }

    /// Whether it describes a picture.
    pub(super) fn is_plain(&self) -> bool {
        self.entry(PHOTOMETRIC_INTERPRETATION).is_some() && !self.holds_raw()
    }

    /// The first number of the entry with this tag, of two or four bytes.
    pub(in crate::decode) fn number(&self, tag: u16) -> Option<u32> {
        self.numbers(tag).first().copied()
    }

    /// The numbers of the entry with this tag, of one, two or four bytes, as far as the file goes.
    pub(in crate::decode) fn numbers(&self, tag: u16) -> Vec<u32> {
        let Some(entry) = self.entry(tag) else {
            return Vec::new();
        };
        let size = match entry.kind {
            BYTE | UNDEFINED => 1,
            SHORT => 2,
            LONG => 4,
            _ => return Vec::new(),
        };
        let inside = u64::from(entry.count) * size <= 4;
        let start = match inside {
            true => Some(entry.value),
            false => self.file.u32(entry.value).map(|at| at as usize),
        };
        let Some(start) = start else {
            return Vec::new();
        };
        let at = (0..entry.count as usize).map(|i| start + i * size as usize);
        let number = |at| match entry.kind {
            BYTE | UNDEFINED => self.file.bytes.get(at).copied().map(u32::from),
            SHORT => self.file.u16(at).map(u32::from),
            _ => self.file.u32(at),
        };
        at.map_while(number).collect()
    }
}
