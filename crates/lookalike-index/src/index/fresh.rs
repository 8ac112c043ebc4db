//! Vectors that are in no segment yet.

use std::collections::BTreeMap;

use crate::graph::{Row, check, encode};
use crate::{Element, Result, Space, Vector};
use fearless_simd::Level;

/// Vectors in memory, as a segment will keep them.
#[derive(Clone, Debug)]
pub struct FreshVectors {
    space: Space,
    kept: BTreeMap<u64, Kept>,
    level: Level,
    values: Vec<f32>,
}

/// A vector as it will be kept.
#[derive(Clone, Debug)]
enum Kept {
    F32(Box<[f32]>),
    I8(Box<[i8]>, f32),
    Bits12(Box<[i8]>, f32),
}

impl Kept {
    fn row(&self) -> Row<'_> {
        match self {
            Self::F32(values) => Row::F32(values),
            Self::I8(values, step) => Row::I8(values, *step),
            Self::Bits12(row, step) => Row::Bits12(row, *step),
        }
    }
}

impl FreshVectors {
    /// None yet.
    pub fn new(space: Space) -> Self {
        Self {
            space,
            kept: BTreeMap::new(),
            level: Level::new(),
            values: Vec::new(),
        }
    }

    /// What the vectors have in common.
    pub fn space(&self) -> Space {
        self.space
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The ids, ascending.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = u64> {
        self.kept.keys().copied()
    }

    /// Whether there is a vector of this id.
    pub fn contains(&self, id: u64) -> bool {
        self.kept.contains_key(&id)
    }

    /// Adds a vector, in the place of the one of this id; says whether there was one.
    ///
    /// # Errors
    /// [`Error::Dimension`](crate::Error::Dimension), [`Error::NotFinite`](crate::Error::NotFinite),
    /// [`Error::Magnitude`](crate::Error::Magnitude); nothing is changed then.
    pub fn insert<'v>(&mut self, id: u64, vector: impl Into<Vector<'v>>) -> Result<bool> {
        let vector = vector.into();
        check(self.level, self.space, vector, &mut self.values)?;
        let kept = match self.space.element {
            Element::F32 => Kept::F32(self.values.as_slice().into()),
            element => {
                let mut row = Vec::new();
                let step = encode(element, vector, &mut row);
                match element {
                    Element::Bits12 => Kept::Bits12(row.into(), step),
                    _ => Kept::I8(row.into(), step),
                }
            }
        };
        Ok(self.kept.insert(id, kept).is_some())
    }

    /// Removes the vector of an id, and says whether there was one.
    pub fn remove(&mut self, id: u64) -> bool {
        self.kept.remove(&id).is_some()
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.kept.clear();
    }

    /// Writes the vector stored under an id to `out`, as it is kept; `false` where there is none.
    pub fn read(&self, id: u64, out: &mut Vec<f32>) -> bool {
        let kept = self.kept.get(&id);
        if let Some(kept) = kept {
            kept.row().decode(self.space.dim, out);
        }
        kept.is_some()
    }

    /// The vectors by ascending ids.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u64, Row<'_>)> {
        self.kept.iter().map(|(&id, kept)| (id, kept.row()))
    }
}
