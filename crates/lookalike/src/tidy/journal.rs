//! What was done to files, so that it can be undone: lines of words, of which paths are percent-encoded.
//!
//! ```text
//! # lookalike journal 1
//! run trash 2026-11-28T20:15:03Z
//! trash HASH PATH TRASHED
//! run link 2026-11-28T20:16:40Z
//! link HASH PATH KEPT ASIDE TIME MODE
//! undone
//! ```
//!
//! `PATH` and `KEPT` are relative to the indexed folder, the others absolute. A line is on the disk before
//! what it says is done, so the last may not have been done.

use super::Way;
use crate::{Error, Result, path_from_bytes, path_to_bytes};
use std::fmt::Write as _;
use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The file's name in the folder of a library.
const NAME: &str = "tidy.journal";
const HEAD: &str = "# lookalike journal 1";

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A run begins: which way, and when.
    Run(Way, String),
    Entry(Entry),
    /// The last run that was not undone is undone now.
    Undone,
}

/// Something that is about to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file is moved to the trash.
    Trash {
        hash: [u8; 32],
        path: PathBuf,
        /// Where it is then.
        trashed: PathBuf,
    },
    /// A file is put aside, and a hard link takes its place; then what is aside is deleted.
    Link {
        hash: [u8; 32],
        path: PathBuf,
        kept: PathBuf,
        aside: PathBuf,
        /// When it was changed, in ns since 1970, and its permissions.
        modified: i64,
        mode: u32,
    },
}

impl Line {
    /// A run that begins now.
    pub(super) fn run(way: Way) -> Self {
        Self::Run(way, format!("{:.0}", jiff::Timestamp::now()))
    }

