//! What a picture is called in its library.

use crate::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// The id of a picture in one library, from 1 on. Files of equal content share it, later pictures
/// have larger ones, and it is never given to another picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(transparent))]
pub struct PictureId(u64);

impl PictureId {
    /// The picture of this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for PictureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PictureId {
    type Err = Error;

    /// Reads decimal digits, and nothing else.
    fn from_str(text: &str) -> Result<Self> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = digits.then(|| text.parse().ok()).flatten();
        number.map(Self).ok_or_else(|| Error::Setting {
            setting: "the id of a picture",
            value: text.into(),
            expected: "a number",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PictureId;

    #[test]
    fn an_id_is_digits() {
        assert_eq!("12".parse::<PictureId>().unwrap(), PictureId::new(12));
        for wrong in [
            "",
            "+1",
            "-1",
            "1.0",
            " 1",
            "18446744073709551616",
            "\u{0661}",
        ] {
            assert!(wrong.parse::<PictureId>().is_err(), "{wrong}");
        }
    }
}
