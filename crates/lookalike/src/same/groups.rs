//! Which pictures of a library are the same.

use super::clusters::{Clusters, Link, Pair, Said};
use super::frames::{self, Whole};
use super::query::stored_words;
use super::search::{Collection, decoded};
use super::thumbnails::Thumbnails;
use super::tones::Tones;
use super::{Described, Origin, Relation, SameExtractor, Verdict, Verifier, thumbnail};
use crate::decode::Picture;
use crate::engine::{
    Frame, FrameHash, NearFrame, Pictures, ProposeOptions, QueryFeature, WordPicture,
};
use crate::{Judgements, PictureId, Place, Result, Saying, Source, StoredPicture, Threads};
use lookalike_vision::Exec;
use lookalike_vision::dense::Thumbnail;
use lookalike_words::Vocabulary;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Pictures that are compared with each picture.
pub(super) const CANDIDATES: usize = 12;
/// Pictures, or pairs, of which everything is fetched at once.
const BATCH: usize = 256;
/// Pictures that are listed at once.
const LISTED: usize = 4096;
/// Pictures that share fewer features with a picture are no copies, or could not be proven to be.
const WORTH_A_LOOK: f32 = 5.0;
/// A copy shows nearly all of the original, or is nearly all seen in it,
pub(super) const MOST: f64 = 0.9;
/// and covers at least this share of it: less is a part of a collage, which makes no duplicate.
const LEAST: f64 = 0.28;
/// Least share that two shots of one scene have in common.
const COMMON: f64 = 0.5;
/// Pixels may move a transform so far that the shares of two pictures in each other grow by so much.
const SLACK: f64 = 0.15;

/// Pictures that show the same, wholly, agree in so much of either,
const WHOLE: f64 = 0.9;
/// with at most this share beyond the edges of the other,
const CUT_OFF: f64 = 0.02;
/// at most this share of other content,
const REPLACED: f64 = 0.02;
/// in the same colours, those of the whole set aside (see [`Tones`]),
const RECOLOURED: f64 = 1.0;
/// and upright: turned by less than this, in radians.
const TURNED: f64 = 0.03;

/// In what way the files of a group belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum GroupKind {
    /// Every byte is equal.
    Exact,
    /// Copies, however modified.
    Same,
    /// The same scene, but not the same shot: a burst, or another angle.
    Near,
}

impl GroupKind {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Same => "same",
            Self::Near => "near",
        }
    }
}

/// Files that belong together.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// In what way.
    pub kind: GroupKind,
    /// The files, and where in them the picture is, by path. Of each animation one frame.
    pub sources: Vec<Source>,
    /// The picture in each of them.
    pub pictures: Vec<PictureId>,
    /// Which of the pictures show the same, wholly: for each other pair there is no proof that nothing
    /// is lost with one of them.
    pub whole: Vec<WholeCopy>,
    /// The probability of the weakest link between them, in [0, 1].
    pub score: f32,
}

/// Two pictures of which neither shows anything that the other lacks, but for its size and its compression.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct WholeCopy {
    /// The pictures, the lower id first.
    pub pictures: (PictureId, PictureId),
    /// The share of either that agrees with the other, the smaller one, in [0, 1].
    pub share: f32,
}

/// How to look for groups.
#[derive(Clone)]
pub struct GroupOptions<'a> {
    /// What to look for: exact copies only, copies of any kind, or shots of one scene.
    pub kind: GroupKind,
    /// Whether mirrored copies are looked for, too. What is stored of a picture cannot be mirrored,
    /// so every picture is read again, which takes as long as indexing.
    pub mirrored: bool,
    /// The threads that compare.
    pub threads: Threads,
    /// Is told how many of how many comparisons are done.
    pub progress: Option<&'a (dyn Fn(u64, u64) + Sync)>,
}

/// Two pictures that may belong together, and how near their frames are, if they are.
type Proposed = (Pair, Option<NearFrame>);

