//! From a pickle's value to vectors.

use super::super::{ExchangeError, Result, same_length};
use super::machine;
use super::numpy::Array;
use super::value::{Heap, Object, Value};
use crate::NamedVector;

/// Reads a pickled dictionary from name to vector, of any protocol (0 to 5).
///
/// Vectors may be numpy arrays of any shape and any type of number, lists or tuples; they come
/// back flat, as `f32`, in the dictionary's order. Where a name stands twice, the last vector
/// wins, at the place of the first, as in Python.
///
/// No code is run. Memory is bounded by a small multiple of the input's size.
///
/// # Errors
/// Any of [`ExchangeError`] but the archive's.
pub fn read_pickle(bytes: &[u8]) -> Result<Vec<NamedVector>> {
    let (heap, root) = machine::run(bytes)?;
    let Some(Object::Dict(items)) = heap.get(root) else {
        return Err(ExchangeError::Malformed {
            problem: "the pickle holds no dictionary from name to vector".into(),
            position: bytes.len(),
        });
    };
    // The same array may stand under several names, but not under so many that a small file
    // fills the memory.
    let mut budget = 1_000_000 + bytes.len().saturating_mul(8);
    let mut vectors: Vec<NamedVector> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for &(key, value) in items {
        let name = name(&heap, key)?;
        let vector = floats(&heap, value, budget).map_err(|problem| match problem {
            Problem::TooLarge => ExchangeError::TooLarge,
            Problem::NotAVector(problem) => ExchangeError::NotAVector {
                name: String::from_utf8_lossy(&name).into_owned(),
                problem: problem.into(),
            },
        })?;
        budget = budget.saturating_sub(vector.len());
        let place = *places.entry(name.clone()).or_insert(vectors.len());
        let vector = NamedVector { name, vector };
        match vectors.get_mut(place) {
            Some(earlier) => *earlier = vector,
            None => vectors.push(vector),
        }
    }
    same_length(&vectors)?;
    Ok(vectors)
}

/// Why a value is no vector.
enum Problem {
    TooLarge,
    NotAVector(&'static str),
}

type Found<T> = std::result::Result<T, Problem>;

fn name(heap: &Heap<'_>, key: Value) -> Result<Vec<u8>> {
    let name = match heap.text(key) {
        Some(text) => Some(text.as_bytes()),
        None => heap.bytes(key),
    };
    name.map(<[u8]>::to_vec)
        .ok_or_else(|| ExchangeError::Malformed {
            problem: "a key of the dictionary is no text".into(),
            position: heap.input.len(),
        })
}

fn floats(heap: &Heap<'_>, value: Value, budget: usize) -> Found<Vec<f32>> {
    match heap.get(value) {
        Some(Object::Array(array)) => array_floats(heap, array, budget),
        Some(Object::List(items) | Object::Tuple(items)) => {
            if items.len() > budget {
                return Err(Problem::TooLarge);
            }
            items.iter().map(|&item| number(heap, item)).collect()
        }
        Some(Object::Dict(_)) => Err(Problem::NotAVector("it is a dictionary")),
        Some(Object::Text(_) | Object::OwnedText(_)) => Err(Problem::NotAVector("it is text")),
        _ => Err(Problem::NotAVector("it is neither an array nor a list")),
    }
}

fn array_floats(heap: &Heap<'_>, array: &Array, budget: usize) -> Found<Vec<f32>> {
    let content = array
        .content
        .ok_or(Problem::NotAVector("the array was never filled"))?;
    let bytes = heap
        .bytes(content.bytes)
        .ok_or(Problem::NotAVector("the array has no bytes"))?;
    if bytes.len() / content.dtype.size() > budget {
        return Err(Problem::TooLarge);
    }
    Ok(content.dtype.floats(bytes))
}

fn number(heap: &Heap<'_>, item: Value) -> Found<f32> {
    match item {
        Value::Float(value) => Ok(value as f32),
        Value::Int(value) => Ok(value as f32),
        Value::Bool(value) => Ok(f32::from(u8::from(value))),
        Value::Object(_) => match heap.get(item) {
            Some(Object::Array(array)) => match array_floats(heap, array, 1)?[..] {
                [value] => Ok(value),
                _ => Err(Problem::NotAVector("it is a list of arrays")),
            },
            _ => Err(Problem::NotAVector("one of its elements is no number")),
        },
        _ => Err(Problem::NotAVector("one of its elements is no number")),
    }
}
