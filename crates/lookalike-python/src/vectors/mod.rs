//! The index of vectors.

mod arrays;
mod state;

use crate::error::{argument_error, library_error};
use crate::owned::Owned;
use crate::threads;
use crate::work::interruptible;
use arrays::{Rows, ids_of};
use lookalike::Threads;
use lookalike_index::{Element, Metric, QueryOptions, Space};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::{PyKeyError, PyMemoryError};
use pyo3::prelude::*;
use state::{Found, State};
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Nearest neighbours among vectors, approximately, kept on the disk.
///
/// ``dim`` is the number of elements of a vector. ``metric`` is ``cosine`` (the score is the cosine),
/// ``dot`` (the dot product) or ``l2`` (minus the squared distance): a score is the larger the nearer.
/// ``storage`` says how elements are kept: ``bits12`` (twelve bits each, hardly any neighbour changes),
/// ``i8`` (a byte each) or ``f32`` (as they come). ``path`` is the folder of the index, which must not have
/// one yet; without it the index is in a temporary folder, and gone with this object unless it is saved.
/// ``threads`` is how many may be used, all cores where it is not said.
///
/// Ids are whole numbers from 0 to 2**63 - 1. What is added or deleted counts for the next search; it is
/// safe on the disk after ``commit``. Any number of threads may use one index; arrays that are handed over
/// must not be changed meanwhile.
///
/// Raises ``ArgumentError`` (a ``ValueError``) for what does not fit, ``LibraryLocked`` where another
/// process writes, ``OSError`` where the disk refuses.
#[pyclass(frozen, module = "lookalike")]
pub struct VectorIndex {
    space: Space,
    threads: Threads,
    /// `None` when it is closed.
    state: RwLock<Option<Owned<State>>>,
}

/// Neighbours for each query: ids and scores, a row each; one row alone where there was one query.
type Neighbours<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// More neighbours are never asked for, nor wider searches.
const MOST: usize = 1 << 20;
/// So many queries are answered between two looks at signals.
const BLOCK: usize = 1024;
/// So few vectors are added at once.
const FEW: usize = 4096;

#[pymethods]
impl VectorIndex {
    #[new]
    #[pyo3(signature = (dim, metric="cosine", storage="bits12", *, path=None, threads=None))]
    fn new(
        py: Python<'_>,
        dim: usize,
        metric: &str,
        storage: &str,
        path: Option<PathBuf>,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let space = Space {
            dim,
            metric: named("metric", METRICS, metric)?,
            element: named("storage", ELEMENTS, storage)?,
        };
        let threads = threads::asked(threads);
        let state = py.detach(|| State::create(space, path, threads))?;
        Ok(Self::of(state, threads))
    }

    /// Opens the index in a folder. Many may read it at a time; the first change makes this the one that
    /// writes.
    #[staticmethod]
    #[pyo3(signature = (path, *, threads=None))]
    fn open(py: Python<'_>, path: PathBuf, threads: Option<usize>) -> PyResult<Self> {
        let threads = threads::asked(threads);
        let state = py.detach(|| State::open(path, threads))?;
        Ok(Self::of(state, threads))
    }

    /// Adds vectors: an array of float32 (or int8, or what becomes float32), a row for each id.
    ///
    /// An id that is taken is an error, or with ``replace`` its vector is replaced. On an error nothing is
    /// added; with ``replace``, what stands before the row that the error names is.
    #[pyo3(signature = (ids, vectors, *, replace=false))]
    fn add(
        &self,
        py: Python<'_>,
        ids: &Bound<'_, PyAny>,
        vectors: &Bound<'_, PyAny>,
        replace: bool,
    ) -> PyResult<()> {
        let ids = ids_of(ids)?;
        let rows = Rows::of(vectors, self.space.dim)?;
        if ids.len() != rows.count() {
            let (ids, rows) = (ids.len(), rows.count());
            return Err(argument_error(format!("{ids} ids for {rows} vectors")));
        }
        let view = rows.view()?;
        if ids.len() <= FEW {
            return py.detach(|| self.changed(|state| state.add(&ids, &view, replace, None)));
        }
        interruptible(py, None, |steps| {
            self.changed(|state| state.add(&ids, &view, replace, Some(steps.stop())))
        })?
    }

    /// Deletes the vectors of these ids; how many there were.
    fn delete(&self, py: Python<'_>, ids: &Bound<'_, PyAny>) -> PyResult<usize> {
        let ids = ids_of(ids)?;
        py.detach(|| self.changed(|state| state.delete(&ids)))
    }

