//! An immutable file of vectors, with a graph if they are many.

use std::path::Path;
use std::sync::{Mutex, Once, OnceLock};

use fearless_simd::Level;

use super::bits12::{self, Bits12};
use super::codes::{LANES, capacity};
use super::links::{DEGREE, Links, link_bytes};
use super::memory::Scattered;
use super::options::{Element, MAX_LINES, Metric, Space};
use super::prefetch::prefetch;
use super::projection::Projection;
use super::score::Scorer;
use super::search::Scratch;
use super::walk::Paths;
use crate::Result;
use lookalike_store::{
    Error as StoreError, Format, Result as StoreResult, SectionFile, Segment, check_order,
};

/// The version of the format of graph segments that this crate writes, and the highest it reads.
pub const GRAPH_FORMAT_VERSION: u32 = 3;
/// The most elements that a vector in a graph segment may have.
pub const MAX_GRAPH_DIMENSION: usize = 4096;
/// The most vectors in a graph segment.
pub const MAX_GRAPH_VECTORS: usize = (1 << 31) - 1;

/// What a segment consists of, in this order.
#[derive(Clone, Copy, Debug)]
enum Section {
    /// The vectors in the order of their ids: f32, i8, or twelve bits (see [`super::bits12`]).
    Vectors,
    /// f32, unless the vectors are: what one step of a vector is worth.
    Steps,
    /// u64, the ids, ascending.
    Ids,
    /// u64: see [`Parameters`].
    Parameters,
    /// f32, the centre of the vectors, then the matrix of the projection.
    Projection,
    /// Four-bit codes by node, in whole cache lines.
    Codes,
    /// The neighbours of every node, in three or four bytes each: see [`super::links`].
    Links,
    /// u32, which vector a node stands for.
    Rows,
}

/// A file of vectors with a graph: [`Shape`], and number of vectors.
pub(super) static GRAPH: Format = Format {
    magic: *b"\x89LAGRF\r\n",
    oldest: GRAPH_FORMAT_VERSION,
    version: GRAPH_FORMAT_VERSION,
    what: "vectors with a graph",
    sections: &[
        "vectors",
        "steps",
        "ids",
        "parameters",
        "projection",
        "codes",
        "links",
        "rows",
    ],
    counts: [
        ("shape", 0, u64::MAX),
        ("count", 0, MAX_GRAPH_VECTORS as u64),
    ],
    lengths: |[shape, count], lengths| {
        let shape = Shape::from_number(shape)?;
        let step = if shape.space.element == Element::F32 {
            0
        } else {
            4
        };
        let rows = [row_bytes(shape.space) as u64, step, 8];
        for (length, row) in lengths.iter_mut().zip(rows) {
            *length = count.checked_mul(row)?;
        }
        graph_lengths(shape, count, &mut lengths[Section::Parameters as usize..])
    },
};

/// The lengths of the sections from the parameters on, of a graph over some vectors.
fn graph_lengths(shape: Shape, count: u64, lengths: &mut [u64]) -> Option<()> {
    let linked = u64::from(shape.lines > 0);
    let projection = 4 * shape.input() as u64 * (1 + shape.output() as u64) * linked;
    let code = (shape.lines * LANES * 2) as u64;
    let links = (DEGREE * shape.link_bytes) as u64 * linked;
    let all = [
        PARAMETERS_BYTES,
        projection,
        count.checked_mul(code)?,
        count.checked_mul(links)?,
        count.checked_mul(4 * linked)?,
    ];
    lengths.copy_from_slice(&all);
    Some(())
}

/// Bytes of a vector.
pub(crate) fn row_bytes(space: Space) -> usize {
    match space.element {
        Element::F32 => space.dim * 4,
        Element::I8 => space.dim,
        Element::Bits12 => bits12::row_bytes(space.dim),
    }
}

/// What the lengths of all sections follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) space: Space,
    /// Cache lines of a code; 0 where there is no graph.
    pub(crate) lines: usize,
    /// Bytes of a link, 3 or 4.
    pub(crate) link_bytes: usize,
}

