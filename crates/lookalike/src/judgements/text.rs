//! Judgements as lines that people can read.
//!
//! ```text
//! # lookalike judgements 1
//! different 0f3a..(64 digits) 9b1c..(64 digits)
//! same 0f3a.. 77e0..
//! forget 0f3a.. 9b1c..
//! ```
//!
//! The last line on a pair counts. Empty lines, and those that begin with `#`, say nothing.

use super::{Hash, Judgement, Judgements, Saying};
use crate::{Error, hash_from_hex};
use std::fmt::{self, Write};
use std::path::Path;

/// The version of the format.
pub(crate) const VERSION: u32 = 1;

/// What the first line begins with, before the version.
const HEAD: &str = "# lookalike judgements ";

/// The first line.
pub(super) fn head() -> String {
    format!("{HEAD}{VERSION}\n")
}

impl Judgements {
    /// Reads lines such as `different 0f3a.. 9b1c..`: a word, one of same, different and forget, and two BLAKE3
    /// hashes in hexadecimal digits. The last on a pair counts; empty lines, and those that begin with `#`,
    /// say nothing. `name` is for messages. [`Display`](fmt::Display) writes them.
    ///
    /// A last line that does not end, and says nothing, was cut off when the power went: nobody was told
    /// that it is kept.
    ///
    /// # Errors
    /// [`Error::Judgement`].
    pub fn parse(name: &Path, text: &[u8]) -> Result<Self, Error> {
        let mut all = Self::default();
        for (i, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
            match judgement(line) {
                Ok(said) => all.extend(said),
                Err(_) if !line.ends_with(b"\n") => {}
                Err(reason) => {
                    return Err(Error::Judgement {
                        path: name.to_path_buf(),
                        line: i + 1,
                        reason,
                    });
                }
            }
        }
        Ok(all)
    }
}

/// How many bytes of a text are whole lines.
pub(super) fn whole_lines(text: &[u8]) -> usize {
    text.iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |i| i + 1)
}

/// Whether a line is a judgement.
pub(super) fn says_something(line: &[u8]) -> bool {
    matches!(judgement(line), Ok(Some(_)))
}

/// What a line says, if anything.
fn judgement(line: &[u8]) -> Result<Option<Judgement>, String> {
    let line = std::str::from_utf8(line).map_err(|_| "not UTF-8")?.trim();
    if let Some(version) = line.strip_prefix(HEAD) {
        return match version.trim().parse::<u32>() {
            Ok(version) if version <= VERSION => Ok(None),
            _ => Err(format!(
                "its format is {version}, this program knows {VERSION}"
            )),
        };
    }
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let [saying, a, b] = words[..] else {
        return Err("a word and two hashes are expected".into());
    };
    let sayings = [Saying::Same, Saying::Different, Saying::Forget];
    let saying = sayings.into_iter().find(|one| one.name() == saying);
    let saying = saying.ok_or("it begins with none of same, different, forget")?;
    let judgement = Judgement::new(hash(a)?, hash(b)?, saying);
    judgement
        .map(Some)
        .ok_or_else(|| "both hashes are the same".into())
}

fn hash(digits: &str) -> Result<Hash, String> {
    let wrong = || "a hash has 64 hexadecimal digits".to_owned();
    hash_from_hex(digits).ok_or_else(wrong)
}

/// A line, without its end.
impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = self.contents().map(blake3::Hash::from_bytes);
        write!(f, "{} {} {}", self.saying().name(), a.to_hex(), b.to_hex())
    }
}

/// All lines of a file.
impl fmt::Display for Judgements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&head())?;
        self.iter().try_for_each(|one| {
            one.fmt(f)?;
            f.write_char('\n')
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &[u8]) -> Result<Judgements, String> {
        Judgements::parse("a file".as_ref(), text).map_err(|e| e.to_string())
    }

    fn line(saying: &str, a: u8, b: u8) -> String {
        let hex = |byte: u8| format!("{byte:02x}").repeat(32);
        format!("{saying} {} {}\n", hex(a), hex(b))
    }

    #[test]
    fn lines_are_read_and_written() {
        let text = format!(
            "{}\n# of a burst\r\n{}{}",
            head(),
            line("different", 9, 1).replace('\n', "\r\n"),
            line("same", 1, 2)
        );
        let read = parse(text.as_bytes()).unwrap();
        assert_eq!(read.get(&[1; 32], &[9; 32]), Some(Saying::Different));
        let written = format!(
            "{}{}{}",
            head(),
            line("same", 1, 2),
            line("different", 1, 9)
        );
        assert_eq!(read.to_string(), written);
        assert_eq!(parse(written.as_bytes()), Ok(read));
        assert_eq!(parse(b""), Ok(Judgements::default()));
    }

    #[test]
    fn a_line_that_was_cut_off_at_the_end_says_nothing() {
        let whole = line("same", 1, 2);
        let text = format!("{whole}{}", &line("different", 1, 3)[..70]);
        assert_eq!(parse(text.as_bytes()).unwrap().len(), 1);
        assert_eq!(whole_lines(text.as_bytes()), whole.len());
        let unended = format!("{whole}{}", line("different", 1, 3).trim_end());
        assert_eq!(parse(unended.as_bytes()).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_judgement_is_told_with_its_line() {
        for wrong in [
            "perhaps aa bb\n".to_owned(),
            "same 12 34\n".to_owned(),
            line("same", 1, 1),
            line("same", 1, 2).replace("02", "0x"),
            "# lookalike judgements 2\n".to_owned(),
            "\u{fffd}\n".replace('\u{fffd}', "same"),
        ] {
            let text = format!(
                "{}{}{wrong}{}",
                head(),
                line("same", 1, 2),
                line("same", 3, 4)
            );
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(
                error.starts_with("a file: line 3 is no judgement"),
                "{wrong}: {error}"
            );
        }
        assert!(parse(b"\xff\xfe\n").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(text in "(same|different|forget|#| |\n|[0-9a-f]{64}|[0-9a-f]{0,9}){0,40}") {
            if let Ok(read) = parse(text.as_bytes()) {
                prop_assert_eq!(parse(read.to_string().as_bytes()), Ok(read));
            }
        }
    }
}
