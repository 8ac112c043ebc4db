//! An immutable file of vectors, mapped into memory.

use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;

use crate::graph::{
    Linked, Links, MAX_LINES, PARAMETERS_BYTES, Paths, Projection, Scratch, Shape, graph_lengths,
    split_lines,
};
use crate::{Element, MAX_GRAPH_DIMENSION, Metric, Parameters, Space};
use lookalike_store::{ALIGN, Format, Result as StoreResult, SectionFile, Segment, check_order};

/// The version of the format of vector segments that this crate writes, and the highest it reads.
pub const FORMAT_VERSION: u32 = 3;
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
    /// From here on only in version 2, as in a [`GraphSegment`](crate::GraphSegment).
    Parameters,
    Projection,
    Paths,
    Links,
    Rows,
}

/// A file of vectors as version 1 knew it, and as it still is where no graph is asked for: elements
/// of a vector, and number of vectors.
pub(crate) static VECTORS: Format = Format {
    magic: *b"\x89LAVEC\r\n",
    before: None,
    oldest: 1,
    version: 1,
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

/// A file of vectors, with a graph if they are many. The first count holds, from bit 32 on, the
/// cache lines of a code on the way through the graph, 0 where there is none, and the bytes of a
/// link.
pub(crate) static LINKED: Format = Format {
    magic: VECTORS.magic,
    before: Some(&VECTORS),
    // Version 2 knew no links of three bytes.
    oldest: 2,
    version: FORMAT_VERSION,
    what: VECTORS.what,
    sections: &[
        "vectors",
        "codes",
        "norms",
        "steps",
        "errors",
        "ids",
        "parameters",
        "projection",
        "paths",
        "links",
        "rows",
    ],
    counts: [("dimension", 1, u64::MAX), VECTORS.counts[1]],
    lengths: |[first, count], lengths| {
        let (dim, lines) = (first & 0xFFFF_FFFF, first >> 32);
        if !(1..=MAX_DIMENSION as u64).contains(&dim) {
            return None;
        }
        let (vectors, graph) = lengths.split_at_mut(Section::Parameters as usize);
        (VECTORS.lengths)([dim, count], vectors)?;
        match shape(first) {
            Some(shape) => graph_lengths(shape, count, graph),
            None => {
                graph[0] = PARAMETERS_BYTES;
                (split_lines(lines).0 == 0).then_some(())
            }
        }
    },
};

/// What the lengths of a graph's sections follow from, by the first count of its file; `None` where
/// there is no graph, or cannot be.
fn shape(first: u64) -> Option<Shape> {
    let dim = (first & 0xFFFF_FFFF) as usize;
    let (lines, link_bytes) = split_lines(first >> 32);
    let fits = dim <= MAX_GRAPH_DIMENSION && (1..=MAX_LINES).contains(&lines);
    fits.then_some(Shape {
        space: space(dim),
        lines,
        link_bytes,
    })
}

/// The space of the graphs over vectors of some elements.
pub(crate) fn space(dim: usize) -> Space {
    Space {
        dim,
        metric: Metric::Cosine,
        element: Element::F32,
    }
}

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
    shape: Option<Shape>,
    /// The memory of searches, for the next ones.
    pub(crate) idle: Mutex<Vec<Scratch>>,
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
        (self.file.counts()[0] & 0xFFFF_FFFF) as usize
    }

    /// Whether there is a graph; otherwise a search compares with every vector.
    pub fn has_graph(&self) -> bool {
        self.shape.is_some()
    }

    /// How the graph was built; `None` where there is none.
    pub fn parameters(&self) -> Option<Parameters> {
        let shape = self.shape?;
        Some(Parameters::read(
            self.section(Section::Parameters),
            shape.lines,
            self.len(),
        ))
    }

    /// Bytes of the graph and of the codes that a search reads on its way.
    pub fn graph_bytes(&self) -> u64 {
        let (paths, links) = (Section::Paths, Section::Links);
        let parts = [paths, links, Section::Rows, Section::Projection].into_iter();
        let parts = parts.filter(|&section| self.file.has(section as usize));
        parts.map(|s| self.section::<u8>(s).len() as u64).sum()
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

    /// What a search by way of the graph reads.
    pub(crate) fn linked(&self) -> Option<Linked<'_>> {
        let shape = self.shape?;
        let numbers = self.section(Section::Projection);
        Some(Linked {
            projection: Projection::of(numbers, shape.input(), shape.output()),
            paths: Paths {
                codes: self.section(Section::Paths),
                lines: shape.lines,
                links: Links::of(self.section(Section::Links), shape.link_bytes),
                pivots: self.parameters()?.pivots,
            },
            rows: self.section(Section::Rows),
            ids: self.ids(),
        })
    }

    fn section<T: bytemuck::AnyBitPattern>(&self, section: Section) -> &[T] {
        self.file.section(section as usize)
    }
}

impl Segment for VectorSegment {
    fn open(path: &Path) -> StoreResult<Self> {
        let file = SectionFile::open(path, &LINKED)?;
        Ok(Self {
            shape: shape(file.counts()[0]),
            file,
            idle: Mutex::default(),
        })
    }

    fn verify(&self) -> StoreResult<()> {
        self.file.verify()?;
        check_order(self.ids())
    }

    /// The ids, ascending; the vector of `ids()[i]` is `vector(i)`.
    fn ids(&self) -> &[u64] {
        self.section(Section::Ids)
    }

    fn file_bytes(&self) -> u64 {
        self.file.bytes()
    }
}
