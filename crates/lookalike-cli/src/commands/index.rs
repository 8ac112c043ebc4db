//! `lookalike index`.

use crate::cli::index::{IndexArgs, KeptKind, MadeArgs, ProfileName, SelectionArgs};
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json::{self, JsonPath, JsonPlace, SCHEMA};
use crate::output::progress::Progress;
use crate::output::table::{bytes, count};
use crate::output::{self, notes};
use crate::{input, interrupt, place};
use anyhow::Result;
use lookalike::{
    AskedSettings, FailedFile, Library, Location, ModelSource, Part, Parts, PassedOver, Profile,
    Selection, UpdateOptions, UpdateSummary,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Opens or makes the library, brings it up to date, and says what was done.
pub fn run(args: IndexArgs, options: &Options) -> Result<Exit> {
    let mut location = place::indexed(options, args.dir.as_deref())?;
    let passing;
    if args.dry_run && !location.exists() {
        // Even an empty library would be a change; one that passes tells the same.
        passing = tempfile::tempdir()?;
        location = Location::elsewhere(passing.path().join("library"), location.root);
    }
    let selection = selection(args.selection, options)?;
    let update = UpdateOptions {
        selection: Some(selection.clone()),
        only: None,
        threads: options.threads.count(),
        max_megapixels: args.max_megapixels,
        dry_run: args.dry_run,
        lock_when_needed: false,
        interrupt: Some(interrupt::catch()),
    };
    let library = Library::open_or_create(&location, &asked(&args.made))?;
    for warning in library.warnings() {
        notes::note(options, warning);
    }
    let mut progress = Progress::new(options);
    let summary = library.update(&update, &mut progress)?;
    let failures = std::mem::take(&mut progress.failures);
    drop(progress);

    let is_empty = summary.pictures + summary.failed + summary.still_failed + summary.indexed == 0;
    let passed_over = match is_empty && selection.files.is_none() {
        true => library.passed_over(&selection)?,
        false => PassedOver::default(),
    };
    tell(options, &summary, passed_over, args.dry_run);
    if options.json {
        print_json(&summary, &failures)?;
    }
    Ok(exit(&summary))
}

/// What the user wants a new library to be.
pub fn asked(args: &MadeArgs) -> AskedSettings {
    AskedSettings {
        profile: args.profile.map(|profile| match profile {
            ProfileName::Default => Profile::Default,
            ProfileName::Light => Profile::Light,
        }),
        only: (!args.keep.is_empty()).then(|| kept(&args.keep)),
        algorithm: args.vector_algorithm.map(Into::into),
        model: model(args),
        ..AskedSettings::default()
    }
}

fn model(args: &MadeArgs) -> Option<ModelSource> {
    let path = args.model.as_ref()?;
    let is_embedded = path.as_os_str() == "default" || path.as_os_str() == "embedded";
    Some(match is_embedded && args.preset.is_none() {
        true => ModelSource::Embedded,
        false => ModelSource::Files {
            path: path.clone(),
            preset: args.preset.clone(),
        },
    })
}

fn kept(kinds: &[KeptKind]) -> Parts {
    kinds.iter().fold(Parts::NONE, |parts, kind| {
        parts.and(match kind {
            KeptKind::Same => Part::Words,
            KeptKind::Similar => Part::Embedding,
            KeptKind::Vector => Part::Vector,
        })
    })
}

fn selection(args: SelectionArgs, options: &Options) -> Result<Selection> {
    let list = |file: PathBuf| input::paths(&file, options.path_end);
    Ok(Selection {
        hidden: args.hidden,
        no_ignore: args.no_ignore,
        exclude: args.exclude,
        extensions: args.extension,
        follow: args.follow,
        max_frames: args.max_frames,
        max_depth: args.max_depth,
        files: args.files_from.map(list).transpose()?,
    })
}

/// How an update ends the program.
pub fn exit(summary: &UpdateSummary) -> Exit {
    if summary.interrupted {
        Exit::Interrupted
    } else if summary.failed > 0 || summary.unreachable > 0 {
        Exit::Error
    } else {
        Exit::Done
    }
}

/// The summary, on stderr.
fn tell(options: &Options, summary: &UpdateSummary, passed_over: PassedOver, dry_run: bool) {
    let mut parts = Vec::new();
    let mut part = |number: u64, what: &str| {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    };
    part(
        summary.indexed,
        if dry_run { "to index" } else { "indexed" },
    );
    part(summary.unchanged, "unchanged");
    part(summary.moved, "moved");
    part(summary.removed, "removed");
    part(summary.damaged, "damaged, indexed without what is missing");
    part(summary.failed, "could not be read");
    part(
        summary.still_failed,
        "still cannot be read (`lookalike status --failed` tells why)",
    );
    part(summary.unreachable, "out of reach, kept");
    let done = match parts.is_empty() {
        true => format!("no pictures found{}", hidden_by(passed_over)),
        false => parts.join(", "),
    };
    let end = if summary.interrupted {
        "; interrupted, the next run goes on from here"
    } else {
        ""
    };
    let library = format!(
        "{} in the library, {}, {:.1} s",
        count(summary.pictures, "picture"),
        bytes(summary.bytes as f64),
        summary.seconds
    );
    match dry_run {
        true => notes::note(options, &format!("{done} (nothing was changed)")),
        false => notes::note(options, &format!("{done}; {library}{end}")),
    }
}

/// What would find more, where there is more.
fn hidden_by(passed_over: PassedOver) -> String {
    let PassedOver {
        ignored,
        hidden,
        linked,
    } = passed_over;
    let kinds = [
        (ignored, "named by ignore files (--no-ignore takes them)"),
        (hidden, "hidden (--hidden takes them)"),
        (linked, "behind symbolic links (--follow takes them)"),
    ];
    let kinds = kinds.iter().filter(|(count, _)| *count > 0);
    let kinds: Vec<_> = kinds
        .map(|(count, kind)| format!("{count} {kind}"))
        .collect();
    match kinds.is_empty() {
        true => String::new(),
        false => format!("; passed over: {}", kinds.join(", ")),
    }
}

#[derive(Serialize)]
struct JsonSummary<'a> {
    schema: u32,
    kind: &'static str,
    indexed: u64,
    unchanged: u64,
    moved: u64,
    removed: u64,
    failed: u64,
    damaged: u64,
    pictures: u64,
    bytes: u64,
    seconds: f64,
    unread: &'a BTreeMap<String, u64>,
}

