//! What each picture shows beyond the edges of the other.

use super::thumbnail::Thumbnail;
use crate::geometry::Transform;

/// Places looked at along the longer side.
const PLACES: usize = 128;
/// A place shows something where luma changes by so much to the next ones.
const DETAIL: f32 = 3.0;
/// Pixels of the other picture that count as its edge.
const EDGE: f64 = 0.75;

/// Of `one`, the share that lies beyond the edges of `other`, and the share that does and shows
/// something there. `transform` leads from the one to the other.
pub(super) fn beyond(one: &Thumbnail, other: (usize, usize), transform: &Transform) -> [f64; 2] {
    let (width, height) = one.size();
    let (level, factor) = one.level(width.max(height) as f64 / PLACES as f64);
    let shrink = (factor - 1.0) / 2.0;
    let up = Transform::affine([
        1.0 / factor,
        0.0,
        -shrink / factor,
        0.0,
        1.0 / factor,
        -shrink / factor,
    ]);
    let to_other = transform.after(&up);
    let limits = (other.0 as f64 - 0.5 + EDGE, other.1 as f64 - 0.5 + EDGE);
    let is_inside = |x: usize, y: usize| {
        let there = to_other.apply((x as f64, y as f64));
        there.is_some_and(|(x, y)| {
            x > -0.5 - EDGE && y > -0.5 - EDGE && x < limits.0 && y < limits.1
        })
    };
    let (right, bottom) = (level.width - 1, level.height - 1);
    if [(0, 0), (right, 0), (0, bottom), (right, bottom)]
        .iter()
        .all(|&(x, y)| is_inside(x, y))
    {
        // Then all between them is, as both are convex.
        return [0.0; 2];
    }
    let (mut outside, mut detailed) = (0usize, 0usize);
    for y in 0..level.height {
        let row = level.row(y);
        let next = level.row(if y + 1 < level.height {
            y + 1
        } else {
            y.saturating_sub(1)
        });
        for x in 0..level.width {
            if is_inside(x, y) {
                continue;
            }
            outside += 1;
            let beside = row[if x + 1 < level.width {
                x + 1
            } else {
                x.saturating_sub(1)
            }][3];
            let change = (row[x][3] - beside).abs() + (row[x][3] - next[x][3]).abs();
            detailed += usize::from(change > DETAIL);
        }
    }
    [outside, detailed].map(|n| n as f64 / (level.width * level.height) as f64)
}
