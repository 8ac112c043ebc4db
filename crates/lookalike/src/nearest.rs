//! Hits by nearest vectors.

use crate::engine::{Moment, Near, NearestOptions, Vectors};
use crate::hit::keep_best_frames;
use crate::likeness::Likeness;
use crate::{ContentQuery, Error, Hit, HitKind, PictureId, Result, SearchOptions, nouns};

/// The best hits by vector.
pub(crate) fn by_vector(
    moment: &dyn Moment,
    vector: &[f32],
    options: &SearchOptions<'_>,
) -> Result<Vec<Hit>> {
    if vector.iter().all(|&v| v == 0.0) {
        return Ok(Vec::new());
    }
    best_files(moment, moment.vectors()?, vector, options, &HitKind::Vector)
}

/// The best hits by embedding.
pub(crate) fn by_embedding(
    moment: &dyn Moment,
    likeness: &Likeness,
    query: &ContentQuery,
    options: &SearchOptions<'_>,
) -> Result<Vec<Hit>> {
    let expected = &moment.pictures().meta().models.current.id;
    if query.model != *expected {
        return Err(Error::QueryModel {
            expected: expected.clone(),
            received: query.model.clone(),
        });
    }
    let kind = HitKind::Similar { percentile: 0.0 };
    let embeddings = moment.embeddings()?;
    let (mut hits, chance) = if !query.nouns.is_empty() {
        let near = nouns::best(embeddings, &query.nouns, &query.vector, options)?;
        let mut hits = files_of(moment, &near, &kind)?;
        hits.truncate(options.top);
        let chance = Likeness::of_nouns(embeddings, &query.nouns, &options.threads)?;
        (hits, chance)
    } else {
        let hits = best_files(moment, embeddings, &query.vector, options, &kind)?;
        let chance = match query.is_picture {
            true => likeness.of_pairs(moment)?,
            false => Likeness::of_query(moment, &query.vector)?,
        };
        (hits, chance)
    };
    for hit in &mut hits {
        let percentile = chance.share_below(hit.score);
        hit.kind = HitKind::Similar { percentile };
    }
    Ok(hits)
}

/// The best files of the pictures whose vectors are nearest. Equal scores are ordered by path, so more
/// is asked for until the last score that counts is behind us.
fn best_files(
    moment: &dyn Moment,
    vectors: &dyn Vectors,
    query: &[f32],
    options: &SearchOptions<'_>,
    kind: &HitKind,
) -> Result<Vec<Hit>> {
    let top = options.top;
    if top == 0 {
        return Ok(Vec::new());
    }
    let mut how = NearestOptions {
        most: top.saturating_add(8),
        min_score: options.min_score.unwrap_or(f32::NEG_INFINITY),
        exact: options.exact,
        threads: options.threads.clone(),
    };
    loop {
        let near = vectors.nearest(&[query], &how)?;
        let near: Vec<Near> = near.into_iter().flatten().collect();
        let last = near.last().map_or(f32::NEG_INFINITY, |n| n.score);
        let mut hits = files_of(moment, &near, kind)?;
        let enough = hits.get(top - 1).is_some_and(|hit| hit.score > last);
        if near.len() < how.most || enough {
            hits.truncate(top);
            return Ok(hits);
        }
        how.most = how.most.saturating_mul(4);
    }
}

/// The files of pictures, the nearest first, equal ones by path.
fn files_of(moment: &dyn Moment, near: &[Near], kind: &HitKind) -> Result<Vec<Hit>> {
    let ids: Vec<PictureId> = near.iter().map(|n| n.picture).collect();
    let pictures = moment.pictures().get(&ids)?;
    let mut hits = Vec::new();
    for (near, picture) in near.iter().zip(pictures) {
        let Some(picture) = picture else { continue };
        hits.extend(picture.paths.into_iter().map(|path| Hit {
            path,
            place: picture.place,
            picture: near.picture,
            kind: kind.clone(),
            score: near.score,
        }));
    }
    hits.sort_by(|a, b| {
        let by_source = a.path.cmp(&b.path).then(a.place.cmp(&b.place));
        b.score.total_cmp(&a.score).then(by_source)
    });
    keep_best_frames(&mut hits);
    Ok(hits)
}
