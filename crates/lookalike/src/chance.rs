//! What likeness chance gives: the similarities of pictures that were not chosen for being alike.

/// So many deviations above the median of what chance gives begins likeness: of a normal
/// distribution 0.1 % are above it.
const DEVIATIONS: f32 = 3.0;
/// Share of a normal distribution below its mean minus its deviation.
const ONE_DEVIATION: f32 = 0.1587;
/// Pictures that are as much alike are so in every library.
pub(crate) const ALWAYS_ALIKE: f32 = 0.9;

/// Similarities that chance gives, in [-1, 1].
#[derive(Debug)]
pub(crate) struct Chance {
    /// Ascending.
    scores: Vec<f32>,
}

impl Chance {
    /// That of these similarities: of pairs of pictures, or of pictures to one query.
    pub(crate) fn new(mut scores: Vec<f32>) -> Self {
        scores.sort_by(f32::total_cmp);
        Self { scores }
    }

    /// The share of them that are below `score`, in [0, 1].
    pub(crate) fn share_below(&self, score: f32) -> f32 {
        let below = self.scores.partition_point(|&chance| chance < score);
        below as f32 / self.scores.len().max(1) as f32
    }

    /// The similarity that chance hardly gives. It is told by the lower half: in the upper half are
    /// those that are no chance.
    pub(crate) fn hardly(&self) -> f32 {
        if self.scores.is_empty() {
            return ALWAYS_ALIKE;
        }
        let at = |share: f32| self.scores[(share * (self.scores.len() - 1) as f32) as usize];
        let median = at(0.5);
        let deviation = median - at(ONE_DEVIATION);
        (median + DEVIATIONS * deviation).min(ALWAYS_ALIKE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_what_is_below() {
        let chance = Chance::new(vec![0.5, 0.1, 0.3, 0.3]);
        let shares = [0.1, 0.3, 0.31, 2.0].map(|score| chance.share_below(score));
        assert_eq!(shares, [0.0, 0.25, 0.75, 1.0]);
        assert_eq!(Chance::new(Vec::new()).share_below(0.5), 0.0);
    }

    #[test]
    fn likeness_begins_above_chance_and_never_above_what_is_always_alike() {
        let hardly = |scores: &[f32]| Chance::new(scores.to_vec()).hardly();
        assert_eq!(hardly(&[]), ALWAYS_ALIKE);
        assert_eq!(hardly(&[1.0; 9]), ALWAYS_ALIKE);
        assert_eq!(hardly(&[0.0; 9]), 0.0);
        let spread: Vec<f32> = (0..=100).map(|i| i as f32 / 1000.0).collect();
        assert!((hardly(&spread) - (0.05 + 3.0 * 0.035)).abs() < 1e-6);
    }
}
