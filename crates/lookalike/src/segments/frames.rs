//! Segments of frames.

use super::{Records, RecordsWriter, tiers};
use crate::catalogue::Catalogue;
use crate::frame::{Frame, FrameKind, FrameSegment, FreshFrames};
use crate::{Part, Result};

/// A merge writes at most two gigabytes or so.
const LARGEST: usize = 1 << 20;
const FAN_BITS: u32 = 3;

impl Records for FrameSegment {
    type Kind = FrameKind;

    fn kind(_: &RecordsWriter<'_>, _: Part) -> FrameKind {
        FrameKind {
            tiers: tiers(FAN_BITS, LARGEST),
        }
    }

    fn fresh(catalogue: &Catalogue, part: Part) -> Result<FreshFrames> {
        let mut fresh = FreshFrames::default();
        catalogue.each_fresh(part, |picture, record| {
            let damaged = |what: &str| catalogue.damaged_record(part, picture, what);
            let record = Frame::from_bytes(record).ok_or_else(|| damaged("cut short"))?;
            fresh.push(picture.get(), record)
        })?;
        Ok(fresh)
    }
}
