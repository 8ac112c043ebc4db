//! Vectors that are in no segment yet.

use super::writer::check_vector;
use crate::Result;
use lookalike_store::check_order;

/// Vectors of one length in memory, by ascending ids.
#[derive(Clone, Debug)]
pub struct FreshRows {
    dim: usize,
    ids: Vec<u64>,
    elements: Vec<f32>,
}

impl FreshRows {
    /// None yet, of `dim` elements each.
    pub fn new(dim: usize) -> Self {
        Self {
            dim,
            ids: Vec::new(),
            elements: Vec::new(),
        }
    }

    /// Elements of a vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Adds a vector; its id must be larger than the one before.
    ///
    /// # Errors
    /// [`Error::Dimension`](crate::Error::Dimension), [`Error::NotFinite`](crate::Error::NotFinite),
    /// [`lookalike_store::Error::IdOrder`](lookalike_store::Error::IdOrder); the vector is left out then.
    pub fn push(&mut self, id: u64, vector: &[f32]) -> Result<()> {
        check_vector(vector, self.dim)?;
        if let Some(&last) = self.ids.last() {
            check_order(&[last, id])?;
        }
        self.ids.push(id);
        self.elements.extend_from_slice(vector);
        Ok(())
    }

    /// The vector of an id.
    pub fn get(&self, id: u64) -> Option<&[f32]> {
        let row = self.ids.binary_search(&id).ok()?;
        Some(&self.elements[row * self.dim..][..self.dim])
    }

    /// The vectors with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[f32])> {
        let rows = self.elements.chunks_exact(self.dim.max(1));
        self.ids.iter().copied().zip(rows)
    }
}
