//! Which keypoints of a picture are kept: the strongest, and in a query those of each part of it.

use lookalike_vision::{Keypoint, SiftParams};

/// Rows and columns of the grid over which the keypoints of a query are spread.
const GRID: usize = 4;
/// A weak keypoint counts less the smaller it is than so many pixels: in a picture without texture the
/// many small ones are noise and traces of compression, which no copy repeats.
const COARSE: f32 = 16.0;

/// Smallest size of a coarse keypoint, in pixels.
const COARSE_FROM: f32 = 8.0;

/// Which keypoints are taken of those that SIFT finds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selection {
    /// Weaker ones than SIFT usually finds are taken while there are fewer.
    pub(super) enough: usize,
    /// So many of the strongest are taken wherever they are,
    pub(super) strongest: usize,
    /// among them so many that are coarse, if there are.
    pub(super) coarse: usize,
    /// Beyond these, the strongest of each cell of a grid, so many.
    pub(super) in_cell: usize,
    /// But no more in all.
    pub(super) most: usize,
}

impl Selection {
    /// The least strength of what is taken wherever it is, of any keypoint and of a coarse one.
    fn thresholds(self, keypoints: &[Keypoint], all: &Descending) -> (f32, f32) {
        let any = all.at(self.strongest - self.coarse.min(self.strongest - 1) - 1);
        let of = |wanted: &dyn Fn(&Keypoint) -> bool| {
            let rest = keypoints.iter().filter(|k| strength(k) < any && wanted(k));
            Descending::new(rest.map(strength).collect())
        };
        let rest = of(&is_coarse);
        let coarse = match self.coarse {
            0 => f32::INFINITY,
            most => rest.at(most - 1),
        };
        // Where there are too few coarse ones, others take their place.
        let left = self.coarse.saturating_sub(rest.0.len());
        let fine = match left {
            0 => any,
            _ => of(&|k| !is_coarse(k)).at(left - 1),
        };
        (fine.min(any), coarse)
    }

    /// Takes away what is not selected, for a picture of this width and height.
    pub(super) fn apply(self, keypoints: &mut Vec<Keypoint>, size: [u32; 2]) {
        let all = Descending::new(keypoints.iter().map(strength).collect());
        let least = all.at(self.enough).min(strong()).max(all.at(self.most - 1));
        // With all that are as strong as the last, as in SIFT.
        let (strongest, coarse) = self.thresholds(keypoints, &all);
        let mut cells = vec![Vec::new(); GRID * GRID];
        for keypoint in keypoints.iter() {
            cells[cell(keypoint, size)].push(strength(keypoint));
        }
        let beyond: Vec<f32> = cells
            .into_iter()
            .map(|strengths| Descending::new(strengths).at(self.in_cell))
            .collect();
        keypoints.retain(|k| {
            let strength = strength(k);
            let is_taken = strength >= strongest
                || is_coarse(k) && strength >= coarse
                || strength > beyond[cell(k, size)];
            is_taken && strength >= least
        });
    }
}

/// Whether a copy that was made small or soft may still show it.
fn is_coarse(keypoint: &Keypoint) -> bool {
    keypoint.size >= COARSE_FROM
}

/// The response of the weakest keypoint that SIFT usually finds.
fn strong() -> f32 {
    let usual = SiftParams::default();
    (usual.contrast_threshold / usual.n_octave_layers as f64) as f32
}

/// The response, that of a weak keypoint by its size.
fn strength(keypoint: &Keypoint) -> f32 {
    if keypoint.response >= strong() {
        return keypoint.response;
    }
    keypoint.response * (keypoint.size / COARSE).min(1.0)
}

/// The cell of the grid that a keypoint is in.
fn cell(keypoint: &Keypoint, size: [u32; 2]) -> usize {
    let of = |at: f32, side: u32| ((at * GRID as f32 / side as f32) as usize).min(GRID - 1);
    of(keypoint.y, size[1]) * GRID + of(keypoint.x, size[0])
}

/// Strengths, which are positive, from the strongest on.
struct Descending(Vec<f32>);

