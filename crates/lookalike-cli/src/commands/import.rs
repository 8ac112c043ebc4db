//! `lookalike import`.

use crate::cli::upkeep::ImportArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output::notes;
use crate::output::table::count;
use crate::{input, place};
use anyhow::{Context, Result, ensure};
use lookalike::exchange::{read_npz_vectors, read_pickle};
use lookalike::{Algorithm, Library, NamedVector, Settings};
use lookalike_vision::Exec;
use std::io::Cursor;

/// How a zip archive begins.
const ZIP: &[u8] = b"PK\x03\x04";

/// Reads the file and makes a library of its vectors.
pub fn run(args: &ImportArgs, options: &Options) -> Result<Exit> {
    let name = || input::shown(&args.file);
    let bytes = input::all_bytes(&args.file)?;
    let vectors = if bytes.starts_with(ZIP) {
        read_npz_vectors(Cursor::new(bytes))
    } else {
        read_pickle(&bytes)
    };
    let vectors = vectors.with_context(name)?;
    let settings = settings(args.vector_algorithm.into(), &vectors).with_context(name)?;
    let location = place::imported(options, args.dir.as_deref())?;
    let number = vectors.len() as u64;
    Library::import(&location, &settings, &mut vectors.into_iter().map(Ok))?;
    let folder = lookalike::ShownPath(&location.library);
    notes::note(
        options,
        &format!("{} imported to {folder}", count(number, "vector")),
    );
    Ok(Exit::Done)
}

/// How such vectors are made: as the tutorial does it, of the picture in its full size.
fn settings(algorithm: Algorithm, vectors: &[NamedVector]) -> Result<Settings> {
    let length = vectors.first().map_or(0, |v| v.vector.len());
    let (_, row) = algorithm.create(Exec::default())?.descriptor_layout();
    ensure!(length > 0, "there are no vectors in it");
    ensure!(
        length.is_multiple_of(row),
        "vectors of {length} numbers are not made of {algorithm} descriptors, which have {row}"
    );
    Ok(Settings {
        algorithm,
        keypoints: length / row,
        max_side: u32::MAX,
        ..Settings::default()
    })
}
