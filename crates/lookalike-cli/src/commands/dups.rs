//! `lookalike dups`.

use super::updated;
use crate::cli::dups::{DupsArgs, Kind};
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json;
use crate::output::progress::Steps;
use crate::output::{self, Out, notes, paths};
use crate::place;
use anyhow::Result;
use lookalike::json::JsonGroup;
use lookalike::same::{Group, GroupKind, GroupOptions};
use lookalike::{AskedSettings, Library};
use std::io::Write;

/// Brings the library up to date, looks for groups, and prints them.
pub fn run(args: &DupsArgs, options: &Options) -> Result<Exit> {
    let dir = args.dir.as_deref();
    let (library, updated) = if args.no_index {
        (Library::open(&place::existing(options, dir)?)?, Exit::Done)
    } else {
        updated::open(options, dir, &AskedSettings::default())?
    };
    if updated == Exit::Interrupted {
        return Ok(updated);
    }
    let shown = place::Shown::new(&library, dir);
    let mut groups = groups(&library, args, options)?;
    if shown.is_part() {
        for group in &mut groups {
            group.sources.retain(|source| shown.is_inside(&source.path));
        }
        groups.retain(|group| group.sources.len() > 1);
    }
    let mut out = output::stdout();
    for (i, group) in groups.iter().enumerate() {
        print(&mut out, i + 1, group, &shown, options)?;
    }
    output::finish(out)?;
    if groups.is_empty() {
        notes::note(options, "nothing is there twice");
    }
    Ok(match (updated, groups.is_empty()) {
        (Exit::Error, _) => Exit::Error,
        (_, true) => Exit::Nothing,
        (_, false) => Exit::Done,
    })
}

fn groups(library: &Library, args: &DupsArgs, options: &Options) -> Result<Vec<Group>> {
    let bar = Steps::new(options, "comparisons");
    let progress = |done, total| bar.set(done, total);
    Ok(library.groups(&GroupOptions {
        kind: match args.kind {
            Kind::Exact => GroupKind::Exact,
            Kind::Same => GroupKind::Same,
            Kind::Near => GroupKind::Near,
        },
        mirrored: args.mirrored,
        threads: options.threads.clone(),
        progress: Some(&progress),
    })?)
}

/// A group: as JSON, or its paths with an empty line behind.
fn print(
    out: &mut Out,
    number: usize,
    group: &Group,
    shown: &place::Shown,
    options: &Options,
) -> Result<()> {
    if options.json {
        return json::line(out, &JsonGroup::new(number, group));
    }
    if options.terminal {
        let (faint, off) = notes::paint(options.color, "2");
        let (kind, score) = (group.kind.name(), group.score);
        writeln!(out, "{faint}{number}. {kind}, {score:.3}{off}")?;
    }
    paths::group(out, options, shown, group.sources.iter())
}
