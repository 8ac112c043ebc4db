//! The linear map before quantisation: to the directions in which the vectors differ most, evenly
//! mixed.
//!
//! The rows of the map are orthonormal and span the subspace of the largest variance (found by
//! subspace iteration on a sample; Halko, Martinsson and Tropp 2011, algorithm 4.4), turned at
//! random, so that every coordinate has about the same spread and four bits serve all alike.

use std::borrow::Cow;

use fearless_simd::{Level, dispatch};

use lookalike_store::{Random, tasks};

/// Elements of y summed up at a time.
const BLOCK: usize = 16;
/// Rounds of the subspace iteration.
const ROUNDS: usize = 2;

/// y = M (x - centre).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Projection<'a> {
    pub(crate) centre: Cow<'a, [f32]>,
    /// One row for each element of x: its share of each element of y.
    pub(crate) matrix: Cow<'a, [f32]>,
    pub(crate) output: usize,
}

impl<'a> Projection<'a> {
    /// The map that a file holds: the centre, then the matrix.
    pub(crate) fn of(numbers: &'a [f32], input: usize, output: usize) -> Self {
        let (centre, matrix) = numbers.split_at(input);
        Self {
            centre: centre.into(),
            matrix: matrix.into(),
            output,
        }
    }
}

impl Projection<'_> {
    /// Learns a map to `output` dimensions from the rows of `sample`, of `input` elements each.
    pub(crate) fn learn(
        level: Level,
        threads: usize,
        sample: &[f32],
        input: usize,
        output: usize,
        random: &mut Random,
    ) -> Self {
        let centre = mean(sample, input);
        let mut basis = bells(random, output * input);
        orthonormalise(level, &mut basis, input);
        if output < input {
            for _ in 0..ROUNDS {
                basis = spread(level, threads, sample, &centre, &basis);
                orthonormalise(level, &mut basis, input);
            }
        }
        let mut turn = bells(random, output * output);
        orthonormalise(level, &mut turn, output);
        let mut matrix = vec![0.0; input * output];
        for (i, turn) in turn.chunks_exact(output).enumerate() {
            let mut row = vec![0.0; input];
            for (direction, &share) in basis.chunks_exact(input).zip(turn) {
                add_scaled(level, &mut row, direction, share);
            }
            for (j, value) in row.into_iter().enumerate() {
                matrix[j * output + i] = value;
            }
        }
        Self {
            centre: centre.into(),
            matrix: matrix.into(),
            output,
        }
    }

    /// Writes y to `out` and returns the squared length of x - centre.
    pub(crate) fn apply(&self, level: Level, vector: &[f32], out: &mut [f32]) -> f32 {
        dispatch!(level, _simd => self.apply_in_blocks(vector, out))
    }

    /// Some elements of y at a time, so that their sums stay in registers.
    #[inline(always)]
    fn apply_in_blocks(&self, vector: &[f32], out: &mut [f32]) -> f32 {
        let centre = &self.centre[..vector.len()];
        let mut start = 0;
        while start + BLOCK <= self.output {
            let mut sums = [0f32; BLOCK];
            for i in 0..vector.len() {
                let row = &self.matrix[i * self.output + start..];
                if let Some(row) = row.first_chunk::<BLOCK>() {
                    let value = vector[i] - centre[i];
                    for lane in 0..BLOCK {
                        sums[lane] += value * row[lane];
                    }
                }
            }
            out[start..start + BLOCK].copy_from_slice(&sums);
            start += BLOCK;
        }
        let rest = &mut out[start..];
        rest.fill(0.0);
        let mut squares = 0.0;
        for i in 0..vector.len() {
            let value = vector[i] - centre[i];
            squares += value * value;
            let row = &self.matrix[i * self.output + start..(i + 1) * self.output];
            add_in_lanes(rest, row, value);
        }
        squares
    }
}

fn mean(rows: &[f32], dim: usize) -> Vec<f32> {
    let mut sums = vec![0f64; dim];
    for row in rows.chunks_exact(dim) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += f64::from(value);
        }
    }
    let count = (rows.len() / dim).max(1) as f64;
    sums.into_iter().map(|sum| (sum / count) as f32).collect()
}

