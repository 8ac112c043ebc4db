//! Looking for the same picture: the index proposes, geometry decides.

use super::{Described, SameExtractor, SameQuery, Verdict};
use crate::catalogue::Catalogue;
use crate::decode::{DecodeOptions, decode_path};
use crate::search::{Hit, HitKind, SearchOptions};
use crate::snapshot::Snapshot;
use crate::{ChannelOrder, Profile, Result, path_from_bytes};
use lookalike_index::{Neighbor, WordsSegment};
use lookalike_vision::GrayImage;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// At least so many proposals of the index are verified.
const PROPOSALS: usize = 30;

/// What a search needs of its library.
pub(crate) struct Place<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) root: Option<&'a Path>,
    pub(crate) profile: Profile,
}

/// A picture that the index proposes.
struct Proposal {
    picture: i64,
    mirrored: bool,
    /// Width and height as displayed, where they are known.
    size: Option<(u32, u32)>,
    /// Its files, relative to the folder, by path.
    files: Vec<PathBuf>,
}

/// The hits for a query: proven ones first, then the remaining proposals as candidates.
pub(crate) fn search(
    place: &Place<'_>,
    snapshot: &Snapshot<WordsSegment>,
    query: &SameQuery,
    options: &SearchOptions,
) -> Result<Vec<Hit>> {
    let wanted = options.top.max(PROPOSALS);
    let [straight, mirrored] = &query.words;
    let straight = snapshot.rank(straight, wanted, options.threads)?;
    let mirrored = snapshot.rank(mirrored, wanted, options.threads)?;
    let equal = match &query.hash {
        Some(hash) => place.catalogue.picture_by_hash(hash)?,
        None => None,
    };
    let equal = equal.map(|(picture, _)| picture);
    let mut proposals = Vec::new();
    if let Some(picture) = equal {
        proposals.push(place.proposal(picture, false)?);
    }
    for (id, mirrored) in best_of_both(&straight, &mirrored, wanted) {
        if equal != Some(id.cast_signed()) {
            proposals.push(place.proposal(id.cast_signed(), mirrored)?);
        }
    }
    let (root, profile) = (place.root, place.profile);
    let verify = |proposal: &Proposal| {
        let Some(found) = proposal.described(snapshot)? else {
            return Ok(Verdict::default());
        };
        if Some(proposal.picture) == equal {
            return Ok(Verdict::of_equals(found.codes.len()));
        }
        let mut pixels = || {
            Some((
                query.gray.clone()?,
                pixels(root?, profile, &proposal.files)?,
            ))
        };
        let verifier = &query.verifier;
        Ok(verifier.verify(&found, proposal.mirrored, &mut pixels))
    };
    let verdicts: Vec<Verdict> = if options.threads > 1 {
        proposals.par_iter().map(verify).collect::<Result<_>>()?
    } else {
        proposals.iter().map(verify).collect::<Result<_>>()?
    };
    Ok(hits(&proposals, &verdicts, options))
}

/// The best proposals by the better of their two scores, and whether that is the mirrored one.
fn best_of_both(straight: &[Neighbor], mirrored: &[Neighbor], wanted: usize) -> Vec<(u64, bool)> {
    let with = |mirrored| move |n: &Neighbor| (n.score, n.id, mirrored);
    let mut all: Vec<(f32, u64, bool)> = straight.iter().map(with(false)).collect();
    all.extend(mirrored.iter().map(with(true)));
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut best: Vec<(u64, bool)> = Vec::new();
    for (_, id, mirrored) in all {
        if best.len() < wanted && best.iter().all(|(known, _)| *known != id) {
            best.push((id, mirrored));
        }
    }
    best
}

impl Place<'_> {
    fn proposal(&self, picture: i64, mirrored: bool) -> Result<Proposal> {
        let files = self.catalogue.paths_of(picture)?;
        Ok(Proposal {
            picture,
            mirrored,
            size: self.catalogue.size_of(picture)?,
            files: files.iter().map(|path| path_from_bytes(path)).collect(),
        })
    }
}

impl Proposal {
    fn described(&self, snapshot: &Snapshot<WordsSegment>) -> Result<Option<Described>> {
        let words = snapshot.words(self.picture.cast_unsigned())?;
        Ok(words.map(|words| Described::of_size(&words, self.size)))
    }
}

/// The grey pixels of a picture, if one of its files can still be read.
pub(super) fn pixels(root: &Path, profile: Profile, files: &[PathBuf]) -> Option<GrayImage> {
    let options = DecodeOptions {
        orient: true,
        max_side: Some(SameExtractor::max_side(profile)),
        ..DecodeOptions::default()
    };
    let mut files = files.iter().map(|path| root.join(path));
    let picture = files.find_map(|file| decode_path(&file, &options).ok())?;
    Some(picture.gray(ChannelOrder::default()))
}

/// Proven hits by their proof, then candidates in the order of the index; each file is a hit.
fn hits(proposals: &[Proposal], verdicts: &[Verdict], options: &SearchOptions) -> Vec<Hit> {
    let mut order: Vec<usize> = (0..proposals.len()).collect();
    let key = |i: usize| (verdicts[i].same, verdicts[i].inliers);
    order.sort_by(|&a, &b| {
        let ((same, inliers), (other_same, other_inliers)) = (key(a), key(b));
        let by_proof = other_inliers.cmp(&inliers);
        other_same
            .cmp(&same)
            .then(if same { by_proof } else { a.cmp(&b) })
    });
    let mut hits = Vec::new();
    for i in order {
        let (proposal, verdict) = (&proposals[i], &verdicts[i]);
        let score = verdict.score as f32;
        if options.min_score.is_some_and(|least| score < least) {
            continue;
        }
        let evidence = Box::new(verdict.clone());
        let kind = match verdict.same {
            true => HitKind::Same(evidence),
            false => HitKind::Candidate(evidence),
        };
        hits.extend(proposal.files.iter().map(|path| Hit {
            path: path.clone(),
            picture: proposal.picture,
            kind: kind.clone(),
            score,
        }));
    }
    hits.truncate(options.top);
    hits
}
