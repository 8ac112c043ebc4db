//! The library.

mod explanation;
mod presence;
mod rows;
mod searched;
mod updated;

pub use explanation::{Explanation, explain};

use crate::error::{Raise, argument_error, library_error};
use crate::owned::Owned;
use crate::picture::Given;
use crate::threads;
use crate::work::interruptible;
use explanation::Sides;
use lookalike::decode::DecodeOptions;
use lookalike::json::JsonStatus;
use lookalike::same::{GroupKind, GroupOptions};
use lookalike::{
    AskedSettings, ClusterOptions, Location, ModelSource, NamedVector, Part, Parts, PictureId,
    Selection, Threads, path_from_bytes,
};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use presence::{PresenceRow, presence};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rows::{ClusterRow, FailedRow, GroupRow, HitRow};
use searched::Asked;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use updated::{SelectionArgs, UpdateRow};

/// A library, as `lookalike.Library` calls it.
#[pyclass(frozen, module = "lookalike._native")]
pub struct Library {
    /// `None` when it is closed.
    opened: Mutex<Option<Owned<Opened>>>,
}

/// A library that is open.
#[derive(Clone, Debug)]
pub struct Opened {
    library: lookalike::Library,
    threads: Threads,
}

impl Library {
    /// It, if it is open, in the process that opened it.
    fn opened(&self) -> PyResult<Opened> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        match &*opened {
            Some(opened) => opened.get().cloned(),
            None => Err(library_error("the library is closed")),
        }
    }
}

impl Opened {
    /// A file of the library as it can be opened.
    fn file(&self, path: &Path) -> PathBuf {
        self.library
            .root()
            .map_or_else(|| path.to_path_buf(), |root| root.join(path))
    }
}

#[pymethods]
impl Library {
    #[new]
    #[pyo3(signature = (folder, library, create, profile, keep, vector_algorithm, model, preset, threads))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        folder: Option<PathBuf>,
        library: Option<PathBuf>,
        create: bool,
        profile: Option<&str>,
        keep: Option<Vec<String>>,
        vector_algorithm: Option<&str>,
        model: Option<PathBuf>,
        preset: Option<String>,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let location = match (folder, library) {
            (Some(folder), None) => Location::inside(folder),
            (root, Some(library)) => Location::elsewhere(library, root),
            (None, None) => return Err(argument_error("neither a folder nor a library is named")),
        };
        let asked = AskedSettings {
            profile: profile.map(|name| name.parse().or_raise()).transpose()?,
            only: keep.map(|kinds| kept(&kinds)).transpose()?,
            algorithm: vector_algorithm
                .map(|name| name.parse().or_raise())
                .transpose()?,
            model: model.map(|path| ModelSource::Files { path, preset }),
            ..AskedSettings::default()
        };
        let opened = py.detach(|| match create {
            true => lookalike::Library::open_or_create(&location, &asked),
            false => lookalike::Library::open(&location),
        });
        let opened = Opened {
            library: opened.or_raise()?,
            threads: Threads::new(threads::asked(threads)),
        };
        Ok(Self {
            opened: Mutex::new(Some(Owned::new(opened))),
        })
    }

    fn close(&self, py: Python<'_>) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let closed = opened.take();
        drop(opened);
        py.detach(|| drop(closed));
    }

    fn closed(&self) -> bool {
        self.opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_none()
    }

    fn folder(&self) -> PyResult<Option<PathBuf>> {
        Ok(self.opened()?.library.root().map(Path::to_path_buf))
    }

    fn location(&self) -> PyResult<PathBuf> {
        Ok(self.opened()?.library.folder().to_path_buf())
    }

    fn warnings(&self) -> PyResult<Vec<String>> {
        Ok(self.opened()?.library.warnings().to_vec())
    }

    fn update(
        &self,
        py: Python<'_>,
        progress: Option<Bound<'_, PyAny>>,
        selection: Option<SelectionArgs>,
        only: Option<Vec<PathBuf>>,
        max_megapixels: Option<f64>,
        dry_run: bool,
    ) -> PyResult<UpdateRow> {
        let opened = self.opened()?;
        let how = updated::How {
            selection: selection.map(Into::into),
            only,
            max_megapixels,
            dry_run,
        };
        let update = |steps: &_| updated::update(&opened, how, steps);
        interruptible(py, progress.as_ref(), update)?.or_raise()
    }

    #[allow(clippy::too_many_arguments)]
    fn search<'py>(
        &self,
        py: Python<'py>,
        picture: Option<Given>,
        pictures: Vec<(f32, Given)>,
        words: Vec<(f32, String)>,
        by: &str,
        region: Option<&str>,
        top: usize,
        min_score: Option<f32>,
        exact: bool,
    ) -> PyResult<Vec<HitRow<'py>>> {
        let opened = self.opened()?;
        let asked = Asked {
            picture,
            pictures,
            words,
            by: searched::by(by)?,
            region: region.map(|region| region.parse().or_raise()).transpose()?,
            top,
            min_score,
            exact,
        };
        let hits = py.detach(|| asked.search(&opened))?;
        let row = |hit: &lookalike::Hit| HitRow::new(py, &opened, hit);
        hits.iter().map(row).collect()
    }

    /// Compares a picture with one of the library, which is also given as a file, to be drawn.
    fn explain(
        &self,
        py: Python<'_>,
        query: Given,
        picture: u64,
        found: Given,
    ) -> PyResult<Explanation> {
        let opened = self.opened()?;
        let picture = PictureId::new(picture);
        py.detach(|| Explanation::of_stored(&opened, Sides([query, found]), picture))
    }

    fn groups(
        &self,
        py: Python<'_>,
        kind: &str,
        mirrored: bool,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Vec<GroupRow>> {
        let opened = self.opened()?;
        let kind = match kind {
            "exact" => GroupKind::Exact,
            "same" => GroupKind::Same,
            "near" => GroupKind::Near,
            _ => {
                return Err(argument_error(format!(
                    "kind is {kind:?}, it must be exact, same or near"
                )));
            }
        };
        let groups = interruptible(py, progress.as_ref(), |steps| {
            opened.library.groups(&GroupOptions {
                kind,
                mirrored,
                threads: opened.threads.clone(),
                progress: Some(&|done, total| steps.set(done, total)),
            })
        })?;
        let groups = groups.or_raise()?;
        Ok(groups
            .iter()
            .map(|group| GroupRow::new(&opened, group))
            .collect())
    }

    fn clusters(
        &self,
        py: Python<'_>,
        min_size: usize,
        min_score: Option<f32>,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<(Vec<ClusterRow>, usize, f32)> {
        let opened = self.opened()?;
        let clusters = interruptible(py, progress.as_ref(), |steps| {
            opened.library.clusters(&ClusterOptions {
                min_size,
                min_score,
                threads: opened.threads.clone(),
                progress: Some(&|done, total| steps.set(done, total)),
                ..ClusterOptions::default()
            })
        })?;
        let clusters = clusters.or_raise()?;
        let rows = clusters
            .groups
            .iter()
            .map(|group| ClusterRow::new(&opened, group));
        Ok((rows.collect(), clusters.alone, clusters.min_score))
    }

    /// Of each picture in a folder, whether the library has a copy.
    fn missing(
        &self,
        py: Python<'_>,
        folder: PathBuf,
        hidden: bool,
        no_ignore: bool,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Vec<PresenceRow>> {
        let opened = self.opened()?;
        let selection = Selection {
            hidden,
            no_ignore,
            ..Selection::default()
        };
        let look = |steps: &_| presence(&opened, &folder, &selection, steps);
        interruptible(py, progress.as_ref(), look)?.or_raise()
    }

    /// Names, and a row of numbers for each.
    fn embeddings<'py>(&self, py: Python<'py>) -> PyResult<Exported<'py>> {
        exported(py, &self.opened()?, lookalike::Library::export_embeddings)
    }

    /// The same of the tutorial's vectors.
    fn vectors<'py>(&self, py: Python<'py>) -> PyResult<Exported<'py>> {
        exported(py, &self.opened()?, lookalike::Library::export)
    }

    /// What it holds, as the JSON of the command line.
    fn status(&self, py: Python<'_>) -> PyResult<String> {
        let opened = self.opened()?;
        let status = py.detach(|| opened.library.status()).or_raise()?;
        let status = serde_json::to_string(&JsonStatus::new(&opened.library, &status));
        status.map_err(library_error)
    }

    fn failed(&self, py: Python<'_>) -> PyResult<Vec<FailedRow>> {
        let opened = self.opened()?;
        let failed = py.detach(|| opened.library.failed_files()).or_raise()?;
        Ok(failed
            .iter()
            .map(|failed| FailedRow::new(&opened, failed))
            .collect())
    }
}

