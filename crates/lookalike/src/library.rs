//! A folder of pictures made searchable.

use crate::catalogue::{Catalogue, Meta};
use crate::content::QueryModel;
use crate::engine::embedded::Embedded;
use crate::engine::{Engine, Moment};
use crate::likeness::Likeness;
use crate::lock::WriteLock;
use crate::model::Network;
use crate::recall::{self, Effort};
use crate::root::{is_mount_point, recorded_root, root_of};
use crate::segments::has_old_words;
use crate::session::Session;
use crate::walk::{Walk, system_reason};
use crate::{
    AskedSettings, CheckReport, Error, FailedFile, LibraryKind, Location, ModelRecord, Models,
    Observer, Part, PartRecall, Parts, PassedOver, Repair, Result, Selection, Settings, Status,
    UpdateOptions, UpdateSummary, VectorExtractor,
};
use lookalike_store::SegmentFolder;
use lookalike_vision::Exec;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Pictures made searchable: what is kept of a folder, or what another [engine](crate::engine) holds.
///
/// Clones are one library, which any number of threads may ask at the same time. Each question is
/// answered from one state, the newest when it was asked. Methods that write take the lock of the
/// library's folder for as long as they run.
#[derive(Clone, Debug)]
pub struct Library {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Where the library is; of another engine its name.
    folder: PathBuf,
    root: Option<PathBuf>,
    storage: Storage,
    /// As last refreshed.
    meta: Mutex<Arc<Meta>>,
    query_model: QueryModel,
    likeness: Likeness,
    warnings: Vec<String>,
}

#[derive(Debug)]
enum Storage {
    Files(Embedded),
    Other(Box<dyn Engine>),
}

impl Library {
    /// Opens a library that exists.
    ///
    /// # Errors
    /// [`Error::NoLibrary`] where there is none, [`Error::NewerFormat`], and those of the system.
    pub fn open(location: &Location) -> Result<Self> {
        Self::open_with(location, Vec::new())
    }

    fn open_with(location: &Location, warnings: Vec<String>) -> Result<Self> {
        let folder = location.library.clone();
        if !location.exists() || Catalogue::is_unfinished(&folder)? {
            return Err(Error::NoLibrary { path: folder });
        }
        let files = Embedded::open(&folder)?;
        let meta = files.latest().meta().clone();
        let root = match meta.kind {
            LibraryKind::Imported => None,
            LibraryKind::Folder => Some(root_of(location, &meta)?),
        };
        Ok(Self::made_of(
            folder,
            root,
            Storage::Files(files),
            meta,
            warnings,
        ))
    }

