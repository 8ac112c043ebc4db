//! Copies of whole frames, which need no features: hashes propose, pixels prove.

use super::verify::Verdict;
use super::{probability, relation, thumbnail};
use crate::Result;
use crate::decode::Picture;
use crate::engine::{Frames, NearFrame, NearFrameOptions};
use crate::frame::gray;
use crate::{PictureId, Threads};
use lookalike_vision::Level;
use lookalike_vision::dense::{Thumbnail, compare};
use lookalike_vision::frame::{FrameHash, FrameScan, FrameSpectrum, Turn};
use std::sync::Arc;

/// Unequal bits of a copy, at most. Of 2,775 strangers among photographs the nearest had 70, and of ten
/// kinds of copies all but those with lettering, or of other colours, at most 60; the smoother a picture,
/// the more of its bits are left to chance, and pixels decide anyway.
const DISTANCE: u32 = 80;
/// Frames that are looked at.
const MOST: usize = 16;

/// Frames near to a query that is given in its eight turns.
pub(super) fn near(
    frames: &dyn Frames,
    hashes: &[[FrameHash; 8]],
    only: Option<PictureId>,
    threads: &Threads,
) -> Result<Vec<Vec<NearFrame>>> {
    let options = NearFrameOptions {
        most: MOST,
        distance: DISTANCE,
        only,
        threads: threads.clone(),
    };
    frames.near(hashes, &options)
}

/// A picture as a whole, to be compared with others.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    pub(super) thumbnail: Arc<Thumbnail>,
    spectrum: FrameSpectrum,
}

impl Whole {
    /// Of a picture as displayed, which may be small; `None` where it shows nothing.
    pub(super) fn of(picture: &Picture) -> Option<Self> {
        Self::with(picture, thumbnail::of_picture(picture)?)
    }

    /// The same, where its thumbnail has been made.
    pub(super) fn with(picture: &Picture, thumbnail: Arc<Thumbnail>) -> Option<Self> {
        Some(Self {
            thumbnail,
            spectrum: FrameSpectrum::of(&gray(picture))?,
        })
    }

    /// The hashes of its eight turns.
    pub(super) fn hashes(&self) -> [FrameHash; 8] {
        self.spectrum.hashes()
    }

    /// The verdict on another picture, where its frame is near.
    pub(super) fn near_verdict(&self, found: &Self, sizes: [(f64, f64); 2]) -> Option<Verdict> {
        let scan = FrameScan::new(self.hashes(), DISTANCE, Level::new());
        let near = scan.nearest(0, &found.spectrum.hash());
        let is_near = near.distance <= DISTANCE;
        is_near.then(|| self.verdict(found, (near.turn, near.inverted), sizes))
    }

    /// The verdict on a frame that is near to this one turned, or to the negative of that; `sizes` are
    /// theirs as displayed.
    pub(super) fn verdict(
        &self,
        found: &Self,
        (turn, inverted): (Turn, bool),
        sizes: [(f64, f64); 2],
    ) -> Verdict {
        let of = |(width, height): (usize, usize)| (width as f64, height as f64);
        let (ours, theirs) = (self.thumbnail.size(), found.thumbnail.size());
        let transform = turn.transform(of(ours), of(theirs));
        let evidence = match inverted {
            true => compare(&self.thumbnail.inverted(), &found.thumbnail, &transform),
            false => compare(&self.thumbnail, &found.thumbnail, &transform),
        };
        let turned = self.spectrum.turned(turn);
        let cosine = f64::from(turned.cosine(&found.spectrum)).abs();
        let relation = relation::of_frames(evidence.as_ref(), cosine);
        let overlaps = evidence.as_ref().map_or([1.0; 2], |e| e.overlaps);
        let [query_overlap, found_overlap] = overlaps.map(|share| match relation {
            Some(_) => share,
            None => 0.0,
        });
        Verdict {
            same: relation.is_some(),
            relation: relation.unwrap_or_default(),
            score: match relation {
                Some(_) => probability::of_frames(evidence.as_ref(), cosine),
                None => 0.0,
            },
            transform: Some(turn.transform(sizes[0], sizes[1]).rows()),
            mirrored: turn.is_mirrored(),
            whole: true,
            query_overlap,
            found_overlap,
            pixels: evidence,
            ..Verdict::default()
        }
    }
}
