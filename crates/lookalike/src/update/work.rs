//! What worker threads do: read a file, hash it, and describe its picture if it is a new one.

use super::plan::Job;
use crate::catalogue::{Catalogue, Meta, PictureFacts, Record};
use crate::decode::{DecodeError, DecodeOptions, decode_bytes, probe_path, read_file};
use crate::describe::Describer;
use crate::model::{LazyModel, ModelSource};
use crate::walk::{Stamp, nanoseconds, system_reason};
use crate::{Error, Parts, PictureId, Result, path_from_bytes};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Bytes of files and pixels that are in memory at a time, in all threads together. A larger
/// picture comes alone.
const MEMORY: u64 = 512 << 20;

/// The hash of a content.
pub(super) type Hash = [u8; 32];

/// What came of a job.
#[derive(Debug)]
pub(super) struct Done {
    /// Its place in the list.
    pub(super) job: usize,
    /// The file as it was just before it was read.
    pub(super) stamp: Stamp,
    /// When that was.
    pub(super) seen: i64,
    pub(super) outcome: Outcome,
}

/// What a file turned out to be.
#[derive(Debug)]
pub(super) enum Outcome {
    /// A picture that the library has.
    Known(PictureId),
    /// A new picture with its records.
    New(PictureFacts, Vec<Record>),
    /// A picture that the library has, with the records that it lacked.
    More(PictureId, Hash, Vec<Record>),
    /// The same content as another file of this update, which is being described.
    Twin(Hash),
    /// No picture, with the reason. The content's hash where it is at fault.
    Failed {
        hash: Option<Hash>,
        reason: String,
        retry: bool,
    },
}

/// What the workers share.
pub(super) struct Shared<'a> {
    pub(super) root: &'a Path,
    /// The folder of the library, from which each worker reads through its own connection.
    pub(super) library: &'a Path,
    pub(super) jobs: &'a [Job],
    pub(super) meta: &'a Meta,
    /// What makes embeddings.
    pub(super) model: &'a LazyModel,
    pub(super) decode: DecodeOptions,
    pub(super) interrupt: Option<&'a AtomicBool>,
    /// The writer has given up.
    pub(super) stop: AtomicBool,
    /// Contents that a worker describes, or that are not committed yet.
    pub(super) claims: Mutex<HashSet<Hash>>,
    pub(super) next: AtomicUsize,
    pub(super) memory: Gate,
}

impl Shared<'_> {
    fn stopped(&self) -> bool {
        let set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        set(&self.stop) || self.interrupt.is_some_and(set)
    }
}

/// One worker: does jobs until there are none.
pub(super) fn work(shared: &Shared<'_>, results: &SyncSender<Done>) -> Result<()> {
    let mut worker = Worker {
        shared,
        catalogue: Catalogue::open(shared.library)?,
        describer: None,
    };
    while !shared.stopped() {
        let job = shared.next.fetch_add(1, Ordering::Relaxed);
        let Some(file) = shared.jobs.get(job) else {
            break;
        };
        let done = worker.read(job, &shared.root.join(path_from_bytes(&file.path)))?;
        if results.send(done).is_err() {
            break;
        }
    }
    Ok(())
}

struct Worker<'a> {
    shared: &'a Shared<'a>,
    catalogue: Catalogue,
    describer: Option<Describer<'a>>,
}

