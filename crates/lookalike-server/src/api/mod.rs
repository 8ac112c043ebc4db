//! What is asked, and how it is answered: a module for each kind of question.

pub(crate) mod changes;
pub(crate) mod docs;
pub(crate) mod dups;
pub(crate) mod explain;
pub(crate) mod health;
pub(crate) mod pictures;
pub(crate) mod search;
pub(crate) mod status;

use crate::problem::{Kind, Problem};
use lookalike::decode::probe_bytes;

/// Refuses what is no picture, or has too many pixels, before any of them is decoded.
fn check_picture(bytes: &[u8], max_pixels: u64) -> Result<(), Problem> {
    let header = probe_bytes(bytes)?;
    let (width, height) = (header.width, header.height);
    if u64::from(width) * u64::from(height) <= max_pixels {
        return Ok(());
    }
    let detail = format!("{width} x {height} pixels; at most {max_pixels} are taken");
    Err(Problem::new(Kind::TooManyPixels, detail))
}
