//! Bringing a library up to date.

use super::Opened;
use super::rows::FailedRow;
use crate::work::Steps;
use lookalike::{Event, FailedFile, Selection, UpdateOptions, UpdateSummary};
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Which files belong to a library: a dictionary of all of these.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct SelectionArgs {
    hidden: bool,
    no_ignore: bool,
    exclude: Vec<String>,
    extensions: Vec<String>,
    follow: bool,
    max_frames: Option<u32>,
    max_depth: Option<usize>,
}

impl From<SelectionArgs> for Selection {
    fn from(args: SelectionArgs) -> Self {
        Self {
            hidden: args.hidden,
            no_ignore: args.no_ignore,
            exclude: args.exclude,
            extensions: args.extensions,
            follow: args.follow,
            max_frames: args.max_frames,
            max_depth: args.max_depth,
            files: None,
        }
    }
}

/// How to update.
pub struct How {
    pub selection: Option<Selection>,
    pub only: Option<Vec<PathBuf>>,
    pub max_megapixels: Option<f64>,
    pub dry_run: bool,
}

/// What an update did.
#[derive(IntoPyObject)]
pub struct UpdateRow {
    indexed: u64,
    unchanged: u64,
    moved: u64,
    removed: u64,
    failed: u64,
    damaged: u64,
    still_failed: u64,
    unreachable: u64,
    pictures: u64,
    bytes: u64,
    seconds: f64,
    unread: BTreeMap<String, u64>,
    failures: Vec<FailedRow>,
}

/// Brings it up to date; what is committed stays, if it is stopped.
pub fn update(opened: &Opened, how: How, steps: &Steps) -> lookalike::Result<UpdateRow> {
    let options = UpdateOptions {
        selection: how.selection,
        only: how.only,
        threads: opened.threads.count(),
        max_megapixels: how.max_megapixels,
        dry_run: how.dry_run,
        lock_when_needed: false,
        interrupt: Some(steps.stop()),
    };
    let mut failures = Vec::new();
    let summary = opened
        .library
        .update(&options, &mut |event: Event<'_>| match event {
            Event::Planned { to_read, .. } => steps.expect(to_read),
            Event::Read { .. } => steps.step(),
            _ => failures.extend(failure(event).map(|failed| FailedRow::new(opened, &failed))),
        })?;
    Ok(row(summary, failures))
}

/// What an event says of a file that cannot be read, or not wholly.
fn failure(event: Event<'_>) -> Option<FailedFile> {
    let (path, place, reason, damaged) = match event {
        Event::Failed {
            path,
            place,
            reason,
            ..
        } => (path, place, reason, false),
        Event::Damaged {
            path,
            place,
            reason,
        } => (path, place, reason, true),
        _ => return None,
    };
    Some(FailedFile {
        path: path.to_path_buf(),
        place,
        reason: reason.to_owned(),
        damaged,
    })
}

fn row(summary: UpdateSummary, failures: Vec<FailedRow>) -> UpdateRow {
    UpdateRow {
        indexed: summary.indexed,
        unchanged: summary.unchanged,
        moved: summary.moved,
        removed: summary.removed,
        failed: summary.failed,
        damaged: summary.damaged,
        still_failed: summary.still_failed,
        unreachable: summary.unreachable,
        pictures: summary.pictures,
        bytes: summary.bytes,
        seconds: summary.seconds,
        unread: summary.unread,
        failures,
    }
}
