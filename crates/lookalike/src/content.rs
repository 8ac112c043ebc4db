//! What is looked for by content: pictures and words, added and subtracted.

use crate::decode::Picture;
use crate::describe::embed;
use crate::model::{LazyModel, ModelRecord};
use crate::{Error, Result};
use lookalike_embed::{Embedder, TextEmbedder};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A query for [`Library::search_similar`](crate::Library::search_similar).
#[derive(Clone, Debug, PartialEq)]
pub struct ContentQuery {
    /// The hash of the model that made it.
    pub(crate) model: String,
    /// Of Euclidean length 1.
    pub(crate) vector: Vec<f32>,
    /// Whether it is the embedding of one picture, so that its scores are as those of two pictures
    /// of the library.
    pub(crate) is_picture: bool,
}

impl ContentQuery {
    /// A picture's embedding as a library keeps it.
    pub(crate) fn of_stored(model: String, vector: &[f32]) -> Self {
        Self {
            model,
            vector: of_length_one(vector),
            is_picture: true,
        }
    }

    /// The weighted sum of queries of one library. Negative weights subtract: what is like such a
    /// query comes later.
    ///
    /// # Errors
    /// [`Error::EmptyQuery`] where nothing is left, or a weight is no number; [`Error::QueryModel`].
    pub fn combine(terms: &[(f32, Self)]) -> Result<Self> {
        let (_, first) = terms.first().ok_or(Error::EmptyQuery)?;
        if let [(weight, only)] = terms
            && *weight > 0.0
        {
            return Ok(only.clone());
        }
        let mut sum = vec![0f64; first.vector.len()];
        for (weight, term) in terms {
            if term.model != first.model {
                return Err(Error::QueryModel {
                    expected: first.model.clone(),
                    received: term.model.clone(),
                });
            }
            for (sum, value) in sum.iter_mut().zip(&term.vector) {
                *sum += f64::from(*weight) * f64::from(*value);
            }
        }
        let norm = sum.iter().map(|v| v * v).sum::<f64>().sqrt();
        // Of what cancels out, rounding is left.
        if !(norm.is_finite() && norm > 1e-4) {
            return Err(Error::EmptyQuery);
        }
        Ok(Self {
            model: first.model.clone(),
            vector: sum.iter().map(|v| (v / norm) as f32).collect(),
            is_picture: false,
        })
    }
}

/// An embedding as a library keeps it, made of Euclidean length 1. A zero vector is never kept.
pub(crate) fn of_length_one(vector: &[f32]) -> Vec<f32> {
    let norm = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    vector.iter().map(|v| v / norm).collect()
}

/// Workers that make queries. Each is used by one thread at a time, and kept for the next query; they
/// share the model.
#[derive(Default)]
pub(crate) struct QueryModel(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// The model by which queries were made last.
    model: Option<Arc<LazyModel>>,
    /// Workers of it that no thread uses.
    pictures: Vec<Box<dyn Embedder>>,
    words: Vec<Box<dyn TextEmbedder>>,
}

impl QueryModel {
    /// A picture as the model of this record sees it.
    pub(crate) fn of_picture(
        &self,
        record: &ModelRecord,
        picture: &Picture,
    ) -> Result<ContentQuery> {
        let (model, idle) = self.of(record, |kept| kept.pictures.pop());
        let mut embedder = idle.map_or_else(|| model.embedder(), Ok)?;
        let vector = embed(embedder.as_mut(), picture);
        self.give_back(&model, |kept| kept.pictures.push(embedder));
        Ok(ContentQuery {
            model: record.id.clone(),
            vector: vector?,
            is_picture: true,
        })
    }

    /// Words as the model of this record understands them.
    pub(crate) fn of_words(&self, record: &ModelRecord, words: &str) -> Result<ContentQuery> {
        let (model, idle) = self.of(record, |kept| kept.words.pop());
        let mut embedder = idle.map_or_else(|| model.text_embedder(), Ok)?;
        let vector = embedder.embed_text(words);
        self.give_back(&model, |kept| kept.words.push(embedder));
        Ok(ContentQuery {
            model: record.id.clone(),
            vector: vector?,
            is_picture: false,
        })
    }

    /// The model of this record, and a worker of it if one is idle.
    fn of<W>(
        &self,
        record: &ModelRecord,
        take: impl FnOnce(&mut Kept) -> Option<W>,
    ) -> (Arc<LazyModel>, Option<W>) {
        let mut kept = self.lock();
        let current = kept.model.take().filter(|model| model.record() == record);
        let model = match current {
            Some(model) => model,
            None => {
                *kept = Kept::default();
                Arc::new(LazyModel::new(record.clone()))
            }
        };
        kept.model = Some(model.clone());
        let worker = take(&mut kept);
        (model, worker)
    }

    /// Keeps a worker, unless another model makes queries by now.
    fn give_back(&self, model: &Arc<LazyModel>, keep: impl FnOnce(&mut Kept)) {
        let mut kept = self.lock();
        if kept.model.as_ref().is_some_and(|m| Arc::ptr_eq(m, model)) {
            keep(&mut kept);
        }
    }

    /// It is held for as long as it takes to fetch a worker, not while one works.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for QueryModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QueryModel")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(model: &str, vector: [f32; 2]) -> ContentQuery {
        ContentQuery {
            model: model.into(),
            vector: vector.into(),
            is_picture: true,
        }
    }

    #[test]
    fn queries_are_added_and_subtracted() {
        let (a, b) = (query("m", [1.0, 0.0]), query("m", [0.0, 1.0]));
        let combine = |terms: &[(f32, ContentQuery)]| ContentQuery::combine(terms);
        assert_eq!(combine(&[(2.0, a.clone())]).unwrap(), a);
        let sum = combine(&[(3.0, a.clone()), (-4.0, b.clone())]).unwrap();
        assert_eq!((sum.vector, sum.is_picture), (vec![0.6, -0.8], false));
        for weights in [(1.0, -1.0), (f32::NAN, 1.0), (0.0, 0.0)] {
            let terms = [(weights.0, a.clone()), (weights.1, a.clone())];
            assert!(matches!(combine(&terms), Err(Error::EmptyQuery)));
        }
        assert!(matches!(combine(&[]), Err(Error::EmptyQuery)));
        let other = query("n", [0.0, 1.0]);
        let mixed = combine(&[(1.0, a), (1.0, other)]);
        assert!(matches!(mixed, Err(Error::QueryModel { .. })));
    }
}