/// A file that could not be read, or not wholly, as JSON.
#[derive(Serialize)]
pub struct JsonFailed<'a> {
    kind: &'static str,
    #[serde(flatten)]
    path: JsonPath,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<JsonPlace>,
    reason: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    damaged: bool,
}

impl<'a> From<&'a FailedFile> for JsonFailed<'a> {
    fn from(failed: &'a FailedFile) -> Self {
        Self {
            kind: if failed.damaged { "damaged" } else { "failed" },
            path: JsonPath::from(&*failed.path),
            place: failed.place.map(JsonPlace),
            reason: &failed.reason,
            damaged: failed.damaged,
        }
    }
}

fn print_json(summary: &UpdateSummary, failures: &[FailedFile]) -> Result<()> {
    let mut out = output::stdout();
    for failed in failures {
        json::line(&mut out, &JsonFailed::from(failed))?;
    }
    let line = JsonSummary {
        schema: SCHEMA,
        kind: "summary",
        indexed: summary.indexed,
        unchanged: summary.unchanged,
        moved: summary.moved,
        removed: summary.removed,
        failed: summary.failed,
        damaged: summary.damaged,
        pictures: summary.pictures,
        bytes: summary.bytes,
        seconds: summary.seconds,
        unread: &summary.unread,
    };
    json::line(&mut out, &line)?;
    output::finish(out)
}
