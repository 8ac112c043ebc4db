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

/// Writes the vectors or the embeddings of the library to a file or to stdout.
pub fn run(args: &ExportArgs, options: &Options) -> Result<Exit> {
    let location = place::existing(options, args.dir.as_deref())?;
    let export = Export {
        library: &open(&location, args.what.part(), options)?,
        what: args.what,
        options,
    };
    match &args.output {
        Some(file) if !input::is_stdin(file) => {
            let write = |out: &mut _| export.write(args.format, out);
            output::files::write(file, write).with_context(|| input::shown(file))?;
        }
        _ if options.terminal => {
            bail!("the export is no text for a terminal; give it a file with --output")
        }
        _ => {
            let mut out = output::stdout();
            export.write(args.format, &mut out)?;
            output::finish(out)?;
        }
    }
    Ok(Exit::Done)
}

impl What {
    fn part(self) -> Part {
        match self {
            Self::Vectors => Part::Vector,
            Self::Embeddings => Part::Embedding,
        }
    }
}

/// Opens the library; where it does not keep the part yet, it is made now.
fn open(location: &Location, part: Part, options: &Options) -> Result<Library> {
    let library = Library::open(location)?;
    if library.settings().parts.has(part) {
        return Ok(library);
    }
    let asked = AskedSettings {
        parts: part.into(),
        ..AskedSettings::default()
    };
    let library = Library::open_or_create(location, &asked)?;
    let update = UpdateOptions {
        threads: options.threads.count(),
        interrupt: Some(interrupt::catch()),
        ..UpdateOptions::default()
    };
    let summary = library.update(&update, &mut Progress::new(options))?;
    if summary.interrupted {
        bail!("interrupted; not every picture has its {part} yet");
    }
    interrupt::release();
    Ok(library)
}

/// What is written.
struct Export<'a> {
    library: &'a Library,
    what: What,
    options: &'a Options,
}

impl Export<'_> {
    fn write(&self, format: Format, out: &mut impl Write) -> Result<()> {
        match format {
            Format::Pickle => self.write_pickle(out),
            Format::Npz => self.write_npz(out),
        }
    }

    fn each(&self, each: &mut dyn FnMut(NamedVector) -> lookalike::Result<()>) -> Result<()> {
        match self.what {
            What::Vectors => self.library.export(each)?,
            What::Embeddings => self.library.export_embeddings(each)?,
        }
        Ok(())
    }

    fn write_pickle(&self, out: &mut impl Write) -> Result<()> {
        let mut pickle = PickleWriter::new(out)?;
        let mut names = HashSet::new();
        let mut repeated = 0;
        self.each(&mut |vector| {
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
            notes::note(self.options, &note);
        }
        Ok(())
    }

    fn write_npz(&self, out: &mut impl Write) -> Result<()> {
        let mut vectors: Vec<NamedVector> = Vec::new();
        self.each(&mut |vector| {
            vectors.push(vector);
            Ok(())
        })?;
        // An archive is not written from front to back.
        let archive = write_npz_vectors(Cursor::new(Vec::new()), &vectors)?;
        out.write_all(archive.get_ref())?;
        Ok(())
    }
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
