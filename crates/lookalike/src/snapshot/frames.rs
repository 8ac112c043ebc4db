//! The frames of a snapshot.

use super::Snapshot;
use crate::engine::{Frames, NearFrame, NearFrameOptions};
use crate::frame::{Frame, FrameSegment};
use crate::{PictureId, Result};
use lookalike_vision::frame::FrameHash;

impl Frames for Snapshot<FrameSegment> {
    fn near(
        &self,
        queries: &[[FrameHash; 8]],
        options: &NearFrameOptions,
    ) -> Result<Vec<Vec<NearFrame>>> {
        crate::frame::near(&self.segments, &self.fresh, queries, options)
    }

    fn fetch(&self, pictures: &[PictureId]) -> Result<Vec<Option<Frame>>> {
        pictures.iter().map(|id| self.frame(id.get())).collect()
    }
}

impl Snapshot<FrameSegment> {
    /// The frame of a living picture.
    fn frame(&self, id: u64) -> Result<Option<Frame>> {
        if let Some(frame) = self.fresh.get(id) {
            return Ok(Some(frame));
        }
        let mut segments = self.segments.iter();
        let found = segments.find_map(|living| Some((living.segment(), living.find(id)?)));
        found.map(|(segment, row)| segment.frame(row)).transpose()
    }
}
