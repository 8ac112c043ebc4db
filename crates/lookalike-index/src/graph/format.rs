//! The layout of a graph segment.

use super::bits12;
use super::codes::{LANES, capacity};
use super::links::{DEGREE, link_bytes};
use super::options::{Element, MAX_LINES, Metric, Space};
use lookalike_store::FileFormat;

/// The version of the format of graph segments that this crate writes, and the highest it reads.
pub const GRAPH_FORMAT_VERSION: u32 = 3;
/// The most elements that a vector in a graph segment may have.
pub const MAX_GRAPH_DIMENSION: usize = 4096;
/// The most vectors in a graph segment.
pub const MAX_GRAPH_VECTORS: usize = (1 << 31) - 1;

/// What a segment consists of, in this order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Section {
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
pub(super) static GRAPH: FileFormat = FileFormat {
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
