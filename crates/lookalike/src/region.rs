//! A part of a picture, as a query of its own.

use crate::decode::Picture;
use crate::{Error, Result};
use std::str::FromStr;

/// A rectangle in a picture as displayed, in pixels or percent of its sides: `10,20,300,200` or
/// `10%,20%,50%,50%`, left, top, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    x: Length,
    y: Length,
    width: Length,
    height: Length,
}

/// A length along one side.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Length {
    Pixels(f64),
    Percent(f64),
}

impl FromStr for Region {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::Setting {
            setting: "the region",
            value: text.to_owned(),
            expected: "X,Y,W,H in pixels or %, such as 10%,10%,50%,50%",
        };
        let lengths = text.split(',').map(|length| {
            let length = length.trim();
            let (number, percent) = match length.strip_suffix('%') {
                Some(number) => (number, true),
                None => (length, false),
            };
            let number: f64 = number.trim().parse().ok()?;
            let fits = number.is_finite() && number >= 0.0;
            fits.then_some(match percent {
                true => Length::Percent(number),
                false => Length::Pixels(number),
            })
        });
        let lengths: Option<Vec<Length>> = lengths.collect();
        match lengths.as_deref() {
            Some(&[x, y, width, height]) => Ok(Self {
                x,
                y,
                width,
                height,
            }),
            _ => Err(wrong()),
        }
    }
}

impl Length {
    fn of(self, side: f64) -> f64 {
        match self {
            Self::Pixels(pixels) => pixels,
            Self::Percent(percent) => percent / 100.0 * side,
        }
    }
}

impl Region {
    /// The part of a picture, which was decoded [as it is seen](crate::decode::DecodeOptions::as_seen)
    /// and not made smaller, as a picture of its own.
    ///
    /// # Errors
    /// [`Error::Region`] where no pixel of it is in the region.
    pub fn cut(&self, picture: &Picture) -> Result<Picture> {
        let (width, height) = (picture.width, picture.height);
        let span = |start: Length, length: Length, side: u32| {
            let side = f64::from(side);
            let from = start.of(side).round().min(side);
            let to = (start.of(side) + length.of(side)).round().min(side);
            (from as u32, to as u32)
        };
        let (left, right) = span(self.x, self.width, width);
        let (top, bottom) = span(self.y, self.height, height);
        if left >= right || top >= bottom {
            return Err(Error::Region { width, height });
        }
        Ok(picture.part((left, top, right - left, bottom - top)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Length, Region};
    use crate::decode::Picture;

    #[test]
    fn a_region_is_read() {
        let region: Region = "10, 5%,20.5,100%".parse().unwrap();
        assert_eq!(region.x, Length::Pixels(10.0));
        assert_eq!(region.height, Length::Percent(100.0));
        for wrong in ["", "1,2,3", "1,2,3,x", "1,2,3,-4", "1,2,3,NaN", "1,2,3,4,5"] {
            assert!(wrong.parse::<Region>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_region_is_cut() {
        let picture = Picture::from_rgb(4, 2, (0..4 * 2 * 3).collect()).unwrap();
        let region: Region = "50%,1,50%,50%".parse().unwrap();
        let part = region.cut(&picture).unwrap();
        assert_eq!(
            (part.width, part.height, part.original_size),
            (2, 1, (2, 1))
        );
        assert_eq!(part.rgb, [18, 19, 20, 21, 22, 23]);
        let outside: Region = "4,0,5,5".parse().unwrap();
        assert!(outside.cut(&picture).is_err());
    }
}
