//! Making a vocabulary out of many descriptors.
//!
//! Two levels of k-means, then rounds of k-means over all words at once in which a descriptor may
//! move to a word of a neighbouring cell. Centroids are whole numbers, and sums of whole numbers do
//! not depend on their order: neither does the vocabulary on the number of threads.

use fearless_simd::{Level, dispatch};

use super::centroids::{self, BLOCK, Query};
use super::root::{DESCRIPTOR, Descriptor, whole};
use super::signature::rotate;
use super::{Vocabulary, fits};
use crate::{Error, Result};
use lookalike_store::{Random, tasks};

/// A descriptor in whole steps of RootSIFT, or a centroid of such.
type Point = [u8; DESCRIPTOR];

/// Descriptors that the cells, and the medians, are made from at most.
const SAMPLE: usize = 200_000;
/// Descriptors that one task assigns.
const POINTS_PER_TASK: usize = 4096;

/// How a vocabulary is made.
#[derive(Clone, Copy, Debug)]
pub struct VocabularyTraining {
    /// Centroids of the first level: a multiple of 8, up to 256; default 128.
    pub cells: usize,
    /// Words in each cell: a multiple of 8, up to 256; default 128.
    pub words_in_cell: usize,
    /// Rounds of k-means in each of the three steps; default 15.
    pub rounds: usize,
    /// Another seed makes another vocabulary; default 1.
    pub seed: u64,
    /// Threads, at least 1; default 1. The result does not depend on it.
    pub threads: usize,
    /// The instruction set; the result does not depend on it.
    pub level: Level,
}

impl Default for VocabularyTraining {
    fn default() -> Self {
        Self {
            cells: 128,
            words_in_cell: 128,
            rounds: 15,
            seed: 1,
            threads: 1,
            level: Level::new(),
        }
    }
}

impl Vocabulary {
    /// Makes a vocabulary of typical descriptors: some 30 for each word at least, from as many
    /// pictures as possible.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] where the numbers of cells and words are not allowed, or where a cell
    /// gets fewer descriptors than it shall have words.
    pub fn train(descriptors: &[Descriptor], options: &VocabularyTraining) -> Result<Self> {
        let wrong = |reason: String| Err(Error::Vocabulary { reason });
        if !fits(options.cells) || !fits(options.words_in_cell) {
            return wrong(format!(
                "{} cells of {} words; both must be multiples of {BLOCK}, up to 256",
                options.cells, options.words_in_cell
            ));
        }
        let points: Vec<Point> = descriptors.iter().map(whole).collect();
        let sample = sample(&points);
        if sample.len() < options.cells {
            return wrong(format!("{} descriptors are too few", points.len()));
        }
        let trainer = Trainer { options };
        let cells = trainer.kmeans(&sample, options.cells, options.threads, options.seed);
        let members = trainer.members(&cells, &points);
        if let Some(few) = members.iter().find(|m| m.len() < options.words_in_cell) {
            return wrong(format!(
                "{} descriptors are too few: a cell has {} of them for {} words",
                points.len(),
                few.len(),
                options.words_in_cell
            ));
        }
        let words = tasks::run(options.threads, members.len(), |cell| {
            let seed = options.seed.wrapping_add(1 + cell as u64);
            trainer.kmeans(&members[cell], options.words_in_cell, 1, seed)
        });
        let medians = trainer.medians(&sample);
        Ok(trainer.refine(&cells, words.concat(), medians, &points))
    }
}

/// Every n-th point, at most [`SAMPLE`].
fn sample(points: &[Point]) -> Vec<Point> {
    let step = points.len().div_ceil(SAMPLE).max(1);
    points.iter().step_by(step).copied().collect()
}

struct Trainer<'a> {
    options: &'a VocabularyTraining,
}

