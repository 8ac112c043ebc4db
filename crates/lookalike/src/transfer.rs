//! Records by name, out of a library and into one.

use crate::catalogue::{Catalogue, ContentFacts, FileRow, Meta, State};
use crate::content::of_length_one;
use crate::segments::{RecordsWriter, embedding_bytes};
use crate::{
    Error, Library, LibraryKind, Location, Models, Part, Parts, PictureId, Result, Settings,
    Source, Threads,
};
use lookalike_index::VectorWriter;
use lookalike_store::SegmentFolder;
use lookalike_words::WordPicture;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// So many vectors make a segment.
const PORTION: usize = 1 << 16;

/// A file name and its vector.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedVector {
    /// The path relative to the indexed folder, as bytes, followed by `#page=3` or the like where the
    /// file holds several pictures; in an imported library the name.
    pub name: Vec<u8>,
    /// The vector.
    pub vector: Vec<f32>,
}

/// A file name, and what a library keeps of its picture.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureRecords {
    /// The path relative to the indexed folder, as bytes, followed by `#page=3` or the like where the
    /// file holds several pictures; in an imported library the name.
    pub name: Vec<u8>,
    /// Width and height as displayed.
    pub size: (u32, u32),
    /// Its local features.
    pub words: WordPicture,
    /// Its embedding, of 1,280 elements.
    pub embedding: Vec<f32>,
}

/// So many pictures are committed and sealed at a time.
const PICTURES: usize = 4096;
/// So many are fetched at once.
const FETCHED: usize = 256;

impl Library {
    /// Calls `each` with every file's vector, by path. It stops at the first error of `each`.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, those of the system, those of `each`.
    pub fn export(&self, each: &mut dyn FnMut(NamedVector) -> Result<()>) -> Result<()> {
        let moment = self.moment(Part::Vector)?;
        let vectors = moment.vectors()?;
        for some in moment.pictures().named()?.chunks(FETCHED) {
            let found = vectors.fetch(&ids(some))?;
            for ((source, picture), vector) in some.iter().zip(found) {
                let vector = vector.ok_or_else(|| self.lacks(*picture, Part::Vector))?;
                let name = source.name();
                each(NamedVector { name, vector })?;
            }
        }
        Ok(())
    }

    /// Calls `each` with every file's embedding, of length 1, by path. It stops at the first error
    /// of `each`.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, those of the system, those of `each`.
    pub fn export_embeddings(&self, each: &mut dyn FnMut(NamedVector) -> Result<()>) -> Result<()> {
        let moment = self.moment(Part::Embedding)?;
        let embeddings = moment.embeddings()?;
        for some in moment.pictures().named()?.chunks(FETCHED) {
            let found = embeddings.fetch(&ids(some))?;
            for ((source, picture), kept) in some.iter().zip(found) {
                let kept = kept.ok_or_else(|| self.lacks(*picture, Part::Embedding))?;
                let (name, vector) = (source.name(), of_length_one(&kept));
                each(NamedVector { name, vector })?;
            }
        }
        Ok(())
    }

    /// Calls `each` with what is kept of every file's picture, by path. It stops at the first error
    /// of `each`.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, those of the system, those of `each`.
    pub fn export_records(&self, each: &mut dyn FnMut(PictureRecords) -> Result<()>) -> Result<()> {
        let moment = self.moment(Parts::from(Part::Words).and(Part::Embedding))?;
        for some in moment.pictures().named()?.chunks(FETCHED) {
            let ids = ids(some);
            let known = moment.pictures().get(&ids)?.into_iter();
            let words = moment.words()?.fetch(&ids, &Threads::default())?;
            let embeddings = moment.embeddings()?.fetch(&ids)?;
            let records = known.zip(words).zip(embeddings);
            for ((source, picture), ((known, words), embedding)) in some.iter().zip(records) {
                let lacks = |part| self.lacks(*picture, part);
                let words = words.ok_or_else(|| lacks(Part::Words))?;
                let [width, height] = words.size.map(u32::from);
                each(PictureRecords {
                    name: source.name(),
                    size: known.and_then(|k| k.size).unwrap_or((width, height)),
                    words,
                    embedding: embedding.ok_or_else(|| lacks(Part::Embedding))?,
                })?;
            }
        }
        Ok(())
    }