    /// The pictures that another engine holds: they can be searched, grouped and listed; to bring them
    /// up to date is the engine's own affair. `location` names it in messages, and says where the files
    /// are, if they are here: what they show decides where features leave a doubt.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn over(engine: impl Engine + 'static, location: &Location) -> Result<Self> {
        let meta = engine.moment(Parts::NONE)?.pictures().meta().clone();
        let storage = Storage::Other(Box::new(engine));
        let Location { library, root } = location.clone();
        Ok(Self::made_of(library, root, storage, meta, Vec::new()))
    }

    fn made_of(
        folder: PathBuf,
        root: Option<PathBuf>,
        storage: Storage,
        meta: Meta,
        warnings: Vec<String>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                folder,
                root,
                storage,
                meta: Mutex::new(Arc::new(meta)),
                query_model: QueryModel::default(),
                likeness: Likeness::default(),
                warnings,
            }),
        }
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
        let library = Self::open_with(location, warnings)?;
        let settings = asked.added_to(&library.settings());
        if library.kind() == LibraryKind::Folder {
            library.extend(settings, model.as_ref())?;
        } else if model.is_some() {
            return Err(library.imported());
        }
        asked.compare(library.folder(), &library.settings())?;
        Ok(library)
    }

    /// What the user should know of the model that was asked for: lines for stderr.
    pub fn warnings(&self) -> &[String] {
        &self.shared.warnings
    }

    /// Records that more is to be kept of each picture, or that another model makes embeddings;
    /// the next update makes them.
    fn extend(&self, settings: Option<Settings>, model: Option<&ModelRecord>) -> Result<()> {
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
        if self.with_catalogue(changed)?.is_none() {
            return Ok(());
        }
        let _lock = WriteLock::take(self.folder())?;
        let catalogue = Catalogue::open_writer(self.folder())?;
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

    /// Reads anew what [`settings`](Self::settings) and [`kind`](Self::kind) tell. Questions see the
    /// newest state anyway.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn refresh(&self) -> Result<()> {
        let meta = Arc::new(self.meta()?);
        *self.lock_meta() = meta;
        Ok(())
    }

    fn lock_meta(&self) -> std::sync::MutexGuard<'_, Arc<Meta>> {
        let meta = self.shared.meta.lock();
        meta.unwrap_or_else(PoisonError::into_inner)
    }

    /// The folder that keeps the library; the name of another engine.
    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// The folder of pictures, to which all paths are relative; `None` where there are no files.
    pub fn root(&self) -> Option<&Path> {
        self.shared.root.as_deref()
    }

    /// How its vectors are made, as of the last [`refresh`](Self::refresh) or update.
    pub fn settings(&self) -> Settings {
        self.lock_meta().settings
    }

    /// From a folder, or imported.
    pub fn kind(&self) -> LibraryKind {
        self.lock_meta().kind
    }

    /// Brings the library up to date with its folder.
    ///
    /// # Errors
    /// Where the library cannot be written ([`Error::Locked`], full disk, read-only), the folder
    /// of pictures is out of reach, or the library was imported. What was committed before stays.
    /// Files that cannot be read are no error, the observer is told.
    pub fn update(
        &self,
        options: &UpdateOptions<'_>,
        observer: &mut dyn Observer,
    ) -> Result<UpdateSummary> {
        crate::update::update(self, options, observer)
    }

    /// The models that make its embeddings, as recorded now.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn models(&self) -> Result<Models> {
        Ok(self.meta()?.models)
    }

    /// What it holds and what that costs.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn status(&self) -> Result<Status> {
        self.engine().status()
    }

    /// What approximate searches find of the truth, estimated from a few, of each part that has a
    /// graph. It takes some tenths of a second at most.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn recall(&self) -> Result<Vec<PartRecall>> {
        recall::of_engine(self.engine(), Effort::Quick)
    }

    /// How many pictures of the folder a selection passes over; it walks through the folder four times.
    ///
    /// # Errors
    /// Those of the folder and of the selection.
    pub fn passed_over(&self, selection: &Selection) -> Result<PassedOver> {
        let root = self.present_root()?;
        let folder = std::path::absolute(self.folder());
        let library = folder.map_err(|e| Error::io(self.folder(), e))?;
        let count = |selection: Selection| {
            let walk = Walk {
                root,
                library: &library,
                selection: &selection,
                interrupt: None,
            };
            walk.run().map(|walked| walked.files.len() as u64)
        };
        let found = count(selection.clone())?;
        let more = |wider: Selection| count(wider).map(|all| all.saturating_sub(found));
        Ok(PassedOver {
            ignored: more(Selection {
                no_ignore: true,
                ..selection.clone()
            })?,
            hidden: more(Selection {
                hidden: true,
                ..selection.clone()
            })?,
            linked: more(Selection {
                follow: true,
                ..selection.clone()
            })?,
        })
    }

    /// The files, and places in others, that could not be read, or not wholly, by path.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn failed_files(&self) -> Result<Vec<FailedFile>> {
        self.any_moment(Parts::NONE)?.pictures().failed()
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

    /// The newest state, with the records of these parts, whether or not the library keeps them.
    pub(crate) fn any_moment(&self, parts: Parts) -> Result<Box<dyn Moment + '_>> {
        self.engine().moment(parts.with_frames())
    }

    /// The newest state, with the records of these parts, which the library must keep.
    pub(crate) fn moment(&self, parts: impl Into<Parts>) -> Result<Box<dyn Moment + '_>> {
        let parts = parts.into();
        let moment = self.any_moment(parts)?;
        for part in parts.iter() {
            self.need(moment.pictures().meta(), part)?;
        }
        Ok(moment)
    }

    /// What the library knows about itself now.
    pub(crate) fn meta(&self) -> Result<Meta> {
        let moment = self.any_moment(Parts::NONE)?;
        Ok(moment.pictures().meta().clone())
    }

    /// Refuses what the library does not keep.
    pub(crate) fn need(&self, meta: &Meta, part: Part) -> Result<()> {
        if meta.settings.parts.has(part) {
            return Ok(());
        }
        Err(Error::NoPart {
            path: self.folder().to_path_buf(),
            part,
        })
    }

    pub(crate) fn engine(&self) -> &dyn Engine {
        match &self.shared.storage {
            Storage::Files(files) => files,
            Storage::Other(engine) => engine.as_ref(),
        }
    }

    /// The models by which queries are made.
    pub(crate) fn query_model(&self) -> &QueryModel {
        &self.shared.query_model
    }

    /// What chance gives in this library.
    pub(crate) fn likeness(&self) -> &Likeness {
        &self.shared.likeness
    }

    /// Lets somebody read the catalogue who writes it, too; only files have one.
    pub(crate) fn with_catalogue<T>(
        &self,
        read: impl FnOnce(&Catalogue) -> Result<T>,
    ) -> Result<T> {
        match &self.shared.storage {
            Storage::Files(files) => files.with_catalogue(read),
            Storage::Other(_) => Err(self.imported()),
        }
    }

    pub(crate) fn imported(&self) -> Error {
        Error::Imported {
            path: self.folder().to_path_buf(),
        }
    }

    /// The folder of pictures, which must be there.
    pub(crate) fn present_root(&self) -> Result<&Path> {
        let root = self.root().ok_or_else(|| self.imported())?;
        let refuse = |reason: &str| Error::Root {
            path: root.to_path_buf(),
            reason: reason.into(),
        };
        let metadata = std::fs::metadata(root).map_err(|e| refuse(&system_reason(&e)))?;
        if !metadata.is_dir() {
            return Err(refuse("not a folder"));
        }
        if self.with_catalogue(Catalogue::root_was_mounted)? && !is_mount_point(root) {
            return Err(refuse("the disk that was mounted here is not mounted now"));
        }
        Ok(root)
    }

    /// Takes the right to write.
    pub(crate) fn session(&self) -> Result<Session> {
        Session::begin(self.folder(), self.root())
    }

    /// Whether nothing is left to be done from an earlier update.
    pub(crate) fn is_settled(&self) -> Result<bool> {
        let meta = self.meta()?;
        let root = recorded_root(self.folder(), self.root())?;
        let pruned = !self.with_catalogue(Catalogue::needs_pruning)?;
        let outdated = self.with_catalogue(|ours| has_old_words(ours, self.folder()))?;
        Ok(pruned && !outdated && meta.models.next.is_none() && meta.root == root)
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
    Ok(SegmentFolder::within(folder).create()?)
}
