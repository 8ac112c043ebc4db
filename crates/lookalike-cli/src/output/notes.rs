//! Notes on stderr: errors, summaries, and what --verbose tells.
//!
//! A note that nobody can read is no reason to stop, so failures to write are passed over.

use super::hint;
use crate::options::Options;
use std::io::Write;

/// An error, in one line.
pub fn error(options: &Options, message: &str) {
    let (on, off) = paint(options.color_errors, "1;31");
    // Whatever the message quotes, it stays one line.
    let message: String = message
        .trim_end()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    line(&format!("{on}lookalike:{off} {message}"));
}

/// An error and its causes, without those that it tells itself, and what helps.
pub fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.ends_with(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    if let Some(hint) = hint::of(error) {
        told = format!("{told}; {hint}");
    }
    told
}

/// A file that could not be read, and why.
pub fn failed(options: &Options, path: &str, reason: &str) {
    error(options, &format!("{path}: {reason}"));
}

/// Something that is no error but should be known; not with --quiet.
pub fn note(options: &Options, message: &str) {
    if !options.quiet {
        line(message);
    }
}

/// Something that only --verbose tells.
pub fn detail(options: &Options, message: &str) {
    if options.verbose {
        line(message);
    }
}

fn line(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// The escape sequences around coloured text.
pub fn paint(color: bool, code: &str) -> (String, &'static str) {
    if color {
        (format!("\x1b[{code}m"), "\x1b[0m")
    } else {
        (String::new(), "")
    }
}
