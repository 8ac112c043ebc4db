//! `lookalike dups --redundant`, `--trash`, `--hardlink` and `--undo`: asks and prints; what is done to files is
//! the library's.

use crate::cli::dups::DupsArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json::{self, SCHEMA};
use crate::output::table::{bytes, count};
use crate::output::{self, Out, notes, paths};
use crate::{interrupt, place};
use anyhow::{Result, bail};
use lookalike::json::JsonPath;
use lookalike::tidy::{TidyEvent, TidyOptions, TidySummary, Way};
use lookalike::{ChosenGroup, Library, Redundant, ShownPath, redundant};
use serde::Serialize;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

/// A file that may go, went, stays or came back.
#[derive(Serialize)]
struct JsonFile<'a> {
    schema: u32,
    kind: &'static str,
    #[serde(flatten)]
    path: JsonPath,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Prints the redundant files of some groups, or moves them away.
pub fn run(
    library: &Library,
    groups: &[ChosenGroup],
    args: &DupsArgs,
    shown: &place::Shown,
    options: &Options,
    updated: Exit,
) -> Result<Exit> {
    let mut files = redundant(groups);
    // Of a folder within the library's only its own files are meant, whatever they are compared with.
    files.retain(|file| shown.is_inside(&file.path));
    let way = if args.hardlink {
        Way::HardLink
    } else {
        Way::Trash
    };
    let exit = if files.is_empty() {
        notes::note(options, "nothing is redundant");
        Exit::Nothing
    } else if args.redundant {
        list(&files, shown, options)?
    } else if args.dry_run || args.yes || agreed(&files, way)? {
        tidy(library, &files, way, args.dry_run, shown, options)?
    } else {
        Exit::Nothing
    };
    Ok(match (updated, exit) {
        (Exit::Error, Exit::Done | Exit::Nothing) => Exit::Error,
        (_, exit) => exit,
    })
}

fn list(files: &[Redundant], shown: &place::Shown, options: &Options) -> Result<Exit> {
    let mut printer = Printer::new(shown, options, "redundant");
    for file in files {
        printer.file(&file.path, Some(&file.kept), Some(file.bytes))?;
    }
    printer.finish()?;
    Ok(Exit::Done)
}

/// Asks, which needs somebody who can answer.
fn agreed(files: &[Redundant], way: Way) -> Result<bool> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        bail!("nobody can be asked here; --yes does it, --dry-run says what");
    }
    let size: u64 = files.iter().map(|file| file.bytes).sum();
    let what = format!(
        "{} ({})",
        count(files.len() as u64, "file"),
        bytes(size as f64)
    );
    let question = match way {
        Way::Trash => format!("Move {what} to the trash?"),
        Way::HardLink => format!("Make hard links of {what}?"),
    };
    let mut stderr = std::io::stderr();
    write!(stderr, "{question} [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes" | "YES"))
}

fn tidy(
    library: &Library,
    files: &[Redundant],
    way: Way,
    dry_run: bool,
    shown: &place::Shown,
    options: &Options,
) -> Result<Exit> {
    let tidy = TidyOptions {
        way,
        dry_run,
        interrupt: Some(interrupt::catch()),
    };
    let kind = match way {
        Way::Trash => "trashed",
        Way::HardLink => "linked",
    };
    let mut printer = Printer::new(shown, options, kind);
    let summary = library.tidy(files, &tidy, &mut |event| printer.event(event))?;
    printer.finish()?;
    let what = format!(
        "{}, {}",
        count(summary.done, "file"),
        bytes(summary.bytes as f64)
    );
    let note = match (way, dry_run) {
        (Way::Trash, true) => format!("would move to the trash: {what}"),
        (Way::HardLink, true) => format!("would make hard links of: {what}"),
        (Way::Trash, false) => format!("moved to the trash: {what}; `dups --undo` puts them back"),
        (Way::HardLink, false) => format!("hard links: {what}; `dups --undo` undoes it"),
    };
    notes::note(options, &note);
    Ok(exit(&summary))
}

/// Puts back what the last run moved away.
pub fn undo(library: &Library, args: &DupsArgs, options: &Options) -> Result<Exit> {
    let shown = place::Shown::new(library, args.dir.as_deref());
    let mut printer = Printer::new(&shown, options, "back");
    let undone = library.untidy(args.dry_run, &mut |event| printer.event(event))?;
    printer.finish()?;
    let Some(summary) = undone else {
        notes::note(options, "there is nothing to undo");
        return Ok(Exit::Nothing);
    };
    let what = count(summary.done, "file");
    let verb = if args.dry_run {
        "would come back"
    } else {
        "back"
    };
    notes::note(options, &format!("{verb}: {what}"));
    Ok(exit(&summary))
}

fn exit(summary: &TidySummary) -> Exit {
    match (summary.interrupted, summary.left, summary.done) {
        (true, ..) => Exit::Interrupted,
        (_, 1.., _) => Exit::Error,
        (_, _, 0) => Exit::Nothing,
        _ => Exit::Done,
    }
}

/// Prints files as they go.
struct Printer<'a> {
    shown: &'a place::Shown,
    options: &'a Options,
    kind: &'static str,
    out: Out,
    /// What stdout did not take. Whoever does not listen any more stops nothing that was begun.
    failed: Option<anyhow::Error>,
}

impl<'a> Printer<'a> {
    fn new(shown: &'a place::Shown, options: &'a Options, kind: &'static str) -> Self {
        Self {
            shown,
            options,
            kind,
            out: output::stdout(),
            failed: None,
        }
    }

    fn event(&mut self, event: TidyEvent<'_>) {
        let printed = match event {
            TidyEvent::Done { path, kept } => self.file(path, kept, None),
            TidyEvent::Left { path, reason } => self.left(path, reason),
            _ => Ok(()),
        };
        if let Err(error) = printed {
            self.failed.get_or_insert(error);
        }
    }

    fn file(&mut self, path: &Path, kept: Option<&Path>, bytes: Option<u64>) -> Result<()> {
        if self.options.json {
            let kept = kept.map(|kept| JsonPath::from(kept).into_parts().0);
            return json::line(
                &mut self.out,
                &JsonFile {
                    schema: SCHEMA,
                    kind: self.kind,
                    path: path.into(),
                    kept,
                    bytes,
                    reason: None,
                },
            );
        }
        paths::line(&mut self.out, self.options, &self.shown.path(path))
    }

    fn left(&mut self, path: &Path, reason: &str) -> Result<()> {
        let name = ShownPath(&self.shown.path(path)).to_string();
        notes::failed(self.options, &name, &format!("left as it is: {reason}"));
        if !self.options.json {
            return Ok(());
        }
        let line = JsonFile {
            schema: SCHEMA,
            kind: "left",
            path: path.into(),
            kept: None,
            bytes: None,
            reason: Some(reason),
        };
        json::line(&mut self.out, &line)
    }

    fn finish(self) -> Result<()> {
        match self.failed {
            Some(error) => Err(error),
            None => output::finish(self.out),
        }
    }
}
