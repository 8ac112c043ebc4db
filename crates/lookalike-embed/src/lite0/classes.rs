//! The last layer: which of ImageNet's classes a picture shows.

use std::sync::OnceLock;

use fearless_simd::{Level, dispatch};

use super::floats::Floats;
use super::network::OUTPUTS;
use super::pointwise::{Finish, GROUP, Place, Pointwise, Rows};
use super::weights::{Halves, Reader, Room};

/// Classes of ImageNet-1k, in the order of their synsets in WordNet.
pub const CLASSES: usize = 1000;

/// f16, little-endian, as `bench/nouns.py` writes them.
static FILE: &[u8] = include_bytes!("classes.f16");

/// The length of an embedding before it was made 1: the mean over 900 photographs is 15.06, and with the
/// mean the best class is the same as with a picture's own.
const LENGTH: f32 = 15.0;

/// Rows that are multiplied at once, at least: the tallest tile of [`Pointwise`] has as many.
const LEAST_ROWS: usize = 8;

/// The layer, and its numbers unpacked.
struct Layer {
    halves: Pointwise<Halves>,
    unpacked: Floats,
    /// The mean of the classes' weights.
    mean: Vec<f32>,
}

/// Which classes embeddings of [`Lite0`](super::Lite0) show.
#[derive(Clone, Copy, Debug)]
pub struct Classes {
    level: Level,
}

impl Classes {
    /// `level` is the instruction set that it uses.
    pub fn new(level: Level) -> Self {
        Self { level }
    }

    /// The probabilities of all classes, which add up to 1, one embedding after the other:
    /// `[embeddings][CLASSES]`, for embeddings of length 1.
    ///
    /// # Panics
    /// Where an embedding does not have 1,280 numbers.
    pub fn probabilities<'e>(&self, embeddings: impl IntoIterator<Item = &'e [f32]>) -> Vec<f32> {
        let mut values = Vec::new();
        for embedding in embeddings {
            assert_eq!(embedding.len(), OUTPUTS, "an embedding of another model");
            values.extend(embedding.iter().map(|value| value * LENGTH));
        }
        let count = values.len() / OUTPUTS;
        values.resize(count.max(LEAST_ROWS) * OUTPUTS, 0.0);
        let layer = layer();
        let mut logits = Floats::zeros(values.len() / OUTPUTS * layer.halves.outputs);
        let rows = Rows {
            values: &values,
            stride: OUTPUTS,
            count: values.len() / OUTPUTS,
        };
        let place = Place::contiguous(0);
        let weights = layer.weights();
        dispatch!(self.level, simd => weights.run(simd, rows, None, &mut logits, place));
        let mut probabilities = Vec::with_capacity(count * CLASSES);
        for row in logits.chunks_exact(layer.halves.outputs).take(count) {
            softmax(&row[..CLASSES], &mut probabilities);
        }
        probabilities
    }

    /// From the mean of all classes to the mean of some: what their pictures are multiplied by.
    pub(crate) fn direction(classes: &[u16]) -> Vec<f32> {
        let layer = layer();
        let mut direction: Vec<f32> = layer.mean.iter().map(|mean| -mean).collect();
        for &class in classes {
            for (sum, weight) in direction.iter_mut().zip(layer.of_class(class.into())) {
                *sum += weight / classes.len() as f32;
            }
        }
        direction
    }
}

impl Layer {
    fn new() -> Self {
        let mut reader = Reader::new(FILE);
        let halves = reader.pointwise(OUTPUTS, CLASSES, Finish::Nothing);
        assert!(reader.is_at_end(), "the weights belong to another layer");
        let mut unpacked = Floats::zeros(halves.floats());
        dispatch!(Level::new(), simd => { halves.unpack(simd, &mut Room::new(&mut unpacked)); });
        let mut layer = Self {
            halves,
            unpacked,
            mean: Vec::new(),
        };
        let mut mean = vec![0.0; OUTPUTS];
        for group in layer.weights().weights.chunks_exact(OUTPUTS * GROUP) {
            // What fills up the last group is zeros.
            for (mean, weights) in mean.iter_mut().zip(group.chunks_exact(GROUP)) {
                *mean += weights.iter().sum::<f32>() / CLASSES as f32;
            }
        }
        layer.mean = mean;
        layer
    }

