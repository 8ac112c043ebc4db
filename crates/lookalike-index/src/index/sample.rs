//! Some of the vectors.

use super::fresh::FreshVectors;
use crate::GraphSegment;
use lookalike_store::{Living, Segment};

/// Up to `count` living vectors with their ids, evenly chosen from all segments and the fresh ones.
pub fn sample(
    segments: &[Living<GraphSegment>],
    fresh: Option<&FreshVectors>,
    count: usize,
) -> impl Iterator<Item = (u64, Vec<f32>)> {
    let sealed: usize = segments.iter().map(|living| living.segment().len()).sum();
    let total = sealed + fresh.map_or(0, FreshVectors::len);
    let count = total.min(count);
    (0..count).filter_map(move |i| read(segments, fresh, i * total / count))
}

/// The vector in a place, counted through all segments and on through the fresh ones; `None` where
/// it is deleted.
fn read(
    segments: &[Living<GraphSegment>],
    fresh: Option<&FreshVectors>,
    mut row: usize,
) -> Option<(u64, Vec<f32>)> {
    let mut vector = Vec::new();
    for living in segments {
        let segment = living.segment();
        if let Some(&id) = segment.ids().get(row) {
            segment.read_row(row, &mut vector);
            return (!living.is_dead(row)).then_some((id, vector));
        }
        row -= segment.len();
    }
    let fresh = fresh?;
    let id = fresh.ids().nth(row)?;
    fresh.read(id, &mut vector).then_some((id, vector))
}