    fn text(&self) -> String {
        let hex = |hash: &[u8; 32]| blake3::Hash::from_bytes(*hash).to_hex();
        match self {
            Self::Run(Way::Trash, when) => format!("run trash {when}"),
            Self::Run(Way::HardLink, when) => format!("run link {when}"),
            Self::Entry(Entry::Trash {
                hash,
                path,
                trashed,
            }) => format!("trash {} {} {}", hex(hash), encoded(path), encoded(trashed)),
            Self::Entry(Entry::Link {
                hash,
                path,
                kept,
                aside,
                modified,
                mode,
            }) => {
                let (hash, path, kept) = (hex(hash), encoded(path), encoded(kept));
                let aside = encoded(aside);
                format!("link {hash} {path} {kept} {aside} {modified} {mode:o}")
            }
            Self::Undone => "undone".into(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let hash = |text: &str| Some(*blake3::Hash::from_hex(text).ok()?.as_bytes());
        Some(match words[..] {
            ["run", "trash", when] => Self::Run(Way::Trash, when.into()),
            ["run", "link", when] => Self::Run(Way::HardLink, when.into()),
            ["trash", digits, path, trashed] => Self::Entry(Entry::Trash {
                hash: hash(digits)?,
                path: decoded(path)?,
                trashed: decoded(trashed)?,
            }),
            ["link", digits, path, kept, aside, modified, mode] => Self::Entry(Entry::Link {
                hash: hash(digits)?,
                path: decoded(path)?,
                kept: decoded(kept)?,
                aside: decoded(aside)?,
                modified: modified.parse().ok()?,
                mode: u32::from_str_radix(mode, 8).ok()?,
            }),
            ["undone"] => Self::Undone,
            _ => return None,
        })
    }
}

/// The journal of a library, which nobody else writes meanwhile.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

/// What the last run that is not undone was about to do, in its order; `Err` is a line that is not
/// understood, by number.
pub(super) type Run = Vec<std::result::Result<Entry, usize>>;

impl Journal {
    /// Whether the library in `folder` has one.
    pub(super) fn exists(folder: &Path) -> bool {
        folder.join(NAME).exists()
    }

    /// Opens and locks that of the library in `folder`, or makes it. A line that was cut off at the end was
    /// never followed by an act, and is taken away.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let open = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(&path);
        let file = open.map_err(|e| Error::writing(&path, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = folder.to_path_buf();
                return Err(Error::Tidying { path });
            }
            Err(TryLockError::Error(e)) => return Err(Error::io(&path, e)),
        }
        let mut journal = Self { file, path };
        let text = journal.read()?;
        let whole = text.iter().rposition(|&byte| byte == b'\n');
        let whole = whole.map_or(0, |i| i + 1);
        if whole < text.len() {
            let cut = journal.file.set_len(whole as u64);
            cut.map_err(|e| Error::writing(&journal.path, e))?;
        }
        if whole == 0 {
            journal.add_text(HEAD)?;
            super::act::sync_folder_of(&journal.path)
                .map_err(|e| Error::writing(&journal.path, e))?;
        }
        Ok(journal)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line, which is on the disk afterwards.
    pub(super) fn add(&mut self, line: &Line) -> Result<()> {
        self.add_text(&line.text())
    }

    fn add_text(&mut self, text: &str) -> Result<()> {
        let written = self.file.write_all(format!("{text}\n").as_bytes());
        let written = written.and_then(|()| self.file.sync_data());
        written.map_err(|e| Error::writing(&self.path, e))
    }

    fn read(&self) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        // Appending goes to the end anyhow; reading begins where a new handle does.
        let read = File::open(&self.path).and_then(|mut file| file.read_to_end(&mut text));
        read.map_err(|e| Error::io(&self.path, e))?;
        Ok(text)
    }

    /// The last run that is not undone.
    pub(super) fn last_run(&self) -> Result<Option<Run>> {
        let text = self.read()?;
        let mut runs: Vec<Run> = Vec::new();
        for (i, line) in text.split(|&byte| byte == b'\n').enumerate() {
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let line = std::str::from_utf8(line).ok().and_then(Line::parse);
            match line {
                Some(Line::Run(..)) => runs.push(Vec::new()),
                Some(Line::Undone) => {
                    // One that did nothing hides none before it.
                    runs.retain(|run| !run.is_empty());
                    runs.pop();
                }
                entry => {
                    if runs.is_empty() {
                        runs.push(Vec::new());
                    }
                    let entry = match entry {
                        Some(Line::Entry(entry)) => Ok(entry),
                        _ => Err(i + 1),
                    };
                    runs.last_mut().expect("there is one").push(entry);
                }
            }
        }
        runs.retain(|run| !run.is_empty());
        Ok(runs.pop())
    }
}

/// A path as one word: all but letters, digits and `/._-` as `%` and two digits.
pub(super) fn encoded(path: &Path) -> String {
    let mut text = String::new();
    for byte in path_to_bytes(path) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                text.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}

fn decoded(text: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    (!bytes.is_empty()).then(|| path_from_bytes(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trash(name: &str) -> Entry {
        Entry::Trash {
            hash: [7; 32],
            path: name.into(),
            trashed: Path::new("/t/files").join(name),
        }
    }

    fn link() -> Entry {
        Entry::Link {
            hash: [8; 32],
            path: "a b%.jpg".into(),
            kept: "\n".into(),
            aside: "/x/.a".into(),
            modified: -5,
            mode: 0o100_644,
        }
    }

    #[test]
    fn the_last_run_that_is_not_undone_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.last_run().unwrap(), None);
        for line in [
            Line::run(Way::Trash),
            Line::Entry(trash("a")),
            Line::run(Way::HardLink),
            Line::Entry(link()),
            Line::Entry(trash("b")),
            Line::run(Way::Trash),
        ] {
            journal.add(&line).unwrap();
        }
        let entries = vec![Ok(link()), Ok(trash("b"))];
        assert_eq!(journal.last_run().unwrap(), Some(entries));
        journal.add(&Line::Undone).unwrap();
        assert_eq!(journal.last_run().unwrap(), Some(vec![Ok(trash("a"))]));
        journal.add(&Line::Undone).unwrap();
        assert_eq!(journal.last_run().unwrap(), None);
    }

    #[test]
    fn a_line_that_was_cut_off_is_taken_away_and_one_in_between_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let text = format!(
            "{HEAD}\nrun trash now\n{}\nwhat\n{}\ntrash 0707",
            Line::Entry(trash("a")).text(),
            Line::Entry(trash("b")).text()
        );
        std::fs::write(&path, &text).unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        let entries = vec![Ok(trash("a")), Err(4), Ok(trash("b"))];
        assert_eq!(journal.last_run().unwrap(), Some(entries));
        journal.add(&Line::Entry(trash("c"))).unwrap();
        assert_eq!(journal.last_run().unwrap().unwrap().len(), 4);
    }

    #[test]
    fn two_runs_at_once_exclude_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let first = Journal::open(folder.path()).unwrap();
        let second = Journal::open(folder.path()).unwrap_err();
        assert!(matches!(second, Error::Tidying { .. }), "{second}");
        drop(first);
        Journal::open(folder.path()).unwrap();
    }

    proptest! {
        #[test]
        fn any_path_comes_back(bytes in prop::collection::vec(any::<u8>(), 1..40)) {
            let path = path_from_bytes(&bytes);
            let text = encoded(&path);
            prop_assert!(text.bytes().all(|b| b.is_ascii_graphic()));
            prop_assert_eq!(decoded(&text), Some(path));
        }

        #[test]
        fn any_line_is_read_or_refused(text in "(run|trash|link|undone| |%|%4|/a|[0-9a-f]{64}|7){0,12}") {
            if let Some(line) = Line::parse(&text) {
                prop_assert_eq!(Line::parse(&line.text()), Some(line));
            }
        }
    }
}
