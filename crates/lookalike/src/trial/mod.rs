//! How well a library finds its own pictures though they were modified.
//!
//! [`run`] chooses pictures of the library, makes a copy of each by every [`Modification`], looks
//! for the copies, and counts in a [`Report`] how often the original is found. Nothing is written.
//!
//! Some copies show other pictures of the library as well, and collections hold several copies of
//! one picture. Hits of those are right, and are passed over before the original's rank is
//! counted: what a copy shows, and what is proven the same as one of them unmodified.

mod modifications;
mod pixels;
mod random;
mod report;

pub use modifications::Modification;
pub use report::{Report, TrialRecall, WrongProof};

use crate::decode::{DecodeOptions, Picture, decode_path};
use crate::same::SameQuery;
use crate::{
    FailedFile, Hit, Library, Parts, PictureId, Result, SearchOptions, Threads, path_to_bytes,
};
use random::Random;
use report::Answer;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Pictures are reduced to this before they are modified, as those that go round mostly are.
const MAX_SIDE: u32 = 640;

/// Hits asked for: enough for ten, after those that are passed over.
const TOP: usize = 30;

/// How to try a library.
#[derive(Clone, Debug)]
pub struct TrialOptions {
    /// At most so many pictures; each takes up to 1.2 MB of memory.
    pub pictures: usize,
    /// What the chosen pictures and the chance in the modifications depend on.
    pub seed: u64,
    /// What is done to them.
    pub modifications: Vec<&'static Modification>,
    /// Threads that describe and look for a copy; 0 counts as 1.
    pub threads: Threads,
}

impl Default for TrialOptions {
    /// Every modification of 40 pictures, seed 1, one thread.
    fn default() -> Self {
        Self {
            pictures: 40,
            seed: 1,
            modifications: Modification::ALL.iter().collect(),
            threads: Threads::default(),
        }
    }
}

/// Tries a library on pictures of its own. `progress` is told how many queries have been answered,
/// those of the unmodified pictures as well, and how many there will be.
///
/// # Errors
/// [`Error::NoPart`](crate::Error::NoPart) where the library cannot be searched for the same
/// picture, [`Error::Imported`](crate::Error::Imported) and
/// [`Error::Root`](crate::Error::Root) where there are no pictures, damage, and those of the
/// system.
pub fn run(
    library: &Library,
    options: &TrialOptions,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report> {
    let trial = Trial { library, options };
    let (originals, skipped) = trial.originals(progress)?;
    let mut report = Report::new(&originals, skipped, options, library.status()?);
    let total = originals.len() * (1 + options.modifications.len());
    let mut done = originals.len();
    for original in &originals {
        for (at, modification) in options.modifications.iter().enumerate() {
            let (copy, right) = trial.copy(modification, original, &originals)?;
            let (hits, took) = trial.ask(&copy)?;
            let answer = Answer::new(original.picture, &right, &hits);
            report.add(at, original, &answer, took);
            done += 1;
            progress(done as u64, total as u64);
        }
    }
    Ok(report)
}

/// A picture of the library that copies are made of.
struct Original {
    /// Its id.
    picture: PictureId,
    /// Its first file.
    path: PathBuf,
    pixels: Picture,
    /// Other pictures that are proven the same, with one file of each.
    twins: Vec<(PictureId, PathBuf)>,
}

impl Original {
    fn is_twin_of(&self, other: &Self) -> bool {
        let (here, there) = (self.twins.iter(), other.twins.iter());
        here.chain(there)
            .any(|(id, _)| [self.picture, other.picture].contains(id))
    }
}

struct Trial<'a> {
    library: &'a Library,
    options: &'a TrialOptions,
}

impl Trial<'_> {
    /// Pictures chosen by chance, with what else in the library is the same; and those that were
    /// chosen too, but cannot be read.
    fn originals(
        &self,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Vec<Original>, Vec<FailedFile>)> {
        let root = self.library.present_root()?;
        let files = self.files()?;
        let wanted = self.options.pictures.min(files.len());
        let total = wanted * (1 + self.options.modifications.len());
        let decode = DecodeOptions {
            max_side: Some(MAX_SIDE),
            ..DecodeOptions::as_seen()
        };
        let (mut originals, mut skipped) = (Vec::new(), Vec::new());
        for (path, picture) in files {
            if originals.len() == wanted {
                break;
            }
            match decode_path(&root.join(&path), &decode) {
                Ok(pixels) => originals.push(Original {
                    picture,
                    path,
                    twins: self.twins(picture, &pixels)?,
                    pixels,
                }),
                Err(error) => skipped.push(FailedFile {
                    path,
                    place: None,
                    reason: error.to_string(),
                    damaged: false,
                }),
            }
            progress(originals.len() as u64, total as u64);
        }
        Ok((originals, skipped))
    }

    /// One file of each picture that is alone in its files, in an order by chance.
    fn files(&self) -> Result<Vec<(PathBuf, PictureId)>> {
        let moment = self.library.any_moment(Parts::NONE)?;
        let mut files = moment.pictures().named()?;
        files.retain(|(source, _)| source.place.is_none());
        files.sort_by_key(|(_, picture)| *picture);
        files.dedup_by_key(|(_, picture)| *picture);
        // Each draws its place by itself: new files change the order of no others.
        let seed = self.options.seed;
        files.sort_by_cached_key(|(source, _)| {
            let path = path_to_bytes(&source.path);
            Random::of(seed, "choice", &path).next()
        });
        let files = files.into_iter();
        Ok(files.map(|(source, id)| (source.path, id)).collect())
    }

    /// The other pictures that are proven the same as one as it is.
    fn twins(&self, picture: PictureId, pixels: &Picture) -> Result<Vec<(PictureId, PathBuf)>> {
        let (hits, _) = self.ask(pixels)?;
        let mut twins: Vec<(PictureId, PathBuf)> = hits
            .into_iter()
            .filter(|hit| hit.kind.is_whole() && hit.picture != picture)
            .map(|hit| (hit.picture, hit.path))
            .collect();
        twins.dedup_by_key(|(id, _)| *id);
        Ok(twins)
    }

    /// A modified copy, and the pictures beside the original that may rightly be found for it.
    fn copy(
        &self,
        modification: &Modification,
        original: &Original,
        originals: &[Original],
    ) -> Result<(Picture, Vec<PictureId>)> {
        let path = path_to_bytes(&original.path);
        let mut random = Random::of(self.options.seed, modification.name(), &path);
        let strangers = originals
            .iter()
            .filter(|o| o.picture != original.picture && !o.is_twin_of(original));
        let others = random.some_of(strangers.collect(), modification.others);
        let pixels: Vec<&Picture> = others.iter().map(|o| &o.pixels).collect();
        let copy = (modification.make)(&original.pixels, &mut random, &pixels)?;

        let shown = [original].into_iter().chain(others.iter().copied());
        let twins = shown.flat_map(|o| o.twins.iter().map(|(id, _)| *id));
        let others = others.iter().map(|o| o.picture);
        Ok((copy, twins.chain(others).collect()))
    }

    /// Looks for a picture, and how long that took.
    fn ask(&self, picture: &Picture) -> Result<(Vec<Hit>, Duration)> {
        let threads = self.options.threads.clone();
        let start = Instant::now();
        let query = SameQuery::new(picture, self.library.settings().profile, &threads)?;
        let search = SearchOptions {
            top: TOP,
            threads,
            ..SearchOptions::default()
        };
        let hits = self.library.search_same(&query, &search)?;
        Ok((hits, start.elapsed()))
    }
}
