//! The file in which a library keeps judgements. Lines are added at its end, so that nothing that was said
//! is ever at risk, and anybody may read it meanwhile.

use super::text::{head, says_something, whole_lines};
use super::{Judgement, Judgements};
use crate::walk::Stamp;
use crate::{Error, Result};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file's name in the folder of a library.
const NAME: &str = "judgements";

/// The file, and what it said when it was read last.
#[derive(Debug)]
pub(crate) struct JudgementsFile {
    path: PathBuf,
    known: Mutex<(Option<Stamp>, Arc<Judgements>)>,
}

impl JudgementsFile {
    /// That of the library in `folder`, which need not be there.
    pub(crate) fn within(folder: &Path) -> Self {
        Self {
            path: folder.join(NAME),
            known: Mutex::default(),
        }
    }

    /// Its size; 0 where there is no file.
    pub(crate) fn bytes(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// All that is said now; nothing where there is no file.
    pub(crate) fn read(&self) -> Result<Arc<Judgements>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = match std::fs::metadata(&self.path) {
            Ok(metadata) => Some(Stamp::of(&metadata)),
            Err(e) if e.kind() == ErrorKind::NotFound => None,
            Err(e) => return Err(Error::io(&self.path, e)),
        };
        if known.0 != stamp {
            let text = match stamp {
                Some(_) => std::fs::read(&self.path).map_err(|e| Error::io(&self.path, e))?,
                None => Vec::new(),
            };
            *known = (stamp, Arc::new(Judgements::parse(&self.path, &text)?));
        }
        Ok(known.1.clone())
    }

    /// Adds lines, which are safe on the disk afterwards.
    pub(crate) fn add(&self, judgements: &[Judgement]) -> Result<()> {
        if judgements.is_empty() {
            return Ok(());
        }
        let add = || -> std::io::Result<()> {
            let is_new = !self.path.exists();
            let mut file = File::options()
                .read(true)
                .append(true)
                .create(true)
                .open(&self.path)?;
            // Released when the file is closed.
            file.lock()?;
            let mut lines = beginning(&mut file)?;
            for judgement in judgements {
                lines.push_str(&format!("{judgement}\n"));
            }
            file.write_all(lines.as_bytes())?;
            file.sync_all()?;
            match is_new {
                true => sync_folder(&self.path),
                false => Ok(()),
            }
        };
        add().map_err(|e| Error::writing(&self.path, e))
    }
}

/// What must stand before new lines; what was cut off at the end of the file is taken away.
fn beginning(file: &mut File) -> std::io::Result<String> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let whole = whole_lines(&text);
    let rest = &text[whole..];
    if !rest.is_empty() {
        // A line that says something was written by hand, and only lacks its end.
        if says_something(rest) {
            return Ok("\n".into());
        }
        file.set_len(whole as u64)?;
    }
    Ok(if whole == 0 { head() } else { String::new() })
}

/// Makes a new name in a folder last.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judgements::Saying;

    fn said(a: u8, b: u8) -> Judgement {
        Judgement::new([a; 32], [b; 32], Saying::Different).unwrap()
    }

    #[test]
    fn what_is_added_is_read_also_by_others() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (
            JudgementsFile::within(folder.path()),
            JudgementsFile::within(folder.path()),
        );
        assert!(one.read().unwrap().is_empty());
        other.add(&[said(1, 2)]).unwrap();
        assert_eq!(one.read().unwrap().len(), 1);
        one.add(&[said(1, 3), said(2, 3)]).unwrap();
        assert_eq!(other.read().unwrap().len(), 3);
        let text = std::fs::read_to_string(folder.path().join(NAME)).unwrap();
        assert_eq!(text.lines().count(), 4);
        assert!(text.starts_with("# lookalike judgements 1\n"));
    }

    #[test]
    fn what_was_cut_off_is_taken_away_and_what_lacks_its_end_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let file = JudgementsFile::within(folder.path());
        file.add(&[said(1, 2)]).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}different 0a0a")).unwrap();
        assert_eq!(file.read().unwrap().len(), 1);
        file.add(&[said(1, 3)]).unwrap();
        assert_eq!(file.read().unwrap().len(), 2);
        let by_hand = format!("{whole}{}", said(4, 5));
        std::fs::write(&path, by_hand).unwrap();
        file.add(&[said(1, 6)]).unwrap();
        assert_eq!(file.read().unwrap().len(), 3);
        // Nothing but a piece of the head.
        std::fs::write(&path, "# looka").unwrap();
        file.add(&[said(1, 6)]).unwrap();
        assert_eq!(file.read().unwrap().len(), 1);
    }

    #[test]
    fn a_line_that_says_nothing_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(NAME), "# mine\nequal a b\n").unwrap();
        let error = JudgementsFile::within(folder.path()).read().unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
