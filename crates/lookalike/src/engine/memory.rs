//! Pictures in memory.

use super::{
    Candidate, Content, Engine, Extent, FrameHash, Frames, Meta, Moment, Near, NearFrame,
    NearFrameOptions, NearestOptions, Pictures, ProposeOptions, QueryFeature, Vectors, WordPicture,
    Words,
};
use crate::decode::{Format, decode_bytes};
use crate::describe::Describer;
use crate::frame::{Frame, FreshFrames};
use crate::model::LazyModel;
use crate::segments::space;
use crate::snapshot::{near, propose};
use crate::{
    FailedFile, LibraryKind, Models, Part, PartStatus, Parts, PictureId, Result, Settings, Source,
    Status, StoredPicture, Threads, VectorExtractor, path_from_bytes, path_to_bytes,
};
use lookalike_index::{FreshRows, FreshVectors, Metric, ScanOptions, sample, scan, scores};
use lookalike_vision::Exec;
use lookalike_words::{FreshWords, MAX_PICTURES, Vocabulary, WordSource};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Pictures that are described once and then only searched, in memory: an [`Engine`] without a disk. Of
/// a file that holds several pictures it takes the first.
#[derive(Debug)]
pub struct Memory {
    meta: Meta,
    pictures: Vec<StoredPicture>,
    names: BTreeMap<Vec<u8>, PictureId>,
    failed: Vec<FailedFile>,
    words: Vec<FreshWords>,
    frames: FreshFrames,
    embeddings: FreshVectors,
    vectors: FreshRows,
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
        let vector_length = VectorExtractor::of(settings, Exec::default())?.len();
        let meta = Meta {
            kind: LibraryKind::Imported,
            settings: *settings,
            root: None,
            vector_length,
            models: models.clone(),
        };
        let mut memory = Self {
            meta,
            pictures: Vec::new(),
            names: BTreeMap::new(),
            failed: Vec::new(),
            words: Vec::new(),
            frames: FreshFrames::default(),
            embeddings: FreshVectors::new(space(models.current.dimensions)),
            vectors: FreshRows::new(vector_length),
        };
        let model = LazyModel::new(models.current);
        let mut describer = Describer::new(settings, &model);
        let mut words = Vec::new();
        for (path, bytes) in files {
            memory.add(&mut describer, &mut words, path, &bytes)?;
        }
        while !words.is_empty() {
            let rest = words.split_off(words.len().min(MAX_PICTURES));
            memory
                .words
                .push(FreshWords::new(Vocabulary::embedded(), words)?);
            words = rest;
        }
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
        let parts = self.meta.wanted();
        let picture = match decode_bytes(bytes, &self.meta.decode_options(parts)) {
            Ok(picture) => picture,
            Err(error) => {
                let reason = error.to_string();
                self.failed.push(FailedFile {
                    path,
                    place: None,
                    reason,
                    damaged: false,
                });
                return Ok(());
            }
        };
        let id = PictureId::new(self.pictures.len() as u64 + 1);
        for (part, record) in describer.records(&picture, parts)? {
            match part {
                Part::Words => {
                    let stored = WordPicture::from_bytes(&record)?;
                    words.push((id.get(), stored));
                }
                Part::Frame => {
                    let record = Frame::from_bytes(&record);
                    let record = record.expect("it was made just now");
                    self.frames.push(id.get(), record)?;
                }
                Part::Embedding | Part::NextEmbedding => {
                    let elements: Vec<i8> = record.iter().map(|b| b.cast_signed()).collect();
                    self.embeddings.insert(id.get(), elements.as_slice())?;
                }
                Part::Vector => {
                    let (elements, _) = record.as_chunks::<4>();
                    let elements: Vec<f32> =
                        elements.iter().map(|&e| f32::from_le_bytes(e)).collect();
                    self.vectors.push(id.get(), &elements)?;
                }
            }
        }
        self.names.insert(name, id);
        self.pictures.push(StoredPicture {
            id,
            place: None,
            hash,
            size: Some(picture.original_size),
            bytes: Some(bytes.len() as u64),
            format: Format::of(bytes)
                .ok()
                .map(|format| format.name().to_owned()),
            paths: vec![path],
        });
        Ok(())
    }

    fn picture(&self, id: PictureId) -> Option<&StoredPicture> {
        let number = id.get().checked_sub(1)?;
        self.pictures.get(usize::try_from(number).ok()?)
    }

    /// Number and bytes of the records of a part.
    fn records(&self, part: Part) -> (usize, usize) {
        match part {
            Part::Words => (self.pictures.len(), 0),
            Part::Frame => (self.frames.len(), self.frames.bytes()),
            Part::Vector => {
                let count = self.vectors.len();
                (count, count * 4 * self.vectors.dim())
            }
            Part::Embedding | Part::NextEmbedding => {
                let count = self.embeddings.len();
                (count, count * self.embeddings.space().dim)
            }
        }
    }
}

