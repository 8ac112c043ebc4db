//! An immutable file of frames.

use super::SmallPicture;
use super::record::Frame;
use crate::{Error, Result};
use bytemuck::cast_slice;
use lookalike_store::{
    FileFormat, Result as StoreResult, SectionFile, SectionWriter, Segment, check_order,
};
use lookalike_vision::frame::FrameHash;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const VERSION: u32 = 1;

/// What a segment consists of, in this order.
#[derive(Clone, Copy, Debug)]
enum Section {
    /// The small pictures.
    Pictures,
    /// u64, where the small picture of each record ends among all of them.
    Ends,
    /// u32, CRC-32 of each small picture: a search reads few of them.
    Checksums,
    /// u64, the ids, ascending.
    Ids,
    /// u64, of every hash the first word; then of every hash the second, and so on: most are told apart
    /// by the first.
    Words,
}

static FRAMES: FileFormat = FileFormat {
    magic: *b"\x89LAFRM\r\n",
    oldest: VERSION,
    version: VERSION,
    what: "frames",
    sections: &["pictures", "ends", "checksums", "ids", "words"],
    counts: [("count", 0, u64::MAX), ("bytes", 0, u64::MAX)],
    lengths: |[count, bytes], lengths| {
        for (length, record) in lengths.iter_mut().zip([0, 8, 4, 8, 32]) {
            *length = count.checked_mul(record)?;
        }
        lengths[Section::Pictures as usize] = bytes;
        Some(())
    },
};

/// Frames of pictures, in a file that never changes.
#[derive(Debug)]
pub(crate) struct FrameSegment {
    file: SectionFile,
    /// Whether the sections that every scan reads are what was written.
    verified: OnceLock<()>,
}

impl FrameSegment {
    fn len(&self) -> usize {
        self.file.counts()[0] as usize
    }

    /// Of every hash the first words, then the second, the third, the fourth.
    pub(super) fn words(&self) -> Result<[&[u64]; 4]> {
        if self.verified.get().is_none() {
            self.file.verify_section(Section::Ids as usize)?;
            self.file.verify_section(Section::Words as usize)?;
            let _ = self.verified.set(());
        }
        let words = self.section(Section::Words);
        let count = self.len();
        Ok(std::array::from_fn(|i| &words[i * count..(i + 1) * count]))
    }

    /// The frame in a place.
    pub(crate) fn frame(&self, row: usize) -> Result<Frame> {
        let words = self.words()?;
        Ok(Frame {
            hash: FrameHash(words.map(|words| words[row])),
            small: self.small(row)?,
        })
    }

    fn small(&self, row: usize) -> Result<SmallPicture> {
        let ends = self.section::<u64>(Section::Ends);
        let start = row.checked_sub(1).map_or(0, |before| ends[before]);
        let damaged = |what: &str| Error::Damaged {
            path: self.file.path().to_owned(),
            what: format!("small picture {row}: {what}"),
        };
        let end = ends[row];
        if start > end || end > self.file.counts()[1] {
            return Err(damaged("it lies nowhere"));
        }
        let mut bytes = vec![0u8; (end - start) as usize];
        let section = Section::Pictures as usize;
        self.file.read(section, start as usize, &mut bytes)?;
        if crc32fast::hash(&bytes) != self.section::<u32>(Section::Checksums)[row] {
            return Err(damaged("its checksum is wrong"));
        }
        SmallPicture::from_bytes(bytes).ok_or_else(|| damaged("cut short"))
    }

    fn section<T: bytemuck::AnyBitPattern>(&self, section: Section) -> &[T] {
        self.file.section(section as usize)
    }
}

impl Segment for FrameSegment {
    fn open(path: &Path) -> StoreResult<Self> {
        Ok(Self {
            file: SectionFile::open(path, &FRAMES)?,
            verified: OnceLock::new(),
        })
    }

    fn verify(&self) -> StoreResult<()> {
        self.file.verify()?;
        check_order(self.ids())
    }

    fn ids(&self) -> &[u64] {
        self.section(Section::Ids)
    }

    fn version(&self) -> u32 {
        self.file.version()
    }

