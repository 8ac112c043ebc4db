//! `lookalike dups`.

mod references;
mod tidy;

use super::updated;
use crate::cli::dups::{DupsArgs, Kind};
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json;
use crate::output::progress::Steps;
use crate::output::{self, Out, notes, paths};
use crate::place;
use anyhow::{Result, bail};
use lookalike::json::JsonGroup;
use lookalike::same::{Group, GroupKind, GroupOptions};
use lookalike::{AskedSettings, ChosenGroup, Fate, KeepOptions, Library};
use references::References;
use std::io::Write;
use std::path::Path;

/// Brings the library up to date, looks for groups, and prints them, or tidies up.
pub fn run(args: &DupsArgs, options: &Options) -> Result<Exit> {
    let dir = args.dir.as_deref();
    if args.undo {
        let library = Library::open(&place::existing(options, dir)?)?;
        return tidy::undo(&library, args, options);
    }
    let tidies = args.redundant || args.trash || args.hardlink;
    if tidies && args.kind == Kind::Near {
        bail!("shots of one scene are no copies: with --kind near nothing is redundant");
    }
    let (library, updated) = if args.no_index {
        (Library::open(&place::existing(options, dir)?)?, Exit::Done)
    } else {
        updated::open(options, dir, &AskedSettings::default())?
    };
    if updated == Exit::Interrupted {
        return Ok(updated);
    }
    let shown = place::Shown::new(&library, dir);
    let references = References::new(&library, &args.reference)?;
    let groups = groups(&library, args, options)?;
    let groups = chosen(&library, &groups, args, &shown, &references)?;
    if tidies {
        return tidy::run(&library, &groups, args, &shown, options, updated);
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

/// The groups with what to keep, of the folder that was typed and the references.
fn chosen(
    library: &Library,
    groups: &[Group],
    args: &DupsArgs,
    shown: &place::Shown,
    references: &References,
) -> Result<Vec<ChosenGroup>> {
    let is_reference = |path: &Path| references.hold(path);
    let among = |path: &Path| shown.is_inside(path) || references.hold(path);
    let mut chosen = library.choose(
        groups,
        &KeepOptions {
            keep: args.keep.into(),
            equal_bytes: args.hardlink,
            among: shown.is_part().then_some(&among),
            is_reference: Some(&is_reference),
        },
    )?;
    chosen.retain(|group| {
        let mut files = group.files.iter();
        files.any(|file| shown.is_inside(&file.source.path))
    });
    Ok(chosen)
}

/// A group: as JSON, or its paths, the one to keep first, with an empty line behind.
fn print(
    out: &mut Out,
    number: usize,
    group: &ChosenGroup,
    shown: &place::Shown,
    options: &Options,
) -> Result<()> {
    if options.json {
        return json::line(out, &JsonGroup::new(number, group));
    }
    let keep = group.choice.keep;
    let others = (0..group.files.len()).filter(|&i| i != keep);
    let order = std::iter::once(keep).chain(others);
    if !options.terminal {
        let sources = order.map(|i| &group.files[i].source);
        return paths::group(out, options, shown, sources);
    }
    let (faint, off) = notes::paint(options.color, "2");
    let (kind, score) = (group.kind.name(), group.score);
    writeln!(out, "{faint}{number}. {kind}, {score:.3}{off}")?;
    for i in order {
        let (word, color, why) = told(group, i);
        let (color, _) = notes::paint(options.color, color);
        let why = why.map_or_else(String::new, |why| format!("  {faint}{why}{off}"));
        let name = paths::name(options, shown, &group.files[i].source);
        writeln!(out, "{color}{word:<9}{off} {name}{why}")?;
    }
    writeln!(out)?;
    Ok(())
}

/// What becomes of a file: a word, its colour, and why.
fn told(group: &ChosenGroup, i: usize) -> (&'static str, &'static str, Option<&'static str>) {
    if group.kind == GroupKind::Near {
        let why = (i == group.choice.keep).then(|| group.choice.why.words());
        return ("", "0", why);
    }
    match group.choice.fates[i] {
        Fate::Kept => ("keep", "32", Some(group.choice.why.words())),
        Fate::Stays(stays) => ("stays", "0", Some(stays.words())),
        _ => ("redundant", "33", None),
    }
}
