//! An immutable file of vectors, mapped into memory.

use std::ops::Range;
use std::path::Path;

use lookalike_store::{
    ALIGN, FileFormat, Result as StoreResult, SectionFile, Segment, check_order,
};

/// The version of the format of vector segments that this crate writes, and the highest it reads.
pub const VECTOR_FORMAT_VERSION: u32 = 4;
/// The most elements that a vector may have.
pub const MAX_DIMENSION: usize = 1 << 16;

/// What a segment consists of, in this order.
#[derive(Clone, Copy, Debug)]
enum Section {
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

/// A file of vectors: elements of a vector, and number of vectors.
pub(crate) static VECTORS: FileFormat = FileFormat {
    magic: *b"\x89LAVEC\r\n",
    oldest: VECTOR_FORMAT_VERSION,
    version: VECTOR_FORMAT_VERSION,
    what: "vectors",
    sections: &["vectors", "codes", "norms", "steps", "errors", "ids"],
    counts: [
        ("dimension", 1, MAX_DIMENSION as u64),
        ("count", 0, u64::MAX),
    ],
    lengths: |[dim, count], lengths| {
        let rows = [dim * 4, code_stride(dim as usize) as u64, 8, 4, 4, 8];
        for (length, row) in lengths.iter_mut().zip(rows) {
            *length = count.checked_mul(row)?;
        }
        Some(())
    },
};

/// Bytes from the code of one vector to the next.
pub(crate) fn code_stride(dim: usize) -> usize {
    dim.next_multiple_of(ALIGN as usize)
}

/// Vectors of one length with their ids, in a file that never changes.
///
/// Opening costs one read of 256 bytes whatever the size: it checks the header and the length of
/// the file. [`verify`](Segment::verify) reads every byte. The content is mapped, not read into the
/// heap; the file must not be cut while it is in use (deleting it is harmless on Unix).
#[derive(Debug)]
pub struct VectorSegment {
    file: SectionFile,
}

impl VectorSegment {
    /// Where the file lies.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The words that the writer gave the segment: what its vectors are.
    pub fn label(&self) -> &str {
        self.file.label()
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.file.counts()[1] as usize
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Elements of a vector.
    pub fn dim(&self) -> usize {
        self.file.counts()[0] as usize
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
        self.file
            .populate(Section::Codes as usize, start, end - start);
        (
            &self.section(Section::Codes)[start..end],
            &self.section(Section::Steps)[rows.clone()],
            &self.section(Section::Errors)[rows],
        )
    }

    fn section<T: bytemuck::AnyBitPattern>(&self, section: Section) -> &[T] {
        self.file.section(section as usize)
    }
}

impl Segment for VectorSegment {
    fn open(path: &Path) -> StoreResult<Self> {
        let file = SectionFile::open(path, &VECTORS)?;
        Ok(Self { file })
    }

    fn verify(&self) -> StoreResult<()> {
        self.file.verify()?;
        check_order(self.ids())
    }

    /// The ids, ascending; the vector of `ids()[i]` is `vector(i)`.
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
