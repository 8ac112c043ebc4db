//! How what the query shows lies beside where the transform lays it.

use super::blocks::{Block, SIDE};
use crate::geometry::{PointPair, Transform, affine, refine_homography};

/// Fewest blocks that correct a transform, as an affine one and as a homography.
const AFFINE: usize = 6;
const HOMOGRAPHY: usize = 16;
/// Least correlation of a block whose shift is believed.
const BELIEVED: f32 = 0.7;
/// Shifts are weighted down from this many cells off the common one on.
const TOLERANCE: f64 = 0.5;

/// From cells of the found sheet to cells of the query's, as the certain shifts of the blocks say;
/// `None` where they are too few.
pub(super) fn correction(blocks: &[Block]) -> Option<Transform> {
    let pairs: Vec<PointPair> = certain(blocks).map(|b| (b.centre(), seen(b))).collect();
    if pairs.len() < AFFINE {
        return None;
    }
    let mut fit = affine(&pairs)?;
    // Least squares, and again with those that are near it.
    for limit in [2.0, 1.0] {
        let near: Vec<PointPair> = within(&fit, &pairs, limit);
        if near.len() < AFFINE {
            return None;
        }
        fit = affine(&near)?;
    }
    if pairs.len() >= HOMOGRAPHY {
        fit = refine_homography(&fit, &pairs, TOLERANCE).unwrap_or(fit);
    }
    Some(fit)
}

fn within(fit: &Transform, pairs: &[PointPair], limit: f64) -> Vec<PointPair> {
    let near = |&&(from, to): &&PointPair| {
        fit.apply(from)
            .is_some_and(|p| (p.0 - to.0).hypot(p.1 - to.1) <= limit)
    };
    pairs.iter().filter(near).copied().collect()
}

fn certain(blocks: &[Block]) -> impl Iterator<Item = &Block> {
    blocks.iter().filter(|b| b.is_corner && b.best >= BELIEVED)
}

fn seen(block: &Block) -> (f64, f64) {
    let (x, y) = block.centre();
    (x + f64::from(block.shift.0), y + f64::from(block.shift.1))
}

/// How far, in cells, blocks lie beside the common transform together with their neighbours: the
/// root of the mean product of neighbouring shifts. Noise of single blocks is no part of it; a smooth
/// warp, as another viewpoint makes it, is. `None` where too few blocks tell.
pub(super) fn warp(blocks: &[Block]) -> Option<f64> {
    let fit = correction(blocks)?;
    let off: Vec<((usize, usize), (f64, f64))> = certain(blocks)
        .filter_map(|block| {
            let (expected, seen) = (fit.apply(block.centre())?, seen(block));
            let off = (seen.0 - expected.0, seen.1 - expected.1);
            (off.0.hypot(off.1) < 2.5).then_some((block.place, off))
        })
        .collect();
    let (mut sum, mut count) = (0.0, 0usize);
    for (place, a) in &off {
        for beside in [(place.0 + SIDE, place.1), (place.0, place.1 + SIDE)] {
            if let Some((_, b)) = off.iter().find(|(other, _)| *other == beside) {
                sum += a.0 * b.0 + a.1 * b.1;
                count += 1;
            }
        }
    }
    (count >= AFFINE).then(|| (sum / count as f64).max(0.0).sqrt())
}
