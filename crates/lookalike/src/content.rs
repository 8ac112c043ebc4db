//! What is looked for by content: pictures and words, added and subtracted.

use crate::decode::Picture;
use crate::describe::{embed, made};
use crate::model::{LazyModel, ModelRecord};
use crate::{Error, Result};
use lookalike_embed::{Embedder, TextEmbedder};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// The workers that made the last queries, for the next ones.
#[derive(Default)]
pub(crate) struct QueryModel(Mutex<Option<Workers>>);

struct Workers {
    model: LazyModel,
    pictures: Option<Box<dyn Embedder>>,
    words: Option<Box<dyn TextEmbedder>>,
}

impl QueryModel {
    /// A picture as the model of this record sees it.
    pub(crate) fn of_picture(
        &self,
        record: &ModelRecord,
        picture: &Picture,
    ) -> Result<ContentQuery> {
        let mut place = self.lock();
        let workers = workers(&mut place, record);
        let embedder = made(&mut workers.pictures, || workers.model.embedder())?;
        Ok(ContentQuery {
            model: record.id.clone(),
            vector: embed(embedder.as_mut(), picture)?,
            is_picture: true,
        })
    }

    /// Words as the model of this record understands them.
    pub(crate) fn of_words(&self, record: &ModelRecord, words: &str) -> Result<ContentQuery> {
        let mut place = self.lock();
        let workers = workers(&mut place, record);
        let embedder = made(&mut workers.words, || workers.model.text_embedder())?;
        Ok(ContentQuery {
            model: record.id.clone(),
            vector: embedder.embed_text(words)?,
            is_picture: false,
        })
    }

    /// A worker that broke down is made anew, since it was taken out before.
    fn lock(&self) -> MutexGuard<'_, Option<Workers>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The workers of this model.
fn workers<'a>(place: &'a mut Option<Workers>, record: &ModelRecord) -> &'a mut Workers {
    let kept = place
        .take()
        .filter(|workers| workers.model.record() == record);
    place.insert(kept.unwrap_or_else(|| Workers {
        model: LazyModel::new(record.clone()),
        pictures: None,
        words: None,
    }))
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
