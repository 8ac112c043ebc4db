//! What is asked, and how it is answered: a module for each kind of question.

pub(crate) mod changes;
pub(crate) mod docs;
pub(crate) mod dups;
pub(crate) mod explain;
pub(crate) mod health;
pub(crate) mod judgements;
pub(crate) mod pictures;
pub(crate) mod search;
pub(crate) mod status;

use crate::problem::{Kind, Problem};
use lookalike::decode::{DecodeOptions, Picture, decode_place, probe_bytes};
use lookalike::{Place, Region};

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

/// The part of a picture that is asked for, if only a part is.
fn part_of(
    bytes: &[u8],
    place: Option<Place>,
    region: Option<Region>,
) -> Result<Option<Picture>, Problem> {
    let Some(region) = region else {
        return Ok(None);
    };
    let picture = decode_place(bytes, place, &DecodeOptions::as_seen())?;
    Ok(Some(region.cut(&picture)?))
}
