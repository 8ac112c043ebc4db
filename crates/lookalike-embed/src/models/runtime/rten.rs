//! rten, which is compiled in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rten::{DataType, Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueType};
use rten_tensor::Tensor as RtenTensor;
use rten_tensor::prelude::*;

use super::spares::Spares;
use super::{Answer, Dimension, Fault, Kind, Numbers, Port, Runtime, Tensor};

struct Rten {
    model: Model,
    /// Pools of one thread each.
    threads: Spares<Arc<ThreadPool>>,
}

/// # Errors
/// What rten says.
pub(super) fn load(content: Vec<u8>) -> Result<Box<dyn Runtime>, String> {
    // The parser is not ours, and foreign bytes may find an assertion in it.
    let load = || ModelOptions::with_all_ops().load(content);
    let model = catch_unwind(AssertUnwindSafe(load))
        .map_err(|_| "the runtime panicked".to_owned())?
        .map_err(|e| e.to_string())?;
    Ok(Box::new(Rten {
        model,
        threads: Spares::new(),
    }))
}

impl Rten {
    fn ports(&self, ids: &[NodeId]) -> Vec<Port> {
        let port = |&id| {
            let info = self.model.node_info(id)?;
            Some(Port {
                name: info.name().unwrap_or_default().to_owned(),
                kind: match info.dtype() {
                    Some(ValueType::Tensor(kind)) => kind_of(kind),
                    _ => Kind::Other,
                },
                shape: info
                    .shape()
                    .map(|shape| shape.iter().map(dimension).collect()),
            })
        };
        ids.iter().filter_map(port).collect()
    }

    fn id(&self, name: &str) -> Result<NodeId, Fault> {
        let found = self.model.node_id(name);
        found.map_err(|e| Fault::Failed(e.to_string()))
    }
}

fn kind_of(kind: DataType) -> Kind {
    match kind {
        DataType::Float => Kind::F32,
        DataType::UInt8 => Kind::U8,
        // It reads those of 64 bits as such of 32.
        DataType::Int32 => Kind::I32,
        _ => Kind::Other,
    }
}

fn dimension(dimension: &rten::Dimension) -> Dimension {
    match dimension {
        rten::Dimension::Fixed(size) => Dimension::Fixed(*size),
        rten::Dimension::Symbolic(name) => Dimension::Symbolic(name.clone()),
    }
}

fn value(tensor: Tensor) -> Result<Value, Fault> {
    let shape = &tensor.shape;
    let made = match tensor.numbers {
        Numbers::F32(values) => Value::from_shape(shape, values).ok(),
        Numbers::U8(values) => Value::from_shape(shape, values).ok(),
        Numbers::I32(values) => Value::from_shape(shape, values).ok(),
    };
    made.ok_or_else(|| Fault::Failed(format!("there are not as many numbers as {shape:?} has")))
}

impl Runtime for Rten {
    fn name(&self) -> &'static str {
        "rten"
    }

    fn inputs(&self) -> Vec<Port> {
        self.ports(self.model.input_ids())
    }

    fn outputs(&self) -> Vec<Port> {
        self.ports(self.model.output_ids())
    }

    fn takes_linear_for_cubic(&self) -> bool {
        true
    }

    fn run(&self, inputs: Vec<(&str, Tensor)>, output: &str) -> Result<Answer, Fault> {
        let output = self.id(output)?;
        let inputs = inputs
            .into_iter()
            .map(|(name, tensor)| Ok((self.id(name)?, value(tensor)?.into())))
            .collect::<Result<Vec<_>, Fault>>()?;
        let idle = self.threads.take();
        let threads = idle.unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1)));
        let mut options = RunOptions::default();
        options.thread_pool = Some(threads.clone());
        let run = || self.model.run_n(inputs, [output], Some(options));
        let [value] = catch_unwind(AssertUnwindSafe(run))
            .map_err(|_| Fault::Failed("the runtime panicked".into()))?
            .map_err(|e| Fault::Failed(e.to_string()))?;
        self.threads.put(threads);
        let tensor: RtenTensor<f32> = value.try_into().map_err(|_| Fault::NotFloats)?;
        Ok(Answer {
            shape: tensor.shape().to_vec(),
            values: tensor.into_data(),
        })
    }
}
