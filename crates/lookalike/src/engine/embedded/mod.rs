//! The files of a library as an engine.
//!
//! A question holds a connection to the catalogue with a read transaction, which is one state of it.
//! Each state has a number; the segments and fresh records that belong to it are mapped once for all
//! questions that see the same number, and stay mapped until the last of them is done. No lock is held
//! while a question is answered, and an idle library holds no transaction, so that the catalogue's log
//! can be emptied.

mod moment;
mod pictures;
mod state;

use crate::catalogue::Catalogue;
use crate::engine::{self, Engine};
use crate::judgements::JudgementsFile;
use crate::{Judgement, Parts, Result, Status};
use lookalike_store::{ATTEMPTS, Error as StoreError, SegmentFolder};
use moment::Moment;
use state::State;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Connections that are kept for later questions.
const IDLE: usize = 16;

/// The library in a folder, for reading.
#[derive(Debug)]
pub(crate) struct Embedded {
    folder: PathBuf,
    segments: SegmentFolder,
    judgements: JudgementsFile,
    /// Connections that no question uses now.
    idle: Mutex<Vec<Catalogue>>,
    /// The state that was seen last.
    latest: Mutex<Arc<State>>,
}

impl Embedded {
    /// Opens the library in `folder`.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let catalogue = Catalogue::open(folder)?;
        let state = catalogue.in_snapshot(|| State::of(&catalogue, None))?;
        Ok(Self {
            folder: folder.to_path_buf(),
            segments: SegmentFolder::within(folder),
            judgements: JudgementsFile::within(folder),
            idle: Mutex::new(vec![catalogue]),
            latest: Mutex::new(Arc::new(state)),
        })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What people said of its pictures.
    pub(super) fn judgements(&self) -> &JudgementsFile {
        &self.judgements
    }

    /// The state that was seen last.
    pub(crate) fn latest(&self) -> Arc<State> {
        lock(&self.latest).clone()
    }

    /// The newest state, with the records of these parts.
    pub(crate) fn moment(&self, parts: Parts) -> Result<Moment<'_>> {
        for _ in 0..ATTEMPTS {
            let catalogue = self.connection()?;
            catalogue.begin_reading()?;
            let state = self.state(&catalogue)?;
            let complete = state.open(parts, &catalogue, &self.segments)?;
            let moment = Moment::new(self, catalogue, state);
            if complete {
                return Ok(moment);
            }
        }
        let path = self.segments.path().to_owned();
        Err(StoreError::Missing { path }.into())
    }

    /// The state that a connection sees.
    fn state(&self, catalogue: &Catalogue) -> Result<Arc<State>> {
        let number = catalogue.number()?;
        let latest = self.latest();
        if latest.number() == number {
            return Ok(latest);
        }
        let state = Arc::new(State::of(catalogue, Some(&latest))?);
        *lock(&self.latest) = state.clone();
        Ok(state)
    }

    /// Lets somebody read the catalogue as it is.
    pub(crate) fn with_catalogue<T>(
        &self,
        read: impl FnOnce(&Catalogue) -> Result<T>,
    ) -> Result<T> {
        let catalogue = self.connection()?;
        let result = read(&catalogue);
        self.give_back(catalogue);
        result
    }

    fn connection(&self) -> Result<Catalogue> {
        let idle = lock(&self.idle).pop();
        idle.map_or_else(|| Catalogue::open(&self.folder), Ok)
    }

    /// Takes back a connection, for another question.
    fn give_back(&self, catalogue: Catalogue) {
        catalogue.roll_back();
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE {
            idle.push(catalogue);
        }
    }
}

impl Engine for Embedded {
    fn moment(&self, parts: Parts) -> Result<Box<dyn engine::Moment + '_>> {
        Ok(Box::new(self.moment(parts)?))
    }

    fn status(&self) -> Result<Status> {
        let moment = self.moment(Parts::NONE)?;
        let meta = moment.state().meta();
        moment.ask(|catalogue| crate::status::status(catalogue, &self.segments, meta))
    }

    fn judge(&self, judgements: &[Judgement]) -> Result<()> {
        self.judgements.add(judgements)
    }
}

/// What these locks guard is whole at any moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
