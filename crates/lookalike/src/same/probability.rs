//! How sure a number of inliers makes.

/// The probability that two pictures are the same.
pub(super) fn probability(inliers: usize, _matches: usize, correlation: Option<f64>) -> f64 {
    let odds = inliers as f64 - 8.0 + correlation.map_or(0.0, |c| 10.0 * (c - 0.2));
    1.0 / (1.0 + (-odds).exp())
}