    /// A picture without a record that it should have.
    fn lacks(&self, picture: PictureId, part: Part) -> Error {
        Error::Damaged {
            path: self.folder().to_path_buf(),
            what: format!("picture {picture} has no {part}"),
        }
    }

    /// Makes a library of records that were made elsewhere, of pictures that are not there.
    ///
    /// # Errors
    /// As [`import`](Self::import).
    pub fn import_records(
        location: &Location,
        settings: &Settings,
        records: &mut dyn Iterator<Item = Result<PictureRecords>>,
    ) -> Result<Self> {
        import_records(&location.library, settings, records)?;
        Self::open(location)
    }

    /// Makes a library of vectors with names; names that come twice keep the last vector.
    /// `settings` are those by which queries are made into vectors.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::VectorLength`], where the library cannot be written, those of
    /// `vectors`. Nothing is left behind then.
    pub fn import(
        location: &Location,
        settings: &Settings,
        vectors: &mut dyn Iterator<Item = Result<NamedVector>>,
    ) -> Result<Self> {
        import(&location.library, settings, vectors)?;
        Self::open(location)
    }
}

fn ids(named: &[(Source, PictureId)]) -> Vec<PictureId> {
    named.iter().map(|(_, picture)| *picture).collect()
}

/// Makes a library of vectors.
fn import(
    folder: &Path,
    settings: &Settings,
    vectors: &mut dyn Iterator<Item = Result<NamedVector>>,
) -> Result<()> {
    create(folder, |partial| fill(partial, settings, vectors))
}

/// Makes a library of pictures' records.
fn import_records(
    folder: &Path,
    settings: &Settings,
    records: &mut dyn Iterator<Item = Result<PictureRecords>>,
) -> Result<()> {
    create(folder, |partial| fill_records(partial, settings, records))
}

/// Makes a library in `folder`, under another name until it is complete.
fn create(folder: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if Location::elsewhere(folder, None).exists() {
        return Err(Error::Exists {
            path: folder.to_path_buf(),
        });
    }
    let partial = Partial::create(folder)?;
    fill(&partial.0)?;
    // Onto an empty folder this works; onto anything else it must not.
    match std::fs::rename(&partial.0, folder) {
        Err(e) if e.kind() == std::io::ErrorKind::DirectoryNotEmpty => Err(Error::Exists {
            path: folder.to_path_buf(),
        }),
        result => result.map_err(|e| Error::writing(folder, e)),
    }
}

/// A library under its temporary name; removed when dropped. After the renaming there is nothing
/// left to remove.
struct Partial(PathBuf);

