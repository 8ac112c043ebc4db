//! What worker threads do: read a file, hash it, and describe its picture if it is a new one.

use super::plan::Job;
use crate::catalogue::{Catalogue, ContentFacts, ContentId, Meta, Record, StoredContent};
use crate::decode::{
    self, DecodeError, DecodeOptions, Format, Picture, Place, decode_bytes, decode_places,
    probe_path, read_file,
};
use crate::describe::Describer;
use crate::model::{LazyModel, ModelSource};
use crate::walk::{Stamp, nanoseconds, system_reason};
use crate::{Error, Parts, PictureId, Result, path_from_bytes};
use std::collections::HashSet;
use std::ops::ControlFlow;
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
    /// A content that the library has.
    Known(ContentId),
    /// A new content with its pictures.
    New(ContentFacts, Described),
    /// A content that the library has, with what it lacked.
    More(ContentId, ContentFacts, Described),
    /// The same content as another file of this update, which is being described.
    Twin(Hash),
    /// No picture, with the reason. The content's hash where it is at fault.
    Failed {
        hash: Option<Hash>,
        failure: Failure,
    },
}

/// What a content was found to hold.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub(super) pictures: Vec<DescribedPicture>,
    /// Places that could not be read, with the reason.
    pub(super) faults: Vec<(Place, String)>,
    /// Pictures of which not all could be read, with what is amiss.
    pub(super) damages: Vec<(Option<Place>, String)>,
    /// Pictures of the library that are no longer wanted.
    pub(super) unwanted: Vec<PictureId>,
}

/// A picture with the records that it lacked.
#[derive(Debug)]
pub(super) struct DescribedPicture {
    pub(super) place: Option<Place>,
    /// Its id, where the library has it.
    pub(super) known: Option<PictureId>,
    pub(super) size: (u32, u32),
    pub(super) records: Vec<Record>,
}

/// Why there is no picture.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) reason: String,
    /// Whether the reason may go away without a change of the file.
    pub(super) retry: bool,
    /// The picture format that is not read, where that is the reason.
    pub(super) unread: Option<Format>,
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
    /// Frames of an animation that are wanted, at most.
    pub(super) frames: u32,
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
        // Within a file of many pictures the update may have been ended.
        let Some(done) = done else { break };
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
    fn read(&mut self, job: usize, path: &Path) -> Result<Option<Done>> {
        // The clock comes first: a change while we read then looks as recent as it is.
        let seen = nanoseconds(SystemTime::now());
        let stamp = std::fs::metadata(path).map_or(self.shared.jobs[job].found.stamp, |metadata| {
            Stamp::of(&metadata)
        });
        let outcome = self.outcome(path, stamp)?;
        Ok(outcome.map(|outcome| Done {
            job,
            stamp,
            seen,
            outcome,
        }))
    }

    /// `None` where the update was ended before all was read.
    fn outcome(&mut self, path: &Path, stamp: Stamp) -> Result<Option<Outcome>> {
        let _permit = self.shared.memory.enter(memory_needed(path, stamp));
        let bytes = match read_file(path, &self.shared.decode.limits) {
            Ok(bytes) => bytes,
            Err(e) => {
                return Ok(Some(Outcome::Failed {
                    hash: None,
                    failure: Failure::of(&e, false),
                }));
            }
        };
        let hash: Hash = *blake3::hash(&bytes).as_bytes();
        // Claim first, look second: a content is forgotten among the claims only after it can be
        // found in the catalogue.
        let claimed = lock(&self.shared.claims).insert(hash);
        let known = self.catalogue.content_by_hash(&hash)?;
        Ok(Some(match known {
            // Another worker makes what it lacks.
            Some(content) if !claimed => Outcome::Known(content.id),
            Some(content) if self.is_complete(&content) => {
                lock(&self.shared.claims).remove(&hash);
                Outcome::Known(content.id)
            }
            None if !claimed => Outcome::Twin(hash),
            known => return self.describe(path, hash, &bytes, known),
        }))
    }

    fn is_complete(&self, content: &StoredContent) -> bool {
        let wanted = self.shared.meta.wanted();
        let mut pictures = content.pictures.iter();
        let described = pictures.all(|(_, _, parts)| wanted.without(*parts).is_empty());
        described
            && content
                .frames
                .is_none_or(|frames| frames == self.shared.frames)
    }

    /// What a content holds, as far as the library lacks it, or why it holds nothing. A model that fails
    /// ends the update: that is no fault of the picture, whose other records must not be lost for it.
    fn describe(
        &mut self,
        path: &Path,
        hash: Hash,
        bytes: &[u8],
        known: Option<StoredContent>,
    ) -> Result<Option<Outcome>> {
        let shared = self.shared;
        let wanted = Wanted::of(shared, bytes, known.as_ref());
        let parts = wanted
            .places
            .iter()
            .fold(Parts::NONE, |all, w| all.and(w.parts));
        let options = DecodeOptions {
            max_side: shared.meta.decode_options(parts).max_side,
            ..shared.decode
        };
        let mut reading = Reading {
            worker: self,
            path,
            described: Described {
                unwanted: wanted.unwanted,
                ..Described::default()
            },
            failure: None,
        };
        if !reading.read(bytes, &wanted.places, &options)? {
            return Ok(None);
        }
        let (described, failure) = (reading.described, reading.failure);
        let facts = ContentFacts {
            hash,
            bytes: Some(bytes.len() as u64),
            format: Format::of(bytes)
                .ok()
                .map(|format| format.name().to_owned()),
            frames: wanted.is_animation.then_some(shared.frames),
        };
        Ok(Some(match (known, failure) {
            (Some(known), _) => Outcome::More(known.id, facts, described),
            (None, Some(failure)) if described.pictures.is_empty() => Outcome::Failed {
                hash: Some(hash),
                failure,
            },
            (None, _) => Outcome::New(facts, described),
        }))
    }

    /// The records of a picture, or what is at fault.
    fn records(
        &mut self,
        path: &Path,
        picture: &Picture,
        parts: Parts,
    ) -> Result<std::result::Result<Vec<Record>, String>> {
        let Shared { meta, model, .. } = *self.shared;
        let describer = self.describer.take();
        let mut describer = describer.unwrap_or_else(|| Describer::new(&meta.settings, model));
        // A fault in an algorithm costs this picture, and the worker's scratch memory.
        let made = catch_unwind(AssertUnwindSafe(|| describer.records(picture, parts)));
        let Ok(records) = made else {
            return Ok(Err("computing its features failed".to_owned()));
        };
        self.describer = Some(describer);
        match records {
            Ok(records) => Ok(Ok(records)),
            Err(e) => match of_model(e, path, model) {
                Fault::Model(e) => Err(e),
                Fault::Picture(reason) => Ok(Err(reason)),
            },
        }
    }
}

