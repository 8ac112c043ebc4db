//! What runs an ONNX file.

#[cfg(feature = "ort")]
mod onnx_runtime;
mod rten;
mod spares;

use std::path::Path;

use crate::{Error, Result};

/// A loaded network, whatever program runs it.
pub(crate) trait Runtime: Send + Sync {
    /// The program's name.
    fn name(&self) -> &'static str;

    fn inputs(&self) -> Vec<Port>;

    fn outputs(&self) -> Vec<Port>;

    /// Whether it resizes with linear interpolation where cubic is asked for.
    fn takes_linear_for_cubic(&self) -> bool;

    /// The output of this name, computed on one thread. Many threads may call it at once.
    fn run(&self, inputs: Vec<(&str, Tensor)>, output: &str) -> std::result::Result<Answer, Fault>;
}

/// An input or output.
#[derive(Clone)]
pub(crate) struct Port {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// `None` where the file does not say.
    pub(crate) shape: Option<Vec<Dimension>>,
}

/// The type of an input's or output's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    F32,
    U8,
    I32,
    #[cfg_attr(not(feature = "ort"), allow(dead_code))] // rten says I32 of both
    I64,
    Other,
}

/// One dimension of a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dimension {
    Fixed(usize),
    /// Any size, by a name.
    Symbolic(String),
}

/// What goes in.
pub(crate) struct Tensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) numbers: Numbers,
}

pub(crate) enum Numbers {
    F32(Vec<f32>),
    U8(Vec<u8>),
    /// Also where integers of 64 bits are asked for.
    I32(Vec<i32>),
}

/// A network's answer.
pub(crate) struct Answer {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// Why there is none.
pub(crate) enum Fault {
    /// What the program says.
    Failed(String),
    /// It answers with other numbers than floats.
    NotFloats,
}

/// Loads a file's content; `path` is for errors.
pub(crate) fn load(path: &Path, content: Vec<u8>) -> Result<Box<dyn Runtime>> {
    #[cfg(feature = "ort")]
    if let Some(library) = onnx_runtime::library() {
        return onnx_runtime::load(&library, path, content);
    }
    rten::load(content).map_err(|reason| Error::NotOnnx {
        path: path.to_owned(),
        reason,
    })
}
