//! What the one writer does: it takes what the workers bring and commits it in small portions.

use super::plan::Plan;
use super::work::{self, Described, Done, Failure, Hash, Outcome, Shared, lock};
use super::{Event, Observer, UpdateOptions, UpdateSummary, tell_unchanged};
use crate::Part;
use crate::catalogue::{Catalogue, ContentId, FileRow, Meta, State};
use crate::decode::{DecodeOptions, Format};
use crate::model::LazyModel;
use crate::segments::{RecordsWriter, SEAL_AT, SEAL_AT_END};
use crate::{Error, Library, Models, Result, path_from_bytes};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// A crash loses at most so many files' work,
const COMMIT_FILES: usize = 200;
/// or the work of so much time.
const COMMIT_AFTER: Duration = Duration::from_secs(2);

/// Does what the plan says.
pub(super) fn run(
    library: &Library,
    root: &Path,
    plan: &Plan,
    meta: &Meta,
    records: &RecordsWriter<'_>,
    options: &UpdateOptions<'_>,
    observer: &mut dyn Observer,
) -> Result<UpdateSummary> {
    let model = LazyModel::new(meta.models.of(Part::NextEmbedding).clone());
    let shared = Shared {
        root,
        library: library.folder(),
        jobs: &plan.jobs,
        meta,
        model: &model,
        decode: DecodeOptions {
            limits: super::limits(options),
            ..meta.decode_options(meta.wanted())
        },
        frames: plan.frames,
        interrupt: options.interrupt,
        stop: AtomicBool::new(false),
        claims: Mutex::default(),
        next: AtomicUsize::new(0),
        memory: work::Gate::default(),
    };
    let mut writer = Writer {
        catalogue: records.catalogue,
        records,
        plan,
        shared: &shared,
        summary: tell_unchanged(plan, observer),
        observer,
        moves: movable(plan),
        moved: HashSet::new(),
        waiting: HashMap::new(),
        unreadable: HashMap::new(),
        uncommitted: Vec::new(),
        files: 0,
        since: None,
        fresh: records.fresh_count()?,
    };
    let result = writer.run(options.threads.max(1));
    if result.is_err() {
        records.catalogue.roll_back();
    }
    result.map(|()| writer.summary)
}

/// The files that are gone, by content: where their content comes up again, they have moved.
fn movable(plan: &Plan) -> HashMap<ContentId, Vec<&[u8]>> {
    let mut moves: HashMap<ContentId, Vec<&[u8]>> = HashMap::new();
    for (path, row) in plan.gone.iter().rev() {
        if let State::Content(id) = row.state {
            moves.entry(id).or_default().push(path);
        }
    }
    moves
}

struct Writer<'a> {
    catalogue: &'a Catalogue,
    records: &'a RecordsWriter<'a>,
    plan: &'a Plan,
    shared: &'a Shared<'a>,
    summary: UpdateSummary,
    observer: &'a mut dyn Observer,
    /// Files that are gone and whose new place is not known yet.
    moves: HashMap<ContentId, Vec<&'a [u8]>>,
    /// Those whose place is known now.
    moved: HashSet<&'a [u8]>,
    /// Files with the content of a picture that is still being described.
    waiting: HashMap<Hash, Vec<Done>>,
    /// Contents that turned out to be no pictures.
    unreadable: HashMap<Hash, Failure>,
    /// New contents of this transaction.
    uncommitted: Vec<Hash>,
    /// Files of this transaction.
    files: usize,
    /// When this transaction began.
    since: Option<Instant>,
    /// Pictures of which there are fresh records.
    fresh: u64,
}

