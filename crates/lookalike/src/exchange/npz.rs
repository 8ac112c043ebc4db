//! numpy's archives (`.npz`): a zip of `.npy` files.

use super::npy::{self, Array, NpyElement};
use super::{ExchangeError, Result};
use crate::NamedVector;
use std::io::{Read, Seek, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Writes arrays into an archive that `numpy.load` reads, uncompressed as `numpy.savez` does it.
pub struct NpzWriter<W: Write + Seek> {
    zip: ZipWriter<W>,
}

impl<W: Write + Seek> NpzWriter<W> {
    /// Begins an archive.
    pub fn new(out: W) -> Self {
        Self {
            zip: ZipWriter::new(out),
        }
    }

    /// Adds the array `name` of the given shape, row by row.
    ///
    /// # Errors
    /// Where the system refuses.
    ///
    /// # Panics
    /// Where the shape does not hold that many elements.
    pub fn array<T: NpyElement>(
        &mut self,
        name: &str,
        shape: &[usize],
        elements: &[T],
    ) -> Result<()> {
        assert_eq!(shape.iter().product::<usize>(), elements.len());
        self.begin(name, T::DTYPE, shape)?;
        npy::write_elements(&mut self.zip, elements)
    }

    /// Adds a one-dimensional array of text, which `numpy.load` reads without unpickling.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn text(&mut self, name: &str, texts: &[&str]) -> Result<()> {
        let longest = texts.iter().map(|t| t.chars().count()).max().unwrap_or(0);
        // numpy itself makes an empty text one character wide.
        let longest = longest.max(1);
        self.begin(name, &format!("<U{longest}"), &[texts.len()])?;
        let mut row = Vec::with_capacity(longest * 4);
        for text in texts {
            row.clear();
            for c in text.chars() {
                row.extend_from_slice(&u32::from(c).to_le_bytes());
            }
            row.resize(longest * 4, 0);
            self.zip.write_all(&row)?;
        }
        Ok(())
    }

    /// Ends the archive.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn finish(self) -> Result<W> {
        let mut out = self.zip.finish()?;
        out.flush()?;
        Ok(out)
    }

    fn begin(&mut self, name: &str, dtype: &str, shape: &[usize]) -> Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            // Sizes beyond 4 GiB have to be announced.
            .large_file(true);
        self.zip.start_file(format!("{name}.npy"), options)?;
        npy::write_header(&mut self.zip, dtype, shape)
    }
}

/// Writes vectors as two arrays: `paths`, text, and `vectors`, `float32`, a row per path.
///
/// # Errors
/// [`ExchangeError::Length`] where the vectors are not equally long; where the system refuses.
pub fn write_npz_vectors<W: Write + Seek>(out: W, vectors: &[NamedVector]) -> Result<W> {
    super::same_length(vectors)?;
    let length = vectors.first().map_or(0, |v| v.vector.len());
    let mut npz = NpzWriter::new(out);
    let names: Vec<_> = vectors
        .iter()
        .map(|v| String::from_utf8_lossy(&v.name))
        .collect();
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    npz.text("paths", &names)?;
    npz.begin("vectors", f32::DTYPE, &[vectors.len(), length])?;
    for vector in vectors {
        npy::write_elements(&mut npz.zip, &vector.vector)?;
    }
    npz.finish()
}

/// Reads what [`write_npz_vectors`] writes, also compressed.
///
/// # Errors
/// Any of [`ExchangeError`] but the pickle's.
pub fn read_npz_vectors<R: Read + Seek>(input: R) -> Result<Vec<NamedVector>> {
    let mut zip = ZipArchive::new(input)?;
    let names = texts(&entry(&mut zip, "paths")?)?;
    let vectors = entry(&mut zip, "vectors")?;
    let &[rows, length] = &vectors.shape[..] else {
        return Err(malformed("`vectors` has not two axes"));
    };
    if vectors.dtype != f32::DTYPE {
        return Err(malformed("`vectors` is not of float32"));
    }
    let bytes = rows.checked_mul(length).and_then(|n| n.checked_mul(4));
    if rows != names.len() || bytes != Some(vectors.bytes.len()) {
        return Err(malformed("`vectors` has not one row for each of `paths`"));
    }
    let (elements, _) = vectors.bytes.as_chunks::<4>();
    let rows = (0..rows).map(|row| &elements[row * length..][..length]);
    Ok(std::iter::zip(names, rows)
        .map(|(name, row)| NamedVector {
            name: name.into_bytes(),
            vector: row.iter().map(|&e| f32::from_le_bytes(e)).collect(),
        })
        .collect())
}

fn malformed(problem: &str) -> ExchangeError {
    ExchangeError::Malformed {
        problem: problem.into(),
        position: 0,
    }
}

/// How much larger than its compressed form an entry may be: more than vectors ever are.
const MAX_RATIO: u64 = 200;

fn entry<R: Read + Seek>(zip: &mut ZipArchive<R>, name: &str) -> Result<Array> {
    let file = zip.by_name(&format!("{name}.npy"))?;
    let limit = file
        .compressed_size()
        .saturating_mul(MAX_RATIO)
        .max(1 << 20);
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(ExchangeError::TooLarge);
    }
    Array::parse(bytes)
}

/// A one-dimensional array of text.
fn texts(array: &Array) -> Result<Vec<String>> {
    let problem = || malformed("`paths` is no list of texts");
    let width = array.dtype.strip_prefix("<U").ok_or_else(problem)?;
    let width: usize = width.parse().map_err(|_| problem())?;
    let (characters, _) = array.bytes.as_chunks::<4>();
    let expected = array
        .shape
        .iter()
        .try_fold(width, |n, &side| n.checked_mul(side));
    if array.shape.len() != 1 || width == 0 || expected != Some(characters.len()) {
        return Err(problem());
    }
    Ok(characters
        .chunks_exact(width)
        .map(|row| {
            row.iter()
                .map(|&c| u32::from_le_bytes(c))
                .take_while(|&c| c != 0)
                .map(|c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        })
        .collect())
}
