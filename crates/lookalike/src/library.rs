//! A folder of pictures made searchable.

use crate::catalogue::{Catalogue, Meta};
use crate::content::{ContentQuery, QueryModel, of_length_one};
use crate::decode::{DecodeOptions, Picture, decode_bytes};
use crate::lock::WriteLock;
use crate::model::{Models, Network};
use crate::recall::{self, Effort};
use crate::root::{is_mount_point, recorded_root, root_of};
use crate::same::search::{Found, Place};
use crate::same::{Group, GroupKind, GroupOptions, SameQuery};
use crate::segments::SegmentFolder;
use crate::session::Session;
use crate::snapshot::{Embeddings, Snapshots, Vectors, Wanted, Words};
use crate::walk::system_reason;
use crate::{
    AskedSettings, CheckReport, ClusterOptions, Clusters, Error, FailedFile, Hit, LibraryKind,
    Location, ModelRecord, NamedVector, Observer, Part, Parts, PictureId, PictureRecords, Recall,
    Repair, Result, SearchOptions, Settings, Status, UpdateOptions, UpdateSummary, VectorExtractor,
    path_from_bytes,
};
use lookalike_index::WordPicture;
use lookalike_vision::Exec;
use std::path::{Path, PathBuf};

/// A library, open for reading; every method that writes takes the lock for as long as it runs.
#[derive(Debug)]
pub struct Library {
    folder: PathBuf,
    root: Option<PathBuf>,
    meta: Meta,
    catalogue: Catalogue,
    segments: SegmentFolder,
    snapshots: Snapshots,
    /// The model by which queries were made last.
    query_model: QueryModel,
    warnings: Vec<String>,
}

impl Library {
    /// Opens a library that exists.
    ///
    /// # Errors
    /// [`Error::NoLibrary`] where there is none, [`Error::NewerFormat`], and those of the system.
    pub fn open(location: &Location) -> Result<Self> {
        let folder = location.library.clone();
        if !location.exists() || Catalogue::is_unfinished(&folder)? {
            return Err(Error::NoLibrary { path: folder });
        }
        let catalogue = Catalogue::open(&folder)?;
        let meta = catalogue.meta()?;
        let root = match meta.kind {
            LibraryKind::Imported => None,
            LibraryKind::Folder => Some(root_of(location, &meta)?),
        };
        Ok(Self {
            segments: SegmentFolder::of(&folder),
            snapshots: Snapshots::default(),
            folder,
            root,
            meta,
            catalogue,
            query_model: QueryModel::default(),
            warnings: Vec::new(),
        })
    }

    /// Opens a library, or makes it. `asked` is what the user asked for: where the library exists
    /// and was made otherwise, that is an error; settings that the user did not ask for are `None`.
    ///
    /// # Errors
    /// As [`open`](Self::open), [`Error::SettingDiffers`], [`Error::ReadOnly`], [`Error::Root`]
    /// where the folder of pictures is missing.
    pub fn open_or_create(location: &Location, asked: &AskedSettings) -> Result<Self> {
        // A model that cannot be used must not leave an empty library behind.
        let model = asked.model.as_ref().map(Network::open).transpose()?;
        let warnings = model.iter().flat_map(|(_, network)| network.warnings());
        let warnings = warnings.collect();
        let model = model.map(|(record, _)| record);
        if !location.exists() || Catalogue::is_unfinished(&location.library)? {
            create(location, asked, model.as_ref())?;
        }
        let mut library = Self::open(location)?;
        let settings = asked.added_to(library.settings());
        if library.kind() == LibraryKind::Folder {
            library.extend(settings, model.as_ref())?;
        } else if model.is_some() {
            return Err(Error::Imported {
                path: library.folder,
            });
        }
        asked.compare(library.folder(), library.settings())?;
        library.warnings = warnings;
        Ok(library)
    }