/// Tells links of three bytes from those of four, in a number that holds cache lines.
const NARROW: u64 = 1 << 15;

/// Cache lines of a code, 15 bits, and bytes of a link.
fn join_lines(lines: usize, link_bytes: usize) -> u64 {
    lines as u64 | if link_bytes == 3 { NARROW } else { 0 }
}

/// What [`join_lines`] joined.
fn split_lines(number: u64) -> (usize, usize) {
    let link_bytes = if number & NARROW == 0 { 4 } else { 3 };
    ((number & !NARROW) as usize, link_bytes)
}

impl Shape {
    /// That of a new graph over some vectors.
    pub(super) fn linked(space: Space, lines: usize, count: usize) -> Self {
        Self {
            space,
            lines,
            link_bytes: link_bytes(count),
        }
    }

    /// That of vectors without a graph.
    pub(crate) fn flat(space: Space) -> Self {
        Self {
            space,
            lines: 0,
            link_bytes: 4,
        }
    }

    /// Elements of the vectors in which the graph is built: a dot product becomes a distance by
    /// one more element (see [`super::source`]).
    pub(crate) fn input(&self) -> usize {
        self.space.dim + usize::from(self.space.metric == Metric::Dot)
    }

    /// Elements of a code.
    pub(crate) fn output(&self) -> usize {
        match self.lines {
            0 => 0,
            lines => self.input().min(capacity(lines)),
        }
    }

    /// Dimension, then from bit 32 on the cache lines and bytes of a link, from 48 the metric, from
    /// 56 the element.
    pub(crate) fn to_number(self) -> u64 {
        let metric = match self.space.metric {
            Metric::Cosine => 0,
            Metric::Dot => 1,
            Metric::L2 => 2,
        };
        let element: u64 = match self.space.element {
            Element::F32 => 0,
            Element::I8 => 1,
            Element::Bits12 => 2,
        };
        self.space.dim as u64
            | join_lines(self.lines, self.link_bytes) << 32
            | metric << 48
            | element << 56
    }

    pub(crate) fn from_number(number: u64) -> Option<Self> {
        let metric = match number >> 48 & 0xFF {
            0 => Metric::Cosine,
            1 => Metric::Dot,
            2 => Metric::L2,
            _ => return None,
        };
        let element = match number >> 56 {
            0 => Element::F32,
            1 => Element::I8,
            2 => Element::Bits12,
            _ => return None,
        };
        let dim = (number & 0xFFFF_FFFF) as usize;
        let (lines, link_bytes) = split_lines(number >> 32 & 0xFFFF);
        let fits = (1..=MAX_GRAPH_DIMENSION).contains(&dim) && lines <= MAX_LINES;
        let space = Space {
            dim,
            metric,
            element,
        };
        fits.then_some(Self {
            space,
            lines,
            link_bytes,
        })
    }
}

const PARAMETERS: usize = 8;
const PARAMETERS_BYTES: u64 = 8 * PARAMETERS as u64;

/// How a segment was built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters {
    /// Cache lines of 64 bytes for the code of a vector; 0 where there is no graph.
    pub lines: usize,
    /// The most neighbours of a vector.
    pub degree: usize,
    /// Width of the searches for neighbours.
    pub width: usize,
    /// The factor of the choice of neighbours.
    pub alpha: f32,
    /// The seed.
    pub seed: u64,
    /// The first so many nodes are where a search begins.
    pub pivots: usize,
}

impl Parameters {
    /// What [`to_numbers`](Self::to_numbers) wrote for a graph over some vectors.
    pub(crate) fn read(numbers: &[u64], lines: usize, count: usize) -> Self {
        Self {
            lines,
            degree: if lines > 0 { DEGREE } else { 0 },
            width: numbers[0] as usize,
            alpha: f32::from_bits(numbers[1] as u32),
            seed: numbers[2],
            pivots: (numbers[3] as usize).min(count),
        }
    }