impl Engine for Memory {
    fn moment(&self, _: Parts) -> Result<Box<dyn Moment + '_>> {
        Ok(Box::new(self))
    }

    fn status(&self) -> Result<Status> {
        let parts = self.meta.wanted().iter().map(|part| {
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
            unread: BTreeMap::new(),
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

    fn frames(&self) -> Result<&dyn Frames> {
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

    fn by_content(&self, contents: &[Content]) -> Result<Vec<Option<PictureId>>> {
        let by_content = |content: &Content| {
            let found = self.pictures.iter().find(|p| p.hash == content.hash);
            found.map(|picture| picture.id)
        };
        Ok(contents.iter().map(by_content).collect())
    }

    fn by_path(&self, paths: &[&Path]) -> Result<Vec<Option<PictureId>>> {
        let by_path = |path: &&Path| self.names.get(&path_to_bytes(path)).copied();
        Ok(paths.iter().map(by_path).collect())
    }

    fn named(&self) -> Result<Vec<(Source, PictureId)>> {
        let named = self.names.iter();
        Ok(named
            .map(|(name, id)| (Source::new(path_from_bytes(name), None), *id))
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
        propose(&sources, queries, options)
    }

    fn fetch(&self, pictures: &[PictureId], _: &Threads) -> Result<Vec<Option<WordPicture>>> {
        let words = |id: &PictureId| self.words.iter().find_map(|words| words.get(id.get()));
        let fetch = |id| words(id).cloned();
        Ok(pictures.iter().map(fetch).collect())
    }
}

impl Frames for Memory {
    fn near(
        &self,
        queries: &[[FrameHash; 8]],
        options: &NearFrameOptions,
    ) -> Result<Vec<Vec<NearFrame>>> {
        crate::frame::near(&[], &self.frames, queries, options)
    }

    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Frame>>> {
        let fetch = |id: &PictureId| self.frames.get(id.get());
        Ok(pictures.iter().map(fetch).collect())
    }
}

impl Vectors for FreshVectors {
    fn nearest(&self, queries: &[&[f32]], options: &NearestOptions) -> Result<Vec<Vec<Near>>> {
        near(&[], self, queries, options)
    }

    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Vec<f32>>>> {
        let fetch = |id: &PictureId| {
            let mut embedding = Vec::new();
            self.read(id.get(), &mut embedding).then_some(embedding)
        };
        Ok(pictures.iter().map(fetch).collect())
    }

    fn sample(&self, count: usize) -> Result<Vec<(PictureId, Vec<f32>)>> {
        let sample = sample(&[], Some(self), count);
        Ok(sample.map(|(id, e)| (PictureId::new(id), e)).collect())
    }

    fn scores(&self, query: &[f32], count: usize) -> Result<Vec<f32>> {
        let sample = self.sample(count)?;
        let embeddings = sample.iter().map(|(_, e)| e.as_slice());
        Ok(scores(Metric::Cosine, query, embeddings))
    }

    fn extent(&self) -> Extent {
        Extent {
            records: self.len(),
            linked: 0,
        }
    }
}

impl Vectors for FreshRows {
    fn nearest(&self, queries: &[&[f32]], options: &NearestOptions) -> Result<Vec<Vec<Near>>> {
        let how = ScanOptions {
            k: options.most,
            min_score: options.min_score,
            ..ScanOptions::default()
        };
        options.threads.try_map(queries, |query| {
            let found = scan(query, &[], Some(self), &how)?;
            Ok(found.into_iter().map(Near::from).collect())
        })
    }

    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Vec<f32>>>> {
        let fetch = |id: &PictureId| self.get(id.get()).map(<[f32]>::to_vec);
        Ok(pictures.iter().map(fetch).collect())
    }

    fn sample(&self, count: usize) -> Result<Vec<(PictureId, Vec<f32>)>> {
        let all: Vec<_> = self.iter().collect();
        let count = count.min(all.len());
        let chosen = (0..count).map(|i| all[i * all.len() / count]);
        Ok(chosen
            .map(|(id, vector)| (PictureId::new(id), vector.to_vec()))
            .collect())
    }

    fn scores(&self, query: &[f32], count: usize) -> Result<Vec<f32>> {
        let sample = self.sample(count)?;
        let vectors = sample.iter().map(|(_, vector)| vector.as_slice());
        Ok(scores(Metric::Cosine, query, vectors))
    }

    fn extent(&self) -> Extent {
        Extent {
            records: self.len(),
            linked: 0,
        }
    }
}
