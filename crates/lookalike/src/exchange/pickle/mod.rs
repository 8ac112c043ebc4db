//! Python's pickle, as far as a dictionary of numpy vectors goes.
//!
//! A pickle is a program for a small stack machine. [`machine`] runs the part of its opcodes that
//! plain data needs, over a few known objects; [`reader`] reads vectors off the result; [`writer`]
//! writes such a program. Facts: Python's `pickletools` documentation, PEP 3154 (protocol 4),
//! PEP 574 (protocol 5), and the `__reduce__` of numpy's `ndarray` and `dtype`.

mod machine;
mod numpy;
mod reader;
mod scan;
mod value;
mod writer;

pub use reader::read_pickle;
pub use writer::PickleWriter;
