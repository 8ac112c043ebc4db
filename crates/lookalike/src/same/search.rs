//! Looking for the same picture: the index proposes, geometry decides.

use super::rival::doubt;
use super::shortlist::{Shortlisted, shortlist};
use super::{Described, SameExtractor, SameQuery, Verdict, thumbnail};
use crate::decode::{DecodeOptions, Picture, decode_path_at};
use crate::engine::{Pictures, Words};
use crate::hit::keep_best_frames;
use crate::{Hit, HitKind, PictureId, Place, Profile, Result, SearchOptions};
use lookalike_vision::dense::Thumbnail;
use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// At least so many candidates are verified.
const CANDIDATES: usize = 30;

/// Weight of the embedding, against that of the words, in the order of what is not proven. Of 750
/// modified wallpapers and photographs the original came first in 87.5 % with 0, 88.9 with 0.7, 89.6
/// with 1; of 1,250 modified photographs in 98.8 % up to 0.7, and in 98.7 from 0.8 on.
const LIKENESS: f32 = 0.7;

/// What looking for the same picture needs of a library.
pub(crate) struct Collection<'a> {
    pub(crate) pictures: &'a dyn Pictures,
    pub(crate) words: &'a dyn Words,
    /// Where the files are, if there are files.
    pub(crate) root: Option<&'a Path>,
}

/// A candidate on its way through verification.
struct Compared {
    picture: PictureId,
    mirrored: bool,
    /// Width and height as displayed, where they are known.
    size: Option<(u32, u32)>,
    /// Its files, relative to the folder, by path.
    files: Vec<PathBuf>,
    /// Where in them it is, if they hold several.
    place: Option<Place>,
    /// The share of the best candidate's score that it has, in [0, 1].
    share: f32,
}

/// The candidates for a query, each with what geometry says.
pub(crate) struct Found {
    compared: Vec<Compared>,
    verdicts: Vec<Verdict>,
}

/// Candidates for a query, in the order of the index, verified.
pub(crate) fn search(
    collection: &Collection<'_>,
    query: &SameQuery,
    options: &SearchOptions<'_>,
) -> Result<Found> {
    let threads = &options.threads;
    let wanted = options.top.max(CANDIDATES);
    let best = shortlist(collection.words, query, wanted, None, threads)?;
    let equal = collection.equal(query)?;
    let compared = collection.compared(equal, best)?;
    let ids: Vec<PictureId> = compared.iter().map(|one| one.picture).collect();
    let words = collection.words.fetch(&ids, threads)?;
    let both: Vec<_> = compared.iter().zip(words).collect();
    let mut verdicts = threads.map(&both, |(one, words)| {
        let Some(words) = words else {
            return Verdict::default();
        };
        let found = Described::of_size(words, one.size);
        if Some(one.picture) == equal {
            return Verdict::of_equals(found.codes.len());
        }
        let mut pixels = || collection.pixels(query, &one.files, one.place);
        query.verifier.verify(&found, one.mirrored, &mut pixels)
    });
    let size = query.verifier.described(false).displayed_size();
    doubt(&mut verdicts, size, compared.iter().map(|one| one.size));
    Ok(Found { compared, verdicts })
}

impl Collection<'_> {
    pub(crate) fn profile(&self) -> Profile {
        self.pictures.meta().settings.profile
    }

    /// The picture of the same bytes as the query.
    pub(super) fn equal(&self, query: &SameQuery) -> Result<Option<PictureId>> {
        let found = self.pictures.by_content(query.content.as_slice())?;
        Ok(found.into_iter().flatten().next())
    }

    /// What is to be compared: what is equal first.
    fn compared(
        &self,
        equal: Option<PictureId>,
        mut best: Vec<Shortlisted>,
    ) -> Result<Vec<Compared>> {
        let most = best.first().map_or(1.0, |best| best.score);
        best.retain(|one| Some(one.picture) != equal);
        let equal = equal.map(|picture| (picture, false, 1.0));
        let others = best.iter().map(|b| (b.picture, b.mirrored, b.score / most));
        let all: Vec<(PictureId, bool, f32)> = equal.into_iter().chain(others).collect();
        let ids: Vec<PictureId> = all.iter().map(|one| one.0).collect();
        let known = self.pictures.get(&ids)?.into_iter();
        let compared = all.into_iter().zip(known);
        Ok(compared
            .filter_map(|((picture, mirrored, share), known)| {
                let known = known?;
                Some(Compared {
                    picture,
                    mirrored,
                    size: known.size,
                    files: known.paths,
                    place: known.place,
                    share,
                })
            })
            .collect())
    }

    /// The pixels of a query and of a found picture, if they can still be read.
    pub(super) fn pixels(
        &self,
        query: &SameQuery,
        files: &[PathBuf],
        place: Option<Place>,
    ) -> Option<(Arc<Thumbnail>, Arc<Thumbnail>)> {
        let found = || thumbnail::of_files(self.root?, files, place);
        Some((query.thumbnail()?, found()?))
    }
}

