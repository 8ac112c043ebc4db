//! What two pictures are to each other.

use lookalike_vision::dense::Evidence;

/// What two pictures of the same thing are to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Relation {
    /// The same picture, however re-encoded, recoloured, cropped, turned, lettered, framed or pasted.
    #[default]
    Copy,
    /// The same thing or place, photographed again: a burst, or another viewpoint.
    Scene,
    /// Only a part agrees: a common frame, caption, form or overlay.
    Part,
}

impl Relation {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Scene => "scene",
            Self::Part => "part",
        }
    }

    /// In a few words, as the end of "this is".
    pub fn words(self) -> &'static str {
        match self {
            Self::Copy => "a copy",
            Self::Scene => "the same scene",
            Self::Part => "a common part",
        }
    }
}

/// Fewest distinct inliers that prove that a part is shared.
const PART: usize = 10;
/// Least share of blocks that agree, those of other content taken off, by the number of inliers. Of
/// strangers under a common overlay 98 % have less than 0.2; of copies with 40 % under a rectangle, and
/// of copies turned, cropped, lettered and compressed at once, 95 % more than 0.3.
const AGREEING: [(usize, f64); 2] = [(20, 0.3), (0, 0.45)];
/// With so much plain ground pictures are drawings or pages rather than photographs, and there what
/// differs is what they say: nearly all blocks must agree.
const DRAWN: f64 = 0.25;
/// Least correlation of all but 2 % of their blocks: of pages of one form at most 0.35, of copies (also
/// small, soft and hard compressed ones) rarely below 0.6.
const DRAWN_WORST: f64 = 0.5;
/// Their largest difference in colour: more is another drawing of one design.
const DRAWN_RECOLOURED: f64 = 3.0;
/// A warp of so many 128ths of the picture is no re-encoding but another viewpoint.
const WARP: f64 = 0.15;
/// Each of two shots shows this share of itself beyond the edges of the other, as the camera moved,
const BEYOND: f64 = 0.0012;
/// and it is as detailed there, at least by this share: a frame, or a ground, is not.
const DETAILED: f64 = 0.45;

/// What the pixels prove together with so many inliers, if anything.
pub(super) fn of(evidence: &Evidence, inliers: usize) -> Option<Relation> {
    if !is_whole(evidence, inliers) {
        return (inliers >= PART).then_some(Relation::Part);
    }
    let moved = (0..2).all(|i| {
        let (all, detailed) = (evidence.beyond[i], evidence.detail_beyond[i]);
        detailed >= BEYOND && detailed >= DETAILED * all
    });
    Some(if moved || evidence.warp >= WARP {
        Relation::Scene
    } else {
        Relation::Copy
    })
}

/// Whether all agrees of what both pictures show, but for what lies over it.
fn is_whole(evidence: &Evidence, inliers: usize) -> bool {
    if evidence.ground >= DRAWN {
        return !is_other_drawing(evidence);
    }
    let least = AGREEING.iter().find(|(from, _)| inliers >= *from);
    evidence.agreeing - evidence.replaced >= least.map_or(1.0, |(_, least)| *least)
}

/// Whether these are drawings or pages, and say something else.
pub(super) fn is_other_drawing(evidence: &Evidence) -> bool {
    let differs = evidence.worst < DRAWN_WORST || evidence.recoloured > DRAWN_RECOLOURED;
    evidence.ground >= DRAWN && differs
}

#[cfg(test)]
mod tests {
    use super::*;
    use lookalike_vision::geometry::Transform;

    fn whole() -> Evidence {
        Evidence {
            transform: Transform::identity(),
            blocks: 150,
            agreeing: 0.98,
            replaced: 0.01,
            worst: 0.9,
            recoloured: 0.3,
            ground: 0.1,
            overlaps: [0.98; 2],
            warp: 0.03,
            beyond: [0.0, 0.3],
            detail_beyond: [0.0, 0.25],
        }
    }

    #[test]
    fn a_crop_is_a_copy_and_so_is_one_with_lettering() {
        assert_eq!(of(&whole(), 30), Some(Relation::Copy));
        let lettered = Evidence {
            agreeing: 0.6,
            replaced: 0.1,
            worst: -0.1,
            ..whole()
        };
        assert_eq!(of(&lettered, 12), Some(Relation::Copy));
    }

    #[test]
    fn another_viewpoint_is_a_scene() {
        let warped = Evidence {
            warp: 0.3,
            ..whole()
        };
        assert_eq!(of(&warped, 30), Some(Relation::Scene));
        let shaken = Evidence {
            beyond: [0.01; 2],
            detail_beyond: [0.008; 2],
            ..whole()
        };
        assert_eq!(of(&shaken, 30), Some(Relation::Scene));
        let framed = Evidence {
            beyond: [0.06, 0.3],
            detail_beyond: [0.01, 0.25],
            ..whole()
        };
        assert_eq!(of(&framed, 30), Some(Relation::Copy));
    }

    #[test]
    fn a_common_banner_or_form_is_a_part() {
        let banner = Evidence {
            agreeing: 0.25,
            replaced: 0.3,
            ..whole()
        };
        assert_eq!(of(&banner, 150), Some(Relation::Part));
        assert_eq!(of(&banner, 9), None);
        let form = Evidence {
            agreeing: 0.9,
            worst: 0.2,
            ground: 0.6,
            ..whole()
        };
        assert_eq!(of(&form, 150), Some(Relation::Part));
    }
}
