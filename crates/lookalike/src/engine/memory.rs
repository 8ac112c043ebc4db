//! Pictures in memory.

use super::{
    Candidate, Engine, Extent, Meta, Moment, Near, NearestOptions, Pictures, ProposeOptions,
    QueryFeature, Vectors, WordPicture, Words,
};
use crate::decode::decode_bytes;
use crate::describe::Describer;
use crate::model::LazyModel;
use crate::snapshot::{propose, scores};
use crate::{
    Error, FailedFile, LibraryKind, Models, Part, PartStatus, Parts, PictureId, Result, Settings,
    Status, StoredPicture, Threads, VectorExtractor, path_to_bytes,
};
use lookalike_index::{
    FreshRows, FreshWords, MAX_PICTURES, Metric, QueryOptions, SearchOptions, WordSource,
    nearest_of, search,
};
use lookalike_vision::Exec;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Pictures that are described once and then only searched, in memory: an [`Engine`] without a disk.
#[derive(Debug)]
pub struct Memory {
    meta: Meta,
    pictures: Vec<StoredPicture>,
    names: BTreeMap<Vec<u8>, PictureId>,
    failed: Vec<FailedFile>,
    words: Vec<FreshWords>,
    embeddings: Embeddings,
    vectors: VectorRows,
}

/// Embeddings as the files of a library keep them, too.
#[derive(Debug, Default)]
struct Embeddings(Vec<(PictureId, Vec<i8>)>);

/// Vectors, one after the other.
#[derive(Debug, Default)]
struct VectorRows {
    ids: Vec<u64>,
    elements: Vec<f32>,
}

impl Memory {
    /// Decodes and describes encoded pictures, each with its name. Those of equal bytes are one
    /// picture with two names; what cannot be read is left out, and told by
    /// [`Pictures::failed`].
    ///
    /// # Errors
    /// Those of the model and of the features; none where a picture is at fault.
    pub fn new(
        settings: &Settings,
        files: impl IntoIterator<Item = (PathBuf, Vec<u8>)>,
    ) -> Result<Self> {
        let models = Models::default();
        let meta = Meta {
            kind: LibraryKind::Imported,
            settings: *settings,
            root: None,
            vector_length: VectorExtractor::of(settings, Exec::default())?.len(),
            models: models.clone(),
        };
        let mut memory = Self {
            meta,
            pictures: Vec::new(),
            names: BTreeMap::new(),
            failed: Vec::new(),
            words: Vec::new(),
            embeddings: Embeddings::default(),
            vectors: VectorRows::default(),
        };
        let model = LazyModel::new(models.current);
        let mut describer = Describer::new(settings, &model);
        let mut words = Vec::new();
        for (path, bytes) in files {
            memory.add(&mut describer, &mut words, path, &bytes)?;
        }
        let fresh = |some: &[_]| FreshWords::new(some).map_err(Error::segment);
        memory.words = words
            .chunks(MAX_PICTURES)
            .map(fresh)
            .collect::<Result<_>>()?;
        memory.failed.sort_by_cached_key(|f| path_to_bytes(&f.path));
        Ok(memory)
    }

    fn add(
        &mut self,
        describer: &mut Describer<'_>,
        words: &mut Vec<(u64, WordPicture)>,
        path: PathBuf,
        bytes: &[u8],
    ) -> Result<()> {
        let name = path_to_bytes(&path);
        let hash = *blake3::hash(bytes).as_bytes();
        if let Some(known) = self.pictures.iter_mut().find(|p| p.hash == hash) {
            self.names.insert(name, known.id);
            known.paths.push(path);
            known.paths.sort_by_cached_key(|path| path_to_bytes(path));
            return Ok(());
        }
        let parts = self.meta.settings.parts;
        let picture = match decode_bytes(bytes, &self.meta.decode_options(parts)) {
            Ok(picture) => picture,
            Err(error) => {
                let reason = error.to_string();
                self.failed.push(FailedFile { path, reason });
                return Ok(());
            }
        };
        let id = PictureId::new(self.pictures.len() as u64 + 1);
        for (part, record) in describer.records(&picture, parts)? {
            match part {
                Part::Words => {
                    let stored = WordPicture::from_bytes(&record).map_err(Error::segment)?;
                    words.push((id.get(), stored));
                }
                Part::Embedding | Part::NextEmbedding => {
                    let elements = record.iter().map(|b| b.cast_signed()).collect();
                    self.embeddings.0.push((id, elements));
                }
                Part::Vector => {
                    let (elements, _) = record.as_chunks::<4>();
                    let elements = elements.iter().map(|&e| f32::from_le_bytes(e));
                    self.vectors.ids.push(id.get());
                    self.vectors.elements.extend(elements);
                }
            }
        }
        self.names.insert(name, id);
        self.pictures.push(StoredPicture {
            id,
            hash,
            size: Some(picture.original_size),
            bytes: Some(bytes.len() as u64),
            format: Some(picture.format.name().to_owned()),
            paths: vec![path],
        });
        Ok(())
    }

