//! Segments of the tutorial's vectors. They have no graph: these vectors have so many independent
//! directions that one found less than half of the true neighbours (100,000 synthetic ones), and a scan
//! takes milliseconds.

use super::{Records, RecordsWriter, tiers};
use crate::catalogue::Catalogue;
use crate::{Part, Result};
use lookalike_index::{FreshRows, VectorKind, VectorSegment};

/// A merge writes at most a gigabyte or so.
const LARGEST: usize = 1 << 17;
const FAN_BITS: u32 = 3;

/// A vector as a record: little-endian f32.
pub(crate) fn vector_bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|v| v.to_le_bytes()).collect()
}

impl Records for VectorSegment {
    type Kind = VectorKind;

    fn kind(writer: &RecordsWriter<'_>, _: Part) -> VectorKind {
        VectorKind {
            dim: writer.vector_length,
            label: writer.label.to_owned(),
            threads: writer.threads,
            tiers: tiers(FAN_BITS, LARGEST),
        }
    }

    fn fresh(catalogue: &Catalogue, part: Part) -> Result<FreshRows> {
        let mut fresh = FreshRows::new(0);
        catalogue.each_fresh(part, |picture, record| {
            let (elements, rest) = record.as_chunks::<4>();
            if fresh.is_empty() {
                fresh = FreshRows::new(elements.len());
            }
            let vector: Vec<f32> = elements.iter().map(|&e| f32::from_le_bytes(e)).collect();
            let damaged = |what: &str| catalogue.damaged_record(part, picture, what);
            if !rest.is_empty() {
                return Err(damaged("cut short"));
            }
            let added = fresh.push(picture.get(), &vector);
            added.map_err(|e| damaged(&e.to_string()))
        })?;
        Ok(fresh)
    }
}
