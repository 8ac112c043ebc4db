//! What all models have in common.

use std::fmt;

use crate::{Pixels, Result};

/// Turns pictures into vectors whose direction says what they show.
///
/// An embedder owns its scratch memory: make one per thread and use it for many pictures.
pub trait Embedder: Send {
    /// Which vectors these are.
    fn id(&self) -> &ModelId;

    /// Length of the vectors.
    fn dimensions(&self) -> usize;

    /// The embedding, of Euclidean length 1. The dot product of two is their similarity.
    ///
    /// # Errors
    /// Where the model itself fails, or answers what has no direction (all zeros, NaN).
    fn embed(&mut self, picture: Pixels<'_>) -> Result<Vec<f32>>;
}

/// Turns words into vectors that can be compared with those of pictures, by the same model.
pub trait TextEmbedder: Send {
    /// The embedding, of Euclidean length 1 and as long as those of pictures. Any text will do, an
    /// empty one too; what goes beyond the model's number of tokens is ignored.
    ///
    /// # Errors
    /// Where the model fails, or does not know a token of its tokenizer.
    fn embed_text(&mut self, text: &str) -> Result<Vec<f32>>;
}

/// Names everything that a vector depends on: the weights, how a picture is prepared, and how the
/// model's output becomes one vector. Vectors of different ids must never be compared.
///
/// Displayed, and stored, as 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModelId(String);

impl ModelId {
    /// The id of the weights in `file`, used as `recipe` says.
    #[cfg(any(feature = "models", test))]
    pub(crate) fn new(file: &blake3::Hash, recipe: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("lookalike model 1");
        hasher.update(file.as_bytes()).update(recipe.as_bytes());
        let mut id = hasher.finalize().to_hex().to_string();
        id.truncate(32);
        Self(id)
    }

    /// An id that was computed before.
    pub(crate) fn known(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// The id as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Scales to length 1; `None` where that is impossible.
pub(crate) fn normalize(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let squares: f64 = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
    if !(squares.is_finite() && squares > 0.0) {
        return None;
    }
    let scale = 1.0 / squares.sqrt();
    for value in &mut vector {
        *value = (f64::from(*value) * scale) as f32;
    }
    Some(vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_directions_are_normalized() {
        assert_eq!(normalize(vec![3.0, -4.0]), Some(vec![0.6, -0.8]));
        assert_eq!(normalize(vec![1e-30, 0.0]), Some(vec![1.0, 0.0]));
        assert_eq!(normalize(vec![0.0; 3]), None);
        assert_eq!(normalize(vec![1.0, f32::NAN]), None);
        assert_eq!(normalize(vec![f32::INFINITY]), None);
    }

    #[test]
    fn an_id_depends_on_file_and_recipe() {
        let (a, b) = (blake3::hash(b"a"), blake3::hash(b"b"));
        assert_eq!(ModelId::new(&a, "squash"), ModelId::new(&a, "squash"));
        assert_ne!(ModelId::new(&a, "squash"), ModelId::new(&a, "crop"));
        assert_ne!(ModelId::new(&a, "squash"), ModelId::new(&b, "squash"));
        assert_eq!(ModelId::new(&a, "squash").as_str().len(), 32);
    }
}