/// Groups of at least two files; ordered by their first file. What people said of the pictures is obeyed.
pub(crate) fn groups(
    collection: &Collection<'_>,
    options: &GroupOptions<'_>,
) -> Result<Vec<Group>> {
    let judgements = collection.pictures.judgements()?;
    let files = Files::of(collection.pictures, &judgements)?;
    let said = files.said(&judgements);
    let mut links = if options.kind == GroupKind::Exact {
        Vec::new()
    } else {
        Comparison::new(collection, &files, options).links()?
    };
    for link in &mut links {
        link.pair = (files.work(link.pair.0), files.work(link.pair.1));
    }
    if options.kind != GroupKind::Exact {
        links = said.obeyed_by(links);
    }
    let mut clusters = Clusters::apart(&said.different);
    for link in links.iter().filter(|link| link.kind == GroupKind::Same) {
        clusters.join(link);
    }
    if options.kind != GroupKind::Near {
        return Ok(clusters.groups(&files, GroupKind::Same, &links));
    }
    // Shots that are linked beside their copies.
    let mut scenes = Clusters::apart(&said.different);
    for link in &links {
        let (a, b) = link.pair;
        if link.kind == GroupKind::Near && clusters.root(a) != clusters.root(b) {
            scenes.join(link);
        }
    }
    let mut groups = scenes.groups(&files, GroupKind::Near, &[]);
    groups.retain(|group| group.kind == GroupKind::Near);
    Ok(groups)
}

/// All pictures, being compared with each other.
struct Comparison<'a> {
    collection: &'a Collection<'a>,
    files: &'a Files,
    options: &'a GroupOptions<'a>,
    done: AtomicU64,
    total: AtomicU64,
    /// Of files.
    thumbnails: Thumbnails,
    /// Those that no thread uses now: their memory serves many pictures.
    extractors: Mutex<Vec<SameExtractor>>,
}

/// A picture, mirrored, as it is looked for.
struct Mirrored {
    picture: PictureId,
    words: Vec<QueryFeature>,
    verifier: Verifier,
    thumbnail: Option<Arc<Thumbnail>>,
}

impl<'a> Comparison<'a> {
    fn new(
        collection: &'a Collection<'a>,
        files: &'a Files,
        options: &'a GroupOptions<'a>,
    ) -> Self {
        Self {
            collection,
            files,
            options,
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            thumbnails: Thumbnails::default(),
            extractors: Mutex::default(),
        }
    }

    /// The proven links, by their pictures.
    fn links(&self) -> Result<Vec<Link>> {
        let pictures: Vec<PictureId> = self.files.pictures.keys().copied().collect();
        self.expect(pictures.len());
        let mut pairs: BTreeMap<Pair, Option<NearFrame>> = BTreeMap::new();
        for some in pictures.chunks(BATCH) {
            for pair in self.candidates(some)? {
                pairs.entry(pair).or_default();
            }
            let near = self.near_frames(some)?;
            pairs.extend(near.into_iter().map(|(pair, near)| (pair, Some(near))));
        }
        let pairs: Vec<Proposed> = pairs.into_iter().collect();
        self.expect(pairs.len());
        let mut proven = Vec::new();
        for some in pairs.chunks(BATCH) {
            proven.extend(self.worth_pixels(some)?);
        }
        self.expect(proven.len());
        let mut links = Vec::new();
        for some in side_by_side(proven).chunks(BATCH) {
            links.extend(self.linked(some)?);
        }
        links.sort_by_key(|link| link.pair);
        if self.options.mirrored {
            self.expect(pictures.len());
            for some in pictures.chunks(BATCH) {
                links.extend(self.mirrored_links(some)?);
            }
        }
        Ok(links)
    }

    /// There is more to do.
    fn expect(&self, steps: usize) {
        self.total.fetch_add(steps as u64, Ordering::Relaxed);
    }