impl Trainer<'_> {
    /// k-means (Lloyd 1982) from the start of k-means++ (Arthur and Vassilvitskii 2007).
    fn kmeans(&self, points: &[Point], k: usize, threads: usize, seed: u64) -> Vec<Point> {
        let mut centroids = spread_out(points, k, seed);
        for _ in 0..self.options.rounds {
            let nearest = self.nearest(&centroids, points, threads);
            move_to_means(&mut centroids, points, nearest.iter().map(|n| n.0));
            revive_empty(&mut centroids, points, &nearest);
        }
        centroids
    }

    /// For each point the nearest centroid, and its squared distance.
    fn nearest(&self, centroids: &[Point], points: &[Point], threads: usize) -> Vec<(usize, i32)> {
        let blocks = centroids::to_blocks(centroids);
        let squares = centroids::squares(&blocks);
        let parts: Vec<&[Point]> = points.chunks(POINTS_PER_TASK).collect();
        let found = tasks::run(threads, parts.len(), |i| {
            let mut distances = vec![0; centroids.len()];
            let nearest = |point: &Point| {
                let query = Query::new(point);
                dispatch!(self.options.level, simd => {
                    query.distances(simd, &blocks, &squares, &mut distances);
                });
                let (at, least) = distances
                    .iter()
                    .enumerate()
                    .min_by_key(|(_, distance)| **distance)
                    .expect("there are at least eight centroids");
                let square: i32 = point.iter().map(|&v| i32::from(v).pow(2)).sum();
                (at, least + square)
            };
            parts[i].iter().map(nearest).collect::<Vec<_>>()
        });
        found.concat()
    }

    /// The points of each cell.
    fn members(&self, cells: &[Point], points: &[Point]) -> Vec<Vec<Point>> {
        let mut members = vec![Vec::new(); cells.len()];
        let nearest = self.nearest(cells, points, self.options.threads);
        for (&(cell, _), &point) in nearest.iter().zip(points) {
            members[cell].push(point);
        }
        members
    }

    /// Rounds of k-means over all words, found as the finished vocabulary finds them.
    fn refine(
        &self,
        cells: &[Point],
        mut words: Vec<Point>,
        medians: [i32; DESCRIPTOR],
        points: &[Point],
    ) -> Vocabulary {
        let parts: Vec<&[Point]> = points.chunks(POINTS_PER_TASK).collect();
        let level = self.options.level;
        for _ in 0..self.options.rounds {
            let vocabulary = Vocabulary::from_parts(cells, &words, medians);
            let nearest = tasks::run(self.options.threads, parts.len(), |i| {
                let word = |point| vocabulary.nearest_whole::<1>(level, point)[0];
                parts[i].iter().map(word).collect::<Vec<_>>()
            });
            let nearest = nearest.into_iter().flatten().map(usize::from);
            move_to_means(&mut words, points, nearest);
        }
        Vocabulary::from_parts(cells, &words, medians)
    }

    /// The median of each element of the rotated points.
    fn medians(&self, points: &[Point]) -> [i32; DESCRIPTOR] {
        let rotated: Vec<[i32; DESCRIPTOR]> = points
            .iter()
            .map(|p| rotate(self.options.level, p))
            .collect();
        let medians = tasks::run(self.options.threads, DESCRIPTOR, |i| {
            let mut values: Vec<i32> = rotated.iter().map(|r| r[i]).collect();
            let middle = values.len() / 2;
            *values.select_nth_unstable(middle).1
        });
        std::array::from_fn(|i| medians[i])
    }
}

/// Points far from each other: each is drawn with a chance that grows with the square of its
/// distance from those before.
fn spread_out(points: &[Point], k: usize, seed: u64) -> Vec<Point> {
    let mut random = Random::new(seed);
    let mut centroids = vec![points[random.below(points.len())]];
    let mut distances = vec![i32::MAX; points.len()];
    while centroids.len() < k {
        let last = centroids[centroids.len() - 1];
        let mut total = 0;
        for (distance, point) in distances.iter_mut().zip(points) {
            *distance = (*distance).min(squared_distance(point, &last));
            total += u64::from(*distance as u32);
        }
        let mut left = random.below(total.max(1) as usize) as u64;
        let drawn = distances.iter().position(|&distance| {
            let own = u64::from(distance as u32);
            let hit = left < own;
            left = left.saturating_sub(own);
            hit
        });
        // Where all points coincide with centroids, any will do.
        centroids.push(points[drawn.unwrap_or(0)]);
    }
    centroids
}

fn squared_distance(a: &Point, b: &Point) -> i32 {
    let pairs = a.iter().zip(b);
    pairs
        .map(|(&a, &b)| (i32::from(a) - i32::from(b)).pow(2))
        .sum()
}

/// Moves each centroid to the mean of its points; one without points stays.
fn move_to_means(centroids: &mut [Point], points: &[Point], nearest: impl Iterator<Item = usize>) {
    let mut sums = vec![([0u32; DESCRIPTOR], 0u32); centroids.len()];
    for (point, centroid) in points.iter().zip(nearest) {
        let (sum, count) = &mut sums[centroid];
        *count += 1;
        for (sum, &value) in sum.iter_mut().zip(point) {
            *sum += u32::from(value);
        }
    }
    for (centroid, (sum, count)) in centroids.iter_mut().zip(&sums) {
        if *count > 0 {
            *centroid = sum.map(|v| ((v + count / 2) / count) as u8);
        }
    }
}

/// Moves centroids without points to the points that are farthest from their own centroids.
fn revive_empty(centroids: &mut [Point], points: &[Point], nearest: &[(usize, i32)]) {
    let mut used = vec![false; centroids.len()];
    for &(centroid, _) in nearest {
        used[centroid] = true;
    }
    let empty: Vec<usize> = (0..used.len()).filter(|&i| !used[i]).collect();
    if empty.is_empty() {
        return;
    }
    let mut farthest: Vec<usize> = (0..points.len()).collect();
    farthest.sort_by_key(|&i| std::cmp::Reverse(nearest[i].1));
    for (&centroid, &point) in empty.iter().zip(&farthest) {
        centroids[centroid] = points[point];
    }
}
