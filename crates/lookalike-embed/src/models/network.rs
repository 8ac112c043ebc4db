//! An ONNX file.

use std::path::{Path, PathBuf};

use super::files::{self, MAX_MODEL};
use super::runtime::{self, Answer, Dimension, Fault, Port, Runtime, Tensor};
use crate::embedder::normalize;
use crate::{Error, Result};

/// A loaded network.
pub(crate) struct Network {
    pub(crate) path: PathBuf,
    pub(crate) hash: blake3::Hash,
    /// Whether it resizes with cubic interpolation.
    has_cubic_resize: bool,
    runtime: Box<dyn Runtime>,
}

impl Network {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let content = files::read(path, MAX_MODEL)?;
        Ok(Self {
            path: path.to_owned(),
            hash: blake3::hash(&content),
            has_cubic_resize: has_cubic_resize(&content),
            runtime: runtime::load(path, content)?,
        })
    }

    /// The program that runs it.
    pub(crate) fn runtime(&self) -> &'static str {
        self.runtime.name()
    }

    pub(crate) fn inputs(&self) -> Vec<Port> {
        self.runtime.inputs()
    }

    /// The output called `name`, or without a name the first of `usual`, or the only one there is.
    pub(crate) fn output(&self, name: Option<&str>, usual: &[&str]) -> Result<String> {
        let ports = self.runtime.outputs();
        let mut names: Vec<_> = ports.into_iter().map(|port| port.name).collect();
        let found = match name {
            Some(name) => names.iter().position(|n| n == name),
            None => usual
                .iter()
                .find_map(|usual| names.iter().position(|n| n == usual))
                .or((names.len() == 1).then_some(0)),
        };
        match (found, name) {
            (Some(at), _) => Ok(names.swap_remove(at)),
            (None, Some(name)) => Err(self.shape("the outputs", name.into(), names.join(", "))),
            (None, None) => Err(Error::Unknown {
                path: self.path.clone(),
                what: "which output is the embedding",
                add: format!("name one of {} in lookalike-model.toml", names.join(", ")),
            }),
        }
    }

    /// How it resizes inside, if another runtime would do it differently: `None` where it does not
    /// resize, or only as all do.
    pub(crate) fn exact_resize(&self) -> Option<&'static str> {
        let exact = self.has_cubic_resize && !self.runtime.takes_linear_for_cubic();
        exact.then_some("cubic")
    }

    /// Whether it asks for cubic interpolation, and gets linear.
    pub(crate) fn resizes_linearly(&self) -> bool {
        self.has_cubic_resize && self.runtime.takes_linear_for_cubic()
    }

    /// Runs as far as `output` needs.
    pub(crate) fn run(&self, inputs: Vec<(&str, Tensor)>, output: &str) -> Result<Answer> {
        let failed = |reason: String| Error::Run {
            path: self.path.clone(),
            reason,
        };
        let answer = self
            .runtime
            .run(inputs, output)
            .map_err(|fault| match fault {
                Fault::Failed(reason) => failed(reason),
                Fault::NotFloats => {
                    self.shape("the output's type", "floats".into(), "another".into())
                }
            })?;
        if answer.values.iter().any(|v| !v.is_finite()) {
            return Err(failed("it answers with numbers that are not finite".into()));
        }
        Ok(answer)
    }

    /// The answer's direction, as a vector of length 1.
    ///
    /// # Errors
    /// Where it has none.
    pub(crate) fn direction(&self, answer: Vec<f32>) -> Result<Vec<f32>> {
        normalize(answer).ok_or_else(|| Error::Run {
            path: self.path.clone(),
            reason: "it answers with zeros, which have no direction".into(),
        })
    }

    /// An error about an input or output.
    pub(crate) fn shape(&self, what: &str, expected: String, received: String) -> Error {
        Error::Shape {
            path: self.path.clone(),
            what: what.to_owned(),
            expected,
            received,
        }
    }
}

/// Looks for an attribute whose text is `cubic` (field 4, 5 bytes): only resizing has one.
fn has_cubic_resize(content: &[u8]) -> bool {
    content.windows(7).any(|bytes| bytes == b"\x22\x05cubic")
}

/// Dimensions as they are written: `batch x 3 x 224 x 224`.
pub(crate) fn written(shape: &[Dimension]) -> String {
    let side = |dimension: &Dimension| match dimension {
        Dimension::Fixed(size) => size.to_string(),
        Dimension::Symbolic(name) => name.clone(),
    };
    shape.iter().map(side).collect::<Vec<_>>().join(" x ")
}
