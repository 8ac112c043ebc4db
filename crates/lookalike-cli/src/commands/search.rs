//! `lookalike search`.

mod query;
mod show;
mod terms;

use super::updated;
use crate::cli::search::{By, SearchArgs};
use crate::exit::Exit;
use crate::options::Options;
use crate::output::{self, notes};
use crate::{input, place};
use anyhow::{Result, bail};
use lookalike::{Hit, HitKind, Library, Part, SearchOptions};
use query::Query;
use show::Shower;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Reads the query, brings the library up to date, searches it, and prints the hits.
pub fn run(args: &SearchArgs, options: &Options) -> Result<Exit> {
    let (queries, dir) = query::from_args(args, options)?;
    let dir = dir.as_deref();
    let (library, updated) = open(args, options, dir)?;
    if updated == Exit::Interrupted {
        return Ok(updated);
    }

    let search = Search {
        shown: place::Shown::new(&library, dir),
        by: meant(args, &library)?,
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

/// Who asks for all verdicts is told of likeness only where it is more than chance: of pairs of
/// pictures in the library at most so many are as much alike.
const MIN_PERCENTILE: f32 = 0.98;

fn is_alike(hit: &Hit) -> bool {
    matches!(hit.kind, HitKind::Similar { percentile } if percentile >= MIN_PERCENTILE)
}

/// What the kind asked for means in this library.
fn meant(args: &SearchArgs, library: &Library) -> Result<By> {
    let parts = library.settings().parts;
    let by = match (terms::are_given(args), args.by) {
        (true, By::Same | By::Vector) => {
            bail!("--text, --plus and --minus look for content: they need --by similar")
        }
        (true, _) => By::Similar,
        (false, by) => by,
    };
    let (kind, part) = match by {
        By::All if parts.has(Part::Words) || parts.has(Part::Embedding) => return Ok(by),
        // An imported library has nothing else.
        By::All | By::Vector => return Ok(By::Vector),
        By::Same => ("same", Part::Words),
        By::Similar => ("similar", Part::Embedding),
    };
    if parts.has(part) {
        return Ok(by);
    }
    let held: Vec<&str> = parts.iter().map(Part::name).collect();
    let held = held.join(", ");
    bail!("this library has nothing to search --by {kind} with; it keeps of each picture: {held}")
}

/// Opens the library, up to date unless --no-index; the exit says how the update went.
fn open(args: &SearchArgs, options: &Options, dir: Option<&Path>) -> Result<(Library, Exit)> {
    let mut asked = super::index::asked(&args.made);
    if args.by == By::Vector {
        asked.parts = Part::Vector.into();
    }
    if args.no_index {
        if args.made.model.is_some() {
            bail!("--model changes the library, which --no-index forbids");
        }
        let library = Library::open(&place::existing(options, dir)?)?;
        let lacks_vectors = !library.settings().parts.has(Part::Vector);
        // Vectors are made when they are first asked for; that is no matter of being up to date.
        if args.by != By::Vector || !lacks_vectors {
            return Ok((library, Exit::Done));
        }
    }
    updated::open(options, dir, &asked)
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
        if terms::are_given(self.args) {
            let query = terms::combined(&self.library, query, self.args)?;
            return self.inside(|options| self.library.search_similar(&query, options));
        }
        let (name, bytes) = (input::name(&query.path), query.bytes()?);
        match self.by {
            By::Vector => self.by_vector(&name, &bytes),
            By::Same => self.by_same(&name, &bytes),
            By::Similar => self.by_similar(&name, &bytes),
            By::All => self.by_all(&name, &bytes),
        }
    }

    /// Proven hits first, then what is alike; of the two, what the library can give.
    fn by_all(&self, name: &Path, bytes: &[u8]) -> Result<Vec<Hit>> {
        let parts = self.library.settings().parts;
        let mut hits = Vec::new();
        if parts.has(Part::Words) {
            hits = self.by_same(name, bytes)?;
            hits.retain(|hit| hit.kind.is_found());
        }
        if parts.has(Part::Embedding) {
            let proven: HashSet<PathBuf> = hits.iter().map(|hit| hit.path.clone()).collect();
            let mut similar = self.by_similar(name, bytes)?;
            similar.retain(|hit| is_alike(hit) && !proven.contains(&hit.path));
            hits.extend(similar);
        }
        hits.truncate(self.args.top);
        Ok(hits)
    }

    fn by_vector(&self, name: &Path, bytes: &[u8]) -> Result<Vec<Hit>> {
        let query = self
            .library
            .query_vector(name, bytes, self.options.threads)?;
        self.inside(|options| self.library.search(&query, options))
    }

    fn by_same(&self, name: &Path, bytes: &[u8]) -> Result<Vec<Hit>> {
        let query = self.library.same_query(name, bytes, self.options.threads)?;
        self.inside(|options| self.library.search_same(&query, options))
    }

    fn by_similar(&self, name: &Path, bytes: &[u8]) -> Result<Vec<Hit>> {
        let query = self.library.query_embedding(name, bytes)?;
        self.inside(|options| self.library.search_similar(&query, options))
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
                exact: self.args.exact,
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
