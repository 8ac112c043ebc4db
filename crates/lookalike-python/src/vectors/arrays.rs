//! Arrays of vectors and of ids.

use crate::error::argument_error;
use lookalike_index::Vector;
use numpy::{
    PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::intern;
use pyo3::prelude::*;
use std::ops::Range;

/// Vectors, one a row, whose elements lie side by side.
pub struct Rows<'py> {
    values: Values<'py>,
    dim: usize,
    count: usize,
    single: bool,
}

enum Values<'py> {
    F32(PyReadonlyArrayDyn<'py, f32>),
    I8(PyReadonlyArrayDyn<'py, i8>),
}

/// The same as other threads may see it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    values: ViewValues<'a>,
    dim: usize,
}

#[derive(Clone, Copy)]
enum ViewValues<'a> {
    F32(&'a [f32]),
    I8(&'a [i8]),
}

impl<'py> Rows<'py> {
    /// An array of float32 or int8 without gaps as it is; what else numpy can make float32 of, copied.
    pub fn of(given: &Bound<'py, PyAny>, dim: usize) -> PyResult<Self> {
        let array = as_array(given)?;
        let (count, single) = match *array.shape() {
            [length] if length == dim => (1, true),
            [count, length] if length == dim => (count, false),
            _ => {
                return Err(argument_error(format!(
                    "vectors of the shape {:?}, it must be (n, {dim}) or ({dim},)",
                    array.shape()
                )));
            }
        };
        let values = match array.cast::<PyArrayDyn<i8>>() {
            Ok(bytes) => Values::I8(contiguous(bytes, "int8")?),
            Err(_) => Values::F32(contiguous(&array, "float32")?),
        };
        Ok(Self {
            values,
            dim,
            count,
            single,
        })
    }

    /// Number of vectors.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether it is one vector, not rows.
    pub fn is_single(&self) -> bool {
        self.single
    }

    /// For other threads.
    pub fn view(&self) -> PyResult<View<'_>> {
        Ok(View {
            values: match &self.values {
                Values::F32(array) => ViewValues::F32(array.as_slice()?),
                Values::I8(array) => ViewValues::I8(array.as_slice()?),
            },
            dim: self.dim,
        })
    }
}

impl<'a> View<'a> {
    /// A vector.
    pub fn row(&self, row: usize) -> Vector<'a> {
        let range: Range<usize> = row * self.dim..(row + 1) * self.dim;
        match self.values {
            ViewValues::F32(values) => values[range].into(),
            ViewValues::I8(values) => values[range].into(),
        }
    }
}

/// Ids of any whole numbers, 0 to 2**63 - 1.
pub fn ids_of(given: &Bound<'_, PyAny>) -> PyResult<Vec<u64>> {
    let array = as_array(given)?;
    if array.ndim() > 1 {
        return Err(argument_error(format!(
            "ids of the shape {:?}, it must be (n,)",
            array.shape()
        )));
    }
    let wrong = |id: &dyn std::fmt::Display| {
        argument_error(format!("an id is {id}, it must be 0 to 2**63 - 1"))
    };
    match array.dtype().kind() {
        b'u' => {
            let ids = contiguous::<u64>(&array, "uint64")?;
            let most = i64::MAX as u64;
            let ids = ids.as_slice()?.iter();
            ids.map(|&id| (id <= most).then_some(id).ok_or_else(|| wrong(&id)))
                .collect()
        }
        b'i' => {
            let ids = contiguous::<i64>(&array, "int64")?;
            let ids = ids.as_slice()?.iter();
            ids.map(|&id| u64::try_from(id).map_err(|_| wrong(&id)))
                .collect()
        }
        _ if array.is_empty() => Ok(Vec::new()),
        _ => Err(argument_error(format!(
            "ids of {}, they must be whole numbers",
            array.dtype().str()?
        ))),
    }
}

/// What numpy makes of it, if it is numbers.
fn as_array<'py>(given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let array = match given.cast::<PyUntypedArray>() {
        Ok(array) => array.clone(),
        Err(_) => {
            let numpy = given.py().import(intern!(given.py(), "numpy"))?;
            numpy
                .call_method1(intern!(given.py(), "asarray"), (given,))?
                .cast_into()?
        }
    };
    match array.dtype().kind() {
        b'f' | b'i' | b'u' => Ok(array),
        _ => Err(argument_error(format!(
            "an array of {}, it must be of numbers",
            array.dtype().str()?
        ))),
    }
}

/// The array, or a copy of this type in which elements lie side by side.
fn contiguous<'py, T: numpy::Element>(
    array: &Bound<'py, PyAny>,
    name: &str,
) -> PyResult<PyReadonlyArrayDyn<'py, T>> {
    if let Ok(array) = array.cast::<PyArrayDyn<T>>()
        && array.is_c_contiguous()
        && array.is_aligned()
    {
        return Ok(array.try_readonly()?);
    }
    let numpy = array.py().import(intern!(array.py(), "numpy"))?;
    let made = numpy.call_method1(intern!(array.py(), "require"), (array, name, ["C", "A"]))?;
    Ok(made.cast::<PyArrayDyn<T>>()?.try_readonly()?)
}