    /// A step is done.
    fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(progress) = self.options.progress {
            progress(done, self.total.load(Ordering::Relaxed));
        }
    }

    /// Some pictures, each with those that share most words with it.
    fn candidates(&self, pictures: &[PictureId]) -> Result<Vec<Pair>> {
        let words = self.collection.words;
        let stored = words.fetch(pictures, &self.options.threads)?.into_iter();
        let with_words = pictures.iter().copied().zip(stored);
        let sides: Vec<(PictureId, Vec<QueryFeature>)> = with_words
            .filter_map(|(id, words)| Some((id, stored_words(&words?))))
            .collect();
        let mut pairs = Vec::new();
        let queries = sides.iter().map(|(id, side)| (*id, side.as_slice()));
        for (id, others) in self.like(&queries.collect::<Vec<_>>())? {
            let others = others.into_iter();
            let others = others.filter(|&other| !self.files.share_content(id, other));
            pairs.extend(others.map(|other| (id.min(other), id.max(other))));
        }
        pictures.iter().for_each(|_| self.step());
        Ok(pairs)
    }

    /// Some pictures, each with later ones whose frames are near.
    fn near_frames(&self, pictures: &[PictureId]) -> Result<Vec<(Pair, NearFrame)>> {
        let frames = self.collection.frames.fetch(pictures)?.into_iter();
        let frames = pictures.iter().copied().zip(frames);
        let (ids, hashes): (Vec<PictureId>, Vec<[FrameHash; 8]>) = frames
            .filter_map(|(id, frame)| Some((id, frame?.hash.turns())))
            .unzip();
        let near = frames::near(self.collection.frames, &hashes, None, &self.options.threads)?;
        let pairs = ids.iter().zip(near).flat_map(|(&id, near)| {
            let later = near.into_iter().filter(move |near| near.picture > id);
            later.map(move |near| ((id, near.picture), near))
        });
        Ok(pairs
            .filter(|((a, b), near)| {
                let wanted = self.options.mirrored || !near.turn.is_mirrored();
                wanted && !self.files.share_content(*a, *b)
            })
            .collect())
    }

    /// For sides of pictures, the other pictures that share most words with them.
    fn like(
        &self,
        sides: &[(PictureId, &[QueryFeature])],
    ) -> Result<Vec<(PictureId, Vec<PictureId>)>> {
        let options = ProposeOptions {
            most: CANDIDATES + 1,
            votes: 0,
            only: None,
            threads: self.options.threads.clone(),
        };
        let queries: Vec<&[QueryFeature]> = sides.iter().map(|(_, side)| *side).collect();
        let proposed = self.collection.words.propose(&queries, &options)?;
        let others = sides.iter().zip(proposed).map(|(&(id, _), found)| {
            let near = found.into_iter().filter(|c| c.score >= WORTH_A_LOOK);
            let others = near.map(|c| c.picture).filter(|&other| other != id);
            (id, others.collect())
        });
        Ok(others.collect())
    }

    /// Of some pairs those that are the same, or may be if their pixels agree.
    fn worth_pixels(&self, pairs: &[Proposed]) -> Result<Vec<Proposed>> {
        let described = self.described(pairs.iter().map(|(pair, _)| *pair))?;
        let worth = self.options.threads.map(pairs, |&((a, b), near)| {
            let asked = AtomicBool::new(false);
            let mut pixels = |_| {
                asked.store(true, Ordering::Relaxed);
                None
            };
            let verifier = described.get(&a).cloned().map(Verifier::of_stored);
            let verdict = verifier.zip(described.get(&b));
            let verdict = verdict.map(|(a, b)| a.verify(b, false, &mut pixels));
            self.step();
            let may_belong = |verdict: &Verdict| {
                (verdict.same || asked.load(Ordering::Relaxed)) && self.may_belong(verdict)
            };
            near.is_some() || verdict.as_ref().is_some_and(may_belong)
        });
        let pairs = pairs.iter().copied().zip(worth);
        Ok(pairs
            .filter_map(|(pair, worth)| worth.then_some(pair))
            .collect())
    }

    /// Whether two pictures can be found to belong together by their pixels, as far as geometry says how
    /// much of each lies in the other.
    fn may_belong(&self, verdict: &Verdict) -> bool {
        let [a, b] = [verdict.query_overlap, verdict.found_overlap].map(|share| share + SLACK);
        let is_part = a.max(b) >= MOST && a.min(b) >= LEAST;
        is_part || self.options.kind == GroupKind::Near && a.min(b) >= COMMON
    }

    /// The links of some pairs, with their pixels.
    fn linked(&self, pairs: &[Proposed]) -> Result<Vec<Link>> {
        let described = self.described(pairs.iter().map(|(pair, _)| *pair))?;
        let kept = self.kept(pairs.iter().map(|(pair, _)| *pair))?;
        let links = self.options.threads.map(pairs, |&((a, b), near)| {
            let verifier = described.get(&a).cloned().map(Verifier::of_stored)?;
            let found = described.get(&b)?;
            let mut pixels = |origin| match origin {
                Origin::Kept => Some((kept.thumbnail(a)?, kept.thumbnail(b)?)),
                Origin::Files => Some((self.thumbnail(a)?, self.thumbnail(b)?)),
            };
            let mut verdict = verifier.verify(found, false, &mut pixels);
            let is_copy = verdict.same && verdict.relation == Relation::Copy;
            if let Some(near) = near.filter(|_| !is_copy) {
                let sizes = [&described[&a], found].map(Described::displayed_size);
                let by_frame = kept.verdict((a, b), &near, sizes);
                verdict = by_frame
                    .filter(|by_frame| verdict.yields_to(by_frame))
                    .unwrap_or(verdict);
            }
            self.step();
            let link = link((a, b), &verdict)?;
            let several = self.files.holds_several(a) || self.files.holds_several(b);
            let is_whole = |_: &f32| !several && kept.same_tones((a, b)) == Some(true);
            Some(Link {
                whole: link.whole.filter(is_whole),
                ..link
            })
        });
        Ok(links.into_iter().flatten().collect())
    }

    /// The links of some pictures, mirrored, with others. One whose files can no longer be read has
    /// none.
    fn mirrored_links(&self, pictures: &[PictureId]) -> Result<Vec<Link>> {
        let mirrored = self.options.threads.try_map(pictures, |&id| {
            let mirrored = self.mirrored(id);
            self.step();
            mirrored
        })?;
        let mirrored: Vec<Mirrored> = mirrored.into_iter().flatten().collect();
        let sides = mirrored.iter().map(|m| (m.picture, m.words.as_slice()));
        let others = self.like(&sides.collect::<Vec<_>>())?;
        let pairs: Vec<(&Mirrored, PictureId)> = mirrored
            .iter()
            .zip(others)
            .flat_map(|(side, (_, others))| others.into_iter().map(move |other| (side, other)))
            .filter(|(side, other)| !self.files.share_content(side.picture, *other))
            .collect();
        let others = || pairs.iter().map(|(_, other)| (*other, *other));
        let (described, kept) = (self.described(others())?, self.kept(others())?);
        let links = self.options.threads.map(&pairs, |&(side, other)| {
            let mut pixels = |origin| {
                let found = match origin {
                    Origin::Kept => kept.thumbnail(other)?,
                    Origin::Files => self.thumbnail(other)?,
                };
                Some((side.thumbnail.clone()?, found))
            };
            let found = described.get(&other)?;
            let verdict = side.verifier.verify(found, true, &mut pixels);
            link((side.picture, other), &verdict)
        });
        Ok(links.into_iter().flatten().collect())
    }

    fn mirrored(&self, id: PictureId) -> Result<Option<Mirrored>> {
        let Some(picture) = self.picture(id) else {
            return Ok(None);
        };
        let idle = || {
            self.extractors
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let kept = idle().pop();
        let mut extractor = match kept {
            Some(extractor) => extractor,
            None => SameExtractor::new(self.collection.profile(), Exec::default())?,
        };
        let features = extractor.extract(&picture);
        idle().push(extractor);
        let features = features?;
        let vocabulary = Vocabulary::embedded();
        Ok(Some(Mirrored {
            picture: id,
            words: features.mirrored().to_query(vocabulary),
            verifier: Verifier::new(&features, vocabulary),
            thumbnail: thumbnail::of_picture(&picture),
        }))
    }

    /// The small copies of the pictures in some pairs.
    fn kept(&self, pairs: impl Iterator<Item = Pair>) -> Result<Kept> {
        let ids: BTreeSet<PictureId> = pairs.flat_map(|(a, b)| [a, b]).collect();
        let ids: Vec<PictureId> = ids.into_iter().collect();
        let frames = self.collection.frames.fetch(&ids)?.into_iter();
        let frames = ids.into_iter().zip(frames);
        Ok(Kept {
            frames: frames
                .filter_map(|(id, frame)| Some((id, (frame?, OnceLock::new()))))
                .collect(),
        })
    }

    /// What is stored of the pictures in some pairs.
    fn described(
        &self,
        pairs: impl Iterator<Item = Pair>,
    ) -> Result<BTreeMap<PictureId, Described>> {
        let ids: BTreeSet<PictureId> = pairs.flat_map(|(a, b)| [a, b]).collect();
        let ids: Vec<PictureId> = ids.into_iter().collect();
        let words = self.collection.words.fetch(&ids, &self.options.threads)?;
        let described = |(id, words): (PictureId, Option<WordPicture>)| {
            let size = self.files.pictures.get(&id).and_then(|files| files.size);
            Some((id, Described::of_size(&words?, size)))
        };
        let all = ids.into_iter().zip(words);
        Ok(all.filter_map(described).collect())
    }

    fn picture(&self, id: PictureId) -> Option<Picture> {
        let (root, profile) = (self.collection.root?, self.collection.profile());
        let files = self.files.pictures.get(&id)?;
        decoded(root, profile, &files.paths, files.place)
    }

    fn thumbnail(&self, id: PictureId) -> Option<Arc<Thumbnail>> {
        let files = self.files.pictures.get(&id)?;
        let root = self.collection.root?;
        let make = || thumbnail::of_files(root, &files.paths, files.place);
        self.thumbnails.get(id, make)
    }
}

