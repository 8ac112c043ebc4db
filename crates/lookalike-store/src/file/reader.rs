//! Reading a file of sections.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::header::{FileFormat, Header};
use super::map::FileMap;
use crate::{Error, Result};

/// A file of at most so many bytes may stay in memory as a whole.
const SMALL: u64 = 40 << 20;

/// Bytes that are checked before their memory is let go.
const PIECE: usize = 8 << 20;

/// A file of sections, mapped into memory. It must not be cut while it is in use (deleting it is
/// harmless on Unix).
#[derive(Debug)]
pub struct SectionFile {
    path: PathBuf,
    format: &'static FileFormat,
    header: Header,
    map: FileMap,
    file: File,
}

impl SectionFile {
    /// Opens a file; checks its header and its length, which costs the same whatever the size.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::NotASegment`], [`Error::Version`], [`Error::Outdated`], [`Error::Length`],
    /// [`Error::Header`] or [`Error::Checksum`] where the file is none, or damaged.
    pub fn open(path: &Path, format: &'static FileFormat) -> Result<Self> {
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        let meta = file.metadata().map_err(Error::io(path, "open"))?;
        if !meta.is_file() || meta.len() == 0 {
            return Err(Error::NotASegment {
                path: path.into(),
                what: format.what,
            });
        }
        let map = FileMap::new(&file).map_err(Error::io(path, "map"))?;
        Ok(Self {
            path: path.to_owned(),
            format,
            header: Header::decode(format, path, map.bytes())?,
            map,
            file,
        })
    }

    /// Reads every byte and compares it with the checksums.
    ///
    /// # Errors
    /// [`Error::Checksum`] for the first section that is damaged.
    pub fn verify(&self) -> Result<()> {
        (0..self.header.extents.len()).try_for_each(|section| self.verify_section(section))
    }

    /// Reads every byte of a section and compares it with the checksum.
    ///
    /// # Errors
    /// [`Error::Checksum`].
    pub fn verify_section(&self, section: usize) -> Result<()> {
        let extent = self.header.extents[section];
        let expected = self.header.checksums[section];
        let bytes = &self.map.bytes()[extent.offset as usize..extent.padded_end() as usize];
        let mut hasher = crc32fast::Hasher::new();
        for piece in bytes.chunks(PIECE) {
            hasher.update(piece);
            if bytes.len() > PIECE {
                self.release();
            }
        }
        let found = hasher.finalize();
        if found == expected {
            return Ok(());
        }
        Err(Error::Checksum {
            path: self.path.clone(),
            section: self.format.sections[section],
            expected,
            found,
        })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The words that the writer gave the file: what it holds.
    pub fn label(&self) -> &str {
        &self.header.label
    }

    /// The two counts, within the ranges of the format.
    pub fn counts(&self) -> [u64; 2] {
        self.header.counts
    }

    /// The version of its format.
    pub fn version(&self) -> u32 {
        self.header.version
    }

    /// Length of the file in bytes.
    pub fn bytes(&self) -> u64 {
        self.map.bytes().len() as u64
    }

    /// A section as the numbers that it holds. Sections begin at multiples of 64 bytes in a map
    /// that begins at a page, so the cast fits where the format's lengths are multiples of `T`.
    pub fn section<T: bytemuck::AnyBitPattern>(&self, section: usize) -> &[T] {
        let extent = self.header.extents[section];
        bytemuck::cast_slice(&self.map.bytes()[extent.offset as usize..extent.end() as usize])
    }

    /// Fills `out` with what a section holds from its element `start` on; where the file is large
    /// without mapping it, for a few bytes here and there would map sixteen pages each.
    ///
    /// # Errors
    /// [`Error::Io`].
    ///
    /// # Panics
    /// Where the section does not have as many elements.
    pub fn read<T: bytemuck::Pod>(
        &self,
        section: usize,
        start: usize,
        out: &mut [T],
    ) -> Result<()> {
        let extent = self.header.extents[section];
        let at = extent.offset + (start * size_of::<T>()) as u64;
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(out);
        assert!(
            at + bytes.len() as u64 <= extent.end(),
            "within the section"
        );
        if self.is_small() {
            bytes.copy_from_slice(&self.map.bytes()[at as usize..][..bytes.len()]);
            return Ok(());
        }
        read_at(&self.file, &self.map, at, bytes).map_err(Error::io(&self.path, "read"))
    }

    /// Asks the system to map some bytes of a section now: see [`FileMap::populate`].
    pub fn populate(&self, section: usize, start: usize, length: usize) {
        let offset = self.header.extents[section].offset as usize;
        self.map.populate(offset + start, length);
    }

    /// Lets go of the memory that the map of a large file holds: see [`FileMap::release`].
    pub fn release(&self) {
        if !self.is_small() {
            self.map.release();
        }
    }

    fn is_small(&self) -> bool {
        self.bytes() <= SMALL
    }
}

#[cfg(unix)]
fn read_at(file: &File, _: &FileMap, at: u64, out: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, at)
}

#[cfg(not(unix))]
fn read_at(_: &File, map: &FileMap, at: u64, out: &mut [u8]) -> std::io::Result<()> {
    out.copy_from_slice(&map.bytes()[at as usize..][..out.len()]);
    Ok(())
}
