//! What is decided when a library is made, and recorded in it.

use crate::model::ModelSource;
use crate::{Error, Part, Parts, Result};
use lookalike_vision::{Algorithm, ChannelOrder};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// How much a library stores for each picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
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
#[non_exhaustive]
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
    /// What is kept of each picture.
    pub parts: Parts,
    /// The feature algorithm of the vector, with its default parameters.
    pub algorithm: Algorithm,
    /// Keypoints in a vector, the strongest ones.
    pub keypoints: usize,
    /// Pictures whose larger side has more pixels are reduced to this before the vector is made.
    pub max_side: u32,
    /// The grey weights; the tutorial's case is [`ChannelOrder::Rgb`].
    pub channel_order: ChannelOrder,
}

impl Default for Settings {
    /// Visual words and embeddings; and where vectors are asked for, the tutorial's: KAZE, 32 keypoints, grey in
    /// rgb order, at most 1,024 pixels a side.
    fn default() -> Self {
        Self {
            profile: Profile::Default,
            parts: Parts::from(Part::Words).and(Part::Embedding),
            algorithm: Algorithm::Kaze,
            keypoints: 32,
            max_side: 1024,
            channel_order: ChannelOrder::Rgb,
        }
    }
}

/// The settings that a user asked for; `None` where the user said nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskedSettings {
    /// See [`Settings::profile`].
    pub profile: Option<Profile>,
    /// What must be kept, beside what is kept anyway; see [`Settings::parts`].
    pub parts: Parts,
    /// What a new library keeps, instead of what it would.
    pub only: Option<Parts>,
    /// See [`Settings::algorithm`]; to ask for it is to ask for vectors.
    pub algorithm: Option<Algorithm>,
    /// See [`Settings::keypoints`]; likewise.
    pub keypoints: Option<usize>,
    /// What makes embeddings; to ask for it is to ask for them.
    pub model: Option<ModelSource>,
}

impl AskedSettings {
    /// What must be kept.
    pub(crate) fn parts(&self) -> Parts {
        let mut parts = self.parts;
        if self.algorithm.is_some() || self.keypoints.is_some() {
            parts = parts.and(Part::Vector);
        }
        if self.model.is_some() {
            parts = parts.and(Part::Embedding);
        }
        parts
    }

    /// The settings of a new library.
    pub(crate) fn or_default(&self) -> Settings {
        let default = Settings::default();
        Settings {
            profile: self.profile.unwrap_or(default.profile),
            parts: self.only.unwrap_or(default.parts).and(self.parts()),
            algorithm: self.algorithm.unwrap_or(default.algorithm),
            keypoints: self.keypoints.unwrap_or(default.keypoints).max(1),
            ..default
        }
    }

    /// The settings of a library that also keeps what is asked for; `None` where it does already.
    pub(crate) fn added_to(&self, recorded: &Settings) -> Option<Settings> {
        let only = self.only.unwrap_or_default();
        let parts = recorded.parts.and(self.parts()).and(only);
        let added = parts.without(recorded.parts);
        let mut settings = Settings { parts, ..*recorded };
        if added.has(Part::Vector) {
            let asked = self.or_default();
            settings.algorithm = asked.algorithm;
            settings.keypoints = asked.keypoints;
        }
        (!added.is_empty()).then_some(settings)
    }

    /// Refuses what an existing library was not made with.
    pub(crate) fn compare(&self, folder: &Path, recorded: &Settings) -> Result<()> {
        let compare = |setting, recorded: String, asked: Option<String>| match asked {
            Some(asked) if asked != recorded => Err(Error::SettingDiffers {
                path: folder.to_path_buf(),
                setting,
                recorded,
                asked,
            }),
            _ => Ok(()),
        };
        let text = |value: &dyn fmt::Display| value.to_string();
        compare(
            "the profile",
            text(&recorded.profile),
            self.profile.as_ref().map(|v| text(v)),
        )?;
        compare(
            "the vector algorithm",
            text(&recorded.algorithm),
            self.algorithm.as_ref().map(|v| text(v)),
        )?;
        compare(
            "the number of keypoints",
            text(&recorded.keypoints),
            self.keypoints.as_ref().map(|v| text(v)),
        )
    }
}
