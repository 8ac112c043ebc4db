//! `lookalike search`.

mod query;
mod show;
mod terms;

use super::updated;
use crate::cli::search::{ByName, SearchArgs};
use crate::exit::Exit;
use crate::options::Options;
use crate::output::{self, notes, viewer};
use crate::{input, place};
use anyhow::{Result, bail};
use lookalike::{By, Hit, Library, Part, SearchOptions};
use query::{Looked, Query};
use show::Shower;
use std::path::Path;

/// Reads the query, brings the library up to date, searches it, and prints the hits.
pub fn run(args: &SearchArgs, options: &Options) -> Result<Exit> {
    let (queries, dir) = query::from_args(args, options)?;
    let dir = dir.as_deref();
    let (library, updated) = open(args, options, dir)?;
    if updated == Exit::Interrupted {
        return Ok(updated);
    }

    check(args, &library)?;
    let search = Search {
        shown: place::Shown::new(&library, dir),
        library,
        args,
        options,
    };
    let many = args.queries_from.is_some();
    let mut shower = Shower::new(options, args, &search.shown, many);
    let mut exit = Exit::Nothing;
    for query in &queries {
        let hits = match search.hits(query) {
            Ok(hits) => hits,
            Err(error) if many => {
                notes::error(options, &notes::told(&error));
                exit = Exit::Error;
                continue;
            }
            Err(error) => return Err(error),
        };
        if show::is_found(&hits, args.parts) && exit == Exit::Nothing {
            exit = Exit::Done;
        }
        shower.hits(query, &hits)?;
        let best = hits.iter().find(|hit| show::is_hit(hit, args.parts));
        if let Some(best) = best.filter(|_| args.open) {
            open_viewer(&search.shown, best)?;
        }
    }
    output::finish(shower.out)?;
    Ok(if updated == Exit::Error {
        updated
    } else {
        exit
    })
}

/// Shows the file of a hit.
fn open_viewer(shown: &place::Shown, hit: &Hit) -> Result<()> {
    let Some(file) = shown.file(&hit.path) else {
        bail!("this library was imported, it has no files to open");
    };
    viewer::open(&file)
}

/// Refuses a kind of likeness that the library keeps nothing for, and words where only pictures
/// will do.
fn check(args: &SearchArgs, library: &Library) -> Result<()> {
    let parts = library.settings().parts;
    let by = match (terms::are_given(args), args.by.into()) {
        (true, By::Same | By::Vector) => {
            bail!("--text, --plus and --minus look for content: they need --by similar")
        }
        (true, _) => By::Similar,
        (false, by) => by,
    };
    let (kind, part) = match by {
        By::Same => ("same", Part::Words),
        By::Similar => ("similar", Part::Embedding),
        By::Vector => ("vector", Part::Vector),
        _ => return Ok(()),
    };
    if parts.has(part) {
        return Ok(());
    }
    let held: Vec<&str> = parts.iter().map(Part::name).collect();
    let held = held.join(", ");
    bail!("this library has nothing to search --by {kind} with; it keeps of each picture: {held}")
}

/// Opens the library, up to date unless --no-index; the exit says how the update went.
fn open(args: &SearchArgs, options: &Options, dir: Option<&Path>) -> Result<(Library, Exit)> {
    let mut asked = super::index::asked(&args.made);
    if args.by == ByName::Vector {
        asked.parts = Part::Vector.into();
    }
    if args.no_index {
        if args.made.model.is_some() {
            bail!("--model changes the library, which --no-index forbids");
        }
        let library = Library::open(&place::existing(options, dir)?)?;
        let lacks_vectors = !library.settings().parts.has(Part::Vector);
        // Vectors are made when they are first asked for; that is no matter of being up to date.
        if args.by != ByName::Vector || !lacks_vectors {
            return Ok((library, Exit::Done));
        }
    }
    updated::open(options, dir, &asked)
}

/// A library being searched.
struct Search<'a> {
    library: Library,
    args: &'a SearchArgs,
    options: &'a Options,
    shown: place::Shown,
}

impl Search<'_> {
    /// The hits of one query in the folder that was typed, which may be one inside the library's.
    fn hits(&self, query: &Query) -> Result<Vec<Hit>> {
        let threads = &self.options.threads;
        let query = if terms::are_given(self.args) {
            terms::combined(&self.library, query, self.args)?.into()
        } else {
            let (library, by) = (&self.library, self.args.by.into());
            match &*query.looked()? {
                Looked::File(bytes) => {
                    library.query_bytes(&input::name(&query.path), bytes, by, threads)?
                }
                Looked::Part(picture) => library.query(picture, by, threads)?,
            }
        };
        let inside = |path: &Path| self.shown.is_inside(path);
        let options = SearchOptions {
            top: self.args.top,
            min_score: self.args.min_score,
            exact: self.args.exact,
            threads: threads.clone(),
            keep: self.shown.is_part().then_some(&inside as _),
        };
        Ok(self.library.search(&query, &options)?)
    }
}
