//! `lookalike check`.

use crate::cli::upkeep::CheckArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json::{self, JsonPath, SCHEMA};
use crate::output::table::{bytes, count};
use crate::output::{self, Out, notes};
use crate::place;
use anyhow::Result;
use lookalike::{CheckReport, FormatFound, Library, Location, PartRecall, ShownPath};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// Reads the whole library and lists what is wrong; with `--repair`, drops that.
pub fn run(args: &CheckArgs, options: &Options) -> Result<Exit> {
    let location = place::existing(options, args.dir.as_deref())?;
    if args.repair {
        return repair(&location, options);
    }
    let report = Library::check(&location)?;
    let mut out = output::stdout();
    print(&mut out, &report, options)?;
    output::finish(out)?;
    if report.is_whole() {
        return Ok(Exit::Done);
    }
    notes::note(options, "`lookalike check --repair` drops what is damaged");
    Ok(Exit::Error)
}

fn repair(location: &Location, options: &Options) -> Result<Exit> {
    let repair = Library::repair(location)?;
    let mut out = output::stdout();
    print(&mut out, &repair.found, options)?;
    for path in &repair.rebuild {
        if options.json {
            let (schema, kind, path) = (SCHEMA, "rebuild", path.as_path().into());
            json::line(&mut out, &JsonRebuild { schema, kind, path })?;
        } else {
            writeln!(out, "to be indexed again: {}", ShownPath(path))?;
        }
    }
    output::finish(out)?;
    if repair.anew {
        notes::note(
            options,
            "the catalogue was lost; the next `lookalike index` begins anew",
        );
    } else if !repair.rebuild.is_empty() {
        let files = count(repair.rebuild.len() as u64, "file");
        notes::note(
            options,
            &format!("the next `lookalike index` rebuilds {files}"),
        );
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct JsonRebuild {
    schema: u32,
    kind: &'static str,
    #[serde(flatten)]
    path: JsonPath,
}

#[derive(Serialize)]
struct JsonFinding {
    schema: u32,
    kind: &'static str,
    problem: String,
}

#[derive(Serialize)]
struct JsonReport {
    schema: u32,
    kind: &'static str,
    whole: bool,
    findings: usize,
    pictures: u64,
    records: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recall: Vec<JsonRecall>,
    formats: Vec<JsonFormat>,
}

/// A format in which something is kept.
#[derive(Serialize)]
struct JsonFormat {
    of: &'static str,
    version: i64,
    files: u64,
}

impl From<&FormatFound> for JsonFormat {
    fn from(found: &FormatFound) -> Self {
        Self {
            of: found.of,
            version: found.version,
            files: found.files,
        }
    }
}

/// What searches by way of a graph found, compared with the exact scan.
#[derive(Serialize)]
struct JsonRecall {
    part: &'static str,
    recall: f64,
    samples: usize,
    wanted: usize,
    found: usize,
}

impl From<&PartRecall> for JsonRecall {
    fn from(found: &PartRecall) -> Self {
        let recall = found.recall;
        Self {
            part: found.part.name(),
            recall: recall.share(),
            samples: recall.samples,
            wanted: recall.wanted,
            found: recall.found,
        }
    }
}

fn print(out: &mut Out, report: &CheckReport, options: &Options) -> Result<()> {
    for finding in &report.findings {
        let problem = finding.to_string();
        if options.json {
            let (schema, kind) = (SCHEMA, "finding");
            json::line(
                out,
                &JsonFinding {
                    schema,
                    kind,
                    problem,
                },
            )?;
        } else {
            writeln!(out, "{}", ShownPath(Path::new(&problem)))?;
        }
    }
    if options.json {
        let line = JsonReport {
            schema: SCHEMA,
            kind: "check",
            whole: report.is_whole(),
            findings: report.findings.len(),
            pictures: report.pictures,
            records: report.records,
            bytes: report.bytes,
            recall: report.recall.iter().map(JsonRecall::from).collect(),
            formats: report.formats.iter().map(JsonFormat::from).collect(),
        };
        return json::line(out, &line);
    }
    let verdict = if report.is_whole() {
        "whole"
    } else {
        "damaged"
    };
    let pictures = count(report.pictures, "picture");
    let records = count(report.records, "record");
    let read = bytes(report.bytes as f64);
    writeln!(out, "{verdict}: {pictures}, {records}, {read} read")?;
    for format in &report.formats {
        let (of, version) = (format.of, format.version);
        let files = count(format.files, "file");
        writeln!(out, "format of {of}: version {version}, {files}")?;
    }
    for PartRecall { part, recall } in &report.recall {
        let (share, samples) = (recall.share(), recall.samples);
        let (found, wanted) = (recall.found, recall.wanted);
        writeln!(
            out,
            "recall of {part}: {share:.3} ({found} of {wanted} true neighbours, {samples} samples)"
        )?;
    }
    Ok(())
}