    /// What an embedding is multiplied by for this class.
    fn of_class(&self, class: usize) -> impl Iterator<Item = f32> {
        let weights = self.weights().weights;
        let group = &weights[class / GROUP * OUTPUTS * GROUP..][..OUTPUTS * GROUP];
        group.iter().skip(class % GROUP).step_by(GROUP).copied()
    }

    fn weights(&self) -> Pointwise<&[f32]> {
        let (bias, weights) = self.unpacked.split_at(self.halves.outputs);
        Pointwise {
            inputs: self.halves.inputs,
            outputs: self.halves.outputs,
            bias,
            weights,
            finish: self.halves.finish,
        }
    }
}

fn layer() -> &'static Layer {
    static LAYER: OnceLock<Layer> = OnceLock::new();
    LAYER.get_or_init(Layer::new)
}

fn softmax(logits: &[f32], probabilities: &mut Vec<f32>) {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let first = probabilities.len();
    probabilities.extend(logits.iter().map(|logit| (logit - most).exp()));
    let sum: f32 = probabilities[first..].iter().sum();
    for probability in &mut probabilities[first..] {
        *probability /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embeddings(count: usize) -> Vec<Vec<f32>> {
        let value = |i: usize, k: usize| ((i * 31 + k * 7) % 13) as f32;
        let row = |i| (0..OUTPUTS).map(|k| value(i, k)).collect::<Vec<f32>>();
        let unit = |row: Vec<f32>| {
            let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            row.iter().map(|v| v / norm).collect()
        };
        (0..count).map(|i| unit(row(i))).collect()
    }

    fn of(level: Level, embeddings: &[Vec<f32>]) -> Vec<f32> {
        Classes::new(level).probabilities(embeddings.iter().map(Vec::as_slice))
    }

    #[test]
    fn all_weights_are_finite() {
        let (values, rest) = FILE.as_chunks::<2>();
        assert!(rest.is_empty());
        assert!(values.iter().all(|v| v[1] & 0x7c != 0x7c));
    }

    #[test]
    fn probabilities_are_the_softmax_of_the_products() {
        let embeddings = embeddings(1);
        let found = of(Level::new(), &embeddings);
        let weights = layer().weights();
        let logits = (0..CLASSES).map(|class| {
            let products = layer().of_class(class).zip(&embeddings[0]);
            f64::from(weights.bias[class])
                + products
                    .map(|(w, e)| f64::from(w * e * LENGTH))
                    .sum::<f64>()
        });
        let exps: Vec<f64> = logits.map(f64::exp).collect();
        let sum: f64 = exps.iter().sum();
        for (found, exp) in found.iter().zip(&exps) {
            let expected = exp / sum;
            assert!((f64::from(*found) - expected).abs() < 1e-4 * expected + 1e-9);
        }
    }

    #[test]
    fn a_direction_begins_at_the_mean() {
        let all: Vec<u16> = (0..CLASSES as u16).collect();
        let none = Classes::direction(&all);
        assert!(none.iter().all(|v| v.abs() < 1e-4));
        let (both, first, second) = (&[3, 900], &[3], &[900]);
        let sum = Classes::direction(first)
            .into_iter()
            .zip(Classes::direction(second));
        for (both, (first, second)) in Classes::direction(both).iter().zip(sum) {
            assert!((2.0 * both - first - second).abs() < 1e-5);
        }
    }

    #[test]
    fn any_number_at_once_gives_the_same() {
        let all = embeddings(20);
        let together = of(Level::new(), &all);
        assert_eq!(together.len(), 20 * CLASSES);
        let alone: Vec<f32> = all
            .iter()
            .flat_map(|e| of(Level::new(), std::slice::from_ref(e)))
            .collect();
        assert_eq!(together, alone);
        assert!(of(Level::new(), &[]).is_empty());
    }

    #[test]
    fn all_levels_agree() {
        let all = embeddings(9);
        let (fast, plain) = (of(Level::new(), &all), of(Level::fallback(), &all));
        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-3 * a.max(*b) + 1e-9;
        assert!(fast.iter().zip(&plain).all(near));
    }
}
