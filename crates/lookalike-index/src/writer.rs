//! How a segment comes into being.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytemuck::cast_slice;
use fearless_simd::Level;

use crate::codes::{CodeScale, encode};
use crate::format::{
    ALIGN, HEADER, Header, Layout, MAX_DIMENSION, MAX_LABEL, Section, code_stride,
};
use crate::map::FileMap;
use crate::segment::VectorSegment;
use crate::{Error, Result, exact, tasks};

/// Vectors encoded by one task.
const ROWS_PER_TASK: usize = 256;

/// Writes a [`VectorSegment`], one vector after the other, in constant memory but for 32 bytes a
/// vector.
///
/// The file is written under the name `<path>.partial`, and takes its own name when it is complete
/// and on the disk. Dropped before, it leaves nothing.
#[derive(Debug)]
pub struct SegmentWriter {
    path: PathBuf,
    partial: Partial,
    out: SectionWriter,
    dim: usize,
    label: String,
    ids: Vec<u64>,
}

impl SegmentWriter {
    /// Begins a segment of vectors of `dim` elements. `label` says what they are, for whoever
    /// opens the file: at most [`MAX_LABEL`] bytes.
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
        if label.len() > MAX_LABEL || label.contains('\0') {
            return Err(Error::Label {
                allowed: MAX_LABEL,
                received: label.len(),
            });
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        let partial = Partial(name.into());
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&partial.0)
            .map_err(Error::io(&partial.0, "create"))?;
        let mut out = SectionWriter::new(file);
        out.put(&[0; HEADER])
            .map_err(Error::io(&partial.0, "write"))?;
        out.hasher.reset();
        Ok(Self {
            path: path.to_owned(),
            partial,
            out,
            dim,
            label: label.to_owned(),
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
    /// [`Error::Dimension`], [`Error::NotFinite`], [`Error::IdOrder`]: the vector is left out, and
    /// the writer can go on. [`Error::Io`]: it cannot.
    pub fn push(&mut self, id: u64, vector: &[f32]) -> Result<()> {
        check_vector(vector, self.dim)?;
        if let Some(&previous) = self.ids.last().filter(|&&last| last >= id) {
            return Err(Error::IdOrder {
                previous,
                received: id,
            });
        }
        self.out
            .put(cast_slice(vector))
            .map_err(Error::io(&self.partial.0, "write"))?;
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
        let partial = self.partial.0.clone();
        let failed = |action| Error::io(&partial, action);
        let layout = Layout::new(self.dim as u64, self.ids.len() as u64).ok_or_else(|| {
            failed("write")(std::io::Error::from(std::io::ErrorKind::FileTooLarge))
        })?;
        let mut checksums = [0; 6];
        checksums[Section::Vectors as usize] = self.out.end_section().map_err(failed("write"))?;
        self.write_derived(threads, &layout, &mut checksums)
            .map_err(failed("write"))?;
        let header = Header {
            dim: self.dim,
            count: self.ids.len(),
            label: self.label,
            layout,
            checksums,
        };
        let mut file = self.out.into_file().map_err(failed("write"))?;
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(&header.encode()))
            .and_then(|()| file.sync_all())
            .map_err(failed("write"))?;
        std::fs::rename(&self.partial.0, &self.path).map_err(Error::io(&self.path, "create"))?;
        sync_folder(&self.path)?;
        VectorSegment::open(&self.path)
    }

    /// Writes all sections that follow from the vectors, which are read back from the file.
    fn write_derived(
        &mut self,
        threads: usize,
        layout: &Layout,
        checksums: &mut [u32; 6],
    ) -> std::io::Result<()> {
        self.out.file.flush()?;
        let map = FileMap::new(self.out.file.get_ref())?;
        let extent = layout.extent(Section::Vectors);
        let vectors = &map.bytes()[extent.offset as usize..extent.end() as usize];
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
        checksums[Section::Codes as usize] = self.out.end_section()?;
        let rest: [(Section, &[u8]); 4] = [
            (Section::Norms, cast_slice(&norms)),
            (Section::Steps, cast_slice(&steps)),
            (Section::Errors, cast_slice(&errors)),
            (Section::Ids, cast_slice(&self.ids)),
        ];
        for (section, bytes) in rest {
            self.out.put(bytes)?;
            checksums[section as usize] = self.out.end_section()?;
        }
        Ok(())
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

/// A file to which sections are appended, each with its checksum and padding.
#[derive(Debug)]
struct SectionWriter {
    file: BufWriter<File>,
    hasher: crc32fast::Hasher,
    written: u64,
}

impl SectionWriter {
    fn new(file: File) -> Self {
        Self {
            file: BufWriter::with_capacity(1 << 20, file),
            hasher: crc32fast::Hasher::new(),
            written: 0,
        }
    }

    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Pads to the next multiple of 64 and returns the checksum of section and padding.
    fn end_section(&mut self) -> std::io::Result<u32> {
        let padding = self.written.next_multiple_of(ALIGN) - self.written;
        self.put(&[0; ALIGN as usize][..padding as usize])?;
        Ok(std::mem::take(&mut self.hasher).finalize())
    }

    fn into_file(self) -> std::io::Result<File> {
        Ok(self.file.into_inner()?)
    }
}

/// The file under its temporary name; removed when dropped. After the renaming there is nothing
/// left to remove.
#[derive(Debug)]
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Makes a renaming in the folder of `path` survive a power cut.
fn sync_folder(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(Error::io(folder, "sync"))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