/// The parts of these names on the command line.
fn kept(kinds: &[String]) -> PyResult<Parts> {
    let mut parts = Parts::NONE;
    for kind in kinds {
        parts = parts.and(match kind.as_str() {
            "same" => Part::Words,
            "similar" => Part::Embedding,
            "vector" => Part::Vector,
            other => {
                return Err(argument_error(format!(
                    "keep has {other:?}, it must be of same, similar and vector"
                )));
            }
        });
    }
    Ok(parts)
}

type Exported<'py> = (Vec<OsString>, Bound<'py, PyArray2<f32>>);
type Export = fn(
    &lookalike::Library,
    &mut dyn FnMut(NamedVector) -> lookalike::Result<()>,
) -> lookalike::Result<()>;

fn exported<'py>(py: Python<'py>, opened: &Opened, export: Export) -> PyResult<Exported<'py>> {
    let (names, numbers) = interruptible(py, None, |steps| {
        let (mut names, mut numbers) = (Vec::new(), Vec::new());
        export(&opened.library, &mut |named| {
            names.push(path_from_bytes(&named.name).into_os_string());
            numbers.extend(named.vector);
            steps.set(names.len() as u64, 0);
            Ok(())
        })
        .map(|()| (names, numbers))
    })?
    .or_raise()?;
    let rows = names.len();
    let columns = numbers.len().checked_div(rows).unwrap_or(0);
    let array = PyArray1::from_vec(py, numbers).reshape([rows, columns])?;
    Ok((names, array))
}

/// A small JPEG of a picture, as it is seen.
#[pyfunction]
pub fn thumbnail<'py>(py: Python<'py>, picture: Given, side: u32) -> PyResult<Bound<'py, PyBytes>> {
    let jpeg = py.detach(|| {
        let options = DecodeOptions {
            max_side: Some(side.max(1)),
            ..DecodeOptions::as_seen()
        };
        let jpeg = picture.decode(&options)?.to_jpeg(QUALITY);
        jpeg.map_err(lookalike::Error::from).or_raise()
    })?;
    Ok(PyBytes::new(py, &jpeg))
}

/// Of the JPEG of thumbnails.
const QUALITY: u8 = 85;