    pub(crate) fn to_numbers(self) -> [u64; PARAMETERS] {
        let alpha = u64::from(self.alpha.to_bits());
        [
            self.width as u64,
            alpha,
            self.seed,
            self.pivots as u64,
            0,
            0,
            0,
            0,
        ]
    }
}

/// Vectors of one length with their ids, and a graph that leads from each to others near it, in a
/// file that never changes.
///
/// Opening checks the header and the length of the file, which takes the same time whatever its
/// size. [`verify`](Segment::verify) reads every byte. The content is mapped, not read into the heap;
/// the file must not be cut while it is in use (deleting it is harmless on Unix).
#[derive(Debug)]
pub struct GraphSegment {
    file: SectionFile,
    shape: Shape,
    preloaded: OnceLock<Preloaded>,
    populated: Once,
    /// The memory of searches, for the next ones.
    pub(super) idle: Mutex<Vec<Scratch>>,
}

/// What a walk reads, in memory of its own.
#[derive(Debug)]
struct Preloaded {
    codes: Scattered<i16>,
    links: Scattered<u8>,
}

impl GraphSegment {
    /// Copies what a search reads on its way, 160 bytes a vector and 64 more for each further
    /// cache line of a code, from the file to memory of huge pages, where the system has them.
    /// Searches are faster then, most of all the first ones; answers are the same.
    ///
    /// # Errors
    /// [`Error::Io`] where the memory is not to be had.
    pub fn preload(&self) -> Result<()> {
        if self.preloaded.get().is_none() {
            let (codes, links) = (self.section(Section::Codes), self.section(Section::Links));
            let load = || -> std::io::Result<Preloaded> {
                Ok(Preloaded {
                    codes: Scattered::of(codes)?,
                    links: Scattered::of(links)?,
                })
            };
            let loaded = load().map_err(StoreError::io(self.path(), "preload"))?;
            // Another thread may have been faster.
            let _ = self.preloaded.set(loaded);
            self.file.release();
        }
        Ok(())
    }

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

    /// What the vectors have in common.
    pub fn space(&self) -> Space {
        self.shape.space
    }

    /// How the segment was built.
    pub fn parameters(&self) -> Parameters {
        let numbers = self.section(Section::Parameters);
        Parameters::read(numbers, self.shape.lines, self.len())
    }

    /// Whether there is a graph; otherwise a search compares with every vector.
    pub fn has_graph(&self) -> bool {
        self.shape.lines > 0
    }

    /// Bytes of the graph and of the codes that a search reads on its way.
    pub fn graph_bytes(&self) -> u64 {
        let (codes, links) = (Section::Codes, Section::Links);
        let parts = [codes, links, Section::Rows, Section::Projection];
        let bytes = |section| self.section::<u8>(section).len() as u64;
        parts.into_iter().map(bytes).sum()
    }

    /// Which of the vectors has this id.
    pub(crate) fn row_of(&self, id: u64) -> Option<usize> {
        self.ids().binary_search(&id).ok()
    }

    /// Writes the vector stored under an id to `out`, as it is kept; `false` where there is none.
    pub fn read(&self, id: u64, out: &mut Vec<f32>) -> bool {
        let row = self.row_of(id);
        if let Some(row) = row {
            self.read_row(row, out);
        }
        row.is_some()
    }

    pub(crate) fn read_row(&self, row: usize, out: &mut Vec<f32>) {
        self.row(row).decode(self.space().dim, out);
    }