/// A picture as its features want it, if one of its files can still be read.
pub(crate) fn decoded(
    root: &Path,
    profile: Profile,
    files: &[PathBuf],
    place: Option<Place>,
) -> Option<Picture> {
    let options = DecodeOptions {
        max_side: Some(SameExtractor::max_side(profile)),
        ..DecodeOptions::as_seen()
    };
    let mut files = files.iter().map(|path| root.join(path));
    files.find_map(|file| decode_path_at(&file, place, &options).ok())
}

impl Found {
    /// Whether any picture is proven.
    pub(crate) fn is_proven(&self) -> bool {
        self.verdicts.iter().any(|verdict| verdict.same)
    }

    /// The candidates.
    pub(crate) fn pictures(&self) -> Vec<PictureId> {
        self.compared.iter().map(|one| one.picture).collect()
    }

    /// Orders the candidates by what they share with the query and how much they are like it: a
    /// cosine for each, where it is known. Equal ones stay in the order of the index.
    pub(crate) fn reorder(&mut self, cosines: &[Option<f32>]) {
        let found = self.compared.drain(..).zip(self.verdicts.drain(..));
        let mut found: Vec<(f32, _)> = found
            .zip(cosines)
            .map(|(found, cosine)| {
                let likeness = LIKENESS * cosine.unwrap_or(0.0);
                (likeness + (1.0 - LIKENESS) * found.0.share, found)
            })
            .collect();
        found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        (self.compared, self.verdicts) = found.into_iter().map(|(_, found)| found).unzip();
    }

    /// Each file is a hit: proven ones by what they are and by their proof, then candidates in their order.
    pub(crate) fn hits(&self, options: &SearchOptions<'_>) -> Vec<Hit> {
        let verdicts = &self.verdicts;
        let mut order: Vec<usize> = (0..verdicts.len()).collect();
        order.sort_by_key(|&i| {
            let verdict = &verdicts[i];
            let proof = (verdict.relation, Reverse(verdict.inliers));
            // Of what is not proven, the order stays.
            (!verdict.same, verdict.same.then_some(proof))
        });
        let mut hits = Vec::new();
        for i in order {
            let (one, verdict) = (&self.compared[i], &verdicts[i]);
            let score = verdict.score as f32;
            if options.min_score.is_some_and(|least| score < least) {
                continue;
            }
            let evidence = Box::new(verdict.clone());
            let kind = match verdict.same {
                true => HitKind::Same(evidence),
                false => HitKind::Candidate(evidence),
            };
            hits.extend(one.files.iter().map(|path| Hit {
                path: path.clone(),
                place: one.place,
                picture: one.picture,
                kind: kind.clone(),
                score,
            }));
        }
        keep_best_frames(&mut hits);
        hits.truncate(options.top);
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(shares: &[f32]) -> Found {
        let compared = |(i, &share): (usize, &f32)| Compared {
            picture: PictureId::new(i as u64),
            mirrored: false,
            size: None,
            files: vec![PathBuf::from(i.to_string())],
            place: None,
            share,
        };
        Found {
            compared: shares.iter().enumerate().map(compared).collect(),
            verdicts: vec![Verdict::default(); shares.len()],
        }
    }

    #[test]
    fn what_is_alike_comes_first_and_equal_ones_stay() {
        let order = |cosines: &[Option<f32>]| {
            let mut found = found(&[1.0, 0.9, 0.9, 0.2]);
            found.reorder(cosines);
            let pictures = found.pictures().into_iter();
            pictures.map(PictureId::get).collect::<Vec<_>>()
        };
        assert_eq!(order(&[None; 4]), [0, 1, 2, 3]);
        assert_eq!(order(&[Some(0.1), None, None, Some(0.9)]), [3, 0, 1, 2]);
        assert_eq!(
            order(&[Some(0.5), Some(0.5), Some(0.6), Some(-0.1)]),
            [2, 0, 1, 3]
        );
    }
}
