//! An index: its folder, who reads it, and who changes it.

use super::arrays::View;
use crate::error::{Raise, argument_error, library_error, os_error};
use lookalike::Threads;
use lookalike_index::{GraphOptions, IndexReader, IndexWriter, QueryOptions, Space};
use pyo3::PyResult;
use rayon::prelude::*;
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// An index that is open.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
    reader: IndexReader,
    /// From the first change on: only one may write at a time.
    writer: Option<IndexWriter>,
    committed: bool,
    preloaded: bool,
    threads: usize,
    /// Removed when it is dropped.
    _temporary: Option<TempDir>,
}

/// Neighbours, `k` for each query.
#[derive(Debug)]
pub struct Found {
    pub ids: Vec<i64>,
    pub scores: Vec<f32>,
    k: usize,
}

impl Found {
    /// For so many queries; `None` where there is no memory for them.
    pub fn new(queries: usize, k: usize) -> Option<Self> {
        let length = queries.checked_mul(k)?;
        let (mut ids, mut scores) = (Vec::new(), Vec::new());
        ids.try_reserve_exact(length).ok()?;
        scores.try_reserve_exact(length).ok()?;
        ids.resize(length, -1);
        scores.resize(length, f32::NEG_INFINITY);
        Some(Self { ids, scores, k })
    }
}

impl State {
    /// An empty one, in a folder or in a temporary one.
    pub fn create(space: Space, folder: Option<PathBuf>, threads: usize) -> PyResult<Self> {
        let (folder, temporary) = match folder {
            Some(folder) => (folder, None),
            None => {
                let temporary = tempfile::Builder::new().prefix("lookalike-").tempdir()?;
                (temporary.path().to_path_buf(), Some(temporary))
            }
        };
        let writer = IndexWriter::create(&folder, space, &options(threads)).or_raise()?;
        Ok(Self {
            reader: IndexReader::open(&folder).or_raise()?,
            writer: Some(writer),
            committed: true,
            preloaded: false,
            threads,
            folder,
            _temporary: temporary,
        })
    }

    /// One that exists.
    pub fn open(folder: PathBuf, threads: usize) -> PyResult<Self> {
        Ok(Self {
            reader: IndexReader::open(&folder).or_raise()?,
            writer: None,
            committed: true,
            preloaded: false,
            threads,
            folder,
            _temporary: None,
        })
    }

    pub fn space(&self) -> Space {
        self.reader.space()
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        let writer = self.writer.as_ref();
        writer.map_or_else(|| self.reader.len(), IndexWriter::len)
    }

    pub fn is_committed(&self) -> bool {
        self.committed
    }

