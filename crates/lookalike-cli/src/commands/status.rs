//! `lookalike status`.

use super::index::JsonFailed;
use crate::cli::upkeep::StatusArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json;
use crate::output::progress::kinds;
use crate::output::table::{Table, bytes};
use crate::output::{self, paths};
use crate::place;
use anyhow::Result;
use lookalike::decode::Format;
use lookalike::json::JsonStatus;
use lookalike::{
    GraphStatus, Library, LibraryKind, ModelRecord, Part, Recall, ShownPath, Source, Status,
};
use std::io::Write;
use std::path::Path;

/// Says what the library holds, or which files could not be read.
pub fn run(args: &StatusArgs, options: &Options) -> Result<Exit> {
    let dir = args.dir.as_deref();
    let library = Library::open(&place::existing(options, dir)?)?;
    if args.failed {
        list_failed(&library, dir, options)?;
        return Ok(Exit::Done);
    }
    let mut status = library.status()?;
    // What cannot be searched is still told of; what is wrong with it, `check` finds.
    status.recall = library.recall().unwrap_or_default();
    let mut out = output::stdout();
    if options.json {
        json::line(&mut out, &JsonStatus::new(&library, &status))?;
    } else {
        for line in table(&library, &status).lines() {
            writeln!(out, "{line}")?;
        }
    }
    output::finish(out)?;
    Ok(Exit::Done)
}

fn list_failed(library: &Library, dir: Option<&Path>, options: &Options) -> Result<()> {
    let shown = place::Shown::new(library, dir);
    let mut out = output::stdout();
    for failed in library.failed_files()? {
        if options.json {
            json::line(&mut out, &JsonFailed::from(&failed))?;
        } else if options.path_end == 0 {
            paths::line(&mut out, options, &shown.path(&failed.path))?;
        } else {
            let source = Source::new(shown.path(&failed.path), failed.place);
            let warning = if failed.damaged { "warning: " } else { "" };
            writeln!(out, "{source}: {warning}{}", failed.reason)?;
        }
    }
    output::finish(out)
}

fn table(library: &Library, status: &Status) -> Table {
    let mut table = Table::of_names();
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    let per_picture = |count: u64| bytes(count as f64 / status.pictures.max(1) as f64);
    let settings = &status.settings;
    row("library", ShownPath(library.folder()).to_string());
    match (status.kind, library.root()) {
        (LibraryKind::Imported, _) => row("folder", "none: the library was imported".into()),
        (_, Some(root)) => row("folder", ShownPath(root).to_string()),
        (_, None) => row("folder", "not known".into()),
    }
    row("pictures", status.pictures.to_string());
    row("files", status.files.to_string());
    row(
        "failed",
        match status.failed {
            0 => "0".into(),
            n => format!("{n} (--failed tells why)"),
        },
    );
    if !status.unread.is_empty() {
        row("  not read", kinds(&status.unread));
    }
    row("size", bytes(status.bytes() as f64));
    row("  a picture", per_picture(status.bytes()));
    for part in &status.parts {
        row(&format!("    {}", part.part), per_picture(part.bytes));
    }
    row("    catalogue", per_picture(status.catalogue_bytes));
    for part in &status.parts {
        let made = match part.part {
            Part::Vector => format!(
                "{} keypoints of {}, {} numbers",
                settings.keypoints, settings.algorithm, status.vector_length
            ),
            Part::Words => "local features, as words of the built-in vocabulary".to_owned(),
            Part::Embedding => of_model(&status.models.current),
            Part::NextEmbedding => status
                .models
                .next
                .as_ref()
                .map(of_model)
                .unwrap_or_default(),
            _ => String::new(),
        };
        row(part.part.name(), made);
        row(
            "  in segments",
            format!("{} in {}", part.sealed, part.segments),
        );
        row("  new", part.fresh.to_string());
        row("  deleted", part.dead.to_string());
        if let Some(graph) = &part.graph {
            row("  by graph", of_graph(graph));
        }
        if let Some(recall) = status.recall.iter().find(|r| r.part == part.part) {
            row("  recall", of_recall(&recall.recall));
        }
        if part.lacking > 0 {
            row("  to be made", part.lacking.to_string());
        }
    }
    row("reads", Format::read().collect::<Vec<_>>().join(", "));
    row("profile", settings.profile.to_string());
    row("format", status.format.to_string());
    table
}

fn of_model(model: &ModelRecord) -> String {
    format!("{}, {} numbers", model.name, model.dimensions)
}

fn of_graph(graph: &GraphStatus) -> String {
    format!(
        "{} in {}, {}; {} neighbours, width {}, alpha {}",
        graph.records,
        graph.segments,
        bytes(graph.bytes as f64),
        graph.degree,
        graph.build_width,
        graph.alpha
    )
}

fn of_recall(recall: &Recall) -> String {
    format!("{:.3}, of {} samples", recall.share(), recall.samples)
}
