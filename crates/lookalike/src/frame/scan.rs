//! Near frames among all of a library.

use super::{FrameSegment, FreshFrames};
use crate::engine::{NearFrame, NearFrameOptions};
use crate::{PictureId, Result};
use lookalike_store::{Living, Segment};
use lookalike_vision::Level;
use lookalike_vision::frame::{FrameHash, FrameScan};

/// Records that one task looks at.
const ROWS: usize = 1 << 16;

/// For each query, given in its eight turns, the frames that differ in few bits: the nearest first, equal
/// ones by id.
pub(crate) fn near(
    segments: &[Living<FrameSegment>],
    fresh: &FreshFrames,
    queries: &[[FrameHash; 8]],
    options: &NearFrameOptions,
) -> Result<Vec<Vec<NearFrame>>> {
    let mut stretches = stretches(fresh.ids(), fresh.words(), None);
    for living in segments {
        let segment = living.segment();
        stretches.extend(self::stretches(
            segment.ids(),
            segment.words()?,
            Some(living),
        ));
    }
    let scans: Vec<FrameScan> = queries
        .iter()
        .map(|hashes| FrameScan::new(*hashes, options.distance, Level::new()))
        .collect();
    let tasks: Vec<(usize, &Stretch<'_>)> = (0..scans.len())
        .flat_map(|query| stretches.iter().map(move |stretch| (query, stretch)))
        .collect();
    let found = options
        .threads
        .map(&tasks, |(query, stretch)| stretch.near(&scans[*query]));
    let mut near: Vec<Vec<NearFrame>> = vec![Vec::new(); queries.len()];
    for ((query, _), found) in tasks.iter().zip(found) {
        near[*query].extend(found);
    }
    for near in &mut near {
        if let Some(only) = options.only {
            near.retain(|frame| frame.picture == only);
        }
        near.sort_by_key(|frame| (frame.distance, frame.picture));
        near.truncate(options.most);
    }
    Ok(near)
}

/// Some records side by side.
struct Stretch<'a> {
    ids: &'a [u64],
    words: [&'a [u64]; 4],
    first: usize,
    living: Option<&'a Living<FrameSegment>>,
}

fn stretches<'a>(
    ids: &'a [u64],
    words: [&'a [u64]; 4],
    living: Option<&'a Living<FrameSegment>>,
) -> Vec<Stretch<'a>> {
    let starts = (0..ids.len()).step_by(ROWS);
    starts
        .map(|first| {
            let rows = first..ids.len().min(first + ROWS);
            Stretch {
                ids: &ids[rows.clone()],
                words: words.map(|words| &words[rows.clone()]),
                first,
                living,
            }
        })
        .collect()
}

impl Stretch<'_> {
    fn near(&self, scan: &FrameScan) -> Vec<NearFrame> {
        let mut near = Vec::new();
        scan.scan(self.words, &mut |found| {
            let is_dead = |living: &Living<FrameSegment>| living.is_dead(self.first + found.row);
            if !self.living.is_some_and(is_dead) {
                near.push(NearFrame {
                    picture: PictureId::new(self.ids[found.row]),
                    turn: found.turn,
                    inverted: found.inverted,
                    distance: found.distance,
                });
            }
        });
        near
    }
}
