//! What is looked for.

use crate::cli::search::SearchArgs;
use crate::input;
use crate::options::Options;
use anyhow::{Context, Result, anyhow, bail};
use lookalike::decode::{DecodeOptions, Picture, decode_bytes};
use std::path::PathBuf;
use std::str::FromStr;

/// A picture that is looked for, or words.
pub struct Query {
    /// Its path, or `-`.
    pub path: PathBuf,
    region: Option<Region>,
    /// What it says, where it is no picture.
    pub words: Option<String>,
    /// The bytes of the one query of a command line, which are read first of all.
    read: Option<Vec<u8>>,
}

/// The queries and the folder of a command line.
pub fn from_args(args: &SearchArgs, options: &Options) -> Result<(Vec<Query>, Option<PathBuf>)> {
    let region = args.region.as_deref().map(str::parse).transpose()?;
    let query = |path: PathBuf| Query {
        path,
        region,
        words: None,
        read: None,
    };
    match (&args.queries_from, &args.places[..]) {
        (None, [] | [_]) if args.text.is_some() => {
            let mut words = query(PathBuf::new());
            words.words = args.text.clone();
            Ok((vec![words], args.places.first().cloned()))
        }
        (None, _) if args.text.is_some() => {
            bail!("with --text only a folder may be given; --plus adds a picture")
        }
        (Some(list), [] | [_]) => {
            let queries = input::paths(list, options.path_end)?;
            let queries = queries.into_iter().map(query).collect();
            Ok((queries, args.places.first().cloned()))
        }
        (Some(_), _) => bail!("with --queries-from only a folder may be given"),
        (None, [picture, rest @ ..]) => {
            // A query that cannot be read is told before a folder is indexed for it.
            let mut query = query(picture.clone());
            query.read = Some(query.bytes()?);
            Ok((vec![query], rest.first().cloned()))
        }
        (None, []) => bail!("a picture to look for is missing"),
    }
}

impl Query {
    /// The bytes of a picture file.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        if let Some(read) = &self.read {
            return Ok(read.clone());
        }
        let bytes = input::picture_bytes(&self.path)?;
        let name = || input::shown(&self.path);
        match &self.region {
            None => {
                lookalike::decode::probe_bytes(&bytes).with_context(name)?;
                Ok(bytes)
            }
            Some(region) => {
                let upright = DecodeOptions {
                    orient: true,
                    ..DecodeOptions::default()
                };
                let picture = decode_bytes(&bytes, &upright).with_context(name)?;
                region.cut(&picture).with_context(name)
            }
        }
    }
}

/// A part of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Region {
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
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            anyhow!(
                "--region is {text:?}, it must be X,Y,W,H in pixels or %, such as 10%,10%,50%,50%"
            )
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
    fn of(self, side: u32) -> f64 {
        match self {
            Self::Pixels(pixels) => pixels,
            Self::Percent(percent) => percent / 100.0 * f64::from(side),
        }
    }
}

impl Region {
    /// The part as a picture file of its own (PPM, which loses nothing).
    fn cut(&self, picture: &Picture) -> Result<Vec<u8>> {
        let (width, height) = (picture.width, picture.height);
        let span = |start: Length, length: Length, side: u32| {
            let from = start.of(side).round().min(f64::from(side));
            let to = (start.of(side) + length.of(side)).round();
            (from as usize, to.min(f64::from(side)) as usize)
        };
        let (left, right) = span(self.x, self.width, width);
        let (top, bottom) = span(self.y, self.height, height);
        if left >= right || top >= bottom {
            bail!("the region lies outside of the picture of {width} x {height} pixels");
        }
        let mut file = format!("P6\n{} {}\n255\n", right - left, bottom - top).into_bytes();
        for y in top..bottom {
            let row = &picture.rgb[y * width as usize * 3..][..width as usize * 3];
            file.extend_from_slice(&row[left * 3..right * 3]);
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::{Length, Region};
    use lookalike::decode::{DecodeOptions, decode_bytes};

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
        let pixels: Vec<u8> = (0..4 * 2 * 3).collect();
        let file = [b"P6\n4 2\n255\n", &pixels[..]].concat();
        let picture = decode_bytes(&file, &DecodeOptions::default()).unwrap();
        let region: Region = "50%,1,50%,50%".parse().unwrap();
        let part = decode_bytes(&region.cut(&picture).unwrap(), &DecodeOptions::default());
        assert_eq!(part.unwrap().rgb, [18, 19, 20, 21, 22, 23]);
        let outside: Region = "4,0,5,5".parse().unwrap();
        assert!(outside.cut(&picture).is_err());
    }
}
