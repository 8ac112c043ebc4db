//! The one that changes the library: a thread to which everything that is to be done is left.
//!
//! Single changes come before long updates. An update that is under way when one comes is
//! interrupted, which commits what it has done, and goes on after it. So that many changes do not
//! keep it from ever going on, it is let alone for a while before it is interrupted again.

mod batch;
mod desk;
mod folder;

pub(crate) use batch::{Change, Done};
pub(crate) use desk::Desk;
pub(crate) use folder::Folder;

use crate::config::{Config, Line};
use crate::problem::{Kind, Problem};
use crate::progress::Progress;
use batch::Batch;
use desk::{Interrupt, Work};
use lookalike::{Error, Event, Library, Observer, UpdateOptions, UpdateSummary};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long an update is let alone after it was interrupted.
const ALONE: Duration = Duration::from_secs(2);
/// How long to wait for another program that writes.
const LOCKED: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(100);

/// Starts the thread.
pub(crate) fn start(
    config: &Config,
    desk: Arc<Desk>,
    progress: Progress,
) -> std::io::Result<JoinHandle<()>> {
    let config = config.clone();
    let builder = std::thread::Builder::new().name("writer".into());
    builder.spawn(move || {
        let mut writer = Writer {
            library: None,
            config,
            desk,
            progress,
            interrupted: false,
        };
        writer.run();
    })
}

struct Writer {
    config: Config,
    desk: Arc<Desk>,
    progress: Progress,
    /// Opened when it is first needed, and anew after a failure.
    library: Option<Library>,
    /// Whether the last update was interrupted.
    interrupted: bool,
}

impl Writer {
    fn run(&mut self) {
        while let Some(work) = self.desk.next() {
            // A fault costs what is being done, and what was opened.
            let done = catch_unwind(AssertUnwindSafe(|| match work {
                Work::Changes(changes) => self.change(changes),
                Work::Files(files) => self.update(Some(files)),
                Work::Whole => self.update(None),
            }));
            if done.is_err() {
                self.library = None;
                self.tell("bringing the library up to date broke down");
            }
        }
    }

    fn tell(&self, what: &str) {
        self.config.log.tell(Line::Error(what));
    }

    fn library(&mut self) -> lookalike::Result<&mut Library> {
        let opened = match self.library.take() {
            Some(library) => library,
            None => Library::open(&self.config.location)?,
        };
        Ok(self.library.insert(opened))
    }