fn bells(random: &mut Random, count: usize) -> Vec<f32> {
    (0..count).map(|_| random.bell()).collect()
}

/// The covariance of the sample, times each direction.
fn spread(level: Level, threads: usize, sample: &[f32], centre: &[f32], basis: &[f32]) -> Vec<f32> {
    let dim = centre.len();
    let parts = tasks::run(threads, basis.len() / dim, |i| {
        let direction = &basis[i * dim..][..dim];
        let shift = dot(level, direction, centre);
        let mut sum = vec![0.0; dim];
        let mut total = 0.0;
        for row in sample.chunks_exact(dim) {
            let along = dot(level, row, direction) - shift;
            add_scaled(level, &mut sum, row, along);
            total += along;
        }
        add_scaled(level, &mut sum, centre, -total);
        sum
    });
    parts.concat()
}

/// Gram and Schmidt, twice, which is enough.
fn orthonormalise(level: Level, rows: &mut [f32], dim: usize) {
    for i in 0..rows.len() / dim {
        let (before, rest) = rows.split_at_mut(i * dim);
        let row = &mut rest[..dim];
        for _ in 0..2 {
            for other in before.chunks_exact(dim) {
                let share = dot(level, row, other);
                add_scaled(level, row, other, -share);
            }
            // Directions without any variance are left at zero: they carry nothing.
            let norm = dot(level, row, row).sqrt();
            let scale = if norm > 1e-12 { 1.0 / norm } else { 0.0 };
            row.iter_mut().for_each(|value| *value *= scale);
        }
    }
}

fn dot(level: Level, a: &[f32], b: &[f32]) -> f32 {
    dispatch!(level, _simd => {
        let (a_body, a_tail) = a.as_chunks::<16>();
        let (b_body, b_tail) = b.as_chunks::<16>();
        let mut sums = [0f32; 16];
        for (x, y) in a_body.iter().zip(b_body) {
            for lane in 0..16 {
                sums[lane] += x[lane] * y[lane];
            }
        }
        let tail: f32 = a_tail.iter().zip(b_tail).map(|(x, y)| x * y).sum();
        sums.iter().sum::<f32>() + tail
    })
}

fn add_scaled(level: Level, to: &mut [f32], from: &[f32], scale: f32) {
    dispatch!(level, _simd => add_in_lanes(to, from, scale));
}

#[inline(always)]
fn add_in_lanes(to: &mut [f32], from: &[f32], scale: f32) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to += scale * from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points on a plane of `flat` dimensions within `dim`.
    fn flat_points(count: usize, dim: usize, flat: usize) -> Vec<f32> {
        let mut random = Random::new(5);
        let axes = bells(&mut random, flat * dim);
        let mut rows = Vec::new();
        for _ in 0..count {
            let mut row = vec![3.0; dim];
            for axis in axes.chunks_exact(dim) {
                add_in_lanes(&mut row, axis, random.bell());
            }
            rows.extend(row);
        }
        rows
    }

    #[test]
    fn it_keeps_distances_within_the_subspace() {
        let level = Level::new();
        let rows = flat_points(500, 60, 8);
        let map = Projection::learn(level, 2, &rows, 60, 16, &mut Random::new(1));
        let mut out = vec![0.0; 16];
        for row in rows.chunks_exact(60) {
            let squares = map.apply(level, row, &mut out);
            let kept: f32 = out.iter().map(|v| v * v).sum();
            assert!(
                (kept - squares).abs() <= 1e-3 * squares,
                "{kept} of {squares}"
            );
        }
    }

    #[test]
    fn a_full_map_is_a_rotation_and_threads_do_not_matter() {
        let level = Level::new();
        let rows = flat_points(50, 20, 20);
        let learn = |threads| Projection::learn(level, threads, &rows, 20, 20, &mut Random::new(1));
        let map = learn(1);
        assert_eq!(map, learn(3));
        let mut out = vec![0.0; 20];
        let squares = map.apply(level, &rows[..20], &mut out);
        let kept: f32 = out.iter().map(|v| v * v).sum();
        assert!((kept - squares).abs() <= 1e-4 * squares);
    }
}
