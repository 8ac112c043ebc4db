//! Why a file gave no pixels.

use std::io;

use super::{Format, Place};

/// Why a file gave no pixels. The message is one line, meant to be shown after the file's name,
/// which the caller adds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The content is of no picture format we recognise, whatever the extension says.
    #[error("not a picture")]
    NotAPicture,
    /// A picture format that we recognise and do not decode.
    #[error("{format} pictures are not read by this build")]
    UnsupportedFormat {
        /// The format.
        format: Format,
    },
    /// A rare feature of a format we otherwise decode.
    #[error("{format}: not supported: {reason}")]
    UnsupportedFeature {
        /// The format.
        format: Format,
        /// What the file asks for.
        reason: String,
    },
    /// The file ends before its picture does.
    #[error("{format}: the file is cut short")]
    Truncated {
        /// The format.
        format: Format,
    },
    /// The content contradicts its format.
    #[error("{format}: damaged: {reason}")]
    Corrupt {
        /// The format.
        format: Format,
        /// What the decoder says.
        reason: String,
    },
    /// The file has no such page or frame.
    #[error("{format}: there is no {place}")]
    NoSuchPlace {
        /// The format.
        format: Format,
        /// What was asked for.
        place: Place,
    },
    /// More pixels than [`Limits::max_pixels`](super::Limits::max_pixels).
    #[error("{width} x {height} pixels are more than the limit of {limit} pixels")]
    TooLarge {
        /// Claimed width in pixels.
        width: u32,
        /// Claimed height in pixels.
        height: u32,
        /// The limit in pixels.
        limit: u64,
    },
    /// More bytes than [`Limits::max_file_bytes`](super::Limits::max_file_bytes).
    #[error("a file of {bytes} bytes is more than the limit of {limit} bytes")]
    FileTooLarge {
        /// Size of the file in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Decoding wants more than [`Limits::max_memory`](super::Limits::max_memory).
    #[error("{format}: decoding needs more memory than the limit of {limit} bytes")]
    TooMuchMemory {
        /// The format.
        format: Format,
        /// The limit in bytes.
        limit: u64,
    },
    /// A directory, a pipe, a device: nothing that can be read as a file.
    #[error("{kind}, not a regular file")]
    NotAFile {
        /// What it is, with its article.
        kind: &'static str,
    },
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A decoder gave up by a panic; the damage ends with this file.
    #[error("{format}: the decoder failed: {reason}")]
    Panicked {
        /// The format.
        format: Format,
        /// The panic's message.
        reason: String,
    },
}

/// A decoder's own words as part of a one-line message: control characters become spaces, long
/// texts are cut.
pub(super) fn one_line(text: impl std::fmt::Display) -> String {
    let text = text.to_string();
    let mut words = text.split(|c: char| c.is_control() || c == ' ');
    let mut line = String::new();
    for word in words.by_ref().filter(|word| !word.is_empty()) {
        if line.chars().count() + word.chars().count() > 160 {
            line.push_str(" ...");
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn words_of_decoders_stay_on_one_line() {
        assert_eq!(one_line("a\nb\t c\u{7}"), "a b c");
        assert!(one_line("word ".repeat(100)).len() < 170);
    }
}
