//! Asking a library.

use crate::content::of_length_one;
use crate::engine::{Moment, NearestOptions};
use crate::nearest::{by_embedding, by_vector};
use crate::same::search::{self as same, Collection, decoded};
use crate::same::{Explanation, Group, GroupKind, GroupOptions, SameQuery};
use crate::{
    By, ClusterOptions, Clusters, ContentQuery, Error, Hit, HitKind, Library, Part, Parts,
    PictureId, Query, Result, Threads,
};
use std::collections::HashSet;
use std::fmt;
use std::path::Path;

/// How to search.
#[derive(Clone)]
pub struct SearchOptions<'a> {
    /// At most so many hits.
    pub top: usize,
    /// Only hits with at least this score.
    pub min_score: Option<f32>,
    /// Compare with every embedding, however many there are.
    pub exact: bool,
    /// The threads that search.
    pub threads: Threads,
    /// Only files for which this says so, by their paths; where it leaves out some, the search goes on
    /// until there are enough of the others. All, if `None`.
    pub keep: Option<&'a (dyn Fn(&Path) -> bool + Sync)>,
}

impl Default for SearchOptions<'_> {
    /// The best 10, whatever their score, found by one thread.
    fn default() -> Self {
        Self {
            top: 10,
            min_score: None,
            exact: false,
            threads: Threads::default(),
            keep: None,
        }
    }
}

impl fmt::Debug for SearchOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchOptions")
            .field("top", &self.top)
            .field("min_score", &self.min_score)
            .field("exact", &self.exact)
            .field("threads", &self.threads)
            .field("keep", &self.keep.is_some())
            .finish()
    }
}

/// Pictures most like a query that are compared with it where words propose none that is the same.
const ALIKE: usize = 10;

/// Who asks for all kinds is told of likeness only where it is more than chance: of pairs of
/// pictures in the library at most so many are as much alike.
const MIN_PERCENTILE: f32 = 0.98;

impl Library {
    /// The hits of a query, best first, equal ones by path; files of one content are a hit each. Asked
    /// [for all](By::All), proven hits come first, then what is alike.
    ///
    /// # Errors
    /// [`Error::NoPart`] where the library no longer keeps what the query asks for,
    /// [`Error::QueryModel`], damage, and those of the system.
    pub fn search(&self, query: &Query, options: &SearchOptions<'_>) -> Result<Vec<Hit>> {
        let part = |has: bool, part: Part| if has { part.into() } else { Parts::NONE };
        let asked = part(query.same.is_some(), Part::Words)
            .and(part(query.embedding.is_some(), Part::Embedding))
            .and(part(query.vector.is_some(), Part::Vector));
        let moment = self.asked(asked)?;
        let moment = &*moment;
        let mut hits = Vec::new();
        if let Some(same) = &query.same {
            hits = enough(options, |options| match query.by {
                By::All => self.found(moment, same, options, false),
                _ => self.found(moment, same, options, true),
            })?;
            if query.by == By::All {
                hits.retain(|hit| hit.kind.is_found());
            }
        }
        if let Some(embedding) = &query.embedding {
            let mut similar = enough(options, |options| {
                by_embedding(moment, self.likeness(), embedding, options)
            })?;
            if query.by == By::All {
                let source = |hit: &Hit| (hit.path.clone(), hit.place);
                let proven: HashSet<_> = hits.iter().map(source).collect();
                similar.retain(|hit| is_alike(hit) && !proven.contains(&source(hit)));
            }
            hits.extend(similar);
        }
        if let Some(vector) = &query.vector {
            hits = enough(options, |options| self.near(moment, vector, options))?;
        }
        hits.truncate(options.top);
        Ok(hits)
    }

