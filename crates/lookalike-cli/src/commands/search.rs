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
use lookalike::{Error, Hit, Library, LibraryKind, Location, SearchOptions, UpdateOptions};
use query::Query;
use show::Shower;
use std::path::Path;

/// Reads the query, brings the library up to date, searches it, and prints the hits.
pub fn run(args: &SearchArgs, options: &Options) -> Result<Exit> {
    check_kind(args.by)?;
    let (queries, dir) = query::from_args(args, options)?;
    let dir = dir.as_deref();
    let (library, updated) = open(args, options, dir)?;
    if updated == Exit::Interrupted {
        return Ok(updated);
    }

    let shown = place::Shown::new(&library, dir);
    let many = args.queries_from.is_some();
    let mut shower = Shower::new(options, args.thumbnails, &shown, many);
    let mut exit = Exit::Nothing;
    for query in &queries {
        let hits = match search(&library, query, args, options, &shown) {
            Ok(hits) => hits,
            Err(error) if many => {
                notes::error(options, &format!("{error:#}"));
                exit = Exit::Error;
                continue;
            }
            Err(error) => return Err(error),
        };
        if !hits.is_empty() && exit == Exit::Nothing {
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

fn check_kind(by: By) -> Result<()> {
    match by {
        By::All | By::Vector => Ok(()),
        By::Same => bail!("this library has nothing to search --by same with; it has: vector"),
        By::Similar => {
            bail!("this library has nothing to search --by similar with; it has: vector")
        }
    }
}

/// Opens the library, up to date unless --no-index; the exit says how the update went.
fn open(args: &SearchArgs, options: &Options, dir: Option<&Path>) -> Result<(Library, Exit)> {
    if args.no_index {
        let location = place::existing(options, dir)?;
        return Ok((Library::open(&location)?, Exit::Done));
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
    let mut library = Library::open_or_create(location, &super::index::asked(&args.made))?;
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

/// The hits of one query.
fn search(
    library: &Library,
    query: &Query,
    args: &SearchArgs,
    options: &Options,
    shown: &place::Shown,
) -> Result<Vec<Hit>> {
    let vector =
        library.query_vector(&input::name(&query.path), &query.bytes()?, options.threads)?;
    let search = |top: usize| SearchOptions {
        top,
        min_score: args.min_score,
        threads: options.threads,
    };
    if !shown.is_part() {
        return Ok(library.search(&vector, &search(args.top))?);
    }
    // A folder inside the library's: as many hits as it takes to have enough from there.
    let mut top = args.top;
    loop {
        let all = library.search(&vector, &search(top))?;
        let exhausted = all.len() < top;
        let mut inside = all;
        inside.retain(|hit| shown.is_inside(&hit.path));
        if exhausted || inside.len() >= args.top {
            inside.truncate(args.top);
            return Ok(inside);
        }
        top = top.saturating_mul(4);
    }
}