/// What is to be read of a content.
struct Wanted {
    places: Vec<WantedPlace>,
    /// Pictures of the library that are no longer wanted.
    unwanted: Vec<PictureId>,
    is_animation: bool,
}

#[derive(Clone, Copy)]
struct WantedPlace {
    place: Option<Place>,
    /// The picture's id, where the library has it.
    known: Option<PictureId>,
    /// What it lacks.
    parts: Parts,
}

impl Wanted {
    fn of(shared: &Shared<'_>, bytes: &[u8], known: Option<&StoredContent>) -> Self {
        let places = decode::places(bytes, &shared.decode.limits, shared.frames);
        let is_animation = matches!(places.first(), Some(Place::Frame(_)));
        let mut places: Vec<Option<Place>> = places.into_iter().map(Some).collect();
        if places.is_empty() {
            places.push(None);
        }
        let stored = known.map_or(&[][..], |content| &content.pictures);
        let unwanted = stored.iter().filter(|(_, at, _)| !places.contains(at));
        let unwanted = unwanted.map(|(id, ..)| *id).collect();
        let wanted = |place| {
            let stored = stored.iter().find(|(_, at, _)| *at == place);
            let has = stored.map_or(Parts::NONE, |(.., parts)| *parts);
            WantedPlace {
                place,
                known: stored.map(|(id, ..)| *id),
                parts: shared.meta.wanted().without(has),
            }
        };
        let places = places.into_iter().map(wanted);
        Self {
            places: places.filter(|wanted| !wanted.parts.is_empty()).collect(),
            unwanted,
            is_animation,
        }
    }
}

/// A file being read, picture by picture.
struct Reading<'w, 'a> {
    worker: &'w mut Worker<'a>,
    path: &'w Path,
    described: Described,
    /// Why the first that failed did.
    failure: Option<Failure>,
}

impl Reading<'_, '_> {
    /// Whether all was read: the update may be ended meanwhile.
    fn read(
        &mut self,
        bytes: &[u8],
        wanted: &[WantedPlace],
        options: &DecodeOptions,
    ) -> Result<bool> {
        if let [only] = wanted
            && only.place.is_none()
        {
            self.take(only, decode_bytes(bytes, options))?;
            return Ok(true);
        }
        let places: Vec<Place> = wanted.iter().filter_map(|wanted| wanted.place).collect();
        let mut taken = Ok(());
        let mut stopped = false;
        decode_places(bytes, &places, options, &mut |place, picture| {
            let wanted = wanted.iter().find(|wanted| wanted.place == Some(place));
            if let Some(wanted) = wanted {
                taken = self.take(wanted, picture);
            }
            stopped = self.worker.shared.stopped();
            match taken.is_err() || stopped {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        taken.map(|()| !stopped)
    }

    fn take(
        &mut self,
        wanted: &WantedPlace,
        picture: std::result::Result<Picture, DecodeError>,
    ) -> Result<()> {
        let failure = match picture {
            Ok(picture) => match self.worker.records(self.path, &picture, wanted.parts)? {
                Ok(records) => {
                    let damage = picture.damage.map(|damage| (wanted.place, damage));
                    self.described.damages.extend(damage);
                    self.described.pictures.push(DescribedPicture {
                        place: wanted.place,
                        known: wanted.known,
                        size: picture.original_size,
                        records,
                    });
                    return Ok(());
                }
                Err(reason) => Failure {
                    reason,
                    retry: false,
                    unread: None,
                },
            },
            Err(error) => Failure::of(&error, true),
        };
        if let Some(place) = wanted.place {
            self.described.faults.push((place, failure.reason.clone()));
        }
        self.failure.get_or_insert(failure);
        Ok(())
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

impl Failure {
    /// Refusals of the system may end without a change of the file; a damaged file stays damaged.
    fn of(error: &DecodeError, was_read: bool) -> Self {
        let (reason, retry) = match error {
            DecodeError::Io(e) => (system_reason(e), true),
            // The limits may be others next time.
            DecodeError::TooLarge { .. } => (error.to_string(), true),
            other => (other.to_string(), !was_read),
        };
        let unread = match error {
            DecodeError::UnsupportedFormat { format } => Some(*format),
            _ => None,
        };
        Self {
            reason,
            retry,
            unread,
        }
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
