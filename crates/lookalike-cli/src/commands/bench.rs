//! `lookalike bench`.

use super::updated;
use crate::cli::bench::BenchArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json::{self, SCHEMA};
use crate::output::progress::Steps;
use crate::output::table::{Table, bytes};
use crate::output::{self, Out, notes};
use crate::{interrupt, place};
use anyhow::{Result, bail};
use lookalike::trial::{self, Modification, Report, TrialOptions, TrialRecall};
use lookalike::{AskedSettings, Library, ShownPath};
use serde::Serialize;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Brings the library up to date, looks for modified copies of its pictures, and prints how many
/// were found.
pub fn run(args: &BenchArgs, options: &Options) -> Result<Exit> {
    let dir = args.dir.as_deref();
    let (library, updated) = open(args, options, dir)?;
    if updated == Exit::Interrupted {
        return Ok(updated);
    }
    let report = measure(&library, args, options)?;
    tell(&report, options);
    if report.tried == 0 {
        bail!(
            "{}: no pictures to measure on",
            ShownPath(library.root().unwrap_or(library.folder()))
        );
    }
    let mut out = output::stdout();
    match options.json {
        true => print_json(&mut out, &report)?,
        false => print_tables(&mut out, &report)?,
    }
    output::finish(out)?;
    Ok(match report.skipped.is_empty() {
        true => updated,
        false => Exit::Error,
    })
}

fn open(args: &BenchArgs, options: &Options, dir: Option<&Path>) -> Result<(Library, Exit)> {
    if !args.no_index {
        return updated::open(options, dir, &AskedSettings::default());
    }
    // There is nothing to commit, but ctrl-C has its exit status all the same.
    interrupt::catch();
    interrupt::release();
    let library = Library::open(&place::existing(options, dir)?)?;
    Ok((library, Exit::Done))
}

fn measure(library: &Library, args: &BenchArgs, options: &Options) -> Result<Report> {
    let is_wanted =
        |m: &&Modification| args.kinds.is_empty() || args.kinds.iter().any(|kind| kind == m.name());
    let trial = TrialOptions {
        pictures: args.pictures.get(),
        seed: args.seed,
        modifications: Modification::ALL.iter().filter(is_wanted).collect(),
        threads: options.threads.clone(),
    };
    let bar = Steps::new(options, "queries");
    Ok(trial::run(library, &trial, &mut |done, total| {
        bar.set(done, total);
    })?)
}

/// What could not be read; and for --verbose, what was proven beside the originals.
fn tell(report: &Report, options: &Options) {
    for failed in &report.skipped {
        let path = ShownPath(&failed.path).to_string();
        notes::failed(options, &path, &failed.reason);
    }
    for (original, twin) in &report.twins {
        let (original, twin) = (ShownPath(original), ShownPath(twin));
        notes::detail(options, &format!("twin: {original}: {twin}"));
    }
    for wrong in &report.wrong {
        let (original, found) = (ShownPath(&wrong.original), ShownPath(&wrong.found));
        let kind = wrong.modification;
        notes::detail(options, &format!("wrong: {kind} of {original}: {found}"));
    }
}

fn print_tables(out: &mut Out, report: &Report) -> Result<()> {
    let mut kinds = Table::of_numbers();
    kinds.row(["modification", "queries", "first", "first 10", "proven"]);
    let mut row = |name: &str, recall: &TrialRecall| {
        let shares = recall.shares().map(|share| format!("{share:.3}"));
        kinds.row(
            [name.to_owned(), recall.queries.to_string()]
                .into_iter()
                .chain(shares),
        );
    };
    for (modification, recall) in &report.recalls {
        row(modification.name(), recall);
    }
    row("overall", &report.overall());

    let mut rest = Table::of_names();
    let mut row = |name: &str, value: String| rest.row([name.to_owned(), value]);
    let (tried, status) = (report.tried, &report.status);
    row(
        "pictures",
        format!("{tried} tried, {} in the library", status.pictures),
    );
    row("wrong proofs", report.wrong.len().to_string());
    row("twins", report.twins.len().to_string());
    let [median, most] = [0.5, 0.95].map(|share| milliseconds(report.time_of(share)));
    row(
        "a query",
        format!("{median:.0} ms (median), 95 % within {most:.0} ms"),
    );
    row("a picture", bytes(status.bytes_per_picture()));
    let lines = kinds.lines().into_iter().chain([String::new()]);
    for line in lines.chain(rest.lines()) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A kind of modification, as JSON.
#[derive(Serialize)]
struct JsonKind {
    schema: u32,
    kind: &'static str,
    name: &'static str,
    #[serde(flatten)]
    recall: JsonRecall,
}

#[derive(Serialize)]
struct JsonRecall {
    queries: u64,
    r1: f64,
    r10: f64,
    proven: f64,
}

impl From<&TrialRecall> for JsonRecall {
    fn from(recall: &TrialRecall) -> Self {
        let [r1, r10, proven] = recall.shares();
        Self {
            queries: recall.queries,
            r1,
            r10,
            proven,
        }
    }
}

#[derive(Serialize)]
struct JsonSummary {
    schema: u32,
    kind: &'static str,
    tried: usize,
    #[serde(flatten)]
    recall: JsonRecall,
    wrong: usize,
    twins: usize,
    ms_median: f64,
    ms_p95: f64,
    pictures: u64,
    bytes_per_picture: f64,
}

fn print_json(out: &mut Out, report: &Report) -> Result<()> {
    for (modification, recall) in &report.recalls {
        let line = JsonKind {
            schema: SCHEMA,
            kind: "modification",
            name: modification.name(),
            recall: recall.into(),
        };
        json::line(out, &line)?;
    }
    let line = JsonSummary {
        schema: SCHEMA,
        kind: "summary",
        tried: report.tried,
        recall: (&report.overall()).into(),
        wrong: report.wrong.len(),
        twins: report.twins.len(),
        ms_median: milliseconds(report.time_of(0.5)),
        ms_p95: milliseconds(report.time_of(0.95)),
        pictures: report.status.pictures,
        bytes_per_picture: report.status.bytes_per_picture(),
    };
    json::line(out, &line)
}
