//! What is asked of a library.

use super::Opened;
use crate::error::{Raise, argument_error};
use crate::picture::Given;
use lookalike::decode::DecodeOptions;
use lookalike::{By, ContentQuery, Hit, Query, Region, SearchOptions};
use pyo3::PyResult;

/// A search: a picture, or a sum of pictures and words.
pub struct Asked {
    pub picture: Option<Given>,
    /// Further pictures, with their weights.
    pub pictures: Vec<(f32, Given)>,
    /// Words, with their weights.
    pub words: Vec<(f32, String)>,
    pub by: By,
    pub region: Option<Region>,
    pub top: usize,
    pub min_score: Option<f32>,
    pub exact: bool,
}

/// What counts as a hit, by its name.
pub fn by(name: &str) -> PyResult<By> {
    Ok(match name {
        "all" => By::All,
        "same" => By::Same,
        "similar" => By::Similar,
        "vector" => By::Vector,
        _ => {
            return Err(argument_error(format!(
                "by is {name:?}, it must be all, same, similar or vector"
            )));
        }
    })
}

impl Asked {
    /// Its hits, best first.
    pub fn search(&self, opened: &Opened) -> PyResult<Vec<Hit>> {
        let query = match (&self.picture, self.is_sum()) {
            (Some(picture), false) => self.query(opened, picture)?,
            _ => self.sum(opened)?.into(),
        };
        let options = SearchOptions {
            top: self.top,
            min_score: self.min_score,
            exact: self.exact,
            threads: opened.threads.clone(),
            keep: None,
        };
        opened.library.search(&query, &options).or_raise()
    }

    fn is_sum(&self) -> bool {
        !self.pictures.is_empty() || !self.words.is_empty()
    }

    fn query(&self, opened: &Opened, picture: &Given) -> PyResult<Query> {
        let (library, threads) = (&opened.library, &opened.threads);
        if let Some(region) = &self.region {
            let seen = picture.decode(&DecodeOptions::as_seen())?;
            let part = region.cut(&seen).or_raise()?;
            return library.query(&part, self.by, threads).or_raise();
        }
        let whole = match picture {
            Given::File(_, Some(_)) => None,
            _ => picture.bytes(&DecodeOptions::as_seen())?,
        };
        match whole {
            Some(bytes) => library.query_bytes(&picture.name(), &bytes, self.by, threads),
            None => {
                let seen = picture.decode(&DecodeOptions::as_seen())?;
                library.query(&seen, self.by, threads)
            }
        }
        .or_raise()
    }

    /// What pictures and words say together.
    fn sum(&self, opened: &Opened) -> PyResult<ContentQuery> {
        if !matches!(self.by, By::All | By::Similar) {
            return Err(argument_error(
                "words and sums are searched by similar only",
            ));
        }
        if self.region.is_some() {
            return Err(argument_error("a region is of a picture alone"));
        }
        let library = &opened.library;
        let mut terms = Vec::new();
        let first = self.picture.iter().map(|picture| (1.0, picture));
        let others = self
            .pictures
            .iter()
            .map(|(weight, picture)| (*weight, picture));
        for (weight, picture) in first.chain(others) {
            let seen = picture.decode(&DecodeOptions::as_seen())?;
            terms.push((weight, library.query_embedding_pixels(&seen).or_raise()?));
        }
        for (weight, words) in &self.words {
            terms.push((*weight, library.query_words(words).or_raise()?));
        }
        ContentQuery::combine(&terms).or_raise()
    }
}
