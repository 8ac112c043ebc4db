//! Writing a file of sections.

use std::fs::File;
use std::io::{BufWriter, Error as IoError, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::header::{ALIGN, FileFormat, Header, MAX_LABEL};
use super::map::FileMap;
use crate::{Error, Result};

/// Writes a file of sections, one after the other.
///
/// The file is written under the name `<path>.partial`, and takes its own name when it is complete
/// and on the disk. Dropped before, it leaves nothing.
#[derive(Debug)]
pub struct SectionWriter {
    path: PathBuf,
    partial: Partial,
    format: &'static FileFormat,
    label: String,
    file: BufWriter<File>,
    hasher: crc32fast::Hasher,
    written: u64,
    checksums: Vec<u32>,
}

impl SectionWriter {
    /// Begins a file. `label` says what it holds, for whoever opens it: at most [`MAX_LABEL`] bytes.
    ///
    /// # Errors
    /// [`Error::Label`], [`Error::Io`].
    pub fn create(path: &Path, format: &'static FileFormat, label: &str) -> Result<Self> {
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
        let mut writer = Self {
            path: path.to_owned(),
            partial,
            format,
            label: label.to_owned(),
            file: BufWriter::with_capacity(1 << 20, file),
            hasher: crc32fast::Hasher::new(),
            written: 0,
            checksums: Vec::new(),
        };
        writer.put(&vec![0; format.header_length()])?;
        writer.hasher.reset();
        Ok(writer)
    }

    /// Appends to the current section.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all(bytes)
            .map_err(Error::io(&self.partial.0, "write"))?;
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Ends the current section: pads it, and notes its checksum.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn end_section(&mut self) -> Result<()> {
        let padding = self.written.next_multiple_of(ALIGN) - self.written;
        self.put(&[0; ALIGN as usize][..padding as usize])?;
        let checksum = std::mem::take(&mut self.hasher).finalize();
        self.checksums.push(checksum);
        Ok(())
    }

    /// Writes a whole section.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn put_section(&mut self, bytes: &[u8]) -> Result<()> {
        self.put(bytes)?;
        self.end_section()
    }

    /// What was written so far, header included, to be read back.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn written(&mut self) -> Result<FileMap> {
        self.file
            .flush()
            .and_then(|()| FileMap::new(self.file.get_ref()))
            .map_err(Error::io(&self.partial.0, "read back"))
    }

    /// Completes the file. When this returns it is on the disk under its name, and survives a
    /// power cut.
    ///
    /// # Errors
    /// [`Error::Io`].
    ///
    /// # Panics
    /// Where the sections are not as long as the counts call for.
    pub fn finish(self, counts: [u64; 2]) -> Result<()> {
        let failed = |action| Error::io(&self.partial.0, action);
        let too_large = || IoError::from(ErrorKind::FileTooLarge);
        let layout = self.format.layout(counts).ok_or_else(too_large);
        let extents = layout.map_err(failed("write"))?;
        let expected = extents.last().map_or(0, |e| e.padded_end());
        assert_eq!(self.written, expected, "sections as long as counted");
        let header = Header {
            version: self.format.version,
            counts,
            label: self.label,
            extents,
            checksums: self.checksums,
        };
        let mut file = self
            .file
            .into_inner()
            .map_err(|e| failed("write")(e.into()))?;
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(&header.encode(self.format)))
            .and_then(|()| file.sync_all())
            .map_err(failed("write"))?;
        std::fs::rename(&self.partial.0, &self.path).map_err(Error::io(&self.path, "create"))?;
        sync_folder(&self.path)
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
