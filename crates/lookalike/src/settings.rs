//! What is decided when a library is made, and recorded in it.

use crate::{Error, Result};
use lookalike_vision::{Algorithm, ChannelOrder};
use std::fmt;
use std::str::FromStr;

/// How much a library stores for each picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// The best answers.
    #[default]
    Default,
    /// Less room on the disk, faster indexing.
    Light,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::Light => "light",
        })
    }
}

impl FromStr for Profile {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "default" => Ok(Self::Default),
            "light" => Ok(Self::Light),
            _ => Err(Error::Setting {
                setting: "profile",
                value: text.into(),
                expected: "default or light",
            }),
        }
    }
}

/// Where the pictures of a library come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryKind {
    /// From a folder of files.
    Folder,
    /// Imported as names with vectors; there are no files.
    Imported,
}

/// How the vectors of a library are made. Pictures and queries go the same way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How much is stored.
    pub profile: Profile,
    /// The feature algorithm of the vector, with its default parameters.
    pub algorithm: Algorithm,
    /// Keypoints in a vector, the strongest ones.
    pub keypoints: usize,
    /// Pictures whose larger side has more pixels are reduced to this first.
    pub max_side: u32,
    /// The grey weights; the tutorial's case is [`ChannelOrder::Rgb`].
    pub channel_order: ChannelOrder,
}

impl Default for Settings {
    /// The tutorial's vector: KAZE, 32 keypoints, grey in rgb order; at most 1,024 pixels a side.
    fn default() -> Self {
        Self {
            profile: Profile::Default,
            algorithm: Algorithm::Kaze,
            keypoints: 32,
            max_side: 1024,
            channel_order: ChannelOrder::Rgb,
        }
    }
}