/// Pairs in an order in which those that hang together follow each other, so that few pictures are in
/// use at a time.
fn side_by_side(mut pairs: Vec<Proposed>) -> Vec<Proposed> {
    let mut clusters = Clusters::default();
    for &(pair, _) in &pairs {
        clusters.join(&Link {
            pair,
            kind: GroupKind::Same,
            score: 1.0,
            whole: None,
        });
    }
    pairs.sort_by_cached_key(|&((a, b), _)| (clusters.root(a), a, b));
    pairs
}

/// The small copies of some pictures, each decoded when it is first looked at.
struct Kept {
    frames: BTreeMap<PictureId, (Frame, OnceLock<Option<Whole>>)>,
}

impl Kept {
    fn whole(&self, id: PictureId) -> Option<&Whole> {
        let (frame, whole) = self.frames.get(&id)?;
        let make = || Whole::of(&frame.small.decode().ok()?);
        whole.get_or_init(make).as_ref()
    }

    fn thumbnail(&self, id: PictureId) -> Option<Arc<Thumbnail>> {
        Some(self.whole(id)?.thumbnail.clone())
    }

    /// Whether two pictures have the same tones; `None` where one of them has no frame yet.
    fn same_tones(&self, (a, b): Pair) -> Option<bool> {
        let tones = |id| {
            let (frame, _) = self.frames.get(&id)?;
            Some(Tones::of(&frame.small.decode().ok()?))
        };
        Some(tones(a)?.agree(&tones(b)?))
    }

