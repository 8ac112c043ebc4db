//! `lookalike export`.

use crate::cli::upkeep::{ExportArgs, Format, What};
use crate::exit::Exit;
use crate::options::Options;
use crate::output::progress::Progress;
use crate::output::table::count;
use crate::output::{self, notes};
use crate::{input, interrupt, place};
use anyhow::{Context, Result, bail};
use lookalike::exchange::{ExchangeError, PickleWriter, write_npz_vectors};
use lookalike::{AskedSettings, Library, Location, NamedVector, Part, UpdateOptions};
use std::collections::HashSet;
use std::io::{Cursor, Write};

/// Writes the vectors of the library to a file or to stdout.
pub fn run(args: &ExportArgs, options: &Options) -> Result<Exit> {
    let location = place::existing(options, args.dir.as_deref())?;
    let What::Vectors = args.what;
    let library = open(&location, options)?;
    match &args.output {
        Some(file) if !input::is_stdin(file) => {
            let write = |out: &mut _| write(&library, args.format, out, options);
            output::files::write(file, write).with_context(|| input::shown(file))?;
        }
        _ if options.terminal => {
            bail!("the export is no text for a terminal; give it a file with --output")
        }
        _ => {
            let mut out = output::stdout();
            write(&library, args.format, &mut out, options)?;
            output::finish(out)?;
        }
    }
    Ok(Exit::Done)
}

/// Opens the library; where it keeps no vectors yet, they are made now.
fn open(location: &Location, options: &Options) -> Result<Library> {
    let library = Library::open(location)?;
    if library.settings().parts.has(Part::Vector) {
        return Ok(library);
    }
    let asked = AskedSettings {
        parts: Part::Vector.into(),
        ..AskedSettings::default()
    };
    let mut library = Library::open_or_create(location, &asked)?;
    let update = UpdateOptions {
        threads: options.threads,
        interrupt: Some(interrupt::catch()),
        ..UpdateOptions::default()
    };
    let summary = library.update(&update, &mut Progress::new(options))?;
    if summary.interrupted {
        bail!("interrupted; the vectors are not complete");
    }
    interrupt::release();
    Ok(library)
}

fn write(library: &Library, format: Format, out: &mut impl Write, options: &Options) -> Result<()> {
    match format {
        Format::Pickle => write_pickle(library, out, options),
        Format::Npz => write_npz(library, out),
    }
}

fn write_pickle(library: &Library, out: &mut impl Write, options: &Options) -> Result<()> {
    let mut pickle = PickleWriter::new(out)?;
    let mut names = HashSet::new();
    let mut repeated = 0;
    library.export(&mut |vector| {
        let name = tutorial_name(&vector.name);
        pickle.entry(&name, &vector.vector).map_err(stopped)?;
        repeated += u64::from(!names.insert(name));
        Ok(())
    })?;
    pickle.finish()?;
    if repeated > 0 {
        let files = count(repeated, "file");
        let note =
            format!("{files} had the same lower-cased name as another; the last one is kept");
        notes::note(options, &note);
    }
    Ok(())
}

/// What ended an export from outside.
fn stopped(error: ExchangeError) -> lookalike::Error {
    let source = match error {
        ExchangeError::Io(source) => source,
        other => std::io::Error::other(other),
    };
    let path = "the export".into();
    lookalike::Error::Io { path, source }
}

/// The tutorial's key: the file name without folders, in lower case.
fn tutorial_name(path: &[u8]) -> String {
    let name = path.rsplit(|&b| b == b'/').next().unwrap_or(path);
    String::from_utf8_lossy(name).to_lowercase()
}

fn write_npz(library: &Library, out: &mut impl Write) -> Result<()> {
    let mut vectors: Vec<NamedVector> = Vec::new();
    library.export(&mut |vector| {
        vectors.push(vector);
        Ok(())
    })?;
    // An archive is not written from front to back.
    let archive = write_npz_vectors(Cursor::new(Vec::new()), &vectors)?;
    out.write_all(archive.get_ref())?;
    Ok(())
}