    /// What the user should know of the model that was asked for: lines for stderr.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Records that more is to be kept of each picture, or that another model makes embeddings;
    /// the next update makes them.
    fn extend(&mut self, settings: Option<Settings>, model: Option<&ModelRecord>) -> Result<()> {
        let changed = |catalogue: &Catalogue| -> Result<Option<Meta>> {
            let mut meta = catalogue.meta()?;
            if let Some(settings) = settings {
                meta.vector_length = VectorExtractor::of(&settings, Exec::default())?.len();
                meta.settings = settings;
            }
            if let Some(model) = model {
                let has_embeddings = catalogue.has_part(Part::Embedding)?;
                meta.models = meta.models.changed_to(model, has_embeddings);
            }
            Ok((meta != catalogue.meta()?).then_some(meta))
        };
        if changed(&self.catalogue)?.is_none() {
            return Ok(());
        }
        let _lock = WriteLock::take(&self.folder)?;
        let catalogue = Catalogue::open_writer(&self.folder)?;
        if let Some(meta) = changed(&catalogue)? {
            let next = |models: &Models| models.next.as_ref().map(|model| model.id.clone());
            catalogue.in_transaction(|| {
                if next(&meta.models) != next(&catalogue.models()?) {
                    catalogue.drop_part(Part::NextEmbedding)?;
                }
                catalogue.write_meta(&meta)
            })?;
        }
        self.refresh()
    }

