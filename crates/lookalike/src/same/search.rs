//! Looking for the same picture: the index proposes, geometry decides.

use super::frames::{self, Whole};
use super::rival::doubt;
use super::shortlist::{Shortlisted, shortlist};
use super::{Described, Origin, Relation, SameExtractor, SameQuery, Verdict, thumbnail};
use crate::decode::{DecodeOptions, Picture, decode_path_at};
use crate::engine::{Frame, Frames, NearFrame, Pictures, WordPicture, Words};
use crate::hit::keep_best_frames;
use crate::{
    Hit, HitKind, PictureId, Place, Profile, Result, SearchOptions, StoredPicture, Threads,
};
use lookalike_vision::dense::Thumbnail;
use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// At least so many candidates are verified.
const CANDIDATES: usize = 30;

/// Weight of the embedding, against that of the words, in the order of what is not proven. Of 750
/// modified wallpapers and photographs the original came first in 87.5 % with 0, 88.9 with 0.7, 89.6
/// with 1; of 1,250 modified photographs in 98.8 % up to 0.7, and in 98.7 from 0.8 on.
const LIKENESS: f32 = 0.7;

/// A further look compares only with pictures of which so many votes agree: most queries that come so far
/// are of strangers.
const SUPPORTED: usize = 4;

/// What looking for the same picture needs of a library.
pub(crate) struct Collection<'a> {
    pub(crate) pictures: &'a dyn Pictures,
    pub(crate) words: &'a dyn Words,
    pub(crate) frames: &'a dyn Frames,
    /// Where the files are, if there are files.
    pub(crate) root: Option<&'a Path>,
}

/// A candidate on its way through verification.
pub(super) struct Compared {
    pub(super) picture: PictureId,
    mirrored: bool,
    /// Its frame, where that is near to the query's.
    near: Option<NearFrame>,
    /// Width and height as displayed, where they are known.
    size: Option<(u32, u32)>,
    /// Its files, relative to the folder, by path.
    files: Vec<PathBuf>,
    /// Where in them it is, if they hold several.
    place: Option<Place>,
    /// The share of the best candidate's score that it has, in [0, 1].
    share: f32,
}

/// The candidates for a query, each with what geometry and pixels say.
pub(crate) struct Found {
    pub(super) compared: Vec<Compared>,
    pub(super) verdicts: Vec<Verdict>,
}

impl Compared {
    /// A picture that need not be compared: somebody said what it is.
    pub(super) fn of_judgement(picture: &StoredPicture) -> Self {
        Self {
            picture: picture.id,
            mirrored: false,
            near: None,
            size: picture.size,
            files: picture.paths.clone(),
            place: picture.place,
            share: 0.0,
        }
    }
}

/// Candidates for a query, in the order of the index, verified.
pub(crate) fn search(
    collection: &Collection<'_>,
    query: &SameQuery,
    options: &SearchOptions<'_>,
) -> Result<Found> {
    search_supported(collection, query, 0, options)
}

/// As [`search`]; of the pictures that share words only those of which so many votes agree.
fn search_supported(
    collection: &Collection<'_>,
    query: &SameQuery,
    least: usize,
    options: &SearchOptions<'_>,
) -> Result<Found> {
    let threads = &options.threads;
    let wanted = options.top.max(CANDIDATES);
    let mut best = shortlist(collection.words, query, wanted, None, threads)?;
    best.retain(|one| one.support >= least);
    let near = collection.near(query, None, threads)?;
    let equal = collection.equal(query)?;
    let compared = collection.compared(equal, best, near)?;
    let mut verdicts = collection.verdicts(query, &compared, equal, threads)?;
    let size = query.verifier.described(false).displayed_size();
    doubt(&mut verdicts, size, compared.iter().map(|one| one.size));
    Ok(Found { compared, verdicts })
}

/// Looks once more, in other ways, where nothing was proven: `alike` are the pictures whose content is
/// most like the query's.
pub(crate) fn search_further(
    collection: &Collection<'_>,
    query: &SameQuery,
    alike: &[PictureId],
    mut found: Found,
    options: &SearchOptions<'_>,
) -> Result<Found> {
    let (threads, profile) = (&options.threads, collection.profile());
    found.add(collection.alike(query, alike, &found, threads)?);
    let mut further = query.further(profile, threads);
    while !found.is_proven()
        && let Some(other) = further.next()
    {
        found.add_proven(search_supported(collection, &other?, SUPPORTED, options)?);
    }
    Ok(found)
}

