//! Vectors by name, out of a library and into one.

/// A file name and its vector.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedVector {
    /// The path relative to the indexed folder, as bytes; in an imported library the name.
    pub name: Vec<u8>,
    /// The vector.
    pub vector: Vec<f32>,
}
