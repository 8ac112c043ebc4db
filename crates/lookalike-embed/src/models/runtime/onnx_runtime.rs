//! ONNX Runtime, a shared library that is there or not.

use std::borrow::Cow;
use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ort::LoadDynamicError;
use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::{Outlet, Tensor as OrtTensor, TensorElementType, ValueType};

use super::spares::Spares;
use super::{Answer, Dimension, Fault, Kind, Numbers, Port, Runtime, Tensor};
use crate::{Error, Result};

/// The environment variable that names the library.
const VARIABLE: &str = "ORT_DYLIB_PATH";

/// The library, if one is named.
pub(super) fn library() -> Option<PathBuf> {
    let path = std::env::var_os(VARIABLE).filter(|path| !path.is_empty());
    path.map(PathBuf::from)
}

/// A session answers one caller at a time: there are as many as are ever used at once, and each
/// holds the weights, as the library has no way to share them.
struct OnnxRuntime {
    environment: &'static Environment,
    content: Vec<u8>,
    sessions: Spares<Session>,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
}

/// Loads a model's content; `path` is for errors.
pub(super) fn load(library: &Path, path: &Path, content: Vec<u8>) -> Result<Box<dyn Runtime>> {
    let environment = environment(library).map_err(|reason| Error::Library {
        path: library.to_owned(),
        reason,
    })?;
    let session = session(environment, &content).map_err(|e| Error::NotOnnx {
        path: path.to_owned(),
        reason: one_line(&e),
    })?;
    let ports = |outlets: &[Outlet]| outlets.iter().map(port).collect();
    let (inputs, outputs) = (ports(session.inputs()), ports(session.outputs()));
    let sessions = Spares::new();
    sessions.put(session);
    Ok(Box::new(OnnxRuntime {
        environment,
        content,
        sessions,
        inputs,
        outputs,
    }))
}

/// The library is loaded once a process.
fn environment(library: &Path) -> std::result::Result<&'static Environment, String> {
    static ENVIRONMENT: OnceLock<std::result::Result<Environment, String>> = OnceLock::new();
    let made = ENVIRONMENT.get_or_init(|| {
        let library = std::path::absolute(library).map_err(|e| e.to_string())?;
        let builder = ort::init_from(library).map_err(|e| unusable(&e))?;
        let builder = builder.with_name("lookalike").with_telemetry(false);
        let environment = builder.build().map_err(|e| one_line(&e))?;
        environment.set_log_level(LogLevel::Fatal);
        Ok(environment)
    });
    made.as_ref().map_err(String::clone)
}

fn session(environment: &Environment, content: &[u8]) -> ort::Result<Session> {
    // What it would log is in its errors.
    let builder = Session::builder(environment)?.with_log_level(LogLevel::Fatal)?;
    let mut builder = builder.with_intra_threads(1)?.with_inter_threads(1)?;
    builder.commit_from_memory(content)
}

fn unusable(error: &LoadDynamicError) -> String {
    match error {
        // Why is in its source.
        LoadDynamicError::Dlopen { error, .. } => error
            .source()
            .map_or_else(|| one_line(error), |e| one_line(&e)),
        other => one_line(other),
    }
}

fn one_line(error: &impl ToString) -> String {
    error.to_string().trim_end().replace('\n', " ")
}

fn port(outlet: &Outlet) -> Port {
    let name = outlet.name().to_owned();
    let ValueType::Tensor {
        ty,
        shape,
        dimension_symbols,
    } = outlet.dtype()
    else {
        return Port {
            name,
            kind: Kind::Other,
            shape: None,
        };
    };
    let symbols = dimension_symbols.iter();
    let dimension = |(size, symbol): (&i64, &String)| match usize::try_from(*size) {
        Ok(size) => Dimension::Fixed(size),
        Err(_) => Dimension::Symbolic(symbol.clone()),
    };
    Port {
        name,
        kind: match ty {
            TensorElementType::Float32 => Kind::F32,
            TensorElementType::Uint8 => Kind::U8,
            TensorElementType::Int32 => Kind::I32,
            TensorElementType::Int64 => Kind::I64,
            _ => Kind::Other,
        },
        shape: Some(shape.iter().zip(symbols).map(dimension).collect()),
    }
}

impl OnnxRuntime {
    /// The tensor as the input of this name has it.
    fn value(&self, name: &str, tensor: Tensor) -> ort::Result<SessionInputValue<'static>> {
        let is_wide = |port: &Port| port.name == name && port.kind == Kind::I64;
        let shape = tensor.shape;
        Ok(match tensor.numbers {
            Numbers::F32(values) => OrtTensor::from_array((shape, values))?.into(),
            Numbers::U8(values) => OrtTensor::from_array((shape, values))?.into(),
            Numbers::I32(values) if self.inputs.iter().any(is_wide) => {
                let values: Vec<_> = values.into_iter().map(i64::from).collect();
                OrtTensor::from_array((shape, values))?.into()
            }
            Numbers::I32(values) => OrtTensor::from_array((shape, values))?.into(),
        })
    }

    fn session(&self) -> ort::Result<Session> {
        match self.sessions.take() {
            Some(session) => Ok(session),
            None => session(self.environment, &self.content),
        }
    }
}

impl Runtime for OnnxRuntime {
    fn name(&self) -> &'static str {
        "ONNX Runtime"
    }

    fn inputs(&self) -> Vec<Port> {
        self.inputs.clone()
    }

    fn outputs(&self) -> Vec<Port> {
        self.outputs.clone()
    }

    fn takes_linear_for_cubic(&self) -> bool {
        false
    }

    fn run(&self, inputs: Vec<(&str, Tensor)>, output: &str) -> std::result::Result<Answer, Fault> {
        let failed = |e: ort::Error| Fault::Failed(one_line(&e));
        let inputs = inputs.into_iter().map(|(name, tensor)| {
            let value = self.value(name, tensor)?;
            Ok((Cow::Borrowed(name), value))
        });
        let inputs = inputs.collect::<ort::Result<Vec<_>>>().map_err(failed)?;
        let mut session = self.session().map_err(failed)?;
        let answer = {
            let outputs = session.run(inputs).map_err(failed)?;
            let missing = || Fault::Failed(format!("it gives no {output}"));
            let value = outputs.get(output).ok_or_else(missing)?;
            let (shape, values) = value.try_extract_tensor().map_err(|_| Fault::NotFloats)?;
            Answer {
                shape: shape.iter().map(|&size| size as usize).collect(),
                values: values.to_vec(),
            }
        };
        self.sessions.put(session);
        Ok(answer)
    }
}
