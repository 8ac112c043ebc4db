//! Pictures by nouns that the embedded network knows.
//!
//! Odds take a product with each of 1,000 classes, too much for every picture of a large library. So
//! pictures are proposed by nearness to directions in which the network sees the nouns, the odds of these
//! are computed, and those that are near the best ones get their chance, too. Of a library of up to
//! [`PROPOSED`] pictures that is all of them.

use crate::content::of_length_one;
use crate::engine::{Near, NearestOptions, Vectors};
use crate::{PictureId, Result, SearchOptions, Threads};
use lookalike_embed::{CLASSES, Classes, Level, Noun};
use std::collections::HashSet;

/// Pictures that the mean direction proposes, at least.
const PROPOSED: usize = 1536;
/// Those that each other direction proposes.
const PROPOSED_MORE: usize = 96;
/// The best so far, and the pictures that each of them proposes.
const BEST: usize = 8;
const PROPOSED_BY_BEST: usize = 48;
/// Pictures whose classes are computed at once.
const BATCH: usize = 64;

/// Nouns with the weights that they have in a query; what is not wanted has a negative one.
pub(crate) type Weighted = (f32, Noun);

/// How far pictures show all nouns that are wanted and none that is not: probabilities. The odds against the
/// single ones add up: as sure as each is alone, one that is missing is enough to say no. A weight is
/// a power of the odds.
fn scores(nouns: &[Weighted], embeddings: &[Vec<f32>]) -> Vec<f32> {
    let unit: Vec<Vec<f32>> = embeddings.iter().map(|e| of_length_one(e)).collect();
    let probabilities = Classes::new(Level::new()).probabilities(unit.iter().map(Vec::as_slice));
    let score = |row: &[f32]| {
        let against = nouns.iter().map(|(weight, noun)| {
            let log_odds = f64::from(*weight) * f64::from(noun.log_odds(row));
            (-log_odds).exp()
        });
        (1.0 / (1.0 + against.sum::<f64>())) as f32
    };
    probabilities.chunks_exact(CLASSES).map(score).collect()
}

/// The scores of some pictures of a library, which need not be in the order of the pictures.
pub(crate) fn of_sample(
    vectors: &dyn Vectors,
    nouns: &[Weighted],
    count: usize,
    threads: &Threads,
) -> Result<Vec<f32>> {
    let sample = vectors.sample(count)?;
    let embeddings: Vec<Vec<f32>> = sample.into_iter().map(|(_, e)| e).collect();
    let batches: Vec<&[Vec<f32>]> = embeddings.chunks(BATCH).collect();
    Ok(threads.map(&batches, |batch| scores(nouns, batch)).concat())
}

/// The pictures that show these nouns best, the best first, equal ones by id: at least as many as are
/// asked for, where there are. `direction` is where all nouns together lie.
pub(crate) fn best(
    vectors: &dyn Vectors,
    nouns: &[Weighted],
    direction: &[f32],
    options: &SearchOptions<'_>,
) -> Result<Vec<Near>> {
    let mut search = Search {
        vectors,
        nouns,
        options,
        seen: HashSet::new(),
        found: Vec::new(),
    };
    let most = options.top.saturating_mul(2).max(PROPOSED);
    search.propose(&[direction.to_vec()], most)?;
    if search.found.len() >= most {
        let wanted = nouns.iter().filter(|(weight, _)| *weight > 0.0);
        let directions: Vec<Vec<f32>> = wanted.flat_map(|(_, noun)| noun.directions()).collect();
        search.propose(&directions, PROPOSED_MORE)?;
        let best: Vec<PictureId> = search.found[..BEST].iter().map(|n| n.picture).collect();
        let best = search.vectors.fetch(&best)?.into_iter().flatten();
        search.propose(&best.collect::<Vec<_>>(), PROPOSED_BY_BEST)?;
    }
    let least = options.min_score.unwrap_or(f32::NEG_INFINITY);
    let mut found = search.found;
    found.retain(|near| near.score >= least);
    Ok(found)
}

struct Search<'a> {
    vectors: &'a dyn Vectors,
    nouns: &'a [Weighted],
    options: &'a SearchOptions<'a>,
    seen: HashSet<PictureId>,
    /// The best first.
    found: Vec<Near>,
}

impl Search<'_> {
    /// Takes in what is nearest to each of these, with its score.
    fn propose(&mut self, directions: &[Vec<f32>], most: usize) -> Result<()> {
        let how = NearestOptions {
            most,
            exact: self.options.exact,
            threads: self.options.threads.clone(),
            ..NearestOptions::default()
        };
        let queries: Vec<&[f32]> = directions.iter().map(Vec::as_slice).collect();
        let near = self.vectors.nearest(&queries, &how)?.into_iter().flatten();
        let new = near.map(|near| near.picture);
        let new: Vec<PictureId> = new.filter(|&id| self.seen.insert(id)).collect();
        let batches: Vec<&[PictureId]> = new.chunks(BATCH).collect();
        let scored = self
            .options
            .threads
            .try_map(&batches, |ids| self.scored(ids))?;
        self.found.extend(scored.into_iter().flatten());
        self.found.sort_by(|a, b| {
            let better = b.score.total_cmp(&a.score);
            better.then(a.picture.cmp(&b.picture))
        });
        Ok(())
    }

    fn scored(&self, ids: &[PictureId]) -> Result<Vec<Near>> {
        let fetched = ids.iter().zip(self.vectors.fetch(ids)?);
        let (ids, embeddings): (Vec<PictureId>, Vec<Vec<f32>>) = fetched
            .filter_map(|(id, embedding)| Some((*id, embedding?)))
            .unzip();
        let scores = scores(self.nouns, &embeddings);
        let scored = ids.into_iter().zip(scores);
        Ok(scored
            .map(|(picture, score)| Near { picture, score })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_noun_that_is_missing_is_enough() {
        let noun = |text| Noun::read(text).unwrap().remove(0);
        let (dog, beach) = (noun("dog"), noun("beach"));
        let at = |noun: &Noun, other: &Noun, share: f32| -> Vec<f32> {
            let (a, b) = (noun.direction(), other.direction());
            a.iter()
                .zip(&b)
                .map(|(a, b)| a * share + b * (1.0 - share))
                .collect()
        };
        let both = [(1.0, dog.clone()), (1.0, beach.clone())];
        let middle = at(&dog, &beach, 0.5);
        let found = scores(
            &both,
            &[at(&dog, &beach, 1.0), middle, at(&dog, &beach, 0.0)],
        );
        assert!(found[1] > found[0] && found[1] > found[2], "{found:?}");
        let without = [(1.0, dog.clone()), (-1.0, beach.clone())];
        let found = scores(&without, &[at(&dog, &beach, 1.0), at(&dog, &beach, 0.5)]);
        assert!(found[0] > found[1], "{found:?}");
    }
}
