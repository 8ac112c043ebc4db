//! The strongest keypoints of a stream, with their descriptors.

use crate::{Descriptors, Features, Keypoint};

/// The strongest so far, strongest first; of equals the one first in the list.
#[derive(Debug, Default)]
pub(super) struct Strongest {
    kept: Vec<(usize, Keypoint, Vec<f32>)>,
}

impl Strongest {
    /// Where a keypoint of this response and index in the list would stand.
    fn place(&self, response: f32, index: usize) -> usize {
        let before = |k: &(usize, Keypoint, Vec<f32>)| {
            k.1.response > response || (k.1.response == response && k.0 < index)
        };
        self.kept.partition_point(before)
    }

    /// Whether it would be among the first `max`.
    pub(super) fn admits(&self, max: usize, response: f32, index: usize) -> bool {
        self.place(response, index) < max
    }

    /// Puts it in its place.
    pub(super) fn insert(
        &mut self,
        max: usize,
        index: usize,
        keypoint: Keypoint,
        descriptor: Vec<f32>,
    ) {
        let place = self.place(keypoint.response, index);
        self.kept.insert(place, (index, keypoint, descriptor));
        self.kept.truncate(max);
    }

    /// All of them, with descriptors of `length` numbers.
    pub(super) fn into_features(self, length: usize) -> Features {
        let keypoints = self.kept.iter().map(|k| k.1).collect();
        let numbers = self.kept.into_iter().flat_map(|k| k.2).collect();
        Features {
            keypoints,
            descriptors: Descriptors::from_f32(length, numbers),
        }
    }
}
