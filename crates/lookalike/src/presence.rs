//! Which pictures of a folder, or of any files, a library has, and which it has not.

use crate::decode::{DecodeError, Place, decode_bytes, decode_places, places, read_file};
use crate::engine::Meta;
use crate::same::SameQuery;
use crate::same::presence::{Copy, Search};
use crate::walk::{Walk, system_reason};
use crate::{Library, Location, Part, Result, Selection, Source, Threads, path_from_bytes};
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Files that are described and compared at once.
const BATCH: usize = 128;

/// Whether a library has the picture of a file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Presence {
    /// It has no copy of it, or of a file of many pictures not of all.
    Missing,
    /// It has a copy that shows all of it.
    Present {
        /// Where the copy is, relative to the indexed folder.
        found: Source,
        /// The probability that it is one, in [0, 1].
        score: f32,
    },
    /// It cannot be read, for this reason.
    Failed(String),
}

/// How to look.
#[derive(Clone, Default)]
pub struct PresenceOptions<'a> {
    /// The threads that look.
    pub threads: Threads,
    /// Set it, and no further files are looked at.
    pub interrupt: Option<&'a AtomicBool>,
}

impl fmt::Debug for PresenceOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = self.threads.count();
        f.debug_struct("PresenceOptions")
            .field("threads", &threads)
            .finish_non_exhaustive()
    }
}

/// What is in a folder, and below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderPictures {
    /// The pictures, by path, as an update would take them.
    pub files: Vec<PathBuf>,
    /// What cannot be read, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// Lists the pictures in a folder. Paths begin with `folder`.
///
/// # Errors
/// [`Error::Root`](crate::Error::Root) where it is out of reach or no folder,
/// [`Error::Pattern`](crate::Error::Pattern).
pub fn pictures_in(folder: &Path, selection: &Selection) -> Result<FolderPictures> {
    let walk = Walk {
        root: folder,
        library: &folder.join(Location::FOLDER),
        selection,
        interrupt: None,
    };
    let walked = walk.run()?;
    let path = |bytes: &[u8]| folder.join(path_from_bytes(bytes));
    let mut found = FolderPictures::default();
    for (bytes, reason) in walked.unreadable {
        found.unreadable.push((path(&bytes), reason));
    }
    for (bytes, file) in walked.files {
        match file.refused {
            None => found.files.push(path(&bytes)),
            Some(reason) => found.unreadable.push((path(&bytes), reason)),
        }
    }
    Ok(found)
}

impl Library {
    /// Says of files, in their order, whether this library has a copy of the picture in them. They are not
    /// indexed. What people said counts; mirrored copies are none.
    ///
    /// # Errors
    /// [`Error::NoPart`](crate::Error::NoPart), damage, and those of the system. Files that cannot be read are no error.
    pub fn presence(
        &self,
        files: &[PathBuf],
        options: &PresenceOptions<'_>,
        told: &mut dyn FnMut(&Path, Presence) -> Result<()>,
    ) -> Result<()> {
        let moment = self.moment(Part::Words)?;
        let collection = self.collection(&*moment)?;
        let judgements = moment.pictures().judgements()?;
        let meta = moment.pictures().meta();
        let search = Search::new(&collection, &judgements, &options.threads);
        for some in files.chunks(BATCH) {
            if options
                .interrupt
                .is_some_and(|set| set.load(Ordering::Relaxed))
            {
                return Ok(());
            }
            let looked = options
                .threads
                .try_map(some, |path| look(&search, meta, path))?;
            for (path, presence) in some.iter().zip(decide(&search, looked)?) {
                told(path, presence)?;
            }
        }
        Ok(())
    }
}

/// What a file turned out to hold.
enum Looked {
    /// What is known without any comparison.
    Known(Presence),
    /// Its pictures.
    Pictures(Vec<SameQuery>),
}

/// Reads a file, and describes what it holds.
fn look(search: &Search<'_>, meta: &Meta, path: &Path) -> Result<Looked> {
    let failed = |error: &DecodeError| {
        let reason = match error {
            DecodeError::Io(e) => system_reason(e),
            other => other.to_string(),
        };
        Ok(Looked::Known(Presence::Failed(reason)))
    };
    let options = meta.decode_options(Part::Words.into());
    let bytes = match read_file(path, &options.limits) {
        Ok(bytes) => bytes,
        Err(error) => return failed(&error),
    };
    let hash = *blake3::hash(&bytes).as_bytes();
    if let Some(copy) = search.known(&hash)? {
        return Ok(Looked::Known(present(&copy)));
    }
    let places: Vec<Place> = places(&bytes, &options.limits, Selection::DEFAULT_FRAMES);
    if places.is_empty() {
        return match decode_bytes(&bytes, &options) {
            Ok(picture) => Ok(Looked::Pictures(vec![search.describe(&picture, hash)?])),
            Err(error) => failed(&error),
        };
    }
    let mut queries = Ok(Vec::new());
    let mut fault = None;
    decode_places(&bytes, &places, &options, &mut |_, picture| {
        let described = match picture {
            Ok(picture) => search.describe(&picture, hash),
            Err(error) => {
                fault = Some(error);
                return ControlFlow::Break(());
            }
        };
        match (&mut queries, described) {
            (Ok(queries), Ok(query)) => queries.push(query),
            (_, Err(error)) => queries = Err(error),
            (Err(_), _) => {}
        }
        match queries.is_ok() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    });
    match fault {
        Some(error) => failed(&error),
        None => queries.map(Looked::Pictures),
    }
}

/// Compares all pictures of some files at once. Of a file all must be there.
fn decide(search: &Search<'_>, looked: Vec<Looked>) -> Result<Vec<Presence>> {
    let mut queries = Vec::new();
    let mut decided = Vec::new();
    for one in looked {
        match one {
            Looked::Known(presence) => decided.push((Some(presence), 0)),
            Looked::Pictures(pictures) => {
                decided.push((None, pictures.len()));
                queries.extend(pictures);
            }
        }
    }
    let mut copies = search.copies(&queries)?.into_iter();
    let decided = decided.into_iter().map(|(known, pictures)| match known {
        Some(presence) => presence,
        None => {
            let copies: Vec<Option<Copy>> = copies.by_ref().take(pictures).collect();
            let all: Option<Vec<Copy>> = copies.into_iter().collect();
            let first = all.as_ref().and_then(|all| all.first());
            first.map_or(Presence::Missing, present)
        }
    });
    Ok(decided.collect())
}

fn present(copy: &Copy) -> Presence {
    // Whoever removed its last file removes it from the library next.
    let path = copy.stored.paths.first().cloned().unwrap_or_default();
    Presence::Present {
        found: Source::new(path, copy.stored.place),
        score: copy.score,
    }
}
