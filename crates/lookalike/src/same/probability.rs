//! How sure a number of inliers makes.
//!
//! A logistic model, fitted by `bench/calibrate.py` to 7,500 pairs that the index proposed, 499 of
//! them true: 25 modified copies of each of 20 photographs, and 250 photographs without an answer,
//! in a library of 500. There the pairs separate: no false one had more than 4 inliers, no true one
//! less than 8. In between the model only interpolates.

const BASE: f64 = -11.14;
const INLIER: f64 = 1.67;
/// More inliers make nothing surer.
const MOST: usize = 15;
/// Where the pixels were compared,
const COMPARED: f64 = 1.16;
/// and by how well they agree.
const CORRELATION: f64 = 1.11;

/// The probability that a proposal shows the same picture as the query.
pub(super) fn probability(inliers: usize, correlation: Option<f64>) -> f64 {
    let odds = BASE
        + INLIER * inliers.min(MOST) as f64
        + correlation.map_or(0.0, |c| COMPARED + CORRELATION * c);
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests {
    use super::probability;

    #[test]
    fn proofs_are_probable_and_the_rest_is_not() {
        assert!(probability(10, None) > 0.99);
        assert!(probability(6, Some(0.4)) > 0.5);
        assert!(probability(5, None) < 0.1);
        assert!(probability(0, None) < 1e-4);
    }

    #[test]
    fn more_evidence_is_surer() {
        let steps = [
            probability(6, None),
            probability(7, None),
            probability(7, Some(0.5)),
        ];
        assert!(steps.is_sorted());
        assert_eq!(probability(15, None), probability(800, None));
    }
}