    /// Who changes it.
    fn writer(&mut self) -> PyResult<&mut IndexWriter> {
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => IndexWriter::open(&self.folder, &options(self.threads)).or_raise()?,
        };
        Ok(self.writer.insert(writer))
    }

    /// Adds vectors with ids of which none is there yet, all or none; or replaces those that are.
    pub fn add(
        &mut self,
        ids: &[u64],
        rows: &View<'_>,
        replace: bool,
        stop: Option<&AtomicBool>,
    ) -> PyResult<()> {
        self.committed = false;
        let writer = self.writer()?;
        for (row, &id) in ids.iter().enumerate() {
            let vector = rows.row(row);
            let added = match replace {
                true => writer.replace(id, vector).map(drop),
                false => writer.insert(id, vector),
            };
            let stopped = stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
            if let Err(error) = &added {
                let message = argument_error(format!("row {row}: {error}"));
                take_back(writer, &ids[..row], replace);
                return Err(message);
            }
            if stopped {
                take_back(writer, &ids[..=row], replace);
                return Ok(()); // Who stopped it raises.
            }
        }
        Ok(())
    }

    /// Deletes what there is of these; how many.
    pub fn delete(&mut self, ids: &[u64]) -> PyResult<usize> {
        self.committed = false;
        let writer = self.writer()?;
        Ok(ids.iter().filter(|&&id| writer.delete(id)).count())
    }

    /// Makes changes safe, and searches see them.
    pub fn commit(&mut self) -> PyResult<()> {
        if let Some(writer) = &mut self.writer {
            writer.commit().or_raise()?;
        }
        self.refresh()
    }

    /// Makes one segment of all.
    pub fn optimize(&mut self) -> PyResult<()> {
        self.writer()?.optimize().or_raise()?;
        self.refresh()
    }

    /// Spends memory on speed, from now on.
    pub fn preload(&mut self) -> PyResult<()> {
        self.preloaded = true;
        self.commit()?;
        self.reader.preload().or_raise()
    }

    fn refresh(&mut self) -> PyResult<()> {
        let is_new = self.reader.refresh().or_raise()?;
        self.committed = true;
        if is_new && self.preloaded {
            self.reader.preload().or_raise()?;
        }
        Ok(())
    }

    /// Copies it to a folder that is not there yet, under another name until it is complete.
    pub fn save(&mut self, to: &Path) -> PyResult<()> {
        if let Some(writer) = &mut self.writer {
            // No merge may be on its way.
            writer.settle().or_raise()?;
        }
        self.refresh()?;
        let to = std::path::absolute(to)?;
        if to.exists() {
            let shown = lookalike::ShownPath(&to);
            return Err(library_error(format!(
                "{shown}: there is something already"
            )));
        }
        let mut partial = to.clone().into_os_string();
        partial.push(format!(".partial-{}", std::process::id()));
        let partial = PathBuf::from(partial);
        let copied = copy(&self.folder, &partial).and_then(|()| fs::rename(&partial, &to));
        copied.map_err(|error| {
            let _ = fs::remove_dir_all(&partial);
            os_error(&to, &error)
        })
    }

    /// The vectors of these ids, one after the other; else the first id without one.
    pub fn get(&self, ids: &[u64]) -> Result<Vec<f32>, u64> {
        let mut all = Vec::new();
        let mut vector = Vec::new();
        for &id in ids {
            if !self.reader.read(id, &mut vector) {
                return Err(id);
            }
            all.extend_from_slice(&vector);
        }
        Ok(all)
    }

    /// Answers some of the queries.
    pub fn search(
        &self,
        queries: &View<'_>,
        range: Range<usize>,
        options: &QueryOptions<'_>,
        threads: &Threads,
        found: &mut Found,
    ) -> PyResult<()> {
        let k = found.k;
        let part = range.start * k..range.end * k;
        let ids = &mut found.ids[part.clone()];
        let scores = &mut found.scores[part];
        let answer = |(row, (ids, scores)): (usize, (&mut [i64], &mut [f32]))| {
            let near = self.reader.search(queries.row(row), options);
            let near = near.map_err(|error| (row, error))?;
            for (near, (id, score)) in near.iter().zip(ids.iter_mut().zip(scores)) {
                *id = near.id as i64;
                *score = near.score;
            }
            Ok(())
        };
        let first = range.start;
        let answered: Result<(), (usize, lookalike_index::Error)> =
            match threads.count() == 1 || range.len() == 1 {
                true => {
                    let places = ids.chunks_mut(k).zip(scores.chunks_mut(k)).enumerate();
                    places
                        .map(|(i, place)| (first + i, place))
                        .try_for_each(answer)
                }
                false => threads.run(|| {
                    let places = ids
                        .par_chunks_mut(k)
                        .zip(scores.par_chunks_mut(k))
                        .enumerate();
                    places
                        .map(|(i, place)| (first + i, place))
                        .try_for_each(answer)
                }),
            };
        answered.map_err(|(row, error)| argument_error(format!("row {row}: {error}")))
    }
}

fn options(threads: usize) -> GraphOptions {
    GraphOptions {
        threads,
        ..GraphOptions::default()
    }
}

/// Deletes what was just added.
fn take_back(writer: &mut IndexWriter, ids: &[u64], replace: bool) {
    if !replace {
        for &id in ids {
            writer.delete(id);
        }
    }
}

/// Copies a folder and what is in it, but for its lock.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if entry.file_name() != "lock" {
            fs::copy(entry.path(), &target)?;
            File::open(&target)?.sync_all()?;
        }
    }
    Ok(())
}
