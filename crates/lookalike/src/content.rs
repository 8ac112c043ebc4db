//! What is looked for by content: pictures and words, added and subtracted.

use crate::decode::Picture;
use crate::describe::embed;
use crate::model::{LazyModel, ModelRecord, ModelSource};
use crate::nouns::Weighted;
use crate::{Error, Result};
use lookalike_embed::{Embedder, Noun, TextEmbedder};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So much a noun counts beside pictures, whose cosines with the pictures of a library differ more than
/// those of a noun's direction.
const NOUN: f32 = 2.0;

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
    /// Where all that is looked for are nouns of the embedded network: these. Then `vector` only says
    /// where to look.
    pub(crate) nouns: Vec<Weighted>,
}

impl ContentQuery {
    /// A picture's embedding as a library keeps it.
    pub(crate) fn of_stored(model: String, vector: &[f32]) -> Self {
        Self {
            model,
            vector: of_length_one(vector),
            is_picture: true,
            nouns: Vec::new(),
        }
    }

    /// What a text says in nouns of the embedded network.
    fn of_nouns(model: &str, text: &str) -> Result<Self> {
        let term = |noun: Noun| {
            let vector = noun.direction();
            (
                1.0,
                Self {
                    model: model.to_owned(),
                    vector,
                    is_picture: false,
                    nouns: vec![(1.0, noun)],
                },
            )
        };
        let terms: Vec<(f32, Self)> = Noun::read(text)?.into_iter().map(term).collect();
        Self::combine(&terms)
    }

    /// The weighted sum of queries of one library. Negative weights subtract: what is like such a
    /// query comes later. Nouns of the embedded network alone are wanted all together, and the subtracted
    /// ones not at all.
    ///
    /// # Errors
    /// [`Error::EmptyQuery`] where nothing is left, or a weight is no number; [`Error::QueryModel`].
    pub fn combine(terms: &[(f32, Self)]) -> Result<Self> {
        let (_, first) = terms.first().ok_or(Error::EmptyQuery)?;
        if let [(weight, only)] = terms
            && *weight > 0.0
            && (only.nouns.is_empty() || *weight == 1.0)
        {
            return Ok(only.clone());
        }
        let mut sum = vec![0f64; first.vector.len()];
        let is_mixed = terms.iter().any(|(_, term)| term.nouns.is_empty());
        for (weight, term) in terms {
            if term.model != first.model {
                return Err(Error::QueryModel {
                    expected: first.model.clone(),
                    received: term.model.clone(),
                });
            }
            let noun = if is_mixed && !term.nouns.is_empty() {
                NOUN
            } else {
                1.0
            };
            for (sum, value) in sum.iter_mut().zip(&term.vector) {
                *sum += f64::from(weight * noun) * f64::from(*value);
            }
        }
        let norm = sum.iter().map(|v| v * v).sum::<f64>().sqrt();
        // Of what cancels out, rounding is left.
        if !(norm.is_finite() && norm > 1e-4) {
            return Err(Error::EmptyQuery);
        }
        let nouns = terms.iter().map(|(weight, term)| term.weighted(*weight));
        let nouns: Option<Vec<Vec<Weighted>>> = nouns.collect();
        Ok(Self {
            model: first.model.clone(),
            vector: sum.iter().map(|v| (v / norm) as f32).collect(),
            is_picture: false,
            nouns: nouns.unwrap_or_default().concat(),
        })
    }

    /// Its nouns as a part of another query; `None` where it is something else.
    fn weighted(&self, weight: f32) -> Option<Vec<Weighted>> {
        let nouns = self
            .nouns
            .iter()
            .map(|(own, noun)| (own * weight, noun.clone()));
        let nouns: Vec<Weighted> = nouns.filter(|(weight, _)| *weight != 0.0).collect();
        (!self.nouns.is_empty()).then_some(nouns)
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
            nouns: Vec::new(),
        })
    }

    /// Words as the model of this record understands them.
    pub(crate) fn of_words(&self, record: &ModelRecord, words: &str) -> Result<ContentQuery> {
        if record.source == ModelSource::Embedded {
            return ContentQuery::of_nouns(&record.id, words);
        }
        let (model, idle) = self.of(record, |kept| kept.words.pop());
        let mut embedder = idle.map_or_else(|| model.text_embedder(), Ok)?;
        let vector = embedder.embed_text(words);
        self.give_back(&model, |kept| kept.words.push(embedder));
        Ok(ContentQuery {
            model: record.id.clone(),
            vector: vector?,
            is_picture: false,
            nouns: Vec::new(),
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
            nouns: Vec::new(),
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

    #[test]
    fn nouns_stay_nouns_among_themselves() {
        let of = |text| ContentQuery::of_nouns("m", text).unwrap();
        let weights = |query: &ContentQuery| -> Vec<(f32, String)> {
            let nouns = query.nouns.iter();
            nouns.map(|(w, noun)| (*w, noun.name().into())).collect()
        };
        let both = of("a dog on a beach");
        assert_eq!(weights(&both), [(1.0, "dog".into()), (1.0, "beach".into())]);
        let terms = [
            (1.0, both.clone()),
            (2.0, of("ball")),
            (-0.5, of("cat")),
            (0.0, of("car")),
        ];
        let sum = ContentQuery::combine(&terms).unwrap();
        let expected = [("dog", 1.0), ("beach", 1.0), ("ball", 2.0), ("cat", -0.5)];
        assert_eq!(
            weights(&sum),
            expected.map(|(name, w)| (w, name.to_owned()))
        );
        let cancelled = [(1.0, of("dog")), (-1.0, of("dogs"))];
        assert!(matches!(
            ContentQuery::combine(&cancelled),
            Err(Error::EmptyQuery)
        ));
        let picture = ContentQuery {
            is_picture: true,
            nouns: Vec::new(),
            ..both.clone()
        };
        let mixed = ContentQuery::combine(&[(1.0, picture), (1.0, both)]).unwrap();
        assert!(mixed.nouns.is_empty() && !mixed.is_picture);
    }
}
