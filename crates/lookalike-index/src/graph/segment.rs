//! An immutable file of vectors, with a graph if they are many.

use std::path::Path;
use std::sync::{Mutex, Once, OnceLock};

use fearless_simd::Level;

use super::bits12::Bits12;
use super::codes::LANES;
use super::format::{GRAPH, Parameters, Section, Shape, row_bytes};
use super::links::Links;
use super::memory::Scattered;
use super::options::{Element, Space};
use super::prefetch::prefetch;
use super::projection::Projection;
use super::score::Scorer;
use super::search::Scratch;
use super::walk::Paths;
use crate::Result;
use lookalike_store::{
    Error as StoreError, Result as StoreResult, SectionFile, Segment, check_order,
};

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
    /// [`lookalike_store::Error::Io`] where the memory is not to be had.
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