impl Descending {
    fn new(mut strengths: Vec<f32>) -> Self {
        strengths.sort_unstable_by(|a, b| b.total_cmp(a));
        Self(strengths)
    }

    /// The strength of a rank, 0 beyond the weakest.
    fn at(&self, rank: usize) -> f32 {
        self.0.get(rank).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [u32; 2] = [400, 200];

    /// Keypoints of these responses, all in the cell that holds a place.
    fn keypoints(x: f32, y: f32, responses: impl IntoIterator<Item = f32>) -> Vec<Keypoint> {
        let at = |response| Keypoint {
            x,
            y,
            response,
            size: 4.0,
            angle: 0.0,
            octave: 0,
            class_id: -1,
        };
        responses.into_iter().map(at).collect()
    }

    fn selected(selection: Selection, mut from: Vec<Keypoint>) -> Vec<f32> {
        selection.apply(&mut from, SIZE);
        from.iter().map(|k| k.response).collect()
    }

    #[test]
    fn the_strongest_are_taken_with_those_as_strong_as_the_last() {
        let selection = Selection {
            enough: 1,
            strongest: 3,
            coarse: 0,
            in_cell: 0,
            most: 200,
        };
        let from = keypoints(10.0, 10.0, [0.1, 0.3, 0.2, 0.2, 0.4]);
        assert_eq!(selected(selection, from), [0.3, 0.2, 0.2, 0.4]);
    }

    #[test]
    fn a_part_of_the_picture_keeps_its_own_strongest() {
        let selection = Selection {
            enough: 1,
            strongest: 4,
            coarse: 0,
            in_cell: 2,
            most: 200,
        };
        let mut from = keypoints(10.0, 10.0, [0.9, 0.8, 0.7, 0.6, 0.5]);
        from.extend(keypoints(399.9, 199.9, [0.2, 0.1, 0.3]));
        assert_eq!(selected(selection, from), [0.9, 0.8, 0.7, 0.6, 0.2, 0.3]);
    }

    #[test]
    fn weak_ones_are_taken_only_while_there_are_few() {
        let weak = 0.01;
        let from = |strong: usize| {
            let responses = std::iter::repeat_n(0.5, strong).chain([weak; 5]);
            keypoints(10.0, 10.0, responses)
        };
        let selection = Selection {
            enough: 3,
            strongest: 100,
            coarse: 0,
            in_cell: 100,
            most: 200,
        };
        assert_eq!(selected(selection, from(4)).len(), 4);
        assert_eq!(selected(selection, from(2)).len(), 7);
        assert!(selected(selection, Vec::new()).is_empty());
    }

    #[test]
    fn some_are_coarse_if_there_are() {
        let selection = Selection {
            enough: 1,
            strongest: 4,
            coarse: 2,
            in_cell: 0,
            most: 200,
        };
        let from = |coarse: &[usize]| {
            let mut from = keypoints(10.0, 10.0, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]);
            coarse.iter().for_each(|&i| from[i].size = 10.0);
            from
        };
        assert_eq!(selected(selection, from(&[])), [0.9, 0.8, 0.7, 0.6]);
        assert_eq!(selected(selection, from(&[5])), [0.9, 0.8, 0.7, 0.4]);
        assert_eq!(selected(selection, from(&[3, 4, 5])), [0.9, 0.8, 0.6, 0.5]);
    }

    #[test]
    fn there_are_never_more_than_the_most() {
        let selection = Selection {
            enough: 1,
            strongest: 2,
            coarse: 0,
            in_cell: 100,
            most: 3,
        };
        let from = keypoints(10.0, 10.0, [0.1, 0.3, 0.2, 0.5, 0.4]);
        assert_eq!(selected(selection, from), [0.3, 0.5, 0.4]);
    }

    #[test]
    fn of_weak_ones_large_ones_are_stronger() {
        let selection = Selection {
            enough: 1,
            strongest: 2,
            coarse: 0,
            in_cell: 0,
            most: 200,
        };
        let mut from = keypoints(10.0, 10.0, [0.5, 0.004, 0.003]);
        from[2].size = 8.0;
        assert_eq!(selected(selection, from), [0.5, 0.003]);
    }
}