    fn file_bytes(&self) -> u64 {
        self.file.bytes()
    }
}

/// Writes a [`FrameSegment`], one record after the other, in constant memory but for 52 bytes each.
pub(super) struct FrameWriter {
    out: SectionWriter,
    path: PathBuf,
    length: u64,
    ends: Vec<u64>,
    checksums: Vec<u32>,
    ids: Vec<u64>,
    hashes: Vec<FrameHash>,
}

impl FrameWriter {
    /// Begins a file.
    pub(super) fn create(path: &Path) -> Result<Self> {
        Ok(Self {
            out: SectionWriter::create(path, &FRAMES, "")?,
            path: path.to_owned(),
            length: 0,
            ends: Vec::new(),
            checksums: Vec::new(),
            ids: Vec::new(),
            hashes: Vec::new(),
        })
    }

    /// Adds a record; its id must be larger than the one before.
    pub(super) fn push(&mut self, id: u64, record: &Frame) -> Result<()> {
        if let Some(&last) = self.ids.last() {
            check_order(&[last, id])?;
        }
        let small = record.small.bytes();
        self.out.put(small)?;
        self.length += small.len() as u64;
        self.ends.push(self.length);
        self.checksums.push(crc32fast::hash(small));
        self.ids.push(id);
        self.hashes.push(record.hash);
        Ok(())
    }

    /// Completes the file and opens it: it is on the disk then, and survives a power cut.
    pub(super) fn finish(mut self) -> Result<FrameSegment> {
        self.out.end_section()?;
        self.out.put_section(cast_slice(&self.ends))?;
        self.out.put_section(cast_slice(&self.checksums))?;
        self.out.put_section(cast_slice(&self.ids))?;
        for word in 0..4 {
            let words: Vec<u64> = self.hashes.iter().map(|hash| hash.0[word]).collect();
            self.out.put(cast_slice(&words))?;
        }
        self.out.end_section()?;
        self.out.finish([self.ids.len() as u64, self.length])?;
        Ok(FrameSegment::open(&self.path)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(seed: u64) -> Frame {
        let bytes = (0..40 + seed % 7).map(|i| (seed * 31 + i * 17) as u8);
        Frame {
            hash: FrameHash(std::array::from_fn(|i| seed * 1001 + i as u64)),
            small: SmallPicture::from_bytes(bytes.collect()).unwrap(),
        }
    }

    fn written(folder: &Path) -> (PathBuf, FrameSegment) {
        let path = folder.join("one.frame");
        let mut writer = FrameWriter::create(&path).unwrap();
        (3..9).for_each(|id| writer.push(id, &frame(id)).unwrap());
        assert!(writer.push(8, &frame(8)).is_err());
        (path, writer.finish().unwrap())
    }

    #[test]
    fn frames_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let (path, segment) = written(folder.path());
        segment.verify().unwrap();
        assert_eq!(segment.ids(), [3, 4, 5, 6, 7, 8]);
        for (row, id) in (3..9).enumerate() {
            assert_eq!(segment.frame(row).unwrap(), frame(id));
            let words = segment.words().unwrap().map(|words| words[row]);
            assert_eq!(FrameHash(words), frame(id).hash);
        }
        assert_eq!(FrameSegment::open(&path).unwrap().len(), 6);
    }

    #[test]
    fn damage_anywhere_is_an_error_or_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = written(folder.path());
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x41;
            let path = folder.path().join(format!("{at}.frame"));
            std::fs::write(&path, &bytes).unwrap();
            let Ok(segment) = FrameSegment::open(&path) else {
                continue;
            };
            assert!(segment.verify().is_err(), "byte {at}");
            let hashes = segment.words().is_ok();
            for row in 0..segment.len() {
                // Who searches reads hashes of a whole section, then some of the small pictures.
                if let (true, Ok(found)) = (hashes, segment.frame(row)) {
                    assert_eq!(found, frame(3 + row as u64), "byte {at}");
                }
            }
            std::fs::remove_file(path).unwrap();
        }
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(FrameSegment::open(&path).is_err(), "{length} bytes");
        }
    }
}
