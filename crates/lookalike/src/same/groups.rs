//! Which pictures of a library are the same.

use super::query::stored_words;
use super::search::{Place, decoded};
use super::{Described, PixelSource, SameExtractor, Verdict, Verifier};
use crate::decode::Picture;
use crate::snapshot::Snapshot;
use crate::{PictureId, Profile, Result, path_from_bytes};
use lookalike_index::{QueryFeature, Vocabulary, WordsSegment};
use lookalike_vision::{ChannelOrder, Exec, GrayImage};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Pictures that are compared with each picture.
const PROPOSALS: usize = 12;
/// Pictures with a smaller share of the score that a picture has with itself are no copies.
const WORTH_A_LOOK: f32 = 0.04;
/// A copy shows nearly all of the original, or is nearly all seen in it,
const MOST: f64 = 0.9;
/// and covers at least this share of it: less is a part of a collage, which makes no duplicate.
const LEAST: f64 = 0.28;
/// Least share that two shots of one scene have in common.
const COMMON: f64 = 0.5;
/// Least correlation of the pixels of a copy. Of copies that were reduced, recompressed, cropped,
/// turned, stretched or recoloured none had less than 0.96, of simulated bursts (something moves,
/// then the camera) most had less than 0.9; large lettering falls among the bursts.
const COPY: f64 = 0.95;

/// In what way the files of a group belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
pub struct Group {
    /// In what way.
    pub kind: GroupKind,
    /// The files, relative to the indexed folder, by path.
    pub paths: Vec<PathBuf>,
    /// The probability of the weakest link between them, in [0, 1].
    pub score: f32,
}

/// How to look for groups.
#[derive(Clone, Copy)]
pub struct GroupOptions<'a> {
    /// What to look for: exact copies only, copies of any kind, or shots of one scene.
    pub kind: GroupKind,
    /// Whether mirrored copies are looked for, too. What is stored of a picture cannot be mirrored,
    /// so every picture is read again, which takes as long as indexing.
    pub mirrored: bool,
    /// Threads; 0 counts as 1.
    pub threads: usize,
    /// Is told how many of how many comparisons are done.
    pub progress: Option<&'a (dyn Fn(PictureId, PictureId) + Sync)>,
}

/// A proven link between two pictures.
struct Link {
    pair: (PictureId, PictureId),
    kind: GroupKind,
    score: f32,
}

/// Groups of at least two files; ordered by their first path.
pub(crate) fn groups(
    place: &Place<'_>,
    snapshot: &Snapshot<WordsSegment>,
    options: &GroupOptions<'_>,
) -> Result<Vec<Group>> {
    let mut files: BTreeMap<PictureId, Vec<PathBuf>> = BTreeMap::new();
    for (path, picture) in place.catalogue.named_pictures()? {
        let files = files.entry(picture).or_default();
        files.push(path_from_bytes(&path));
    }
    let links = if options.kind == GroupKind::Exact {
        Vec::new()
    } else {
        Comparison::new(place, snapshot, &files, options)?.links()?
    };
    let mut clusters = Clusters::default();
    for link in links.iter().filter(|link| link.kind == GroupKind::Same) {
        clusters.join(link);
    }
    if options.kind != GroupKind::Near {
        return Ok(clusters.groups(&files, GroupKind::Same));
    }
    // Shots that are linked beside their copies.
    let mut scenes = Clusters::default();
    for link in &links {
        let (a, b) = link.pair;
        if link.kind == GroupKind::Near && clusters.root(a) != clusters.root(b) {
            scenes.join(link);
        }
    }
    let mut groups = scenes.groups(&files, GroupKind::Near);
    groups.retain(|group| group.kind == GroupKind::Near);
    Ok(groups)
}

/// All pictures, being compared with each other.
struct Comparison<'a> {
    snapshot: &'a Snapshot<WordsSegment>,
    root: Option<&'a Path>,
    profile: Profile,
    files: &'a BTreeMap<PictureId, Vec<PathBuf>>,
    sizes: BTreeMap<PictureId, (u32, u32)>,
    options: &'a GroupOptions<'a>,
    done: AtomicU64,
    /// Those that no thread uses now: their memory serves many pictures.
    extractors: Mutex<Vec<SameExtractor>>,
}