    /// A vector as it is kept.
    #[inline]
    pub(crate) fn row(&self, row: usize) -> Row<'_> {
        let dim = self.shape.space.dim;
        let bytes = row_bytes(self.shape.space);
        let whole = || &self.section(Section::Vectors)[row * bytes..][..bytes];
        let step = || self.section::<f32>(Section::Steps)[row];
        match self.shape.space.element {
            Element::F32 => Row::F32(&self.section(Section::Vectors)[row * dim..][..dim]),
            Element::I8 => Row::I8(whole(), step()),
            Element::Bits12 => Row::Bits12(whole(), step()),
        }
    }

    /// Asks for a vector, and what belongs to it.
    #[inline]
    pub(crate) fn prefetch_row(&self, row: usize) {
        let bytes = row_bytes(self.shape.space);
        let vector = &self.section::<u8>(Section::Vectors)[row * bytes..][..bytes];
        vector.chunks(2 * LANES).for_each(|line| prefetch(&line[0]));
        if self.shape.space.element != Element::F32 {
            prefetch(&self.section::<f32>(Section::Steps)[row]);
        }
        prefetch(&self.ids()[row]);
    }

    /// Asks the system to map all vectors, once.
    pub(crate) fn populate_vectors(&self) {
        self.populated.call_once(|| {
            let bytes = self.section::<u8>(Section::Vectors).len();
            self.file.populate(Section::Vectors as usize, 0, bytes);
        });
    }

    /// What a search by way of the graph reads.
    pub(super) fn linked(&self) -> Linked<'_> {
        let (codes, links) = match self.preloaded.get() {
            Some(Preloaded { codes, links }) => (codes.as_ref(), links.as_ref()),
            None => (self.section(Section::Codes), self.section(Section::Links)),
        };
        let numbers = self.section(Section::Projection);
        Linked {
            projection: Projection::of(numbers, self.shape.input(), self.shape.output()),
            paths: Paths {
                codes,
                lines: self.shape.lines,
                links: Links::of(links, self.shape.link_bytes),
                pivots: self.parameters().pivots,
            },
            rows: self.section(Section::Rows),
            ids: self.ids(),
        }
    }

    fn section<T: bytemuck::AnyBitPattern>(&self, section: Section) -> &[T] {
        self.file.section(section as usize)
    }
}

impl Segment for GraphSegment {
    fn open(path: &Path) -> StoreResult<Self> {
        let file = SectionFile::open(path, &GRAPH)?;
        let number = file.counts()[0];
        let shape = Shape::from_number(number).ok_or_else(|| StoreError::Header {
            path: path.into(),
            field: "shape",
            expected: 0,
            found: number,
        })?;
        Ok(Self {
            file,
            shape,
            preloaded: OnceLock::new(),
            populated: Once::new(),
            idle: Mutex::default(),
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

    fn populate(&self) {
        let sections = if self.has_graph() {
            [Section::Codes, Section::Links, Section::Rows]
        } else {
            [Section::Vectors, Section::Steps, Section::Ids]
        };
        for section in sections {
            let bytes = self.section::<u8>(section).len();
            self.file.populate(section as usize, 0, bytes);
        }
    }
}

/// A graph, with what leads to it and from it.
#[derive(Clone, Debug)]
pub(super) struct Linked<'a> {
    /// The map before quantisation.
    pub(crate) projection: Projection<'a>,
    /// What a walk reads.
    pub(crate) paths: Paths<'a>,
    /// The nodes' vectors.
    pub(crate) rows: &'a [u32],
    /// The vectors' ids.
    pub(crate) ids: &'a [u64],
}

/// A vector as it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Row<'a> {
    F32(&'a [f32]),
    /// Whole numbers, and what one is worth.
    I8(&'a [i8], f32),
    /// Whole numbers of twelve bits, and what one is worth.
    Bits12(&'a [i8], f32),
}

impl Row<'_> {
    /// Writes the `dim` elements of the vector to `out`.
    pub(crate) fn decode(self, dim: usize, out: &mut Vec<f32>) {
        out.clear();
        match self {
            Self::F32(values) => out.extend_from_slice(values),
            Self::I8(values, step) => out.extend(values.iter().map(|&v| step * f32::from(v))),
            Self::Bits12(row, step) => Bits12::new(row, dim).decode(step, out),
        }
    }

    #[inline]
    pub(crate) fn score(self, level: Level, scorer: &Scorer) -> f32 {
        match self {
            Self::F32(values) => scorer.score(level, values, 1.0),
            Self::I8(values, step) => scorer.score(level, values, step),
            Self::Bits12(row, step) => {
                let row = Bits12::new(row, scorer.query().len());
                scorer.score(level, row, step)
            }
        }
    }
}
