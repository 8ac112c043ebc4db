//! Segments of the tutorial's vectors.

use super::{Sealer, SegmentFile};
use crate::catalogue::Catalogue;
use crate::{Error, Part, Result};
use lookalike_index::{Parameters, SegmentWriter, VectorSegment};
use std::path::Path;

/// Vectors that are not in a segment yet.
#[derive(Debug, Default)]
pub(crate) struct FreshVectors {
    /// Their pictures, ascending.
    pub(crate) ids: Vec<u64>,
    /// Their elements, one vector after the other.
    pub(crate) elements: Vec<f32>,
}

impl FreshVectors {
    /// The vector of a picture.
    pub(crate) fn get(&self, id: u64) -> Option<&[f32]> {
        let row = self.ids.binary_search(&id).ok()?;
        let length = self.elements.len() / self.ids.len();
        Some(&self.elements[row * length..][..length])
    }
}

/// A vector as a record: little-endian f32.
pub(crate) fn vector_bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|v| v.to_le_bytes()).collect()
}

impl SegmentFile for VectorSegment {
    const PART: Part = Part::Vector;
    // A merge writes at most a gigabyte or so.
    const MAX_RECORDS: u64 = 1 << 17;
    type Fresh = FreshVectors;

    fn open(path: &Path) -> lookalike_index::Result<Self> {
        Self::open(path)
    }

    fn verify(&self) -> lookalike_index::Result<()> {
        self.verify()
    }

    fn ids(&self) -> &[u64] {
        self.ids()
    }

    fn file_bytes(&self) -> u64 {
        self.file_bytes()
    }

    fn graph(&self) -> Option<(Parameters, u64)> {
        Some((self.parameters()?, self.graph_bytes()))
    }

    fn fresh(catalogue: &Catalogue, part: Part) -> Result<FreshVectors> {
        let mut fresh = FreshVectors::default();
        let mut length = None;
        catalogue.each_fresh(part, |picture, record| {
            let (elements, rest) = record.as_chunks::<4>();
            if !rest.is_empty() || *length.get_or_insert(elements.len()) != elements.len() {
                return Err(catalogue.damaged_record(part, picture, "cut short"));
            }
            fresh.ids.push(picture.get());
            let elements = elements.iter().map(|&e| f32::from_le_bytes(e));
            fresh.elements.extend(elements);
            Ok(())
        })?;
        Ok(fresh)
    }

    fn write_fresh(path: &Path, sealer: &Sealer<'_>, part: Part) -> Result<Self> {
        let fresh = Self::fresh(sealer.catalogue, part)?;
        let vectors = fresh.elements.chunks(sealer.vector_length.max(1));
        write(path, sealer, fresh.ids.iter().copied().zip(vectors))
    }

    fn write_merged(
        path: &Path,
        sealer: &Sealer<'_>,
        _: Part,
        segments: &[&Self],
        keep: &dyn Fn(u64) -> bool,
    ) -> Result<Self> {
        let mut living: Vec<(u64, usize, usize)> = Vec::new();
        for (i, segment) in segments.iter().enumerate() {
            let ids = segment.ids().iter().enumerate();
            living.extend(
                ids.filter(|(_, id)| keep(**id))
                    .map(|(row, &id)| (id, i, row)),
            );
        }
        living.sort_unstable();
        let vectors = living
            .iter()
            .map(|&(id, i, row)| (id, segments[i].vector(row)));
        write(path, sealer, vectors)
    }
}

fn write<'a>(
    path: &Path,
    sealer: &Sealer<'_>,
    vectors: impl Iterator<Item = (u64, &'a [f32])>,
) -> Result<VectorSegment> {
    // Without a graph: vectors have so many independent directions that one found less than half of
    // the true neighbours (100,000 synthetic ones), and a scan takes milliseconds.
    let mut writer =
        SegmentWriter::create(path, sealer.vector_length, sealer.label).map_err(Error::segment)?;
    for (id, vector) in vectors {
        writer.push(id, vector).map_err(Error::segment)?;
    }
    writer.finish(sealer.threads).map_err(Error::segment)
}
