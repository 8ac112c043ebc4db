//! `lookalike search`.

mod query;
mod show;

use crate::cli::search::{By, SearchArgs};
use crate::exit::Exit;
use crate::options::Options;
use crate::output::progress::Progress;
use crate::output::{self, notes};
use crate::{input, interrupt, place};
use anyhow::{Result, bail};
use lookalike::{
    Error, Hit, HitKind, Library, LibraryKind, Location, Part, SearchOptions, UpdateOptions,
};
use query::Query;
use show::Shower;
use std::path::Path;

/// Reads the query, brings the library up to date, searches it, and prints the hits.
pub fn run(args: &SearchArgs, options: &Options) -> Result<Exit> {
    if args.by == By::Similar {
        bail!("this library has nothing to search --by similar with");
    }
    let (queries, dir) = query::from_args(args, options)?;
    let dir = dir.as_deref();
    let (library, updated) = open(args, options, dir)?;
    if updated == Exit::Interrupted {
        return Ok(updated);
    }

    let search = Search {
        shown: place::Shown::new(&library, dir),
        by: meant(args.by, &library)?,
        library,
        args,
        options,
    };
    let many = args.queries_from.is_some();
    let mut shower = Shower::new(options, args.thumbnails, &search.shown, many);
    let mut exit = Exit::Nothing;
    for query in &queries {
        let hits = match search.hits(query) {
            Ok(hits) => hits,
            Err(error) if many => {
                notes::error(options, &format!("{error:#}"));
                exit = Exit::Error;
                continue;
            }
            Err(error) => return Err(error),
        };
        if show::is_found(&hits) && exit == Exit::Nothing {
            exit = Exit::Done;
        }
        shower.hits(query, &hits)?;
    }
    output::finish(shower.out)?;
    Ok(if updated == Exit::Error {
        updated
    } else {
        exit
    })
}

/// What the kind asked for means in this library.
fn meant(by: By, library: &Library) -> Result<By> {
    let has = |part| library.settings().parts.has(part);
    match by {
        By::All if has(Part::Words) => Ok(By::Same),
        By::All => Ok(By::Vector),
        By::Same if !has(Part::Words) => {
            bail!("this library has nothing to search --by same with; it has: vector")
        }
        by => Ok(by),
    }
}

/// Opens the library, up to date unless --no-index; the exit says how the update went.
fn open(args: &SearchArgs, options: &Options, dir: Option<&Path>) -> Result<(Library, Exit)> {
    if args.no_index {
        let library = Library::open(&place::existing(options, dir)?)?;
        let lacks_vectors = !library.settings().parts.has(Part::Vector);
        // Vectors are made when they are first asked for; that is no matter of being up to date.
        if args.by != By::Vector || !lacks_vectors {
            return Ok((library, Exit::Done));
        }
    }
    let location = if options.library.is_some() {
        place::indexed(options, dir)?
    } else {
        place::existing_or_new(options, dir)?
    };
    match update(&location, args, options) {
        // What is there can be searched all the same.
        Err(error) if location.exists() && is_passing(&error) => {
            notes::note(
                options,
                &format!("lookalike: not brought up to date: {error}"),
            );
            Ok((Library::open(&location)?, Exit::Done))
        }
        done => Ok(done?),
    }
}

fn update(
    location: &Location,
    args: &SearchArgs,
    options: &Options,
) -> lookalike::Result<(Library, Exit)> {
    let mut asked = super::index::asked(&args.made);
    if args.by == By::Vector {
        asked.parts = Part::Vector.into();
    }
    let mut library = Library::open_or_create(location, &asked)?;
    if library.kind() == LibraryKind::Imported {
        return Ok((library, Exit::Done));
    }
    let interrupt = interrupt::catch();
    let update = UpdateOptions {
        threads: options.threads,
        lock_when_needed: true,
        interrupt: Some(interrupt),
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

/// A library being searched.
struct Search<'a> {
    library: Library,
    by: By,
    args: &'a SearchArgs,
    options: &'a Options,
    shown: place::Shown,
}

impl Search<'_> {
    /// The hits of one query.
    fn hits(&self, query: &Query) -> Result<Vec<Hit>> {
        let (name, bytes) = (input::name(&query.path), query.bytes()?);
        let threads = self.options.threads;
        if self.by == By::Vector {
            let vector = self.library.query_vector(&name, &bytes, threads)?;
            return self.inside(|options| self.library.search(&vector, options));
        }
        let query = self.library.same_query(&name, &bytes, threads)?;
        let mut hits = self.inside(|options| self.library.search_same(&query, options))?;
        if self.args.by == By::All {
            hits.retain(|hit| hit.kind != HitKind::Candidate);
        }
        Ok(hits)
    }

    /// The hits in the folder that was typed: where that is a folder inside the library's, as many
    /// as it takes to have enough from there.
    fn inside(
        &self,
        search: impl Fn(&SearchOptions) -> lookalike::Result<Vec<Hit>>,
    ) -> Result<Vec<Hit>> {
        let mut top = self.args.top;
        loop {
            let mut hits = search(&SearchOptions {
                top,
                min_score: self.args.min_score,
                threads: self.options.threads,
            })?;
            let exhausted = hits.len() < top;
            if self.shown.is_part() {
                hits.retain(|hit| self.shown.is_inside(&hit.path));
            }
            if exhausted || hits.len() >= self.args.top {
                hits.truncate(self.args.top);
                return Ok(hits);
            }
            top = top.saturating_mul(4);
        }
    }
}