impl Writer<'_> {
    fn run(&mut self, threads: usize) -> Result<()> {
        self.note_refused()?;
        self.read_all(threads)?;
        let interrupt = self.shared.interrupt;
        self.summary.interrupted |= interrupt.is_some_and(|i| i.load(Ordering::Relaxed));
        if self.summary.interrupted {
            return self.commit();
        }
        self.remove_gone()?;
        self.commit()?;
        self.records.seal(SEAL_AT_END)?;
        let never = AtomicBool::new(false);
        self.records.merge(interrupt.unwrap_or(&never))?;
        self.adopt_next_model()
    }

    /// Where every picture has an embedding of the next model, these are the ones to be searched
    /// from now on.
    fn adopt_next_model(&self) -> Result<()> {
        let lacking = |part: Part| self.catalogue.pictures_lacking(part.into());
        let Some(next) = &self.shared.meta.models.next else {
            return Ok(());
        };
        if !lacking(Part::NextEmbedding)?.is_empty() {
            return Ok(());
        }
        self.catalogue.in_transaction(|| {
            self.catalogue.drop_part(Part::Embedding)?;
            let (from, to) = (Part::NextEmbedding, Part::Embedding);
            self.catalogue.rename_part(from, to)?;
            self.catalogue.set_models(&Models {
                current: next.clone(),
                next: None,
            })
        })?;
        self.records.clear_orphans()
    }

    /// Records the selection, and what could not be read at all.
    fn note_refused(&mut self) -> Result<()> {
        if let Some(selection) = self
            .plan
            .selection
            .as_ref()
            .filter(|_| !self.plan.interrupted)
        {
            self.transaction()?;
            self.catalogue.set_selection(selection)?;
        }
        for refused in &self.plan.refused {
            if let Some(row) = &refused.store {
                self.put(&refused.path, row)?;
            }
        }
        Ok(())
    }

    /// Lets the workers read all files, and takes what they bring.
    fn read_all(&mut self, threads: usize) -> Result<()> {
        let threads = threads.min(self.plan.jobs.len());
        let shared = self.shared;
        thread::scope(|scope| {
            let (sender, receiver) = sync_channel(threads * 2);
            let mut workers = Vec::new();
            for _ in 0..threads {
                let sender = sender.clone();
                workers.push(scope.spawn(move || work::work(shared, &sender)));
            }
            drop(sender);
            let mut result = self.take_all(&receiver);
            shared.stop.store(true, Ordering::Relaxed);
            // Workers that wait for us to take their result wait for nobody now.
            drop(receiver);
            for worker in workers {
                let ended = worker.join().unwrap_or_else(|_| {
                    Err(Error::Io {
                        path: shared.root.to_path_buf(),
                        source: std::io::Error::other("a worker thread broke down"),
                    })
                });
                result = result.and(ended);
            }
            result
        })
    }

    fn take_all(&mut self, receiver: &Receiver<Done>) -> Result<()> {
        loop {
            let patience = self.since.map_or(COMMIT_AFTER, |since| {
                COMMIT_AFTER.saturating_sub(since.elapsed())
            });
            match receiver.recv_timeout(patience) {
                Ok(done) => {
                    let path = path_from_bytes(&self.plan.jobs[done.job].path);
                    self.take(done)?;
                    self.observer.event(Event::Read { path: &path });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            let late = self
                .since
                .is_some_and(|since| since.elapsed() >= COMMIT_AFTER);
            if late || self.files >= COMMIT_FILES {
                self.commit()?;
                self.seal_if_many()?;
            }
        }
    }

    fn take(&mut self, done: Done) -> Result<()> {
        match done.outcome {
            Outcome::Known(content) => self.link(&done, content),
            Outcome::More(content, ref facts, ref described) => {
                self.transaction()?;
                self.catalogue.set_frames(content, facts.frames)?;
                self.catalogue.clear_faults(content)?;
                self.catalogue.drop_places(&described.unwanted)?;
                self.add(content, facts.hash, described)?;
                self.link(&done, content)?;
                self.tell_faults(&done, described);
                Ok(())
            }
            Outcome::New(ref facts, ref described) => {
                self.transaction()?;
                let content = self.catalogue.add_content(facts)?;
                self.add(content, facts.hash, described)?;
                self.link(&done, content)?;
                self.tell_faults(&done, described);
                for twin in self.waiting.remove(&facts.hash).unwrap_or_default() {
                    self.link(&twin, content)?;
                    self.tell_faults(&twin, described);
                }
                Ok(())
            }
            Outcome::Twin(hash) => self.take_twin(done, hash),
            Outcome::Failed { hash, ref failure } => {
                self.fail(&done, failure)?;
                let Some(hash) = hash else { return Ok(()) };
                for twin in self.waiting.remove(&hash).unwrap_or_default() {
                    self.fail(&twin, failure)?;
                }
                self.unreadable.insert(hash, failure.clone());
                Ok(())
            }
        }
    }

    fn take_twin(&mut self, done: Done, hash: Hash) -> Result<()> {
        if let Some(content) = self.catalogue.content_by_hash(&hash)? {
            return self.link(&done, content.id);
        }
        if let Some(failure) = self.unreadable.get(&hash).cloned() {
            return self.fail(&done, &failure);
        }
        self.waiting.entry(hash).or_default().push(done);
        Ok(())
    }

    /// Adds what was found in a content.
    fn add(&mut self, content: ContentId, hash: Hash, described: &Described) -> Result<()> {
        for picture in &described.pictures {
            let records = &picture.records;
            match picture.known {
                Some(id) => self.catalogue.add_records(id, records)?,
                None => {
                    let size = Some(picture.size);
                    let added = self
                        .catalogue
                        .add_picture(content, picture.place, size, records);
                    added.map(drop)?;
                }
            }
        }
        for (place, reason) in &described.faults {
            self.catalogue.put_fault(content, Some(*place), reason)?;
        }
        for (place, damage) in &described.damages {
            self.catalogue.put_fault(content, *place, damage)?;
        }
        self.uncommitted.push(hash);
        self.fresh += described.pictures.len() as u64;
        Ok(())
    }

    /// Tells of places in a file that could not be read, or not wholly.
    fn tell_faults(&mut self, done: &Done, described: &Described) {
        let path = path_from_bytes(&self.plan.jobs[done.job].path);
        for (place, reason) in &described.faults {
            self.summary.failed += 1;
            self.observer.event(Event::Failed {
                path: &path,
                place: Some(*place),
                reason,
                unread: None,
            });
        }
        for (place, reason) in &described.damages {
            self.summary.damaged += 1;
            self.observer.event(Event::Damaged {
                path: &path,
                place: *place,
                reason,
            });
        }
    }

    /// A file holds pictures.
    fn link(&mut self, done: &Done, content: ContentId) -> Result<()> {
        let job = &self.plan.jobs[done.job];
        let row = self.row(done, State::Content(content));
        self.put(&job.path, &row)?;
        let path = path_from_bytes(&job.path);
        let before = job.before.as_ref().map(|row| &row.state);
        if before == Some(&State::Content(content)) {
            self.summary.unchanged += 1;
        } else if let Some(from) = self.moves.get_mut(&content).and_then(Vec::pop) {
            self.catalogue.remove_file(from)?;
            self.moved.insert(from);
            self.summary.moved += 1;
            let from = path_from_bytes(from);
            self.observer.event(Event::Moved {
                from: &from,
                to: &path,
            });
        } else {
            self.summary.indexed += 1;
            self.observer.event(Event::Indexed { path: &path });
        }
        if matches!(before, Some(State::Content(old)) if *old != content) {
            self.catalogue.set_needs_pruning(true)?;
        }
        Ok(())
    }

    /// A file is no picture.
    fn fail(&mut self, done: &Done, failure: &Failure) -> Result<()> {
        let Failure {
            ref reason,
            retry,
            unread,
        } = *failure;
        let unread = unread.map(Format::name);
        let job = &self.plan.jobs[done.job];
        let reason_before = job.before.as_ref().map(|row| &row.state);
        let known = matches!(reason_before, Some(State::Failed { reason: old, .. }) if old == reason)
            && job
                .before
                .as_ref()
                .is_some_and(|row| row.size == done.stamp.size && row.mtime == done.stamp.mtime);
        let failed = State::Failed {
            reason: reason.clone(),
            retry,
            unread: unread.map(str::to_owned),
        };
        let row = self.row(done, failed);
        self.put(&job.path, &row)?;
        if matches!(reason_before, Some(State::Content(_))) {
            self.catalogue.set_needs_pruning(true)?;
        }
        if known {
            self.summary.still_failed += 1;
            return Ok(());
        }
        self.summary.failed += 1;
        let path = path_from_bytes(&job.path);
        self.observer.event(Event::Failed {
            path: &path,
            place: None,
            reason,
            unread,
        });
        Ok(())
    }

    fn row(&self, done: &Done, state: State) -> FileRow {
        FileRow {
            size: done.stamp.size,
            mtime: done.stamp.mtime,
            seen: done.seen,
            mounted: self.plan.jobs[done.job].found.mounted,
            state,
        }
    }

    fn put(&mut self, path: &[u8], row: &FileRow) -> Result<()> {
        self.transaction()?;
        self.files += 1;
        self.catalogue.put_file(path, row)
    }

    /// Forgets the files that are gone, and the pictures that no file names any more.
    fn remove_gone(&mut self) -> Result<()> {
        let left: BTreeMap<&Vec<u8>, &FileRow> = self
            .plan
            .gone
            .iter()
            .filter(|(path, _)| !self.moved.contains(path.as_slice()))
            .collect();
        if !left.is_empty() || self.catalogue.needs_pruning()? {
            self.transaction()?;
            for (path, row) in left {
                self.catalogue.remove_file(path)?;
                if matches!(row.state, State::Content(_)) {
                    self.summary.removed += 1;
                    let path = path_from_bytes(path);
                    self.observer.event(Event::Removed { path: &path });
                }
            }
            self.catalogue.prune()?;
        }
        Ok(())
    }

    fn transaction(&mut self) -> Result<()> {
        if self.since.is_none() {
            self.catalogue.begin()?;
            self.since = Some(Instant::now());
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        if self.since.take().is_some() {
            self.catalogue.commit()?;
            self.files = 0;
            let mut claims = lock(&self.shared.claims);
            for hash in self.uncommitted.drain(..) {
                claims.remove(&hash);
            }
            drop(claims);
            self.observer.event(Event::Committed);
        }
        Ok(())
    }

    fn seal_if_many(&mut self) -> Result<()> {
        if self.fresh >= SEAL_AT {
            self.records.seal(SEAL_AT)?;
            self.fresh = 0;
        }
        Ok(())
    }
}