    /// Reads anew what the library knows about itself.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        self.meta = self.catalogue.meta()?;
        Ok(())
    }

    /// The folder that keeps the library.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of pictures, to which all paths are relative; `None` in an imported library.
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// How its vectors are made.
    pub fn settings(&self) -> &Settings {
        &self.meta.settings
    }

    /// From a folder, or imported.
    pub fn kind(&self) -> LibraryKind {
        self.meta.kind
    }

    /// Brings the library up to date with its folder.
    ///
    /// # Errors
    /// Where the library cannot be written ([`Error::Locked`], full disk, read-only), the folder
    /// of pictures is out of reach, or the library was imported. What was committed before stays.
    /// Files that cannot be read are no error, the observer is told.
    pub fn update(
        &mut self,
        options: &UpdateOptions<'_>,
        observer: &mut dyn Observer,
    ) -> Result<UpdateSummary> {
        crate::update::update(self, options, observer)
    }

    /// The files whose vectors are most like `vector`, best first, equal ones by path. Files of
    /// one content are a hit each. A vector of zeros, from a picture without keypoints, is like
    /// nothing.
    ///
    /// # Errors
    /// [`Error::VectorLength`], [`Error::NoPart`], damage, and those of the system.
    pub fn search(&self, vector: &[f32], options: &SearchOptions) -> Result<Vec<Hit>> {
        if vector.len() != self.meta.vector_length {
            return Err(Error::VectorLength {
                name: "the query".into(),
                expected: self.meta.vector_length,
                received: vector.len(),
            });
        }
        self.need(Part::Vector)?;
        self.with(|vectors: Vectors| {
            crate::search::by_vector(&self.catalogue, &vectors, vector, options)
        })
    }

    /// A query for [`search_same`](Self::search_same): the bytes of an encoded picture, decoded and
    /// described as the pictures of this library were. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Picture`] where the bytes are no picture that can be read.
    pub fn same_query(&self, name: &Path, bytes: &[u8], threads: usize) -> Result<SameQuery> {
        let picture = self.decode_query(name, bytes, Part::Words)?;
        self.same_of(&picture, bytes, threads)
    }

    pub(crate) fn same_of(
        &self,
        picture: &Picture,
        bytes: &[u8],
        threads: usize,
    ) -> Result<SameQuery> {
        let query = SameQuery::new(picture, self.settings().profile, threads)?;
        Ok(query.of_file(bytes))
    }

    /// The files that show the same picture or object as the query, proven by geometry, the best
    /// proven first; then, marked as [`HitKind::Candidate`](crate::HitKind::Candidate), what shares
    /// features with it and could not be proven. Where nothing is proven and the library keeps
    /// embeddings, these count for the order of candidates, too. Files of one content are a hit each.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, and those of the system.
    pub fn search_same(&self, query: &SameQuery, options: &SearchOptions) -> Result<Vec<Hit>> {
        let mut found = self.found_same(query, options)?;
        if !found.is_proven()
            && let Some(content) = self.content_of_same(query)?
        {
            let cosines = self.with(|embeddings: Embeddings| {
                let cosine = |id| embeddings.cosine(id, &content.vector);
                Ok(found.pictures().map(cosine).collect::<Vec<_>>())
            })?;
            found.reorder(&cosines);
        }
        Ok(found.hits(options))
    }

    /// The same hits, for who only wants the proven ones: candidates come as they do.
    pub(crate) fn search_proven(
        &self,
        query: &SameQuery,
        options: &SearchOptions,
    ) -> Result<Vec<Hit>> {
        Ok(self.found_same(query, options)?.hits(options))
    }

    fn found_same(&self, query: &SameQuery, options: &SearchOptions) -> Result<Found> {
        self.need(Part::Words)?;
        let place = self.place();
        self.with(|words: Words| crate::same::search::search(&place, &words, query, options))
    }

    /// What a query shows, where the library keeps that of its pictures. It is only for an order, so
    /// a model that is not there is no error.
    fn content_of_same<'q>(&self, query: &'q SameQuery) -> Result<Option<&'q ContentQuery>> {
        let Some(picture) = query.picture.as_ref() else {
            return Ok(None);
        };
        if !self.settings().parts.has(Part::Embedding) {
            return Ok(None);
        }
        let content = query.content.get_or_init(|| self.content_of(picture).ok());
        let model = self.models()?.current.id;
        Ok(content.as_ref().filter(|content| content.model == model))
    }

    /// The models that make its embeddings, as recorded now.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn models(&self) -> Result<Models> {
        self.catalogue.models()
    }

    /// What the network sees in a query, for [`search_similar`](Self::search_similar): the bytes of
    /// an encoded picture. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Picture`] where the bytes are no picture that can be read; those of the library's
    /// model.
    pub fn query_embedding(&self, name: &Path, bytes: &[u8]) -> Result<ContentQuery> {
        self.content_of(&self.decode_query(name, bytes, Part::Embedding)?)
    }

    pub(crate) fn content_of(&self, picture: &Picture) -> Result<ContentQuery> {
        let model = self.models()?.current;
        self.query_model.of_picture(&model, picture)
    }

    /// What words say, as [`query_embedding`](Self::query_embedding) does it for pictures.
    ///
    /// # Errors
    /// [`lookalike_embed::Error::NoText`] where the library's model knows pictures only, and
    /// those of the model.
    pub fn query_words(&self, words: &str) -> Result<ContentQuery> {
        self.query_model.of_words(&self.models()?.current, words)
    }

    /// The files whose pictures show most similar things, best first, equal ones by path. Files of
    /// one content are a hit each.
    ///
    /// # Errors
    /// [`Error::NoPart`], [`Error::QueryModel`], damage, and those of the system.
    pub fn search_similar(
        &self,
        query: &ContentQuery,
        options: &SearchOptions,
    ) -> Result<Vec<Hit>> {
        self.need(Part::Embedding)?;
        self.with(|embeddings: Embeddings| {
            crate::search::by_embedding(&self.catalogue, &embeddings, query, options)
        })
    }

    /// What the network saw in a picture of this library, for
    /// [`search_similar`](Self::search_similar); `None` where there is no such picture, or its
    /// embedding is yet to be made.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, and those of the system.
    pub fn stored_embedding(&self, picture: PictureId) -> Result<Option<ContentQuery>> {
        self.need(Part::Embedding)?;
        self.with(|embeddings: Embeddings| {
            let model = self.catalogue.models()?.current.id;
            let embedding = embeddings.embedding(picture);
            Ok(embedding.map(|vector| ContentQuery::of_stored(model, &vector)))
        })
    }

    /// Calls `work` with the records that it wants, all of one moment.
    pub(crate) fn with<W: Wanted, T>(&self, work: impl FnOnce(W) -> Result<T>) -> Result<T> {
        self.snapshots.with(&self.catalogue, &self.segments, work)
    }

    /// The words of a stored picture, where they are made already.
    pub(crate) fn stored_words(&self, picture: PictureId) -> Result<Option<WordPicture>> {
        self.with(|words: Words| words.words(picture))
    }

    /// The vector of a stored picture, where it is made already.
    pub(crate) fn stored_vector(&self, picture: PictureId) -> Result<Option<Vec<f32>>> {
        self.with(|vectors: Vectors| Ok(vectors.vector(picture).map(<[f32]>::to_vec)))
    }

    /// The files that are there more than once, in groups ordered by path.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, and those of the system.
    pub fn groups(&self, options: &GroupOptions<'_>) -> Result<Vec<Group>> {
        if options.kind != GroupKind::Exact {
            self.need(Part::Words)?;
        }
        let place = self.place();
        self.with(|words: Words| crate::same::groups::groups(&place, &words, options))
    }

    /// Groups of pictures that show similar things, the largest first. A picture without company is
    /// in none.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, and those of the system.
    pub fn clusters(&self, options: &ClusterOptions<'_>) -> Result<Clusters> {
        self.need(Part::Embedding)?;
        self.with(|embeddings: Embeddings| {
            crate::cluster::clusters(&self.catalogue, &embeddings, options)
        })
    }

    fn place(&self) -> Place<'_> {
        Place {
            catalogue: &self.catalogue,
            root: self.root(),
            profile: self.settings().profile,
        }
    }

    /// How queries are decoded for these parts, as the pictures of the library are.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn decode_options(&self, parts: Parts) -> Result<DecodeOptions> {
        Ok(self.catalogue.meta()?.decode_options(parts))
    }

    pub(crate) fn decode_query(
        &self,
        name: &Path,
        bytes: &[u8],
        parts: impl Into<Parts>,
    ) -> Result<Picture> {
        let options = self.decode_options(parts.into())?;
        decode_bytes(bytes, &options).map_err(|e| Error::Picture {
            path: name.to_path_buf(),
            reason: e.to_string(),
        })
    }

    /// Refuses what the library does not keep.
    pub(crate) fn need(&self, part: Part) -> Result<()> {
        if self.settings().parts.has(part) {
            return Ok(());
        }
        Err(Error::NoPart {
            path: self.folder.clone(),
            part,
        })
    }

    /// A picture without a record that it should have.
    fn lacks(&self, picture: PictureId, part: Part) -> Error {
        Error::Damaged {
            path: self.folder.clone(),
            what: format!("picture {picture} has no {part}"),
        }
    }

    /// The vector of a query: the bytes of an encoded picture, decoded, turned as its EXIF says,
    /// reduced and described as the pictures of this library were. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Picture`] where the bytes are no picture that can be read.
    pub fn query_vector(&self, name: &Path, bytes: &[u8], threads: usize) -> Result<Vec<f32>> {
        self.vector_of(&self.decode_query(name, bytes, Part::Vector)?, threads)
    }

    pub(crate) fn vector_of(&self, picture: &Picture, threads: usize) -> Result<Vec<f32>> {
        let settings = self.settings();
        VectorExtractor::of(settings, Exec::with_threads(threads))?
            .extract(&picture.gray(settings.channel_order))
    }

    /// What it holds and what that costs.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn status(&self) -> Result<Status> {
        crate::status::status(&self.catalogue, &self.segments, &self.meta)
    }

    /// What approximate searches find of the truth, estimated from a few, of each part that has a
    /// graph. It takes some tenths of a second at most.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn recall(&self) -> Result<Vec<Recall>> {
        recall::of_library(
            &self.snapshots,
            &self.catalogue,
            &self.segments,
            Effort::Quick,
        )
    }

    /// The files that could not be read, by path.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn failed_files(&self) -> Result<Vec<FailedFile>> {
        let failed = self.catalogue.failed_files()?.into_iter();
        Ok(failed
            .map(|(path, reason)| FailedFile {
                path: path_from_bytes(&path),
                reason,
            })
            .collect())
    }

    /// Reads every byte of the library at `location` and reports what is wrong. It opens what
    /// [`open`](Self::open) refuses as damaged, too.
    ///
    /// # Errors
    /// Where there is no library, it is of a newer format, or the system cannot read it.
    pub fn check(location: &Location) -> Result<CheckReport> {
        crate::check::check(&location.library)
    }

    /// Drops what is damaged, and only that; the next update makes it anew.
    ///
    /// # Errors
    /// Where there is no library, it is locked, or it cannot be written.
    pub fn repair(location: &Location) -> Result<Repair> {
        crate::check::repair(&location.library)
    }

    /// Calls `each` with every file's vector, by path. It stops at the first error of `each`.
    ///
    /// # Errors
    /// Damage, those of the system, those of `each`.
    pub fn export(&self, each: &mut dyn FnMut(NamedVector) -> Result<()>) -> Result<()> {
        self.need(Part::Vector)?;
        self.with(|vectors: Vectors| {
            for (name, picture) in self.catalogue.named_pictures()? {
                let vector = vectors.vector(picture);
                let vector = vector.ok_or_else(|| self.lacks(picture, Part::Vector))?;
                each(NamedVector {
                    name,
                    vector: vector.to_vec(),
                })?;
            }
            Ok(())
        })
    }

    /// Calls `each` with every file's embedding, of length 1, by path. It stops at the first error
    /// of `each`.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, those of the system, those of `each`.
    pub fn export_embeddings(&self, each: &mut dyn FnMut(NamedVector) -> Result<()>) -> Result<()> {
        self.need(Part::Embedding)?;
        self.with(|embeddings: Embeddings| {
            for (name, picture) in self.catalogue.named_pictures()? {
                let kept = embeddings.embedding(picture);
                let kept = kept.ok_or_else(|| self.lacks(picture, Part::Embedding))?;
                let vector = of_length_one(&kept);
                each(NamedVector { name, vector })?;
            }
            Ok(())
        })
    }

    /// Calls `each` with what is kept of every file's picture, by path. It stops at the first error
    /// of `each`.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, those of the system, those of `each`.
    pub fn export_records(&self, each: &mut dyn FnMut(PictureRecords) -> Result<()>) -> Result<()> {
        self.need(Part::Words)?;
        self.need(Part::Embedding)?;
        self.with(|(words, embeddings): (Words, Embeddings)| {
            for (name, picture) in self.catalogue.named_pictures()? {
                let words = words
                    .words(picture)?
                    .ok_or_else(|| self.lacks(picture, Part::Words))?;
                let embedding = embeddings.embedding(picture);
                let [width, height] = words.size.map(u32::from);
                each(PictureRecords {
                    name,
                    size: self.catalogue.size_of(picture)?.unwrap_or((width, height)),
                    words,
                    embedding: embedding.ok_or_else(|| self.lacks(picture, Part::Embedding))?,
                })?;
            }
            Ok(())
        })
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
        crate::transfer::import_records(&location.library, settings, records)?;
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
        crate::transfer::import(&location.library, settings, vectors)?;
        Self::open(location)
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The folder of pictures, which must be there.
    pub(crate) fn present_root(&self) -> Result<&Path> {
        let root = self.root.as_deref().ok_or_else(|| Error::Imported {
            path: self.folder.clone(),
        })?;
        let refuse = |reason: &str| Error::Root {
            path: root.to_path_buf(),
            reason: reason.into(),
        };
        let metadata = std::fs::metadata(root).map_err(|e| refuse(&system_reason(&e)))?;
        if !metadata.is_dir() {
            return Err(refuse("not a folder"));
        }
        if self.catalogue.root_was_mounted()? && !is_mount_point(root) {
            return Err(refuse("the disk that was mounted here is not mounted now"));
        }
        Ok(root)
    }

    /// Takes the right to write.
    pub(crate) fn session(&self) -> Result<Session> {
        Session::begin(&self.folder, self.root.as_deref())
    }

    /// Whether nothing is left to be done from an earlier update.
    pub(crate) fn is_settled(&self) -> Result<bool> {
        let recorded = self.catalogue.meta()?.root;
        let root = recorded_root(&self.folder, self.root.as_deref())?;
        let model_changes = self.catalogue.models()?.next.is_some();
        Ok(!self.catalogue.needs_pruning()? && !model_changes && recorded == root)
    }
}

fn create(location: &Location, asked: &AskedSettings, model: Option<&ModelRecord>) -> Result<()> {
    let folder = &location.library;
    let root = location.root.as_deref().ok_or_else(|| Error::RootUnknown {
        path: folder.clone(),
    })?;
    if !root.is_dir() {
        return Err(Error::Root {
            path: root.to_path_buf(),
            reason: "no such folder".into(),
        });
    }
    let settings = asked.or_default();
    let extractor = VectorExtractor::of(&settings, Exec::default())?;
    std::fs::create_dir_all(folder).map_err(|e| Error::writing(folder, e))?;
    let _lock = WriteLock::take(folder)?;
    if location.exists() && !Catalogue::is_unfinished(folder)? {
        return Ok(()); // Another process was faster.
    }
    let meta = Meta {
        kind: LibraryKind::Folder,
        settings,
        root: recorded_root(folder, Some(root))?,
        vector_length: extractor.len(),
        models: Models {
            current: model.cloned().unwrap_or_else(ModelRecord::embedded),
            next: None,
        },
    };
    Catalogue::create(folder, &meta)?;
    SegmentFolder::of(folder).create()
}
