//! Following the folder.
//!
//! The system tells what changes. Since it may lose something, and cannot tell of network drives, the
//! whole folder is looked at from time to time, and more often where it tells nothing.

use crate::config::{Config, Line};
use crate::writer::Desk;
use lookalike::Location;
use lookalike::decode::has_picture_extension;
use notify::event::{AccessKind, AccessMode, EventKind, RemoveKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Changes are collected until nothing has changed for so long,
const QUIET: Duration = Duration::from_millis(400);
/// or for so long altogether.
const LATE: Duration = Duration::from_secs(3);
/// Between two looks at the whole folder where the system tells nothing.
const BLIND: Duration = Duration::from_secs(30);

/// Something to be told to the thread that follows the folder.
enum Told {
    Event(notify::Result<Event>),
    End,
}

/// The thread that follows the folder.
pub(crate) struct Watch {
    told: Sender<Told>,
    thread: JoinHandle<()>,
    /// Tells for as long as it is there.
    _watcher: Option<RecommendedWatcher>,
}

impl Watch {
    pub(crate) fn start(config: &Config, root: &Path, desk: Arc<Desk>) -> std::io::Result<Self> {
        let root = root.canonicalize()?;
        let (told, events) = channel();
        let watcher = watcher(config, &root, told.clone());
        let follower = Follower {
            library: config.location.library.canonicalize()?,
            rescan: match watcher {
                Some(_) => config.patience.rescan,
                None => BLIND.min(config.patience.rescan),
            },
            root,
            desk,
        };
        let builder = std::thread::Builder::new().name("watch".into());
        Ok(Self {
            thread: builder.spawn(move || follower.run(&events))?,
            told,
            _watcher: watcher,
        })
    }

    pub(crate) fn end(self) {
        // The thread may have ended by itself.
        let _ = self.told.send(Told::End);
        let _ = self.thread.join();
    }
}

fn watcher(config: &Config, root: &Path, told: Sender<Told>) -> Option<RecommendedWatcher> {
    let tell = move |event| drop(told.send(Told::Event(event)));
    let watcher = notify::recommended_watcher(tell).and_then(|mut watcher| {
        watcher.watch(root, RecursiveMode::Recursive)?;
        Ok(watcher)
    });
    watcher
        .inspect_err(|error| {
            let line = format!(
                "the system does not tell what changes ({error}); the folder is looked at every {} s",
                BLIND.as_secs()
            );
            config.log.tell(Line::Note(&line));
        })
        .ok()
}

struct Follower {
    root: PathBuf,
    library: PathBuf,
    rescan: Duration,
    desk: Arc<Desk>,
}

/// What has changed and was not passed on yet.
#[derive(Default)]
struct Changed {
    files: BTreeSet<PathBuf>,
    whole: bool,
    since: Option<Instant>,
}

impl Follower {
    fn run(&self, events: &Receiver<Told>) {
        let mut changed = Changed::default();
        let mut looked = Instant::now();
        loop {
            let patience = match changed.since {
                Some(since) => QUIET.min(LATE.saturating_sub(since.elapsed())),
                None => self.rescan.saturating_sub(looked.elapsed()),
            };
            match events.recv_timeout(patience) {
                Ok(Told::Event(event)) => {
                    self.note(event, &mut changed);
                    let late = changed.since.is_some_and(|since| since.elapsed() >= LATE);
                    if !late {
                        continue;
                    }
                }
                Ok(Told::End) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            changed.whole |= looked.elapsed() >= self.rescan;
            let Changed { files, whole, .. } = std::mem::take(&mut changed);
            if whole {
                looked = Instant::now();
                self.desk.ask_whole();
            } else if !files.is_empty() {
                self.desk.ask_files(files);
            }
        }
    }

    fn note(&self, event: notify::Result<Event>, changed: &mut Changed) {
        let Ok(event) = event else {
            changed.whole = true;
            changed.since.get_or_insert_with(Instant::now);
            return;
        };
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        if matches!(event.kind, EventKind::Access(_)) && event.kind != written {
            return;
        }
        let mut news = event.need_rescan();
        changed.whole |= news;
        for path in &event.paths {
            let Ok(inside) = path.strip_prefix(&self.root) else {
                continue;
            };
            // Our own doings.
            let library = inside.starts_with(Location::FOLDER) || path.starts_with(&self.library);
            if library {
                continue;
            }
            news = true;
            // A folder, or what was one: files in it may have come and gone with it.
            let is_folder = path.is_dir()
                || event.kind != EventKind::Remove(RemoveKind::File) && !path.exists();
            let is_picture = has_picture_extension(inside) && !path.is_dir();
            if is_picture || !(is_folder || is_named_ignore(inside)) {
                changed.files.insert(inside.to_path_buf());
            } else {
                changed.whole = true;
            }
        }
        if news {
            changed.since.get_or_insert_with(Instant::now);
        }
    }
}

/// Whether it says which files belong to the library.
fn is_named_ignore(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    matches!(name, Some(".gitignore" | ".ignore" | ".lookalikeignore"))
}
