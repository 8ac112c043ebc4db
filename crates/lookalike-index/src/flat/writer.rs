//! How a segment comes into being.

use std::path::Path;

use bytemuck::cast_slice;
use fearless_simd::Level;

use super::codes::{CodeScale, encode};
use super::segment::{MAX_DIMENSION, VECTORS, VectorSegment, code_stride};
use crate::{Error, Result, exact};
use lookalike_store::{SectionWriter, Segment, check_order, tasks};

/// Vectors encoded by one task.
const ROWS_PER_TASK: usize = 256;

/// Writes a [`VectorSegment`], one vector after the other, in constant memory but for 32 bytes a
/// vector.
///
/// The file is written under the name `<path>.partial`, and takes its own name when it is complete
/// and on the disk. Dropped before, it leaves nothing.
#[derive(Debug)]
pub struct VectorWriter {
    out: SectionWriter,
    path: std::path::PathBuf,
    dim: usize,
    ids: Vec<u64>,
}

impl VectorWriter {
    /// Begins a segment of vectors of `dim` elements. `label` says what they are, for whoever
    /// opens the file: at most [`MAX_LABEL`](crate::MAX_LABEL) bytes.
    ///
    /// # Errors
    /// [`Error::Dimension`] unless `dim` is in 1..=[`MAX_DIMENSION`], [`lookalike_store::Error::Label`],
    /// [`lookalike_store::Error::Io`].
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
    /// the writer can go on. [`lookalike_store::Error::Io`]: it cannot.
    pub fn push(&mut self, id: u64, vector: &[f32]) -> Result<()> {
        check_vector(vector, self.dim)?;
        if let Some(&last) = self.ids.last() {
            check_order(&[last, id])?;
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
    /// [`lookalike_store::Error::Io`].
    pub fn finish(mut self, threads: usize) -> Result<VectorSegment> {
        self.out.end_section()?;
        self.write_derived(threads)?;
        let counts = [self.dim as u64, self.ids.len() as u64];
        self.out.finish(counts)?;
        Ok(VectorSegment::open(&self.path)?)
    }

    /// Writes all sections that follow from the vectors, which are read back from the file.
    fn write_derived(&mut self, threads: usize) -> Result<()> {
        let map = self.out.written()?;
        let header = VECTORS.header_length();
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
