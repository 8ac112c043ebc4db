//! What stands on the machine's stack.
//!
//! Containers live in one arena and are named by number. So a pickle may nest or refer to itself
//! as it likes: nothing here recurses, neither when it reads nor when it drops.

use super::numpy::{Array, Dtype};
use std::ops::Range;

/// A number of an object in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(pub(super) u32);

/// A value: small ones by themselves, others by number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Global(Global),
    Object(Id),
}

/// The Python objects that a pickle may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Global {
    /// `numpy.core.multiarray._reconstruct`: an empty array to be filled.
    Reconstruct,
    /// `numpy.core.multiarray.scalar`: one number.
    Scalar,
    /// `numpy.core.numeric._frombuffer`: an array over bytes.
    FromBuffer,
    /// `numpy.ndarray`.
    NdArray,
    /// `numpy.dtype`.
    Dtype,
    /// `_codecs.encode`: how protocols before 3 write bytes.
    Encode,
    /// `bytes` and `bytearray`.
    Bytes,
    /// `collections.OrderedDict`.
    OrderedDict,
}

impl Global {
    pub(super) fn named(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
                Self::Reconstruct
            }
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Self::Scalar,
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Self::FromBuffer,
            ("numpy", "ndarray") => Self::NdArray,
            ("numpy", "dtype") => Self::Dtype,
            ("_codecs", "encode") => Self::Encode,
            ("builtins" | "__builtin__", "bytes" | "bytearray") => Self::Bytes,
            ("collections", "OrderedDict") => Self::OrderedDict,
            _ => return None,
        })
    }
}

/// An object in the arena.
#[derive(Clone, Debug)]
pub(super) enum Object {
    /// Text: UTF-8 bytes of the input.
    Text(Range<usize>),
    /// Text that had to be decoded.
    OwnedText(String),
    /// Bytes of the input.
    Bytes(Range<usize>),
    /// Bytes that had to be decoded.
    OwnedBytes(Vec<u8>),
    Tuple(Vec<Value>),
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Dtype(Dtype),
    Array(Array),
}

/// All objects of a pickle, and the input that they refer to.
pub(super) struct Heap<'a> {
    pub(super) input: &'a [u8],
    objects: Vec<Object>,
}

impl<'a> Heap<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            objects: Vec::new(),
        }
    }

    /// Stores an object; nothing where the pickle has more of them than its size can justify.
    pub(super) fn store(&mut self, object: Object) -> Option<Value> {
        // The smallest honest entry, a name and an empty tuple, takes four bytes an object.
        if self.objects.len() > 1000 + self.input.len() / 4 {
            return None;
        }
        let id = u32::try_from(self.objects.len()).ok()?;
        self.objects.push(object);
        Some(Value::Object(Id(id)))
    }

    pub(super) fn get(&self, value: Value) -> Option<&Object> {
        match value {
            Value::Object(Id(id)) => Some(&self.objects[id as usize]),
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, value: Value) -> Option<&mut Object> {
        match value {
            Value::Object(Id(id)) => Some(&mut self.objects[id as usize]),
            _ => None,
        }
    }

    pub(super) fn text(&self, value: Value) -> Option<&str> {
        match self.get(value)? {
            Object::Text(range) => std::str::from_utf8(&self.input[range.clone()]).ok(),
            Object::OwnedText(text) => Some(text),
            // Python 2 wrote its `str` as bytes.
            Object::Bytes(range) => std::str::from_utf8(&self.input[range.clone()]).ok(),
            _ => None,
        }
    }

    pub(super) fn bytes(&self, value: Value) -> Option<&[u8]> {
        match self.get(value)? {
            Object::Bytes(range) => Some(&self.input[range.clone()]),
            Object::OwnedBytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn tuple(&self, value: Value) -> Option<&[Value]> {
        match self.get(value)? {
            Object::Tuple(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn dtype(&self, value: Value) -> Option<Dtype> {
        match self.get(value)? {
            Object::Dtype(dtype) => Some(*dtype),
            _ => None,
        }
    }
}
