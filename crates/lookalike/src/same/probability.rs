//! How sure a proof makes.
//!
//! A logistic model, fitted by `bench/calibrate.py` to the proofs with at least 6 inliers that the index
//! proposed for pictures whose truth is known: modified photographs, products of like design, drawn
//! pages, cards and charts, photographs under common frames and captions, and bursts. One half of the
//! pictures was fitted to, 3,300 hits. Of the other half, of 171 above .999 and 286 between .99 and .999 all
//! were right, of 219 between .9 and .99 all but 18, which were cards and pages of one design.

use lookalike_vision::dense::Evidence;

/// What speaks for two pictures showing the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof<'a> {
    pub(super) inliers: usize,
    pub(super) matches: usize,
    pub(super) pixels: Option<&'a Evidence>,
}

/// Fewest inliers that are evidence at all: less than that chance brings.
const INLIERS: usize = 6;

const BASE: f64 = -5.21;
/// Of the matches, the share that agrees on the transform.
const SHARE: f64 = 8.13;
/// Of the blocks, the share that agrees,
const AGREEING: f64 = 5.57;
/// and that shows other content instead.
const REPLACED: f64 = -5.35;
/// Something differs between drawings or pages.
const DRAWN_DIFFERS: f64 = -3.65;
/// Of whole frames: by the blocks that agree, and by the cosine of the low frequencies.
const FRAMES: (f64, f64, f64) = (0.5, 6.0, 20.0);
/// Without pixels: by the inliers, as they tell apart photographs of different things.
const UNSEEN: (f64, f64, usize) = (-11.14, 0.9, 17);

/// The probability that a proposal shows the same picture, thing or place as the query.
pub(super) fn probability(proof: &Proof<'_>) -> f64 {
    logistic(match proof.pixels {
        _ if proof.inliers < INLIERS => UNSEEN.0,
        None => UNSEEN.0 + UNSEEN.1 * proof.inliers.min(UNSEEN.2) as f64,
        Some(pixels) => {
            let share = proof.inliers as f64 / proof.matches.max(1) as f64;
            let differs = f64::from(u8::from(super::relation::is_other_drawing(pixels)));
            BASE + SHARE * share.min(1.0)
                + AGREEING * pixels.agreeing
                + REPLACED * pixels.replaced
                + DRAWN_DIFFERS * differs
        }
    })
}

/// The same of whole frames whose hashes are near and whose pixels agree.
pub(super) fn of_frames(evidence: Option<&Evidence>, cosine: f64) -> f64 {
    let agreeing = evidence.map_or(1.0, |e| e.agreeing - e.replaced);
    logistic(FRAMES.0 + FRAMES.1 * agreeing + FRAMES.2 * (cosine - 1.0))
}

fn logistic(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use lookalike_vision::geometry::Transform;

    fn seen(agreeing: f64, replaced: f64) -> Evidence {
        Evidence {
            transform: Transform::identity(),
            blocks: 100,
            cells: 128.0,
            agreeing,
            replaced,
            worst: 0.9,
            recoloured: 0.2,
            ground: 0.0,
            overlaps: [agreeing; 2],
            warp: 0.0,
            beyond: [0.0; 2],
            detail_beyond: [0.0; 2],
        }
    }

    fn of(inliers: usize, matches: usize, pixels: Option<&Evidence>) -> f64 {
        probability(&Proof {
            inliers,
            matches,
            pixels,
        })
    }

    #[test]
    fn proofs_are_probable_and_the_rest_is_not() {
        assert!(of(100, 130, Some(&seen(1.0, 0.0))) > 0.99);
        assert!(of(40, 80, Some(&seen(0.2, 0.3))) < 0.5);
        assert!(of(5, 100, None) < 1e-4);
        assert!(of(9, 100, None) < 0.1);
    }

    #[test]
    fn more_evidence_is_surer_and_none_is_certain() {
        let steps = [
            of(20, 80, Some(&seen(0.3, 0.3))),
            of(20, 80, Some(&seen(0.3, 0.1))),
            of(20, 80, Some(&seen(0.9, 0.1))),
            of(60, 80, Some(&seen(0.9, 0.1))),
        ];
        assert!(steps.is_sorted());
        assert!(of(800, 900, None) < 0.9999 && steps[3] < 1.0);
    }
}
