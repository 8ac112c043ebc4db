//! What a library keeps of each picture.

use std::fmt;

/// One kind of record that a library can keep of each picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The tutorial's vector, to be searched by `vector`.
    Vector,
    /// Local features as visual words, to be searched by `same`.
    Words,
    /// What a neural network sees in it, to be searched by `similar`.
    Embedding,
    /// The same by the model to which the library changes: becomes the embedding as soon as every
    /// picture has one.
    NextEmbedding,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 4] = [
        Self::Vector,
        Self::Words,
        Self::Embedding,
        Self::NextEmbedding,
    ];

    /// Its name in messages and in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vector => "vector",
            Self::Words => "words",
            Self::Embedding => "embedding",
            Self::NextEmbedding => "next-embedding",
        }
    }

    /// Its place in a set, for ever: sets are stored.
    fn bit(self) -> u8 {
        match self {
            Self::Vector => 1,
            Self::Words => 2,
            Self::Embedding => 4,
            Self::NextEmbedding => 8,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts(u8);

impl Parts {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// Whether `part` belongs to the set.
    pub fn has(self, part: Part) -> bool {
        self.0 & part.bit() != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The parts of both sets.
    #[must_use]
    pub fn and(self, others: impl Into<Self>) -> Self {
        Self(self.0 | others.into().0)
    }

    /// The parts that `others` does not have.
    #[must_use]
    pub fn without(self, others: impl Into<Self>) -> Self {
        Self(self.0 & !others.into().0)
    }

    /// The parts in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = Part> {
        Part::ALL.into_iter().filter(move |part| self.has(*part))
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    /// The parts of a stored set that this program knows.
    pub(crate) fn from_bits(bits: u8) -> Self {
        let known = Part::ALL.iter().fold(0, |all, part| all | part.bit());
        Self(bits & known)
    }
}

impl From<Part> for Parts {
    fn from(part: Part) -> Self {
        Self(part.bit())
    }
}
