//! What can go wrong.

#[cfg(feature = "models")]
use std::path::PathBuf;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The pixels given are not as many as the size says, or none.
    #[error("{width} x {height} RGB pixels cannot have {received} bytes")]
    PixelCount {
        /// Claimed width in pixels.
        width: u32,
        /// Claimed height in pixels.
        height: u32,
        /// Bytes received.
        received: usize,
    },
    /// The model's answer is all zeros, or not finite.
    #[error("the model's answer for this picture is not a vector with a direction")]
    NoDirection,
    /// A model's file cannot be read.
    #[cfg(feature = "models")]
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is larger than any model can be.
    #[cfg(feature = "models")]
    #[error("{}: {bytes} bytes, at most {limit} are read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A file is not ONNX, is cut short, or needs what the runtime does not have.
    #[cfg(feature = "models")]
    #[error("{}: cannot be loaded as an ONNX model: {reason}", path.display())]
    NotOnnx {
        /// The file.
        path: PathBuf,
        /// What the runtime says.
        reason: String,
    },
    /// A manifest, a configuration or a tokenizer that is not as it must be.
    #[cfg(feature = "models")]
    #[error("{}: {reason}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// There is no such preset.
    #[cfg(feature = "models")]
    #[error("{name:?} is no preset; there are {known}")]
    Preset {
        /// The name received.
        name: String,
        /// All names.
        known: String,
    },
    /// Something about a model that cannot be known from its files.
    #[cfg(feature = "models")]
    #[error("{}: it is not known {what}; {add}", path.display())]
    Unknown {
        /// The file or folder.
        path: PathBuf,
        /// What is not known.
        what: &'static str,
        /// What to add, and where.
        add: String,
    },
    /// A model whose inputs or outputs are others than its configuration says.
    #[cfg(feature = "models")]
    #[error("{}: {what} is {received}, expected {expected}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The input or output.
        what: String,
        /// What is needed.
        expected: String,
        /// What the file has.
        received: String,
    },
    /// A model that fails while it runs.
    #[cfg(feature = "models")]
    #[error("{}: the model failed: {reason}", path.display())]
    Run {
        /// The file.
        path: PathBuf,
        /// What the runtime says.
        reason: String,
    },
    /// The shared library that shall run models is not usable.
    #[cfg(feature = "ort")]
    #[error("{}: named by ORT_DYLIB_PATH, but no usable ONNX Runtime: {reason}", path.display())]
    Library {
        /// The library.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Words were given to a model that knows pictures only.
    #[error("the model {name} has no text tower, so words cannot be searched for")]
    NoText {
        /// The model's name.
        name: String,
    },
    /// A text has words that no class of the embedded model goes by.
    #[error("the embedded network does not know {}{}", shown(words), more_words(*more))]
    UnknownWords {
        /// The first of them.
        words: Vec<UnknownWord>,
        /// How many more there are.
        more: usize,
    },
    /// A text says nothing that could be in a picture.
    #[error("no noun in the text: nothing to look for")]
    NoNoun,
    /// A text is longer than is read.
    #[error("a text of {bytes} bytes; at most {limit} are read")]
    LongText {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
}

/// A word that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// The word.
    pub word: String,
    /// Known ones that are written nearly like it, the nearest first.
    pub near: Vec<String>,
}

fn shown(words: &[UnknownWord]) -> String {
    let shown = words
        .iter()
        .map(|UnknownWord { word, near }| match &near[..] {
            [] => format!("{word:?}"),
            near => format!("{word:?} (but {})", near.join(", ")),
        });
    shown.collect::<Vec<_>>().join(", ")
}

fn more_words(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => " and one more word".into(),
        more => format!(" and {more} more words"),
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