/// What is stored of a picture that is compared.
pub(super) struct Stored<'a> {
    pub(super) words: Option<&'a WordPicture>,
    pub(super) small: Small<'a>,
    pub(super) size: Option<(u32, u32)>,
    pub(super) files: &'a [PathBuf],
    pub(super) place: Option<Place>,
}

/// A small picture, decoded when it is first looked at.
pub(super) struct Small<'a> {
    frame: Option<&'a Frame>,
    picture: OnceCell<Option<Picture>>,
}

impl<'a> Small<'a> {
    pub(super) fn of(frame: Option<&'a Frame>) -> Self {
        Self {
            frame,
            picture: OnceCell::new(),
        }
    }

    fn picture(&self) -> Option<&Picture> {
        let decode = || self.frame?.small.decode().ok();
        self.picture.get_or_init(decode).as_ref()
    }
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

    /// The frames near to the query's.
    pub(super) fn near(
        &self,
        query: &SameQuery,
        only: Option<PictureId>,
        threads: &Threads,
    ) -> Result<Vec<NearFrame>> {
        let Some(whole) = query.whole() else {
            return Ok(Vec::new());
        };
        let near = frames::near(self.frames, &[whole.hashes()], only, threads)?;
        Ok(near.into_iter().next().unwrap_or_default())
    }

    /// The verdict on a picture: by features, else by the frame as a whole, where that is near.
    pub(super) fn verdict(
        &self,
        query: &SameQuery,
        found: &Stored<'_>,
        mirrored: bool,
        near: Option<&NearFrame>,
    ) -> Verdict {
        let by_features = found.words.map(|words| {
            let described = Described::of_size(words, found.size);
            let mut pixels = |origin| self.pixels(query, found, origin);
            query.verifier.verify(&described, mirrored, &mut pixels)
        });
        let by_features = by_features.unwrap_or_default();
        self.or_whole(by_features, query, found, near)
    }

    /// What the frame as a whole says, where that is near and features prove no copy.
    pub(super) fn or_whole(
        &self,
        by_features: Verdict,
        query: &SameQuery,
        found: &Stored<'_>,
        near: Option<&NearFrame>,
    ) -> Verdict {
        let is_copy = by_features.same && by_features.relation == Relation::Copy;
        let both = near.filter(|_| !is_copy).zip(query.whole());
        let by_frame = both.and_then(|(near, whole)| {
            let other = Whole::of(found.small.picture()?)?;
            let ours = query.verifier.described(false).displayed_size();
            let (width, height) = found.size?;
            let theirs = (f64::from(width), f64::from(height));
            Some(whole.verdict(&other, (near.turn, near.inverted), [ours, theirs]))
        });
        let better = by_frame.filter(|by_frame| by_features.yields_to(by_frame));
        better.unwrap_or(by_features)
    }

    /// What is known of some pictures, verified.
    fn verdicts(
        &self,
        query: &SameQuery,
        compared: &[Compared],
        equal: Option<PictureId>,
        threads: &Threads,
    ) -> Result<Vec<Verdict>> {
        let ids: Vec<PictureId> = compared.iter().map(|one| one.picture).collect();
        let words = self.words.fetch(&ids, threads)?;
        let frames = self.frames.fetch(&ids)?;
        let all: Vec<_> = compared.iter().zip(words).zip(frames).collect();
        Ok(threads.map(&all, |((one, words), frame)| {
            let stored = Stored {
                words: words.as_ref(),
                small: Small::of(frame.as_ref()),
                size: one.size,
                files: &one.files,
                place: one.place,
            };
            match Some(one.picture) == equal {
                true => {
                    let features = words.as_ref().map(|words| words.features().len());
                    Verdict::of_equals(features.unwrap_or_default())
                }
                false => self.verdict(query, &stored, one.mirrored, one.near.as_ref()),
            }
        }))
    }

