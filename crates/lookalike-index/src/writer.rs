//! How a segment comes into being.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use bytemuck::cast_slice;
use fearless_simd::Level;

use crate::codes::{CodeScale, encode};
use crate::graph::{Plan, Shape, join_lines, write_graph};
use crate::segment::{LINKED, MAX_DIMENSION, VECTORS, VectorSegment, code_stride, space};
use crate::{Error, GraphOptions, MAX_GRAPH_DIMENSION, Parameters, Result, exact};
use lookalike_store::tasks;
use lookalike_store::{SectionWriter, Segment};

/// Vectors encoded by one task.
const ROWS_PER_TASK: usize = 256;

/// Writes a [`VectorSegment`], one vector after the other, in constant memory but for 32 bytes a
/// vector.
///
/// The file is written under the name `<path>.partial`, and takes its own name when it is complete
/// and on the disk. Dropped before, it leaves nothing.
#[derive(Debug)]
pub struct SegmentWriter {
    out: SectionWriter,
    path: std::path::PathBuf,
    dim: usize,
    ids: Vec<u64>,
    /// How a graph is built over the vectors if they are many; `None` for a file without.
    graph: Option<GraphOptions>,
}

impl SegmentWriter {
    /// Begins a segment of vectors of `dim` elements. `label` says what they are, for whoever
    /// opens the file: at most [`MAX_LABEL`](crate::MAX_LABEL) bytes.
    ///
    /// # Errors
    /// [`Error::Dimension`] unless `dim` is in 1..=[`MAX_DIMENSION`], [`Error::Label`],
    /// [`Error::Io`].
    pub fn create(path: &Path, dim: usize, label: &str) -> Result<Self> {
        if dim == 0 || dim > MAX_DIMENSION {
            return Err(Error::Dimension {
                expected: MAX_DIMENSION,
                received: dim,
            });
        }
        Ok(Self {
            out: SectionWriter::create(path, &VECTORS, label)?,
            path: path.to_owned(),
            dim,
            ids: Vec::new(),
            graph: None,
        })
    }

