//! The algorithms by name.

use crate::{Error, Exec, Feature2d, Result};
use std::fmt;
use std::str::FromStr;

/// The feature algorithms, by the names that users give them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// KAZE: nonlinear scale space, 64 floats. The tutorial's choice.
    #[default]
    Kaze,
    /// Accelerated KAZE: 61 bytes.
    Akaze,
    /// SIFT: 128 floats.
    Sift,
    /// SURF: 64 floats. Needs the cargo feature `nonfree`.
    Surf,
    /// ORB: 32 bytes.
    Orb,
    /// BRIEF on STAR keypoints: 32 bytes.
    Brief,
}

impl Algorithm {
    /// All of them, in the order in which help texts list them.
    pub const ALL: [Self; 6] = [
        Self::Kaze,
        Self::Akaze,
        Self::Sift,
        Self::Surf,
        Self::Orb,
        Self::Brief,
    ];

    /// The name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kaze => "kaze",
            Self::Akaze => "akaze",
            Self::Sift => "sift",
            Self::Surf => "surf",
            Self::Orb => "orb",
            Self::Brief => "brief",
        }
    }

    /// A worker with OpenCV's default parameters.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where this build does not have the algorithm.
    pub fn create(self, exec: Exec) -> Result<Box<dyn Feature2d>> {
        match self {
            Self::Kaze => Ok(Box::new(crate::Kaze::new(Default::default(), exec)?)),
            Self::Akaze => Ok(Box::new(crate::Akaze::new(Default::default(), exec)?)),
            Self::Sift => Ok(Box::new(crate::Sift::new(Default::default(), exec)?)),
            #[cfg(feature = "nonfree")]
            Self::Surf => Ok(Box::new(crate::Surf::new(Default::default(), exec)?)),
            Self::Orb => Ok(Box::new(crate::Orb::new(Default::default(), exec)?)),
            Self::Brief => {
                let (params, detector) = Default::default();
                Ok(Box::new(crate::Brief::new(params, detector, exec)?))
            }
            #[cfg(not(feature = "nonfree"))]
            Self::Surf => Err(Error::Unsupported {
                algorithm: self.name(),
                operation: "run in this build",
            }),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|a| a.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| Error::UnknownAlgorithm { name: name.into() })
    }
}