    /// Does some changes: all of them on the disk, then all of them in the library, with one
    /// update, then they are answered.
    fn change(&mut self, changes: Vec<desk::Waiting>) {
        let desk = self.desk.clone();
        let threads = self.config.threads;
        let mut batch = Batch::new(&desk.folder);
        let library = match self.library() {
            Ok(library) => library,
            Err(error) => {
                let problem = Problem::from(error);
                for waiting in changes {
                    waiting.answer(Err(problem.clone()));
                }
                return;
            }
        };
        for waiting in changes {
            batch.place(library, waiting);
        }
        let updated = batch.check(library).and_then(|()| {
            let only = batch.files(library);
            if only.is_empty() {
                return Ok(None);
            }
            let options = UpdateOptions {
                only: Some(only),
                threads,
                ..UpdateOptions::default()
            };
            let summary =
                patiently(|| library.update(&options, &mut |event: Event<'_>| batch.note(event)));
            summary.map(Some)
        });
        let failed = updated.is_err();
        match updated {
            Ok(summary) => {
                let undone = batch.answer(library);
                if !undone.is_empty() {
                    desk.ask_files(undone);
                }
                if let Some(summary) = summary {
                    self.progress.set_pictures(summary.pictures);
                }
            }
            Err(error) => batch.take_back(&Problem::from(error)),
        }
        if failed {
            self.library = None;
            // What was taken back is to be forgotten, too.
            self.desk.ask_whole();
        }
    }

    /// Brings the library up to date with the folder, or with some of its files.
    fn update(&mut self, only: Option<BTreeSet<PathBuf>>) {
        let alone = if self.interrupted {
            ALONE
        } else {
            Duration::ZERO
        };
        let (desk, progress) = (self.desk.clone(), self.progress.clone());
        let (interrupt, threads) = (desk.interruptible(alone), self.config.threads);
        progress.begin();
        let updated = self.library().and_then(|library| {
            let only = match &only {
                None => None,
                Some(files) => Some(wanted(library, files)?),
            };
            let options = UpdateOptions {
                only,
                threads,
                lock_when_needed: true,
                interrupt: Some(interrupt.flag()),
                ..UpdateOptions::default()
            };
            let mut observer = Told {
                progress: progress.clone(),
                interrupt: &interrupt,
            };
            patiently(|| library.update(&options, &mut observer))
        });
        self.interrupted = matches!(&updated, Ok(summary) if summary.interrupted);
        match updated {
            Ok(summary) => {
                progress.end(Ok(&summary));
                self.note(&summary, only);
            }
            Err(error) => {
                let text = error.to_string();
                progress.end(Err(Problem::from(error).to_string()));
                self.tell(&format!("not brought up to date: {text}"));
                self.library = None;
            }
        }
    }

    fn note(&self, summary: &UpdateSummary, only: Option<BTreeSet<PathBuf>>) {
        if summary.interrupted {
            match only {
                Some(files) => self.desk.ask_files(files),
                None => self.desk.ask_whole(),
            }
            return;
        }
        let changed = summary.indexed + summary.moved + summary.removed + summary.failed;
        if changed > 0 {
            let line = format!(
                "{} indexed, {} moved, {} removed, {} could not be read; {} pictures in the library",
                summary.indexed, summary.moved, summary.removed, summary.failed, summary.pictures
            );
            self.config.log.tell(Line::Note(&line));
        }
    }
}

/// Of the files that have changed, those that belong to the library, and those that are gone.
fn wanted(library: &Library, files: &BTreeSet<PathBuf>) -> lookalike::Result<Vec<PathBuf>> {
    let Some(root) = library.root() else {
        return Ok(Vec::new());
    };
    let mut belonging = library.belonging(files)?;
    if library.is_listed()? {
        // New files are not on the list.
        let known = belonging
            .iter()
            .map(|file| Ok(library.picture_at(file)?.is_some()));
        let known: Vec<bool> = known.collect::<lookalike::Result<_>>()?;
        let mut known = known.into_iter();
        belonging.retain(|_| known.next() == Some(true));
    }
    let gone = files
        .iter()
        .filter(|file| !belonging.contains(*file) && root.join(file).symlink_metadata().is_err());
    let mut wanted: Vec<PathBuf> = belonging.iter().map(|file| root.join(file)).collect();
    // What never was in the library is no news when it goes.
    for file in gone {
        if library.picture_at(file)?.is_some() {
            wanted.push(root.join(file));
        }
    }
    Ok(wanted)
}

/// Tries again while another program writes.
fn patiently(
    mut update: impl FnMut() -> lookalike::Result<UpdateSummary>,
) -> lookalike::Result<UpdateSummary> {
    let begin = Instant::now();
    loop {
        match update() {
            Err(Error::Locked { .. }) if begin.elapsed() < LOCKED => std::thread::sleep(STEP),
            done => return done,
        }
    }
}

/// Passes on what happens, and lets an update be interrupted once it was let alone long enough.
struct Told<'a> {
    progress: Progress,
    interrupt: &'a Interrupt<'a>,
}

impl Observer for Told<'_> {
    fn event(&mut self, event: Event<'_>) {
        self.interrupt.look();
        self.progress.event(event);
    }
}

/// The answer where the writer is gone.
fn stopping() -> Problem {
    Problem::new(Kind::Stopping, "nothing was changed")
}