    /// The pictures whose content is most like the query's, verified both ways, but for those that are
    /// candidates already.
    fn alike(
        &self,
        query: &SameQuery,
        alike: &[PictureId],
        found: &Found,
        threads: &Threads,
    ) -> Result<Found> {
        let new = |id: &&PictureId| found.compared.iter().all(|one| one.picture != **id);
        let ids: Vec<PictureId> = alike.iter().filter(new).copied().collect();
        let known = self.pictures.get(&ids)?.into_iter().flatten();
        let compared: Vec<Compared> = known
            .flat_map(|known| {
                [false, true].map(|mirrored| Compared {
                    picture: known.id,
                    mirrored,
                    near: None,
                    size: known.size,
                    files: known.paths.clone(),
                    place: known.place,
                    share: 0.0,
                })
            })
            .collect();
        let verdicts = self.verdicts(query, &compared, None, threads)?;
        let mut proven = Found { compared, verdicts };
        proven.keep_proven();
        Ok(proven)
    }

    /// What is to be compared: what is equal first, then what shares words, then near frames that
    /// share none.
    fn compared(
        &self,
        equal: Option<PictureId>,
        mut best: Vec<Shortlisted>,
        mut near: Vec<NearFrame>,
    ) -> Result<Vec<Compared>> {
        let most = best.first().map_or(1.0, |best| best.score);
        best.retain(|one| Some(one.picture) != equal);
        near.retain(|one| Some(one.picture) != equal);
        let equal = equal.map(|picture| (picture, false, None, 1.0));
        let known: BTreeSet<PictureId> = best.iter().map(|one| one.picture).collect();
        let by_words = best.iter().map(|one| {
            let frame = near.iter().find(|frame| frame.picture == one.picture);
            (one.picture, one.mirrored, frame.copied(), one.score / most)
        });
        let others = near.iter().filter(|one| !known.contains(&one.picture));
        let by_frame = others.map(|one| (one.picture, one.turn.is_mirrored(), Some(*one), 0.0));
        let all: Vec<_> = equal.into_iter().chain(by_words).chain(by_frame).collect();
        let ids: Vec<PictureId> = all.iter().map(|one| one.0).collect();
        let known = self.pictures.get(&ids)?.into_iter();
        let compared = all.into_iter().zip(known);
        Ok(compared
            .filter_map(|((picture, mirrored, near, share), known)| {
                let known = known?;
                Some(Compared {
                    picture,
                    mirrored,
                    near,
                    size: known.size,
                    files: known.paths,
                    place: known.place,
                    share,
                })
            })
            .collect())
    }

    /// The pixels of a query and of a found picture, if there are any.
    pub(super) fn pixels(
        &self,
        query: &SameQuery,
        found: &Stored<'_>,
        origin: Origin,
    ) -> Option<(Arc<Thumbnail>, Arc<Thumbnail>)> {
        let theirs = match origin {
            Origin::Kept => thumbnail::of_picture(found.small.picture()?)?,
            Origin::Files => thumbnail::of_files(self.root?, found.files, found.place)?,
        };
        Some((query.thumbnail()?, theirs))
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
    /// Whether any picture is proven to be the same, as more than a part.
    pub(crate) fn is_proven(&self) -> bool {
        self.verdicts.iter().any(Verdict::is_whole)
    }

    /// Forgets what is not proven.
    fn keep_proven(&mut self) {
        let all = self.compared.drain(..).zip(self.verdicts.drain(..));
        let proven = all.filter(|(_, verdict)| verdict.is_whole());
        (self.compared, self.verdicts) = proven.unzip();
    }

    /// Adds other candidates.
    fn add(&mut self, others: Self) {
        self.compared.extend(others.compared);
        self.verdicts.extend(others.verdicts);
    }

    /// Adds what another attempt has proven, in place of what this one thought of it.
    fn add_proven(&mut self, mut others: Self) {
        others.keep_proven();
        let known: BTreeSet<PictureId> = others.compared.iter().map(|one| one.picture).collect();
        let all = self.compared.drain(..).zip(self.verdicts.drain(..));
        let rest = all.filter(|(one, _)| !known.contains(&one.picture));
        (self.compared, self.verdicts) = rest.unzip();
        self.add(others);
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
            let proof = (verdict.relation, Reverse(verdict.weight()));
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
            near: None,
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
