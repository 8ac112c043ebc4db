//! One question for all kinds of likeness.

use crate::same::SameQuery;
use crate::snapshot::{Embeddings, Words};
use crate::{
    ContentQuery, Hit, HitKind, Library, Part, Parts, PictureId, Result, SearchOptions,
    StoredPicture,
};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What counts as a hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Proven hits first, then what is alike beyond chance: of the two, what the library can give;
    /// in a library of vectors alone, these.
    #[default]
    All,
    /// The same picture or object, proven by geometry.
    Same,
    /// Alike in content.
    Similar,
    /// Alike by the strongest keypoints.
    Vector,
}

/// What is looked for, described once for any number of searches: a picture, or what was made of
/// pictures and words.
#[derive(Debug)]
pub struct Query {
    by: By,
    same: Option<SameQuery>,
    embedding: Option<ContentQuery>,
    vector: Option<Vec<f32>>,
}

/// Who asks for all kinds is told of likeness only where it is more than chance: of pairs of
/// pictures in the library at most so many are as much alike.
const MIN_PERCENTILE: f32 = 0.98;

fn is_alike(hit: &Hit) -> bool {
    matches!(hit.kind, HitKind::Similar { percentile } if percentile >= MIN_PERCENTILE)
}

impl Library {
    /// What has to be described of a query: only what the library keeps of its own pictures.
    ///
    /// # Errors
    /// [`Error::NoPart`](crate::Error::NoPart) where a kind is asked for by name and is not kept.
    fn wanted(&self, by: By) -> Result<Parts> {
        let part = match by {
            By::All => {
                let kept = self.settings().parts;
                let parts = [Part::Words, Part::Embedding].into_iter();
                let parts = parts.filter(|&part| kept.has(part));
                let parts = parts.fold(Parts::NONE, Parts::and);
                // An imported library has nothing else.
                let none = parts.is_empty();
                return Ok(if none { Part::Vector.into() } else { parts });
            }
            By::Same => Part::Words,
            By::Similar => Part::Embedding,
            By::Vector => Part::Vector,
        };
        self.need(part)?;
        Ok(part.into())
    }

    /// Describes the bytes of an encoded picture for [`find`](Self::find), with up to `threads`
    /// threads. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Picture`](crate::Error::Picture) where the bytes are no picture that can be read,
    /// [`Error::NoPart`](crate::Error::NoPart), and those of the library's model.
    pub fn query(&self, name: &Path, bytes: &[u8], by: By, threads: usize) -> Result<Query> {
        let wanted = self.wanted(by)?;
        let picture = self.decode_query(name, bytes, wanted)?;
        let mut query = Query::nothing(by);
        for part in wanted.iter() {
            match part {
                Part::Words => query.same = Some(self.same_of(&picture, bytes, threads)?),
                Part::Embedding | Part::NextEmbedding => {
                    query.embedding = Some(self.content_of(&picture)?);
                }
                Part::Vector => query.vector = Some(self.vector_of(&picture, threads)?),
            }
        }
        Ok(query)
    }

    /// A stored picture as a query: `None` where there is none of this id. For proofs its file is
    /// described anew where it can be read; else, from what is stored, it is not found mirrored.
    ///
    /// # Errors
    /// [`Error::NoPart`](crate::Error::NoPart), damage, and those of the system.
    pub fn stored_query(&self, id: PictureId, by: By, threads: usize) -> Result<Option<Query>> {
        let Some(picture) = self.picture(id)? else {
            return Ok(None);
        };
        let mut query = Query::nothing(by);
        for part in self.wanted(by)?.iter() {
            match part {
                Part::Words => query.same = self.stored_same_query(&picture, threads)?,
                Part::Embedding | Part::NextEmbedding => {
                    query.embedding = self.stored_embedding(id)?;
                }
                Part::Vector => query.vector = self.stored_vector(id)?,
            }
        }
        Ok(Some(query))
    }

    fn stored_same_query(
        &self,
        picture: &StoredPicture,
        threads: usize,
    ) -> Result<Option<SameQuery>> {
        if let (Some(bytes), Some(path)) = (self.picture_bytes(picture), picture.paths.first()) {
            return Ok(Some(self.same_query(path, &bytes, threads)?));
        }
        let words = self.stored_words(picture.id)?;
        Ok(words.map(|words| SameQuery::of_stored(&words, picture.size, picture.hash)))
    }

    /// The hits of a query, all of one state of the library. `keep` says which files may be hits; where it leaves out some, the
    /// search goes on until there are enough of the others.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn find(
        &self,
        query: &Query,
        options: &SearchOptions,
        keep: Option<&dyn Fn(&Path) -> bool>,
    ) -> Result<Vec<Hit>> {
        if query.same.is_some() && query.embedding.is_some() {
            // Both kinds of records at one moment: what follows finds these.
            return self.with(|_: (Words, Embeddings)| self.find_now(query, options, keep));
        }
        self.find_now(query, options, keep)
    }

    fn find_now(
        &self,
        query: &Query,
        options: &SearchOptions,
        keep: Option<&dyn Fn(&Path) -> bool>,
    ) -> Result<Vec<Hit>> {
        let mut hits = Vec::new();
        if let Some(same) = &query.same {
            let search = |options: &_| match query.by {
                By::All => self.search_proven(same, options),
                _ => self.search_same(same, options),
            };
            hits = enough(options, keep, search)?;
            if query.by == By::All {
                hits.retain(|hit| hit.kind.is_found());
            }
        }
        if let Some(embedding) = &query.embedding {
            let similar = |options: &_| self.search_similar(embedding, options);
            let mut similar = enough(options, keep, similar)?;
            if query.by == By::All {
                let proven: HashSet<PathBuf> = hits.iter().map(|hit| hit.path.clone()).collect();
                similar.retain(|hit| is_alike(hit) && !proven.contains(&hit.path));
            }
            hits.extend(similar);
        }
        if let Some(vector) = &query.vector {
            hits = enough(options, keep, |options| self.search(vector, options))?;
        }
        hits.truncate(options.top);
        Ok(hits)
    }
}

impl Query {
    fn nothing(by: By) -> Self {
        Self {
            by,
            same: None,
            embedding: None,
            vector: None,
        }
    }
}

impl From<ContentQuery> for Query {
    fn from(content: ContentQuery) -> Self {
        Self {
            embedding: Some(content),
            ..Self::nothing(By::Similar)
        }
    }
}

/// The hits that may be kept: where some may not, more are asked for until there are enough.
fn enough(
    options: &SearchOptions,
    keep: Option<&dyn Fn(&Path) -> bool>,
    search: impl Fn(&SearchOptions) -> Result<Vec<Hit>>,
) -> Result<Vec<Hit>> {
    let mut asked = options.clone();
    loop {
        let mut hits = search(&asked)?;
        let exhausted = hits.len() < asked.top;
        if let Some(keep) = keep {
            hits.retain(|hit| keep(&hit.path));
        }
        if exhausted || hits.len() >= options.top {
            hits.truncate(options.top);
            return Ok(hits);
        }
        asked.top = asked.top.saturating_mul(4);
    }
}