    fn picture(&self, id: PictureId) -> Option<&StoredPicture> {
        let number = id.get().checked_sub(1)?;
        self.pictures.get(usize::try_from(number).ok()?)
    }

    /// Records of a part, and their bytes.
    fn records(&self, part: Part) -> (usize, usize) {
        match part {
            Part::Words => (self.pictures.len(), 0),
            Part::Vector => (self.vectors.ids.len(), 4 * self.vectors.elements.len()),
            Part::Embedding | Part::NextEmbedding => {
                let bytes = self.embeddings.0.iter().map(|(_, e)| e.len()).sum();
                (self.embeddings.0.len(), bytes)
            }
        }
    }
}

impl Engine for Memory {
    fn moment(&self, _: Parts) -> Result<Box<dyn Moment + '_>> {
        Ok(Box::new(self))
    }

    fn status(&self) -> Result<Status> {
        let parts = self.meta.settings.parts.iter().map(|part| {
            let (records, bytes) = self.records(part);
            PartStatus {
                part,
                bytes: bytes as u64,
                sealed: 0,
                fresh: records as u64,
                dead: 0,
                segments: 0,
                lacking: 0,
                graph: None,
            }
        });
        Ok(Status {
            format: 0,
            kind: self.meta.kind,
            settings: self.meta.settings,
            vector_length: self.meta.vector_length,
            models: self.meta.models.clone(),
            pictures: self.pictures.len() as u64,
            files: self.names.len() as u64,
            failed: self.failed.len() as u64,
            catalogue_bytes: 0,
            parts: parts.collect(),
            recall: Vec::new(),
        })
    }
}

impl Moment for &Memory {
    fn number(&self) -> u64 {
        0
    }

    fn pictures(&self) -> &dyn Pictures {
        *self
    }

    fn words(&self) -> Result<&dyn Words> {
        Ok(*self)
    }

    fn embeddings(&self) -> Result<&dyn Vectors> {
        Ok(&self.embeddings)
    }

    fn vectors(&self) -> Result<&dyn Vectors> {
        Ok(&self.vectors)
    }
}

impl Pictures for Memory {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn get(&self, pictures: &[PictureId]) -> Result<Vec<Option<StoredPicture>>> {
        let get = |&id: &PictureId| self.picture(id).cloned();
        Ok(pictures.iter().map(get).collect())
    }

    fn after(&self, after: Option<PictureId>, limit: usize) -> Result<Vec<StoredPicture>> {
        let later = self.pictures.iter().filter(|p| Some(p.id) > after);
        Ok(later.take(limit).cloned().collect())
    }

    fn by_hash(&self, hashes: &[[u8; 32]]) -> Result<Vec<Option<PictureId>>> {
        let by_hash = |hash: &[u8; 32]| {
            let found = self.pictures.iter().find(|p| p.hash == *hash);
            found.map(|picture| picture.id)
        };
        Ok(hashes.iter().map(by_hash).collect())
    }

    fn by_path(&self, paths: &[&Path]) -> Result<Vec<Option<PictureId>>> {
        let by_path = |path: &&Path| self.names.get(&path_to_bytes(path)).copied();
        Ok(paths.iter().map(by_path).collect())
    }

    fn named(&self) -> Result<Vec<(PathBuf, PictureId)>> {
        let named = self.names.iter();
        Ok(named
            .map(|(name, id)| (crate::path_from_bytes(name), *id))
            .collect())
    }