    /// Finds the ``k`` nearest of each vector: ``(ids, scores)``, arrays of int64 and float32, the best
    /// first, with a row for each row of ``vectors``; for a single vector (one dimension) a row alone. Where
    /// there are fewer than ``k``, the rest has the id -1 and the score ``-inf``.
    ///
    /// ``width`` says how many of the nearest met are followed: the larger, the more of the true neighbours
    /// are found, and the longer it takes. ``exact`` compares with all.
    #[pyo3(signature = (vectors, k=10, *, width=64, exact=false))]
    fn search<'py>(
        &self,
        py: Python<'py>,
        vectors: &Bound<'py, PyAny>,
        k: usize,
        width: usize,
        exact: bool,
    ) -> PyResult<Neighbours<'py>> {
        if !(1..=MOST).contains(&k) {
            return Err(argument_error(format!("k is {k}, it must be 1 to {MOST}")));
        }
        let rows = Rows::of(vectors, self.space.dim)?;
        let view = rows.view()?;
        let options = QueryOptions {
            k,
            width: width.clamp(1, MOST),
            exact,
            ..QueryOptions::default()
        };
        let mut found = Found::new(rows.count(), k).ok_or_else(|| PyMemoryError::new_err(()))?;
        py.detach(|| self.committed(|_| Ok(())))?;
        for start in (0..rows.count()).step_by(BLOCK) {
            let block = start..(start + BLOCK).min(rows.count());
            py.detach(|| {
                let state = self.read()?;
                let state = opened(state.as_ref())?.get()?;
                state.search(&view, block, &options, &self.threads, &mut found)
            })?;
            if rows.count() > BLOCK {
                py.check_signals()?;
            }
        }
        let (ids, scores) = (
            PyArray1::from_vec(py, found.ids),
            PyArray1::from_vec(py, found.scores),
        );
        if rows.is_single() {
            return Ok((ids.into_any(), scores.into_any()));
        }
        let shape = [rows.count(), k];
        Ok((
            ids.reshape(shape)?.into_any(),
            scores.reshape(shape)?.into_any(),
        ))
    }

    /// The vectors of these ids as they are kept: an array of float32, a row for each. Raises ``KeyError``
    /// where there is none of an id.
    fn get<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let ids = ids_of(ids)?;
        let vectors = py.detach(|| self.committed(|state| Ok(state.get(&ids))))?;
        let vectors = vectors.map_err(PyKeyError::new_err)?;
        PyArray1::from_vec(py, vectors).reshape([ids.len(), self.space.dim])
    }

    /// Makes all changes safe on the disk.
    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.committed(|_| Ok(())))
    }

    /// Makes one part of all, without what was deleted: the fastest to search. For a million vectors that
    /// takes a minute of all cores.
    fn optimize(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.changed(State::optimize))
    }

    /// Makes searches faster for some memory.
    fn preload(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.changed(State::preload))
    }

    /// Writes the index, changes included, to a folder that is not there yet; ``open`` opens it.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.changed(|state| state.save(&path)))
    }

    /// Commits and closes; the object is of no use then.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| {
            let committed = match self.read()?.is_some() {
                true => self.committed(|_| Ok(())),
                false => Ok(()),
            };
            drop(self.write().take());
            committed
        })
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(
        &self,
        py: Python<'_>,
        _exception: &Bound<'_, pyo3::types::PyTuple>,
    ) -> PyResult<()> {
        self.close(py)
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        py.detach(|| {
            let state = self.read()?;
            Ok(opened(state.as_ref())?.get()?.len())
        })
    }

    fn __contains__(&self, py: Python<'_>, id: i64) -> PyResult<bool> {
        let Ok(id) = u64::try_from(id) else {
            return Ok(false);
        };
        py.detach(|| self.committed(|state| Ok(state.get(&[id]).is_ok())))
    }

    /// Elements of a vector.
    #[getter]
    fn dim(&self) -> usize {
        self.space.dim
    }

    /// ``cosine``, ``dot`` or ``l2``.
    #[getter]
    fn metric(&self) -> &'static str {
        name_of(METRICS, self.space.metric)
    }

    /// ``bits12``, ``i8`` or ``f32``.
    #[getter]
    fn storage(&self) -> &'static str {
        name_of(ELEMENTS, self.space.element)
    }

    /// The folder of the index.
    #[getter]
    fn path(&self, py: Python<'_>) -> PyResult<PathBuf> {
        py.detach(|| {
            let state = self.read()?;
            Ok(opened(state.as_ref())?.get()?.folder().to_path_buf())
        })
    }

    /// How many threads may be used.
    #[getter]
    fn threads(&self) -> usize {
        self.threads.count()
    }

    fn __repr__(&self) -> String {
        format!(
            "VectorIndex(dim={}, metric={:?}, storage={:?})",
            self.space.dim,
            self.metric(),
            self.storage()
        )
    }
}

impl VectorIndex {
    fn of(state: State, threads: usize) -> Self {
        Self {
            space: state.space(),
            threads: Threads::new(threads),
            state: RwLock::new(Some(Owned::new(state))),
        }
    }

    // Never with the interpreter's lock: who holds this one may want that one.
    fn read(&self) -> PyResult<RwLockReadGuard<'_, Option<Owned<State>>>> {
        Ok(self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self) -> RwLockWriteGuard<'_, Option<Owned<State>>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes it.
    fn changed<T>(&self, change: impl FnOnce(&mut State) -> PyResult<T>) -> PyResult<T> {
        let mut state = self.write();
        match &mut *state {
            Some(state) => change(state.get_mut()?),
            None => Err(closed()),
        }
    }

    /// Reads it when all changes are committed.
    fn committed<T>(&self, read: impl FnOnce(&State) -> PyResult<T>) -> PyResult<T> {
        {
            let state = self.read()?;
            let state = opened(state.as_ref())?.get()?;
            if state.is_committed() {
                return read(state);
            }
        }
        self.changed(|state| {
            state.commit()?;
            read(state)
        })
    }
}

fn opened(state: Option<&Owned<State>>) -> PyResult<&Owned<State>> {
    state.ok_or_else(closed)
}

fn closed() -> PyErr {
    library_error("the index is closed")
}

const METRICS: &[(&str, Metric)] = &[
    ("cosine", Metric::Cosine),
    ("dot", Metric::Dot),
    ("l2", Metric::L2),
];

const ELEMENTS: &[(&str, Element)] = &[
    ("bits12", Element::Bits12),
    ("i8", Element::I8),
    ("f32", Element::F32),
];

fn named<T: Copy>(what: &str, names: &[(&str, T)], name: &str) -> PyResult<T> {
    let known = names.iter().find(|(known, _)| *known == name);
    known.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        argument_error(format!(
            "{what} is {name:?}, it must be one of {}",
            names.join(", ")
        ))
    })
}

fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    let known = names.iter().find(|(_, known)| *known == value);
    known.map_or("another", |(name, _)| name)
}
