//! Where a picture is: a file, and a place in it.

use crate::decode::Place;
use crate::{ShownPath, path_to_bytes};
use std::fmt;
use std::path::PathBuf;

/// A file, and where in it a picture is.
///
/// For people, `scan.tif (page 3)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The file, relative to the indexed folder.
    pub path: PathBuf,
    /// Where in it, if it holds several.
    pub place: Option<Place>,
}

impl Source {
    /// A picture in a file.
    pub fn new(path: impl Into<PathBuf>, place: Option<Place>) -> Self {
        let path = path.into();
        Self { path, place }
    }

    /// A name of its own for each picture: the path, and where the file holds several, as
    /// `scan.tif#page=3`.
    pub(crate) fn name(&self) -> Vec<u8> {
        let mut name = path_to_bytes(&self.path);
        if let Some(place) = self.place {
            let (what, number) = place.parts();
            name.extend(format!("#{what}={number}").bytes());
        }
        name
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ShownPath(&self.path).fmt(f)?;
        match self.place {
            Some(place) => write!(f, " ({place})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stands_behind_the_path() {
        let page = Source::new("a/b.tif", Some(Place::Page(3)));
        assert_eq!(page.to_string(), "a/b.tif (page 3)");
        assert_eq!(Source::new("a.tif", None).to_string(), "a.tif");
        assert_eq!(page.name(), b"a/b.tif#page=3");
    }
}