impl<'a> Comparison<'a> {
    fn new(
        place: &Place<'a>,
        snapshot: &'a Snapshot<WordsSegment>,
        files: &'a BTreeMap<PictureId, Vec<PathBuf>>,
        options: &'a GroupOptions<'a>,
    ) -> Result<Self> {
        Ok(Self {
            snapshot,
            root: place.root,
            profile: place.profile,
            files,
            sizes: place.catalogue.sizes()?,
            options,
            done: AtomicU64::new(0),
            extractors: Mutex::default(),
        })
    }

    /// The proven links, by their pictures.
    fn links(&self) -> Result<Vec<Link>> {
        let pictures: Vec<PictureId> = self.files.keys().copied().collect();
        let total = pictures.len() as u64;
        let proposed = self.each(&pictures, total, |&id| self.proposals(id))?;
        let pairs: BTreeSet<(PictureId, PictureId)> = proposed.into_iter().flatten().collect();
        let pairs: Vec<(PictureId, PictureId)> = pairs.into_iter().collect();
        let total = total + pairs.len() as u64;
        let links = self.each(&pairs, total, |&pair| self.link(pair))?;
        let mut links: Vec<Link> = links.into_iter().flatten().collect();
        if self.options.mirrored {
            let total = total + pictures.len() as u64;
            let mirrored = self.each(&pictures, total, |&id| self.mirrored_links(id))?;
            links.extend(mirrored.into_iter().flatten());
        }
        Ok(links)
    }

    /// Does `work` for all items, in parallel; results are in the order of the items.
    fn each<T: Sync, R: Send>(
        &self,
        items: &[T],
        total: u64,
        work: impl Fn(&T) -> Result<R> + Sync,
    ) -> Result<Vec<R>> {
        let step = |item: &T| {
            let result = work(item)?;
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            if let Some(progress) = self.options.progress {
                progress(done, total);
            }
            Ok(result)
        };
        if self.options.threads > 1 {
            items.par_iter().map(step).collect()
        } else {
            items.iter().map(step).collect()
        }
    }

    /// The pairs with the pictures that share most words with a picture.
    fn proposals(&self, id: PictureId) -> Result<Vec<(PictureId, PictureId)>> {
        let Some(words) = self.snapshot.words(id)? else {
            return Ok(Vec::new());
        };
        let others = self.like(id, &stored_words(&words))?;
        Ok(others.map(|other| (id.min(other), id.max(other))).collect())
    }

    /// The pictures, without a picture itself, that share most words with one of its sides.
    fn like(
        &self,
        id: PictureId,
        side: &[QueryFeature],
    ) -> Result<impl Iterator<Item = PictureId> + use<>> {
        let ranked = self.snapshot.rank(side, PROPOSALS + 1, 1)?;
        // Of the picture as it is, the first is the picture itself.
        let least = ranked.first().map_or(0.0, |best| best.score * WORTH_A_LOOK);
        let others = ranked.into_iter().filter(move |n| n.score >= least);
        Ok(others
            .map(|n| PictureId::new(n.id))
            .filter(move |&other| other != id))
    }

    /// Whether two pictures are the same, or of one scene.
    fn link(&self, pair: (PictureId, PictureId)) -> Result<Option<Link>> {
        let (Some(a), Some(b)) = (self.described(pair.0)?, self.described(pair.1)?) else {
            return Ok(None);
        };
        let mut grays = || Some((self.gray(pair.0)?, self.gray(pair.1)?));
        Ok(link(pair, &Verifier::of_stored(a), &b, false, &mut grays))
    }

