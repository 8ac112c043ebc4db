//! An ONNX file, run by rten.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rten::{
    DataType, Dimension, Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueType,
};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use super::files::{self, MAX_MODEL};
use crate::{Error, Result};

/// A loaded network.
pub(crate) struct Network {
    pub(crate) path: PathBuf,
    pub(crate) hash: blake3::Hash,
    /// Whether it resizes with cubic interpolation, for which the runtime takes linear.
    pub(crate) has_cubic_resize: bool,
    model: Model,
}

/// An input or output.
pub(crate) struct Port {
    pub(crate) id: NodeId,
    pub(crate) name: String,
    pub(crate) kind: Option<DataType>,
    pub(crate) shape: Option<Vec<Dimension>>,
}

/// A network's answer.
pub(crate) struct Answer {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

impl Network {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::load(path, files::read(path, MAX_MODEL)?)
    }

    /// Loads a file's content; `path` is for errors.
    pub(crate) fn load(path: &Path, content: Vec<u8>) -> Result<Self> {
        let hash = blake3::hash(&content);
        let has_cubic_resize = has_cubic_resize(&content);
        let not_onnx = |reason: String| Error::NotOnnx {
            path: path.to_owned(),
            reason,
        };
        // The runtime's parser is not ours, and foreign bytes may find an assertion in it.
        let load = || ModelOptions::with_all_ops().load(content);
        let model = catch_unwind(AssertUnwindSafe(load))
            .map_err(|_| not_onnx("the runtime panicked".into()))?
            .map_err(|e| not_onnx(e.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            hash,
            has_cubic_resize,
            model,
        })
    }

    pub(crate) fn inputs(&self) -> Vec<Port> {
        self.ports(self.model.input_ids())
    }

    /// The output called `name`, or without a name the first of `usual`, or the only one there is.
    pub(crate) fn output(&self, name: Option<&str>, usual: &[&str]) -> Result<Port> {
        let mut ports = self.ports(self.model.output_ids());
        let names: Vec<_> = ports.iter().map(|port| port.name.clone()).collect();
        let found = match name {
            Some(name) => names.iter().position(|n| n == name),
            None => usual
                .iter()
                .find_map(|usual| names.iter().position(|n| n == usual))
                .or((names.len() == 1).then_some(0)),
        };
        match (found, name) {
            (Some(at), _) => Ok(ports.swap_remove(at)),
            (None, Some(name)) => Err(self.shape("the outputs", name.into(), names.join(", "))),
            (None, None) => Err(Error::Unknown {
                path: self.path.clone(),
                what: "which output is the embedding",
                add: format!("name one of {} in lookalike-model.toml", names.join(", ")),
            }),
        }
    }

    fn ports(&self, ids: &[NodeId]) -> Vec<Port> {
        let port = |&id| {
            let info = self.model.node_info(id)?;
            Some(Port {
                id,
                name: info.name().unwrap_or_default().to_owned(),
                kind: match info.dtype() {
                    Some(ValueType::Tensor(kind)) => Some(kind),
                    _ => None,
                },
                shape: info.shape(),
            })
        };
        ids.iter().filter_map(port).collect()
    }

    /// Runs as far as `output` needs.
    pub(crate) fn run(
        &self,
        inputs: Vec<(NodeId, Value)>,
        output: NodeId,
        threads: &Arc<ThreadPool>,
    ) -> Result<Answer> {
        let failed = |reason: String| Error::Run {
            path: self.path.clone(),
            reason,
        };
        let mut options = RunOptions::default();
        options.thread_pool = Some(threads.clone());
        let inputs = inputs.into_iter().map(|(id, v)| (id, v.into())).collect();
        let run = || self.model.run_n(inputs, [output], Some(options));
        let [value] = catch_unwind(AssertUnwindSafe(run))
            .map_err(|_| failed("the runtime panicked".into()))?
            .map_err(|e| failed(e.to_string()))?;
        let tensor: Tensor<f32> = value
            .try_into()
            .map_err(|_| self.shape("the output's type", "floats".into(), "another".into()))?;
        if tensor.iter().any(|v| !v.is_finite()) {
            return Err(failed("it answers with numbers that are not finite".into()));
        }
        Ok(Answer {
            shape: tensor.shape().to_vec(),
            values: tensor.into_data(),
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

/// A pool of one thread, which is this one's company.
pub(crate) fn one_thread() -> Arc<ThreadPool> {
    Arc::new(ThreadPool::with_num_threads(1))
}
