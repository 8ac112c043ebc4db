//! The command line.

use pyo3::prelude::*;
use std::ffi::OsString;

/// Runs the command line with these arguments, of which the first is its name; its exit status.
#[pyfunction]
pub fn program(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| lookalike_cli::run(arguments))
}