    fn failed(&self) -> Result<Vec<FailedFile>> {
        Ok(self.failed.clone())
    }
}

impl Words for Memory {
    fn propose(
        &self,
        queries: &[&[QueryFeature]],
        options: &ProposeOptions,
    ) -> Result<Vec<Vec<Candidate>>> {
        let sources: Vec<_> = self.words.iter().map(WordSource::Fresh).collect();
        propose(&sources, queries, options, None)
    }

    fn fetch(&self, pictures: &[PictureId], _: &Threads) -> Result<Vec<Option<WordPicture>>> {
        let fetch = |id: &PictureId| self.words.iter().find_map(|words| words.get(id.get()));
        Ok(pictures.iter().map(fetch).collect())
    }
}

impl Vectors for Embeddings {
    fn nearest(&self, queries: &[&[f32]], options: &NearestOptions) -> Result<Vec<Vec<Near>>> {
        let how = QueryOptions {
            k: options.most,
            ..QueryOptions::default()
        };
        options.threads.try_map(queries, |query| {
            let rows = self.0.iter().map(|(id, e)| (id.get(), e.as_slice().into()));
            let found = nearest_of(Metric::Cosine, *query, rows, &how).map_err(Error::segment)?;
            let near = found.into_iter().map(Near::from);
            Ok(near.filter(|n| n.score >= options.min_score).collect())
        })
    }

    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Vec<f32>>>> {
        let fetch = |id: &PictureId| {
            let at = self.0.binary_search_by_key(id, |(id, _)| *id).ok()?;
            Some(self.0[at].1.iter().map(|&v| f32::from(v)).collect())
        };
        Ok(pictures.iter().map(fetch).collect())
    }

    fn sample(&self, count: usize) -> Result<Vec<(PictureId, Vec<f32>)>> {
        let ids: Vec<PictureId> = self.0.iter().map(|(id, _)| *id).collect();
        sample(self, &ids, count)
    }

    fn scores(&self, query: &[f32], count: usize) -> Result<Vec<f32>> {
        scores(query, &self.sample(count)?)
    }

    fn extent(&self) -> Extent {
        Extent {
            records: self.0.len(),
            linked: 0,
        }
    }
}

impl Vectors for VectorRows {
    fn nearest(&self, queries: &[&[f32]], options: &NearestOptions) -> Result<Vec<Vec<Near>>> {
        let rows = FreshRows {
            ids: &self.ids,
            vectors: &self.elements,
        };
        let how = SearchOptions {
            k: options.most,
            min_score: options.min_score,
            ..SearchOptions::default()
        };
        options.threads.try_map(queries, |query| {
            let found = search(query, &[], rows, how).map_err(Error::segment)?;
            Ok(found.into_iter().map(Near::from).collect())
        })
    }

    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Vec<f32>>>> {
        let length = self.elements.len() / self.ids.len().max(1);
        let fetch = |id: &PictureId| {
            let row = self.ids.binary_search(&id.get()).ok()?;
            Some(self.elements[row * length..][..length].to_vec())
        };
        Ok(pictures.iter().map(fetch).collect())
    }

    fn sample(&self, count: usize) -> Result<Vec<(PictureId, Vec<f32>)>> {
        let ids: Vec<PictureId> = self.ids.iter().copied().map(PictureId::new).collect();
        sample(self, &ids, count)
    }

    fn scores(&self, query: &[f32], count: usize) -> Result<Vec<f32>> {
        scores(query, &self.sample(count)?)
    }

    fn extent(&self) -> Extent {
        Extent {
            records: self.ids.len(),
            linked: 0,
        }
    }
}

/// Up to `count` of some pictures with their vectors, evenly chosen.
fn sample(
    vectors: &dyn Vectors,
    ids: &[PictureId],
    count: usize,
) -> Result<Vec<(PictureId, Vec<f32>)>> {
    let count = count.min(ids.len());
    let chosen: Vec<PictureId> = (0..count).map(|i| ids[i * ids.len() / count]).collect();
    let found = chosen.iter().copied().zip(vectors.fetch(&chosen)?);
    Ok(found.filter_map(|(id, v)| Some((id, v?))).collect())
}