    /// The files that show the same picture or object as the query, proven by geometry, the best
    /// proven first; then, marked as [`HitKind::Candidate`], what shares features with it and could not
    /// be proven. Where nothing is proven and the library keeps embeddings, these count for the order
    /// of candidates, too.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn search_same(&self, query: &SameQuery, options: &SearchOptions<'_>) -> Result<Vec<Hit>> {
        let moment = self.asked(Part::Words.into())?;
        enough(options, |options| {
            self.found(&*moment, query, options, true)
        })
    }

    /// The files whose pictures show most similar things.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn search_similar(
        &self,
        query: &ContentQuery,
        options: &SearchOptions<'_>,
    ) -> Result<Vec<Hit>> {
        let moment = self.moment(Part::Embedding)?;
        enough(options, |options| {
            by_embedding(&*moment, self.likeness(), query, options)
        })
    }

    /// The files whose vectors are most like `vector`. A vector of zeros, from a picture without
    /// keypoints, is like nothing.
    ///
    /// # Errors
    /// [`Error::VectorLength`], and those of [`search`](Self::search).
    pub fn search_vector(&self, vector: &[f32], options: &SearchOptions<'_>) -> Result<Vec<Hit>> {
        let moment = self.moment(Part::Vector)?;
        enough(options, |options| self.near(&*moment, vector, options))
    }

    /// The files that are there more than once, in groups ordered by path.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, and those of the system.
    pub fn groups(&self, options: &GroupOptions<'_>) -> Result<Vec<Group>> {
        let moment = match options.kind {
            GroupKind::Exact => self.any_moment(Part::Words.into())?,
            _ => self.moment(Part::Words)?,
        };
        crate::same::groups::groups(&self.collection(&*moment)?, options)
    }

    /// Groups of pictures that show similar things, the largest first. A picture without company is
    /// in none.
    ///
    /// # Errors
    /// [`Error::NoPart`], damage, and those of the system.
    pub fn clusters(&self, options: &ClusterOptions<'_>) -> Result<Clusters> {
        let moment = self.moment(Part::Embedding)?;
        crate::cluster::clusters(&*moment, options)
    }

    /// Why a query is, or is not, the same as a picture of the library: from what is stored of it, as
    /// [`search_same`](Self::search_same) compares; else from its file. `None` where there is neither,
    /// or no such picture.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn explain(
        &self,
        query: &SameQuery,
        picture: PictureId,
        threads: &Threads,
    ) -> Result<Option<Explanation>> {
        let moment = self.any_moment(Part::Words.into())?;
        let Some(found) = moment.pictures().get(&[picture])?.pop().flatten() else {
            return Ok(None);
        };
        let collection = self.collection(&*moment)?;
        let stored = Explanation::of_stored(query, &collection, &found, threads)?;
        if stored.is_some() {
            return Ok(stored);
        }
        let profile = collection.profile();
        let decode = |root| decoded(root, profile, &found.paths, found.place);
        let decoded = self.root().and_then(decode);
        let explain = |found| Explanation::of_file(query, &found, profile, threads);
        decoded.map(explain).transpose()
    }

    /// The newest state, with what these parts are searched by.
    fn asked(&self, parts: Parts) -> Result<Box<dyn Moment + '_>> {
        // For the order of what is not proven; where the library keeps none, there are none.
        let also = match parts.has(Part::Words) {
            true => parts.and(Part::Embedding),
            false => parts,
        };
        let moment = self.any_moment(also)?;
        for part in parts.iter() {
            self.need(moment.pictures().meta(), part)?;
        }
        Ok(moment)
    }

    pub(crate) fn collection<'a>(&'a self, moment: &'a dyn Moment) -> Result<Collection<'a>> {
        Ok(Collection {
            pictures: moment.pictures(),
            words: moment.words()?,
            frames: moment.frames()?,
            root: self.root(),
        })
    }

    /// What is found of the same picture; candidates are ordered by likeness only if somebody wants
    /// them.
    fn found(
        &self,
        moment: &dyn Moment,
        query: &SameQuery,
        options: &SearchOptions<'_>,
        candidates: bool,
    ) -> Result<Vec<Hit>> {
        let collection = self.collection(moment)?;
        let said = collection.said_of(query)?;
        let mut found = same::search(&collection, query, options)?;
        found.obey(&said, &collection)?;
        if found.is_proven() {
            return Ok(found.hits(options));
        }
        let content = self.content_of_same(moment, query);
        let alike = match content {
            Some(content) => alike(moment, content, options)?,
            None => Vec::new(),
        };
        found = same::search_further(&collection, query, &alike, found, options)?;
        found.obey(&said, &collection)?;
        if candidates
            && !found.is_proven()
            && let Some(content) = content
        {
            let cosine = |embedding: Vec<f32>| -> f32 {
                let embedding = of_length_one(&embedding);
                let products = embedding.iter().zip(&content.vector);
                products.map(|(a, b)| a * b).sum()
            };
            let embeddings = moment.embeddings()?.fetch(&found.pictures())?;
            let cosines = embeddings.into_iter().map(|e| e.map(cosine));
            found.reorder(&cosines.collect::<Vec<_>>());
        }
        Ok(found.hits(options))
    }

    /// What a query shows, where the library keeps that of its pictures. It is only for an order, so
    /// a model that is not there is no error.
    fn content_of_same<'q>(
        &self,
        moment: &dyn Moment,
        query: &'q SameQuery,
    ) -> Option<&'q ContentQuery> {
        let meta = moment.pictures().meta();
        let picture = query.picture.as_ref()?;
        if !meta.settings.parts.has(Part::Embedding) {
            return None;
        }
        let content = query
            .seen
            .get_or_init(|| self.content_of(meta, picture).ok());
        let content = content.as_ref();
        content.filter(|content| content.model == meta.models.current.id)
    }

    fn near(
        &self,
        moment: &dyn Moment,
        vector: &[f32],
        options: &SearchOptions<'_>,
    ) -> Result<Vec<Hit>> {
        let expected = moment.pictures().meta().vector_length;
        if vector.len() != expected {
            return Err(Error::VectorLength {
                name: "the query".into(),
                expected,
                received: vector.len(),
            });
        }
        by_vector(moment, vector, options)
    }
}

/// The pictures whose content is most like a query's.
fn alike(
    moment: &dyn Moment,
    content: &ContentQuery,
    options: &SearchOptions<'_>,
) -> Result<Vec<PictureId>> {
    let how = NearestOptions {
        most: ALIKE,
        min_score: f32::NEG_INFINITY,
        exact: false,
        threads: options.threads.clone(),
    };
    let near = moment.embeddings()?.nearest(&[&content.vector], &how)?;
    Ok(near.iter().flatten().map(|near| near.picture).collect())
}

fn is_alike(hit: &Hit) -> bool {
    matches!(hit.kind, HitKind::Similar { percentile } if percentile >= MIN_PERCENTILE)
}

/// The hits that may be kept: where some may not, more are asked for until there are enough.
fn enough(
    options: &SearchOptions<'_>,
    search: impl Fn(&SearchOptions<'_>) -> Result<Vec<Hit>>,
) -> Result<Vec<Hit>> {
    let mut asked = options.clone();
    loop {
        let mut hits = search(&asked)?;
        let exhausted = hits.len() < asked.top;
        if let Some(keep) = options.keep {
            hits.retain(|hit| keep(&hit.path));
        }
        if exhausted || hits.len() >= options.top {
            hits.truncate(options.top);
            return Ok(hits);
        }
        asked.top = asked.top.saturating_mul(4);
    }
}