    /// The verdict on two frames that are near, of pictures of these sizes.
    fn verdict(&self, (a, b): Pair, near: &NearFrame, sizes: [(f64, f64); 2]) -> Option<Verdict> {
        let turned = (near.turn, near.inverted);
        Some(self.whole(a)?.verdict(self.whole(b)?, turned, sizes))
    }
}

/// What links two pictures, if anything does.
fn link(pair: Pair, verdict: &Verdict) -> Option<Link> {
    let score = verdict.score as f32;
    let whole = whole_share(verdict);
    kind_of(verdict).map(|kind| Link {
        pair,
        kind,
        score,
        whole,
    })
}

/// The share of two pictures that agrees, where they show the same, wholly: nothing is cut off, laid over,
/// mirrored, turned or partly recoloured in one of them.
fn whole_share(verdict: &Verdict) -> Option<f32> {
    let pixels = verdict.pixels.as_ref()?;
    let is_whole = verdict.same
        && verdict.relation == Relation::Copy
        && !verdict.mirrored
        && verdict.transform.is_some_and(is_upright)
        && pixels.beyond.iter().all(|&beyond| beyond <= CUT_OFF)
        && pixels.replaced <= REPLACED
        && pixels.recoloured <= RECOLOURED;
    let [a, b] = pixels.overlaps;
    let share = a.min(b);
    (is_whole && share >= WHOLE).then_some(share as f32)
}

/// The shares of two pictures that the other shows.
pub(super) fn shown(verdict: &Verdict) -> [f64; 2] {
    // What lies over a picture makes it no other one, so the edges count, not what agrees.
    match &verdict.pixels {
        Some(pixels) => pixels.beyond.map(|share| 1.0 - share),
        None => [verdict.query_overlap, verdict.found_overlap],
    }
}

/// Whether a transform, by rows, keeps up what is up.
fn is_upright([a, b, _, c, d, ..]: [f64; 9]) -> bool {
    a > 0.0 && d > 0.0 && b.abs() <= TURNED * a && c.abs() <= TURNED * d
}