impl Partial {
    fn create(folder: &Path) -> Result<Self> {
        let folder = std::path::absolute(folder).map_err(|e| Error::io(folder, e))?;
        if let Some(above) = folder.parent() {
            std::fs::create_dir_all(above).map_err(|e| Error::writing(above, e))?;
        }
        let mut name = folder.into_os_string();
        name.push(format!(".partial-{}", std::process::id()));
        let partial = PathBuf::from(name);
        std::fs::create_dir(&partial).map_err(|e| Error::writing(&partial, e))?;
        Ok(Self(partial))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn fill(
    folder: &Path,
    settings: &Settings,
    vectors: &mut dyn Iterator<Item = Result<NamedVector>>,
) -> Result<()> {
    let mut vectors = vectors.peekable();
    let vector_length = match vectors.peek() {
        Some(Ok(first)) => first.vector.len(),
        _ => 0,
    };
    let meta = Meta {
        kind: LibraryKind::Imported,
        settings: Settings {
            parts: Part::Vector.into(),
            ..*settings
        },
        root: None,
        vector_length,
        models: Models::default(),
    };
    let catalogue = Catalogue::create(folder, &meta)?;
    let segments = SegmentFolder::within(folder);
    segments.create()?;
    let label = format!("imported {}", settings.algorithm);
    let writer = RecordsWriter {
        catalogue: &catalogue,
        folder: &segments,
        label: &label,
        vector_length,
        models: &meta.models,
        threads: 1,
    };
    let mut pictures = BTreeMap::new();
    while vectors.peek().is_some() {
        let mut portion = vectors.by_ref().take(PORTION);
        catalogue.in_transaction(|| add_segment(&writer, &mut portion, &mut pictures))?;
    }
    Ok(())
}

fn fill_records(
    folder: &Path,
    settings: &Settings,
    records: &mut dyn Iterator<Item = Result<PictureRecords>>,
) -> Result<()> {
    let meta = Meta {
        kind: LibraryKind::Imported,
        settings: Settings {
            parts: Parts::from(Part::Words).and(Part::Embedding),
            ..*settings
        },
        root: None,
        vector_length: 0,
        models: Models::default(),
    };
    let catalogue = Catalogue::create(folder, &meta)?;
    let segments = SegmentFolder::within(folder);
    segments.create()?;
    let writer = RecordsWriter {
        catalogue: &catalogue,
        folder: &segments,
        label: "",
        vector_length: 0,
        models: &meta.models,
        threads: 1,
    };
    let mut records = records.peekable();
    while records.peek().is_some() {
        catalogue.in_transaction(|| {
            for picture in records.by_ref().take(PICTURES) {
                add_records(&writer, &picture?)?;
            }
            Ok(())
        })?;
        writer.seal(1)?;
        writer.merge(&AtomicBool::new(false))?;
    }
    catalogue.empty_log();
    Ok(())
}

fn add_records(writer: &RecordsWriter<'_>, picture: &PictureRecords) -> Result<()> {
    let dimensions = writer.models.current.dimensions;
    if picture.embedding.len() != dimensions {
        return Err(Error::VectorLength {
            name: String::from_utf8_lossy(&picture.name).into_owned(),
            expected: dimensions,
            received: picture.embedding.len(),
        });
    }
    let id = add_picture(writer.catalogue, &picture.name, Some(picture.size))?;
    let records = [
        (Part::Words, picture.words.to_bytes()),
        (Part::Embedding, embedding_bytes(&picture.embedding)),
    ];
    writer.catalogue.add_records(id, &records)
}

/// Makes a segment of some vectors. `pictures` has the names that came before.
fn add_segment(
    writer: &RecordsWriter<'_>,
    vectors: &mut dyn Iterator<Item = Result<NamedVector>>,
    pictures: &mut BTreeMap<Vec<u8>, PictureId>,
) -> Result<()> {
    let catalogue = writer.catalogue;
    let (number, path) = writer.next(Part::Vector)?;
    let mut segment = VectorWriter::create(&path, writer.vector_length, writer.label)?;
    for next in vectors {
        let NamedVector { name, vector } = next?;
        check_vector(&name, &vector, writer.vector_length)?;
        if let Some(&old) = pictures.get(&name) {
            catalogue.drop_pictures(&[old])?;
        }
        let picture = add_picture(catalogue, &name, None)?;
        catalogue.add_parts(picture, Part::Vector.into())?;
        segment.push(picture.get(), &vector)?;
        pictures.insert(name, picture);
    }
    let segment = segment.finish(writer.threads)?;
    writer.add(number, Part::Vector, &segment)
}

fn add_picture(catalogue: &Catalogue, name: &[u8], size: Option<(u32, u32)>) -> Result<PictureId> {
    // There is no content; its name stands for it.
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"imported\0").update(name);
    let content = catalogue.add_content(&ContentFacts {
        hash: *hasher.finalize().as_bytes(),
        bytes: None,
        format: None,
        frames: None,
    })?;
    let picture = catalogue.add_picture(content, None, size, &[])?;
    let file = FileRow {
        size: 0,
        mtime: 0,
        seen: 0,
        mounted: false,
        state: State::Content(content),
    };
    catalogue.put_file(name, &file)?;
    Ok(picture)
}

fn check_vector(name: &[u8], vector: &[f32], expected: usize) -> Result<()> {
    let name = || String::from_utf8_lossy(name).into_owned();
    if vector.len() != expected || expected == 0 {
        return Err(Error::VectorLength {
            name: name(),
            expected: expected.max(1),
            received: vector.len(),
        });
    }
    match vector.iter().find(|v| !v.is_finite()) {
        None => Ok(()),
        Some(value) => Err(Error::VectorElement {
            name: name(),
            value: *value,
        }),
    }
}
