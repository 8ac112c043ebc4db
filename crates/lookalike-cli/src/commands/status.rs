//! `lookalike status`.

use super::index::JsonFailed;
use crate::cli::upkeep::StatusArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json::{self, SCHEMA};
use crate::output::table::{Table, bytes};
use crate::output::{self, paths};
use crate::place;
use anyhow::Result;
use lookalike::{Library, LibraryKind, ShownPath, Status};
use serde::Serialize;
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
    let status = library.status()?;
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
            json::line(&mut out, &JsonFailed::new(&failed.path, &failed.reason))?;
        } else if options.path_end == 0 {
            paths::line(&mut out, options, &shown.path(&failed.path))?;
        } else {
            let path = shown.path(&failed.path);
            writeln!(out, "{}: {}", ShownPath(&path), failed.reason)?;
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
    let total = status.catalogue_bytes + status.vector_bytes;
    row("size", bytes(total as f64));
    row("  a picture", per_picture(total));
    row("    vectors", per_picture(status.vector_bytes));
    row("    catalogue", per_picture(status.catalogue_bytes));
    row(
        "vectors",
        format!(
            "{} keypoints of {}, {} numbers",
            settings.keypoints, settings.algorithm, status.vector_length
        ),
    );
    row(
        "  in segments",
        format!("{} in {}", status.vectors_sealed, status.segments),
    );
    row("  new", status.vectors_fresh.to_string());
    row("  deleted", status.vectors_dead.to_string());
    row("profile", settings.profile.to_string());
    row("format", status.format.to_string());
    table
}

#[derive(Serialize)]
struct JsonStatus {
    schema: u32,
    kind: &'static str,
    format: i64,
    imported: bool,
    library: String,
    folder: Option<String>,
    pictures: u64,
    files: u64,
    failed: u64,
    bytes: u64,
    bytes_per_picture: f64,
    vector_bytes: u64,
    catalogue_bytes: u64,
    profile: String,
    vector_algorithm: String,
    vector_keypoints: usize,
    vector_length: usize,
    vectors_sealed: u64,
    vectors_fresh: u64,
    vectors_dead: u64,
    segments: u64,
}

impl JsonStatus {
    fn new(library: &Library, status: &Status) -> Self {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Self {
            schema: SCHEMA,
            kind: "status",
            format: status.format,
            imported: status.kind == LibraryKind::Imported,
            library: text(library.folder()),
            folder: library.root().map(text),
            pictures: status.pictures,
            files: status.files,
            failed: status.failed,
            bytes: status.catalogue_bytes + status.vector_bytes,
            bytes_per_picture: status.bytes_per_picture(),
            vector_bytes: status.vector_bytes,
            catalogue_bytes: status.catalogue_bytes,
            profile: status.settings.profile.to_string(),
            vector_algorithm: status.settings.algorithm.to_string(),
            vector_keypoints: status.settings.keypoints,
            vector_length: status.vector_length,
            vectors_sealed: status.vectors_sealed,
            vectors_fresh: status.vectors_fresh,
            vectors_dead: status.vectors_dead,
            segments: status.segments,
        }
    }
}