    /// Begins a segment that gets a graph if there are many vectors: see
    /// [`GraphOptions::graph_from`]. Those of more than
    /// [`MAX_GRAPH_DIMENSION`](crate::MAX_GRAPH_DIMENSION) elements get none.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn with_graph(
        path: &Path,
        dim: usize,
        label: &str,
        options: &GraphOptions,
    ) -> Result<Self> {
        let writer = Self::create(path, dim, label)?;
        if dim > MAX_GRAPH_DIMENSION {
            return Ok(writer);
        }
        drop(writer);
        Ok(Self {
            out: SectionWriter::create(path, &LINKED, label)?,
            path: path.to_owned(),
            dim,
            ids: Vec::new(),
            graph: Some(options.within_ranges(dim)),
        })
    }

    /// Number of vectors so far.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no vector yet.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Adds a vector; its id must be larger than the one before.
    ///
    /// # Errors
    /// [`Error::Dimension`], [`Error::NotFinite`], [`lookalike_store::Error::IdOrder`]: the vector is left out, and
    /// the writer can go on. [`Error::Io`]: it cannot.
    pub fn push(&mut self, id: u64, vector: &[f32]) -> Result<()> {
        check_vector(vector, self.dim)?;
        if let Some(&previous) = self.ids.last().filter(|&&last| last >= id) {
            return Err(lookalike_store::Error::IdOrder {
                previous,
                received: id,
            }
            .into());
        }
        self.out.put(cast_slice(vector))?;
        self.ids.push(id);
        Ok(())
    }

    /// Completes the file, with up to `threads` threads, and opens it.
    ///
    /// When this returns the segment is on the disk under its name, and survives a power cut.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(mut self, threads: usize) -> Result<VectorSegment> {
        self.out.end_section()?;
        self.write_derived(threads)?;
        let lines = match self.graph.take() {
            Some(options) => self.write_graph(&GraphOptions { threads, ..options })?,
            None => 0,
        };
        let counts = [self.dim as u64 | lines << 32, self.ids.len() as u64];
        self.out.finish(counts)?;
        Ok(VectorSegment::open(&self.path)?)
    }

    /// Writes the sections of the graph, and returns what the header says of it.
    fn write_graph(&mut self, options: &GraphOptions) -> Result<u64> {
        let count = self.ids.len();
        let many = count > 0 && count >= options.graph_from;
        let shape = many.then(|| Shape::linked(space(self.dim), options.lines, count));
        let lines = shape.map_or(0, |shape| shape.lines);
        let parameters = Parameters::of(options, lines, count);
        self.out.put_section(cast_slice(&parameters.to_numbers()))?;
        match shape {
            Some(shape) => {
                let plan = Plan {
                    shape,
                    count,
                    start: LINKED.header_length(),
                    steps: &[],
                };
                write_graph(
                    &mut self.out,
                    &self.path,
                    plan,
                    options,
                    &AtomicBool::new(false),
                )?;
            }
            None => (0..4).try_for_each(|_| self.out.end_section())?,
        }
        Ok(shape.map_or(0, |shape| join_lines(shape.lines, shape.link_bytes)))
    }

    /// Writes all sections that follow from the vectors, which are read back from the file.
    fn write_derived(&mut self, threads: usize) -> Result<()> {
        let map = self.out.written()?;
        let header = match self.graph {
            Some(_) => LINKED.header_length(),
            None => VECTORS.header_length(),
        };
        let vectors = &map.bytes()[header..][..self.ids.len() * self.dim * 4];
        let vectors: &[f32] = cast_slice(vectors);
        let (mut norms, mut steps, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        let threads = threads.max(1);
        for batch in vectors.chunks(threads * 4 * ROWS_PER_TASK * self.dim) {
            let parts: Vec<_> = batch.chunks(ROWS_PER_TASK * self.dim).collect();
            for encoded in tasks::run(threads, parts.len(), |i| encode_rows(parts[i], self.dim)) {
                self.out.put(cast_slice(&encoded.codes))?;
                norms.extend(encoded.norms);
                steps.extend(encoded.scales.iter().map(|s| s.step));
                errors.extend(encoded.scales.iter().map(|s| s.error));
            }
        }
        self.out.end_section()?;
        self.out.put_section(cast_slice(&norms))?;
        self.out.put_section(cast_slice(&steps))?;
        self.out.put_section(cast_slice(&errors))?;
        Ok(self.out.put_section(cast_slice(&self.ids))?)
    }
}

/// Refuses a vector of another length, or with elements that are no numbers.
pub(crate) fn check_vector(vector: &[f32], dim: usize) -> Result<()> {
    if vector.len() != dim {
        return Err(Error::Dimension {
            expected: dim,
            received: vector.len(),
        });
    }
    match exact::first_not_finite(vector) {
        None => Ok(()),
        Some(index) => Err(Error::NotFinite {
            index,
            value: vector[index],
        }),
    }
}

/// What follows from some vectors.
struct Encoded {
    codes: Vec<i8>,
    norms: Vec<f64>,
    scales: Vec<CodeScale>,
}

fn encode_rows(vectors: &[f32], dim: usize) -> Encoded {
    let level = Level::new();
    let rows = vectors.len() / dim;
    let mut codes = vec![0; rows * code_stride(dim)];
    let norms: Vec<f64> = vectors
        .chunks_exact(dim)
        .map(|vector| exact::norm(level, vector))
        .collect();
    let scales = vectors
        .chunks_exact(dim)
        .zip(&norms)
        .zip(codes.chunks_exact_mut(code_stride(dim)))
        .map(|((vector, &norm), code)| encode(vector, norm, code))
        .collect();
    Encoded {
        codes,
        norms,
        scales,
    }
}
