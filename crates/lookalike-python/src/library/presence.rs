//! Which pictures of another folder a library has.

use super::Opened;
use super::rows::FileRow;
use crate::work::Steps;
use lookalike::{Presence, PresenceOptions, Selection, pictures_in};
use pyo3::prelude::*;
use std::path::{Path, PathBuf};

/// What is known of a file: it is missing where neither a copy nor a reason is named.
#[derive(IntoPyObject)]
pub struct PresenceRow {
    path: PathBuf,
    found: Option<FileRow>,
    reason: Option<String>,
}

/// Looks at all pictures of a folder, by path.
pub fn presence(
    opened: &Opened,
    folder: &Path,
    selection: &Selection,
    steps: &Steps,
) -> lookalike::Result<Vec<PresenceRow>> {
    let pictures = pictures_in(folder, selection)?;
    let failed = pictures.unreadable.into_iter();
    let mut rows: Vec<PresenceRow> = failed
        .map(|(path, reason)| PresenceRow {
            path,
            found: None,
            reason: Some(reason),
        })
        .collect();
    let options = PresenceOptions {
        threads: opened.threads.clone(),
        interrupt: Some(steps.stop()),
    };
    steps.expect(pictures.files.len() as u64);
    let library = &opened.library;
    library.presence(&pictures.files, &options, &mut |path, presence| {
        let (found, reason) = match presence {
            Presence::Present { found, .. } => (Some(FileRow::new(opened, &found)), None),
            Presence::Failed(reason) => (None, Some(reason)),
            _ => (None, None),
        };
        let path = path.to_path_buf();
        rows.push(PresenceRow {
            path,
            found,
            reason,
        });
        steps.step();
        Ok(())
    })?;
    Ok(rows)
}