impl Worker<'_> {
    fn read(&mut self, job: usize, path: &Path) -> Result<Done> {
        // The clock comes first: a change while we read then looks as recent as it is.
        let seen = nanoseconds(SystemTime::now());
        let stamp = std::fs::metadata(path).map_or(self.shared.jobs[job].found.stamp, |metadata| {
            Stamp::of(&metadata)
        });
        Ok(Done {
            job,
            stamp,
            seen,
            outcome: self.outcome(path, stamp)?,
        })
    }

    fn outcome(&mut self, path: &Path, stamp: Stamp) -> Result<Outcome> {
        let _permit = self.shared.memory.enter(memory_needed(path, stamp));
        let bytes = match read_file(path, &self.shared.decode.limits) {
            Ok(bytes) => bytes,
            Err(e) => return Ok(failed(None, &e)),
        };
        let hash: Hash = *blake3::hash(&bytes).as_bytes();
        // Claim first, look second: a content is forgotten among the claims only after it can be
        // found in the catalogue.
        let claimed = lock(&self.shared.claims).insert(hash);
        let known = self.catalogue.picture_by_hash(&hash)?;
        let wanted = self.shared.meta.wanted();
        let lacking = known.map_or(wanted, |(_, parts)| wanted.without(parts));
        match known {
            // Another worker makes what it lacks.
            Some((picture, _)) if !claimed => Ok(Outcome::Known(picture)),
            Some((picture, _)) if lacking.is_empty() => {
                lock(&self.shared.claims).remove(&hash);
                Ok(Outcome::Known(picture))
            }
            None if !claimed => Ok(Outcome::Twin(hash)),
            known => Ok(match self.describe(path, hash, &bytes, lacking)? {
                Ok((facts, records)) => match known {
                    Some((picture, _)) => Outcome::More(picture, hash, records),
                    None => Outcome::New(facts, records),
                },
                Err(failed) => failed,
            }),
        }
    }

    /// The records of a picture, or why there are none. A model that fails ends the update: that
    /// is no fault of the picture, whose other records must not be lost for it.
    fn describe(
        &mut self,
        path: &Path,
        hash: Hash,
        bytes: &[u8],
        parts: Parts,
    ) -> Result<std::result::Result<(PictureFacts, Vec<Record>), Outcome>> {
        let Shared { meta, model, .. } = *self.shared;
        let options = DecodeOptions {
            max_side: meta.decode_options(parts).max_side,
            ..self.shared.decode
        };
        let picture = match decode_bytes(bytes, &options) {
            Ok(picture) => picture,
            Err(e) => return Ok(Err(failed(Some(hash), &e))),
        };
        let facts = PictureFacts {
            hash,
            size: Some(picture.original_size),
            bytes: Some(bytes.len() as u64),
            format: Some(picture.format.name().to_owned()),
        };
        let fault = |reason| Outcome::Failed {
            hash: Some(hash),
            reason,
            retry: false,
        };
        let describer = self.describer.take();
        let mut describer = describer.unwrap_or_else(|| Describer::new(&meta.settings, model));
        // A fault in an algorithm costs this picture, and the worker's scratch memory.
        match catch_unwind(AssertUnwindSafe(|| describer.records(&picture, parts))) {
            Ok(records) => {
                self.describer = Some(describer);
                match records {
                    Ok(records) => Ok(Ok((facts, records))),
                    Err(e) => match of_model(e, path, model) {
                        Fault::Model(e) => Err(e),
                        Fault::Picture(reason) => Ok(Err(fault(reason))),
                    },
                }
            }
            Err(_) => Ok(Err(fault("computing its features failed".to_owned()))),
        }
    }
}

/// Whose fault it is that a record cannot be made.
enum Fault {
    Model(Error),
    Picture(String),
}

fn of_model(error: Error, path: &Path, model: &LazyModel) -> Fault {
    let record = model.record();
    match error {
        Error::Embed(source) if record.source != ModelSource::Embedded => {
            Fault::Model(Error::ModelFailed {
                path: path.to_path_buf(),
                name: record.name.clone(),
                source: Box::new(source),
            })
        }
        Error::ModelGone { .. }
        | Error::ModelDiffers { .. }
        | Error::ModelTooWide { .. }
        | Error::NoModels { .. } => Fault::Model(error),
        other => Fault::Picture(other.to_string()),
    }
}

/// About how many bytes a file and its pixels take: three bytes a pixel as decoded, one as grey.
fn memory_needed(path: &Path, stamp: Stamp) -> u64 {
    let pixels = probe_path(path).map_or(0, |h| u64::from(h.width) * u64::from(h.height));
    stamp.size.unsigned_abs().saturating_add(pixels * 4)
}

/// Refusals of the system may end without a change of the file; a damaged file stays damaged.
fn failed(hash: Option<Hash>, error: &DecodeError) -> Outcome {
    let (reason, retry) = match error {
        DecodeError::Io(e) => (system_reason(e), true),
        // The limits may be others next time.
        DecodeError::TooLarge { .. } => (error.to_string(), true),
        other => (other.to_string(), hash.is_none()),
    };
    Outcome::Failed {
        hash,
        reason,
        retry,
    }
}

/// Lets in as much as there is room for.
#[derive(Debug)]
pub(super) struct Gate {
    free: Mutex<u64>,
    changed: Condvar,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            free: Mutex::new(MEMORY),
            changed: Condvar::new(),
        }
    }
}

impl Gate {
    /// Waits until there is room for `needed` bytes; what is larger than all waits for all.
    fn enter(&self, needed: u64) -> Permit<'_> {
        let taken = needed.min(MEMORY);
        let mut free = lock(&self.free);
        while *free < taken {
            free = self
                .changed
                .wait(free)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *free -= taken;
        Permit { gate: self, taken }
    }
}

struct Permit<'a> {
    gate: &'a Gate,
    taken: u64,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *lock(&self.gate.free) += self.taken;
        self.gate.changed.notify_all();
    }
}

/// What these locks guard is whole at any moment, so a panic elsewhere does not matter.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
