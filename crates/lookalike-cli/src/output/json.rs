//! JSON, one object a line.

use super::Out;
use anyhow::Result;
use serde::Serialize;
use std::io::Write;

pub use lookalike::json::{JsonPath, JsonPlace, SCHEMA};

/// Prints one object.
pub fn line(out: &mut Out, object: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, object)?;
    out.write_all(b"\n")?;
    Ok(())
}