    /// The links of a picture, mirrored, with others. One whose files can no longer be read has none.
    fn mirrored_links(&self, id: PictureId) -> Result<Vec<Link>> {
        let Some(picture) = self.picture(id) else {
            return Ok(Vec::new());
        };
        let idle = || {
            self.extractors
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let kept = idle().pop();
        let mut extractor = match kept {
            Some(extractor) => extractor,
            None => SameExtractor::new(self.profile, Exec::default())?,
        };
        let features = extractor.extract(&picture);
        idle().push(extractor);
        let features = features?;
        let vocabulary = Vocabulary::embedded();
        let verifier = Verifier::new(&features, vocabulary);
        let gray = picture.gray(ChannelOrder::default());
        let mut links = Vec::new();
        for other in self.like(id, &features.mirrored().to_query(vocabulary))? {
            let Some(found) = self.described(other)? else {
                continue;
            };
            let mut grays = || Some((gray.clone(), self.gray(other)?));
            links.extend(link((id, other), &verifier, &found, true, &mut grays));
        }
        Ok(links)
    }

    fn described(&self, id: PictureId) -> Result<Option<Described>> {
        let words = self.snapshot.words(id)?;
        let size = self.sizes.get(&id).copied();
        Ok(words.map(|words| Described::of_size(&words, size)))
    }

    fn picture(&self, id: PictureId) -> Option<Picture> {
        decoded(self.root?, self.profile, self.files.get(&id)?)
    }

    fn gray(&self, id: PictureId) -> Option<GrayImage> {
        Some(self.picture(id)?.gray(ChannelOrder::default()))
    }
}

/// What links a picture, mirrored if so asked, to the picture `found`.
fn link(
    pair: (PictureId, PictureId),
    verifier: &Verifier,
    found: &Described,
    mirrored: bool,
    grays: &mut PixelSource<'_>,
) -> Option<Link> {
    let verdict = verifier.verify(found, mirrored, grays);
    if !verdict.same {
        return None;
    }
    let correlation = grays().and_then(|grays| verifier.correlation(found, &verdict, &grays));
    let score = verdict.score as f32;
    kind_of(&verdict, correlation).map(|kind| Link { pair, kind, score })
}

/// What two pictures of the same thing are to each other; `None` where each shows too much that
/// the other does not.
fn kind_of(verdict: &Verdict, correlation: Option<f64>) -> Option<GroupKind> {
    let (a, b) = (verdict.query_overlap, verdict.found_overlap);
    let is_part = a.max(b) >= MOST && a.min(b) >= LEAST;
    // Where no file can be read any more, geometry alone must do.
    let pixels_agree = correlation.is_none_or(|c| c >= COPY);
    if is_part && pixels_agree {
        Some(GroupKind::Same)
    } else if a.min(b) >= COMMON {
        Some(GroupKind::Near)
    } else {
        None
    }
}

/// Pictures joined by links.
#[derive(Default)]
struct Clusters {
    /// For each picture the next one towards the first of its cluster.
    above: BTreeMap<PictureId, PictureId>,
    /// The weakest link of each cluster, by its first picture.
    scores: BTreeMap<PictureId, f32>,
}

impl Clusters {
    fn root(&self, mut picture: PictureId) -> PictureId {
        while let Some(&above) = self.above.get(&picture) {
            picture = above;
        }
        picture
    }

    fn join(&mut self, link: &Link) {
        let (a, b) = (self.root(link.pair.0), self.root(link.pair.1));
        if a == b {
            return;
        }
        let score_of = |root| self.scores.get(root).copied().unwrap_or(1.0);
        let score = score_of(&a).min(score_of(&b)).min(link.score);
        self.above.insert(a.max(b), a.min(b));
        self.scores.insert(a.min(b), score);
    }

    /// The clusters of at least two files. Those of a single picture are exact copies.
    fn groups(&self, files: &BTreeMap<PictureId, Vec<PathBuf>>, kind: GroupKind) -> Vec<Group> {
        let mut members: BTreeMap<PictureId, Vec<PictureId>> = BTreeMap::new();
        for &picture in files.keys() {
            members.entry(self.root(picture)).or_default().push(picture);
        }
        let mut groups: Vec<Group> = Vec::new();
        for (root, pictures) in members {
            let mut paths: Vec<PathBuf> =
                pictures.iter().flat_map(|p| &files[p]).cloned().collect();
            if paths.len() < 2 {
                continue;
            }
            paths.sort();
            let single = pictures.len() == 1;
            groups.push(Group {
                kind: if single { GroupKind::Exact } else { kind },
                paths,
                score: self.scores.get(&root).copied().unwrap_or(1.0),
            });
        }
        groups.sort_by(|a, b| a.paths.cmp(&b.paths));
        groups
    }
}
