//! Parameters of ORB.

use crate::{Error, Result};

/// By what ORB chooses among corners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrbScore {
    /// Harris' measure (`HARRIS_SCORE`).
    #[default]
    Harris,
    /// FAST's score (`FAST_SCORE`): a little quicker, less stable.
    Fast,
}

/// Parameters of [`Orb`](super::Orb), those of `cv::ORB::create`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrbParams {
    /// How many keypoints are kept, over all levels; a few more where scores are equal.
    pub nfeatures: usize,
    /// Ratio of the sizes of neighbouring levels, more than 1, up to 16.
    pub scale_factor: f32,
    /// Number of levels, 1 to 64.
    pub n_levels: usize,
    /// Width of the frame in which no keypoints are kept, in pixels of their level.
    pub edge_threshold: u32,
    /// The level that is the picture itself, below `n_levels`; those before it are enlarged, by
    /// at most 16.
    pub first_level: usize,
    /// Pixels compared by one test: 2 (one bit: which is darker), 3 or 4 (two bits: which is
    /// the lightest). Descriptors of 3 and 4 are to be compared two bits at a time
    /// (`NORM_HAMMING2`).
    pub wta_k: usize,
    /// The score by which keypoints are chosen; also their response.
    pub score_type: OrbScore,
    /// Side of the patch that gives orientation and descriptor, 2 to 255 pixels.
    pub patch_size: u32,
    /// The threshold of [`Fast`](crate::Fast).
    pub fast_threshold: u8,
}

impl Default for OrbParams {
    fn default() -> Self {
        Self {
            nfeatures: 500,
            scale_factor: 1.2,
            n_levels: 8,
            edge_threshold: 31,
            first_level: 0,
            wta_k: 2,
            score_type: OrbScore::Harris,
            patch_size: 31,
            fast_threshold: 20,
        }
    }
}

/// The largest enlargement of a level.
const MAX_ENLARGEMENT: f32 = 16.0;
/// The largest number of levels.
pub(super) const MAX_LEVELS: usize = 64;

impl OrbParams {
    pub(super) fn check(&self) -> Result<()> {
        let check = |good: bool, parameter, value: String, expected| {
            if good {
                return Ok(());
            }
            Err(Error::Parameter {
                algorithm: "orb",
                parameter,
                value,
                expected,
            })
        };
        check(
            self.scale_factor > 1.0 && self.scale_factor <= MAX_ENLARGEMENT,
            "scale-factor",
            self.scale_factor.to_string(),
            "more than 1, up to 16",
        )?;
        check(
            (1..=MAX_LEVELS).contains(&self.n_levels),
            "n-levels",
            self.n_levels.to_string(),
            "1 to 64",
        )?;
        check(
            self.first_level < self.n_levels && 1.0 / self.scale(0) <= MAX_ENLARGEMENT,
            "first-level",
            self.first_level.to_string(),
            "below n-levels, with levels before it enlarged by at most 16",
        )?;
        check(
            (2..=4).contains(&self.wta_k),
            "wta-k",
            self.wta_k.to_string(),
            "2, 3 or 4",
        )?;
        check(
            (2..=255).contains(&self.patch_size),
            "patch-size",
            self.patch_size.to_string(),
            "2 to 255",
        )
    }

    /// By what coordinates of a level are to be multiplied to be those of the picture.
    pub(super) fn scale(&self, level: usize) -> f32 {
        let steps = level as f64 - self.first_level as f64;
        f64::from(self.scale_factor).powf(steps) as f32
    }

    /// The size of a level of a picture.
    pub(super) fn level_size(
        &self,
        level: usize,
        (width, height): (usize, usize),
    ) -> (usize, usize) {
        let shrink = 1.0 / self.scale(level);
        let side = |side: usize| (side as f32 * shrink).round_ties_even() as usize;
        (side(width), side(height))
    }

    /// How many keypoints each level is to give: a geometric series.
    pub(super) fn features_per_level(&self) -> Vec<usize> {
        let factor = (1.0 / f64::from(self.scale_factor)) as f32;
        let all = 1.0 - f64::from(factor).powf(self.n_levels as f64) as f32;
        let mut wanted = self.nfeatures as f32 * (1.0 - factor) / all;
        let mut counts: Vec<usize> = Vec::with_capacity(self.n_levels);
        for _ in 1..self.n_levels {
            counts.push(wanted.round_ties_even() as usize);
            wanted *= factor;
        }
        counts.push(self.nfeatures.saturating_sub(counts.iter().sum()));
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_shared_out_among_levels() {
        let counts = OrbParams::default().features_per_level();
        assert_eq!(counts, [109, 90, 75, 63, 52, 44, 36, 31]);
    }
}