/// What two pictures are to each other in a group; `None` where they are not the same, or each shows
/// too much that the other does not.
pub(super) fn kind_of(verdict: &Verdict) -> Option<GroupKind> {
    let [a, b] = shown(verdict);
    let is_part = a.max(b) >= MOST && a.min(b) >= LEAST;
    match verdict.relation {
        _ if !verdict.same => None,
        Relation::Copy if is_part => Some(GroupKind::Same),
        Relation::Copy | Relation::Scene if a.min(b) >= COMMON => Some(GroupKind::Near),
        _ => None,
    }
}

/// A picture's files, and where in them it is.
pub(super) struct InFiles {
    paths: Vec<PathBuf>,
    place: Option<Place>,
    size: Option<(u32, u32)>,
}

/// The hash of a content.
type Hash = [u8; 32];

/// The pictures of a library.
pub(super) struct Files {
    pub(super) pictures: BTreeMap<PictureId, InFiles>,
    /// The content of each picture that is not the only one of its content.
    contents: BTreeMap<PictureId, Hash>,
    /// The first picture of each of these contents.
    firsts: BTreeMap<Hash, PictureId>,
    /// The works in each content of which people said something.
    judged: BTreeMap<Hash, BTreeSet<PictureId>>,
}

impl Files {
    fn of(pictures: &dyn Pictures, judgements: &Judgements) -> Result<Self> {
        let mut files = Self {
            pictures: BTreeMap::new(),
            contents: BTreeMap::new(),
            firsts: BTreeMap::new(),
            judged: BTreeMap::new(),
        };
        let mut last = None;
        loop {
            let some = pictures.after(last, LISTED)?;
            let Some(end) = some.last() else {
                return Ok(files);
            };
            last = Some(end.id);
            for picture in some {
                files.add(picture, judgements);
            }
        }
    }

    fn add(&mut self, picture: StoredPicture, judgements: &Judgements) {
        let (id, place, hash) = (picture.id, picture.place, picture.hash);
        if place.is_some() {
            self.contents.insert(id, picture.hash);
            self.firsts.entry(picture.hash).or_insert(id);
        }
        let (paths, size) = (picture.paths, picture.size);
        self.pictures.insert(id, InFiles { paths, place, size });
        if judgements.mention(&hash) {
            let work = self.work(id);
            self.judged.entry(hash).or_default().insert(work);
        }
    }

    /// What people said of works that are here. Of a file of many pages that is the same as another, it is
    /// the first page.
    fn said(&self, judgements: &Judgements) -> Said {
        let mut said = Said::default();
        for judgement in judgements.iter() {
            let [Some(a), Some(b)] = judgement.contents().map(|hash| self.judged.get(&hash)) else {
                continue;
            };
            let pairs = a
                .iter()
                .flat_map(|&a| b.iter().map(move |&b| (a.min(b), a.max(b))));
            match judgement.saying() {
                Saying::Different => said.different.extend(pairs),
                Saying::Same => said.same.extend(pairs.take(1)),
                Saying::Forget => {}
            }
        }
        said
    }

    /// Whether the files of a picture hold others, too.
    fn holds_several(&self, picture: PictureId) -> bool {
        self.contents.contains_key(&picture)
    }

    /// Whether two pictures are in the same files. Such are no copies of each other.
    fn share_content(&self, a: PictureId, b: PictureId) -> bool {
        let content = self.contents.get(&a);
        content.is_some() && content == self.contents.get(&b)
    }

    /// Of an animation, which is one work, its first frame; else the picture.
    pub(super) fn work(&self, picture: PictureId) -> PictureId {
        let place = self.pictures.get(&picture).and_then(|files| files.place);
        match place {
            Some(Place::Frame(_)) => self.first_beside(picture),
            _ => picture,
        }
    }

    /// The first picture of a content.
    pub(super) fn first_beside(&self, picture: PictureId) -> PictureId {
        let content = self.contents.get(&picture);
        let first = content.and_then(|content| self.firsts.get(content));
        first.copied().unwrap_or(picture)
    }

    /// The files of a picture, with where in them it is. An animation has no place.
    pub(super) fn sources(&self, picture: PictureId) -> impl Iterator<Item = Source> {
        let files = &self.pictures[&picture];
        let place = files.place;
        let place = place.filter(|place| !matches!(place, Place::Frame(_)));
        files.paths.iter().map(move |path| Source::new(path, place))
    }
}
