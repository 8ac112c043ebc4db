//! An immutable file of vectors, mapped into memory.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::format::{ALIGN, HEADER, Header, Section, code_stride};
use crate::map::FileMap;
use crate::{Error, Result};

/// Vectors of one length with their ids, in a file that never changes.
///
/// Opening costs one read of 256 bytes whatever the size: it checks the header and the length of
/// the file. [`verify`](Self::verify) reads every byte. The content is mapped, not read into the
/// heap; the file must not be cut while it is in use (deleting it is harmless on Unix).
#[derive(Debug)]
pub struct VectorSegment {
    path: PathBuf,
    header: Header,
    map: FileMap,
}

impl VectorSegment {
    /// Opens a segment.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::NotASegment`], [`Error::Version`], [`Error::Length`],
    /// [`Error::Header`] or [`Error::Checksum`] where the file is none, or damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        let meta = file.metadata().map_err(Error::io(path, "open"))?;
        if !meta.is_file() || meta.len() == 0 {
            return Err(Error::NotASegment { path: path.into() });
        }
        let map = FileMap::new(&file).map_err(Error::io(path, "map"))?;
        let start = &map.bytes()[..HEADER.min(map.bytes().len())];
        let header = Header::decode(path, start, map.bytes().len() as u64)?;
        Ok(Self {
            path: path.to_owned(),
            header,
            map,
        })
    }

    /// Reads every byte and compares it with the checksums.
    ///
    /// # Errors
    /// [`Error::Checksum`] for the first part that is damaged, [`Error::IdOrder`] where the ids
    /// do not ascend.
    pub fn verify(&self) -> Result<()> {
        for (section, &expected) in Section::ALL.into_iter().zip(&self.header.checksums) {
            let extent = self.header.layout.extent(section);
            let end = extent.end().next_multiple_of(ALIGN) as usize;
            let found = crc32fast::hash(&self.map.bytes()[extent.offset as usize..end]);
            if found != expected {
                return Err(Error::Checksum {
                    path: self.path.clone(),
                    section: section.name(),
                    expected,
                    found,
                });
            }
        }
        match self.ids().windows(2).find(|pair| pair[0] >= pair[1]) {
            None => Ok(()),
            Some(pair) => Err(Error::IdOrder {
                previous: pair[0],
                received: pair[1],
            }),
        }
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The words that the writer gave the segment: what its vectors are.
    pub fn label(&self) -> &str {
        &self.header.label
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.header.count
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.header.count == 0
    }

    /// Elements of a vector.
    pub fn dim(&self) -> usize {
        self.header.dim
    }

    /// Length of the file in bytes.
    pub fn file_bytes(&self) -> u64 {
        self.map.bytes().len() as u64
    }

    /// The ids, ascending; the vector of `ids()[i]` is `vector(i)`.
    pub fn ids(&self) -> &[u64] {
        self.section(Section::Ids)
    }

    /// Vector number `row`, counted from 0 in the order of the ids.
    ///
    /// # Panics
    /// Where there are not as many.
    pub fn vector(&self, row: usize) -> &[f32] {
        &self.section(Section::Vectors)[row * self.dim()..][..self.dim()]
    }

    /// The vector stored under an id.
    pub fn get(&self, id: u64) -> Option<&[f32]> {
        let row = self.ids().binary_search(&id).ok()?;
        Some(self.vector(row))
    }

    /// Euclidean lengths of the vectors.
    pub(crate) fn norms(&self) -> &[f64] {
        self.section(Section::Norms)
    }

    /// What the bytes of some rows are: codes, steps, errors.
    pub(crate) fn codes(&self, rows: Range<usize>) -> (&[i8], &[f32], &[f32]) {
        let stride = code_stride(self.dim());
        let (start, end) = (rows.start * stride, rows.end * stride);
        let offset = self.header.layout.extent(Section::Codes).offset as usize;
        self.map.populate(offset + start, end - start);
        (
            &self.section(Section::Codes)[start..end],
            &self.section(Section::Steps)[rows.clone()],
            &self.section(Section::Errors)[rows],
        )
    }

    /// A section as the numbers that it holds. Sections begin at multiples of 64 bytes in a map
    /// that begins at a page, and their lengths follow from the number of rows, so the cast fits.
    fn section<T: bytemuck::AnyBitPattern>(&self, section: Section) -> &[T] {
        let extent = self.header.layout.extent(section);
        bytemuck::cast_slice(&self.map.bytes()[extent.offset as usize..extent.end() as usize])
    }
}
