//! A library that is brought up to date before it is read.

use crate::exit::Exit;
use crate::options::Options;
use crate::output::notes;
use crate::output::progress::Progress;
use crate::{interrupt, place};
use anyhow::Result;
use lookalike::{AskedSettings, Error, Library, LibraryKind, Location, UpdateOptions};
use std::path::Path;

/// Opens the library of `dir`, or makes it, and brings it up to date; the exit says how that went.
/// Where it cannot be written now, what is there is good enough.
pub fn open(
    options: &Options,
    dir: Option<&Path>,
    asked: &AskedSettings,
) -> Result<(Library, Exit)> {
    let location = if options.library.is_some() {
        place::indexed(options, dir)?
    } else {
        place::existing_or_new(options, dir)?
    };
    match update(&location, asked, options) {
        Err(error) if location.exists() && is_passing(&error) => {
            let note = format!("lookalike: not brought up to date: {error}");
            notes::note(options, &note);
            Ok((Library::open(&location)?, Exit::Done))
        }
        done => Ok(done?),
    }
}

fn update(
    location: &Location,
    asked: &AskedSettings,
    options: &Options,
) -> lookalike::Result<(Library, Exit)> {
    let library = Library::open_or_create(location, asked)?;
    for warning in library.warnings() {
        notes::note(options, warning);
    }
    if library.kind() == LibraryKind::Imported {
        return Ok((library, Exit::Done));
    }
    let update = UpdateOptions {
        threads: options.threads.count(),
        lock_when_needed: true,
        interrupt: Some(interrupt::catch()),
        ..UpdateOptions::default()
    };
    let summary = library.update(&update, &mut Progress::new(options))?;
    if !summary.interrupted {
        interrupt::release();
    }
    Ok((library, super::index::exit(&summary)))
}

/// Whether the library can be read although it cannot be written.
fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::Locked { .. } | Error::ReadOnly { .. } | Error::DiskFull { .. } | Error::Root { .. }
    )
}
