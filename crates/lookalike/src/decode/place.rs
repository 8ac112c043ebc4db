//! Where in a file a picture is.

use std::fmt;
use std::str::FromStr;

/// Where in a file a picture is, if the file holds several. Pages and frames are counted from 1 on.
///
/// As text, `page 3` or `frame 7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Place {
    /// A page.
    Page(u32),
    /// A frame of an animation, as it is shown.
    Frame(u32),
}

impl Place {
    /// What is counted, and the number.
    pub fn parts(self) -> (&'static str, u32) {
        match self {
            Self::Page(number) => ("page", number),
            Self::Frame(number) => ("frame", number),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, number) = self.parts();
        write!(f, "{what} {number}")
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (what, number) = text.split_once(' ').ok_or(())?;
        let number = number.parse().map_err(|_| ())?;
        match what {
            "page" => Ok(Self::Page(number)),
            "frame" => Ok(Self::Frame(number)),
            _ => Err(()),
        }
    }
}

/// At most `most` frames of so many, evenly over the animation, the first among them.
pub(super) fn spread(frames: u32, most: u32) -> Vec<Place> {
    let chosen = u64::from(frames.min(most.max(1)));
    let at = |i: u64| (i * u64::from(frames) / chosen) as u32;
    (0..chosen).map(|i| Place::Frame(at(i) + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for place in [Place::Page(3), Place::Frame(u32::MAX)] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for wrong in ["", "page", "page x", "frame -1", "7"] {
            assert_eq!(wrong.parse::<Place>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn frames_are_spread_evenly_from_the_first_on() {
        let numbers = |frames, most| {
            let places = spread(frames, most).into_iter();
            places.map(|place| place.parts().1).collect::<Vec<_>>()
        };
        assert_eq!(numbers(3, 8), [1, 2, 3]);
        assert_eq!(numbers(100, 4), [1, 26, 51, 76]);
        assert_eq!(numbers(9, 8).len(), 8);
        assert_eq!(numbers(5, 0), [1]);
        assert_eq!(numbers(u32::MAX, 2), [1, 1 + u32::MAX / 2]);
    }
}
