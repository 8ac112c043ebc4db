//! The vectors of a library at one moment, for a reader.

use crate::catalogue::Catalogue;
use crate::segments::{SegmentFolder, is_in};
use crate::{Error, Result};
use lookalike_index::{FreshRows, Neighbor, SearchOptions, VectorSegment, search};

/// How often a reader tries anew when a writer takes a segment away under its eyes.
const ATTEMPTS: usize = 20;

/// The vectors of a library at one moment. Segments that a writer removes meanwhile stay mapped.
#[derive(Debug)]
pub(crate) struct Snapshot {
    segments: Vec<VectorSegment>,
    fresh_ids: Vec<u64>,
    fresh: Vec<f32>,
    dead: Vec<u64>,
}

impl Snapshot {
    /// Calls `work` with the vectors, while the catalogue shows the same moment.
    pub(crate) fn with<T>(
        catalogue: &Catalogue,
        folder: &SegmentFolder,
        work: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        let mut work = Some(work);
        for _ in 0..ATTEMPTS {
            let done = catalogue.in_snapshot(|| match Self::take(catalogue, folder)? {
                Some(snapshot) => Ok(work.take().map(|work| work(&snapshot))),
                None => Ok(None),
            })?;
            if let Some(result) = done {
                return result;
            }
        }
        Err(Error::Damaged {
            path: folder.file(""),
            what: "a segment is missing".into(),
        })
    }

    fn take(catalogue: &Catalogue, folder: &SegmentFolder) -> Result<Option<Self>> {
        let Some(segments) = folder.open(&catalogue.segments()?)? else {
            return Ok(None);
        };
        let (mut fresh_ids, mut fresh) = (Vec::new(), Vec::new());
        catalogue.each_fresh(|id, vector| {
            fresh_ids.push(id.cast_unsigned());
            fresh.extend_from_slice(vector);
            Ok(())
        })?;
        Ok(Some(Self {
            segments,
            fresh_ids,
            fresh,
            dead: catalogue.dead()?,
        }))
    }

    /// The `k` living pictures nearest to `query`.
    pub(crate) fn nearest(
        &self,
        query: &[f32],
        k: usize,
        min_score: f32,
        threads: usize,
    ) -> Result<Vec<Neighbor>> {
        let segments: Vec<&VectorSegment> = self.segments.iter().collect();
        let keep = |id| !is_in(&self.dead, id);
        let fresh = FreshRows {
            ids: &self.fresh_ids,
            vectors: &self.fresh,
        };
        let options = SearchOptions {
            k,
            min_score,
            keep: (!self.dead.is_empty()).then_some(&keep as &(dyn Fn(u64) -> bool + Sync)),
            threads: threads.max(1),
            ..SearchOptions::default()
        };
        search(query, &segments, fresh, options).map_err(Error::segment)
    }

    /// The vector of a living picture.
    pub(crate) fn vector(&self, picture: i64) -> Option<&[f32]> {
        let id = picture.cast_unsigned();
        if let Ok(i) = self.fresh_ids.binary_search(&id) {
            let length = self.fresh.len() / self.fresh_ids.len();
            return Some(&self.fresh[i * length..][..length]);
        }
        // Ids grow with time, so most are found by looking at the two ends of a segment.
        let may_hold = |s: &&VectorSegment| {
            let ids = s.ids();
            ids.first().is_some_and(|&f| f <= id) && ids.last().is_some_and(|&l| id <= l)
        };
        self.segments
            .iter()
            .filter(may_hold)
            .find_map(|s| s.get(id))
    }
}
