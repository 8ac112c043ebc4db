//! Which keypoints remain, and in what order.

use std::cmp::Ordering;

use crate::Keypoint;

/// OpenCV's order: by position; then larger, smaller angle, stronger, higher octave first.
fn compare(a: &Keypoint, b: &Keypoint) -> Ordering {
    let by = |a: f32, b: f32| a.total_cmp(&b);
    by(a.x, b.x)
        .then(by(a.y, b.y))
        .then(by(b.size, a.size))
        .then(by(a.angle, b.angle))
        .then(by(b.response, a.response))
        .then(b.octave.cmp(&a.octave))
        .then(b.class_id.cmp(&a.class_id))
}

/// Sorts, and removes keypoints that agree in position, size and angle, as
/// `cv::KeyPointsFilter::removeDuplicatedSorted`.
pub(super) fn sort_and_deduplicate(keypoints: &mut Vec<Keypoint>) {
    keypoints.sort_unstable_by(compare);
    keypoints.dedup_by(|a, b| (a.x, a.y, a.size, a.angle) == (b.x, b.y, b.size, b.angle));
}

/// Keeps the `count` strongest keypoints and those that tie with the weakest of them, as
/// `cv::KeyPointsFilter::retainBest`, but in the order they were in.
pub(super) fn retain_best(keypoints: &mut Vec<Keypoint>, count: usize) {
    if count == 0 || keypoints.len() <= count {
        return;
    }
    let mut responses: Vec<f32> = keypoints.iter().map(|k| k.response).collect();
    let (_, weakest, _) = responses.select_nth_unstable_by(count - 1, |a, b| b.total_cmp(a));
    let weakest = *weakest;
    keypoints.retain(|k| k.response >= weakest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keypoint(x: f32, response: f32) -> Keypoint {
        Keypoint {
            x,
            y: 0.0,
            size: 1.0,
            angle: 0.0,
            response,
            octave: 0,
            class_id: -1,
        }
    }

    #[test]
    fn ties_with_the_weakest_are_kept_in_their_order() {
        let mut all: Vec<_> = [(0.0, 1.0), (1.0, 3.0), (2.0, 2.0), (3.0, 2.0), (4.0, 9.0)]
            .map(|(x, r)| keypoint(x, r))
            .into();
        retain_best(&mut all, 3);
        let kept: Vec<_> = all.iter().map(|k| k.x).collect();
        assert_eq!(kept, [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn duplicates_go_whatever_their_strength() {
        let mut all = vec![keypoint(1.0, 1.0), keypoint(0.0, 5.0), keypoint(1.0, 2.0)];
        sort_and_deduplicate(&mut all);
        assert_eq!(all, [keypoint(0.0, 5.0), keypoint(1.0, 2.0)]);
    }
}
