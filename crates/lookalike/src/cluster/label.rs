//! What a group shows, in a word.

use lookalike_embed::{CLASSES, Classes, Level, telling_noun};
use lookalike_index::ByteVectors;

/// Pictures of a group that are looked at.
const SHOWN: usize = 16;
/// Pictures of all groups, and of none, from which a group is told.
const OTHERS: usize = 512;
/// The others count for so many pictures more, which show every class equally often: a few say little of
/// what else there is.
const ANY: f32 = 64.0;
/// Pictures whose classes are computed at once.
const BATCH: usize = 64;

/// Finds words for groups of pictures that the embedded network has seen.
pub(super) struct Labels<'a> {
    vectors: &'a ByteVectors,
    classes: Classes,
    /// Some of all pictures, ascending, and the probabilities of their classes.
    others: Vec<usize>,
    probabilities: Vec<f32>,
}

impl<'a> Labels<'a> {
    pub(super) fn new(vectors: &'a ByteVectors) -> Self {
        let classes = Classes::new(Level::new());
        let all: Vec<usize> = (0..vectors.len()).collect();
        let others = evenly(&all, OTHERS);
        let batches = others.chunks(BATCH);
        let probabilities = batches.flat_map(|batch| probabilities(classes, vectors, batch));
        Self {
            vectors,
            classes,
            probabilities: probabilities.collect(),
            others,
        }
    }

    /// The noun that tells the pictures of these numbers, ascending, from all others.
    pub(super) fn label(&self, group: &[usize]) -> Option<String> {
        let shown = evenly(group, SHOWN);
        let shown = probabilities(self.classes, self.vectors, &shown);
        let others = self.others.iter().zip(self.probabilities.chunks(CLASSES));
        let others = others.filter(|(number, _)| group.binary_search(number).is_err());
        let shown = mean(shown.chunks(CLASSES), 0.0);
        telling_noun(&shown, &mean(others.map(|(_, row)| row), ANY)).map(str::to_owned)
    }
}

/// At most `count` of them, evenly chosen.
fn evenly(numbers: &[usize], count: usize) -> Vec<usize> {
    let count = count.min(numbers.len());
    (0..count)
        .map(|i| numbers[i * numbers.len() / count])
        .collect()
}

fn probabilities(classes: Classes, vectors: &ByteVectors, numbers: &[usize]) -> Vec<f32> {
    let embedding = |&number: &usize| {
        let mut embedding = Vec::new();
        vectors.read(number, &mut embedding);
        embedding
    };
    let embeddings: Vec<Vec<f32>> = numbers.iter().map(embedding).collect();
    classes.probabilities(embeddings.iter().map(Vec::as_slice))
}

/// The mean of rows and of `any` more, in which each class is as probable as the others.
fn mean<'r>(rows: impl Iterator<Item = &'r [f32]>, any: f32) -> Vec<f32> {
    let mut sum = vec![any / CLASSES as f32; CLASSES];
    let mut count = any;
    for row in rows {
        sum.iter_mut()
            .zip(row)
            .for_each(|(sum, value)| *sum += value);
        count += 1.0;
    }
    sum.into_iter().map(|sum| sum / count).collect()
}
