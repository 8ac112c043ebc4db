//! How segments of frames come into being.

use super::FreshFrames;
use super::segment::{FrameSegment, FrameWriter};
use crate::{Error, Result};
use lookalike_store::{Error as StoreError, Kind, Living, Tiers, in_order, interleaved};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Segments of frames.
#[derive(Clone, Debug)]
pub(crate) struct FrameKind {
    /// When segments are merged.
    pub(crate) tiers: Tiers,
}

impl Kind for FrameKind {
    type Segment = FrameSegment;
    type Fresh = FreshFrames;
    type Error = Error;

    fn tiers(&self) -> Tiers {
        self.tiers
    }

    fn count(&self, fresh: &FreshFrames) -> usize {
        fresh.len()
    }

    fn write(
        &self,
        path: &Path,
        segments: &[Living<FrameSegment>],
        fresh: Option<&FreshFrames>,
        stop: &AtomicBool,
    ) -> Result<FrameSegment> {
        let sealed = in_order(segments).map(|(id, i, row)| {
            let frame = segments[i].segment().frame(row);
            (id, frame)
        });
        let fresh = fresh.into_iter().flat_map(FreshFrames::iter);
        let fresh = fresh.map(|(id, frame)| (id, Ok(frame)));
        let mut writer = FrameWriter::create(path)?;
        for (id, frame) in interleaved(sealed, fresh) {
            if stop.load(Ordering::Relaxed) {
                return Err(StoreError::Stopped.into());
            }
            writer.push(id, &frame?)?;
        }
        writer.finish()
    }
}
