//! Histograms of gradients around a keypoint (Lowe 2004, section 6.1).

use std::ops::Range;

use fearless_simd::{Level, dispatch, f32x8, prelude::*, u32x8};

use super::{
    lanes::{count8, load8, splat8},
    padded::Padded,
    polar::{gaussian_table, polar},
};

/// Cells in a row of the grid, and in a column.
const GRID: usize = 4;
/// Directions in a cell.
const BINS: usize = 8;
/// Elements of a descriptor.
pub(super) const LENGTH: usize = GRID * GRID * BINS;

/// Width of a cell in units of the keypoint's scale.
const CELL: f32 = 3.0;
/// Elements are cut off here, where the norm is 1.
const CLIP: f32 = 0.2;
/// Samples count up to this distance from the middle of the grid, in cells.
const REACH: f32 = (GRID + 1) as f32 / 2.0;
/// The norm of a descriptor before rounding.
const NORM: f32 = 512.0;

/// Cells of the grid with a border around it, in rows of 8.
const CELL_STRIDE: usize = 8;
/// Twice the cells needed, so that an index below half of them may go on by a row.
const CELLS: usize = 128;
/// Histograms that are filled in turn, so that one sample need not wait for the one before.
const COPIES: usize = 4;
type Cells = [[f32; BINS]; CELLS];

/// Samples that are collected before they go to the histograms; few enough for the L1 cache.
const BATCH: usize = 256;

/// Memory for one descriptor at a time.
#[derive(Debug)]
pub(super) struct Describer {
    weights: Vec<f32>,
    samples: Box<Samples>,
    cells: Box<[Cells; COPIES]>,
}

/// Gradients, weighted and located in the grid.
#[derive(Debug)]
struct Samples {
    /// Index of the upper left one of four cells.
    cell: [u32; BATCH],
    /// Direction in bins, 0 to 8.
    direction: [f32; BATCH],
    /// What goes to the four cells.
    share: [[f32; BATCH]; 4],
    count: usize,
}

impl Default for Describer {
    fn default() -> Self {
        Self {
            weights: Vec::new(),
            samples: Box::new(Samples {
                cell: [0; BATCH],
                direction: [0.0; BATCH],
                share: [[0.0; BATCH]; 4],
                count: 0,
            }),
            cells: Box::new([[[0.0; BINS]; CELLS]; COPIES]),
        }
    }
}

/// The frame of a descriptor: where the grid lies in the picture.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Position in pixels of the Gaussian picture.
    pub x: f32,
    pub y: f32,
    /// Direction in degrees, counted with y upwards.
    pub angle: f32,
    /// The keypoint's scale in pixels.
    pub scale: f32,
}

impl Describer {
    /// The descriptor of `frame`: whole numbers from 0 to 255. Where the grid holds no gradient,
    /// all are 0.
    pub fn describe(&mut self, level: Level, picture: &Padded, frame: Frame) -> [f32; LENGTH] {
        let mut out = [0.0; LENGTH];
        if let Some(grid) = Grid::new(picture, frame) {
            let width = 2 * grid.radius as usize + 1;
            self.weights.resize(width.next_multiple_of(8) + 8, 0.0);
            dispatch!(level, simd => self.run(simd, picture, &grid, &mut out));
        }
        out
    }

    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, picture: &Padded, grid: &Grid, out: &mut [f32]) {
        let Self {
            weights,
            samples,
            cells,
        } = self;
        for copy in cells.iter_mut() {
            copy[..CELLS / 2].fill([0.0; BINS]);
        }
        gaussian_table(simd, grid.falloff, grid.radius as usize, weights);
        grid.touch(picture);
        samples.count = 0;
        for y in grid.rows.clone() {
            let lines = [picture.row(y - 1), picture.row(y), picture.row(y + 1)];
            let i = y as isize - grid.y;
            let vertical = weights[(i + grid.radius) as usize];
            let columns = grid.columns(i);
            for x in columns.clone().step_by(8) {
                if samples.count > BATCH - 8 {
                    samples.scatter(simd, cells);
                }
                let (angle, magnitude) = polar(simd, &lines, x - 1);
                let j = x as isize - grid.x;
                let weight = load8(simd, weights, (j + grid.radius) as usize) * vertical;
                samples.add(simd, grid, j as f32, i as f32, angle, magnitude * weight);
                samples.count += (columns.end - x).min(8);
            }
        }
        samples.scatter(simd, cells);
        finish(simd, cells, out);
    }
}

/// The grid of cells on the pixels of a picture.
struct Grid {
    /// The pixel nearest to the keypoint.
    x: isize,
    y: isize,
    /// Pixels from there to the farthest corner.
    radius: isize,
    /// A step along the row and along the column of pixels, in cells.
    cos: f32,
    sin: f32,
    /// 1 / cos and 1 / sin, finite.
    inverse: [f32; 2],
    /// Direction in degrees.
    angle: f32,
    /// The weight of a sample is exp(falloff * squared distance).
    falloff: f32,
    /// Rows with samples, and the columns that may have any.
    rows: Range<usize>,
    picture: Range<usize>,
}

impl Grid {
    fn new(picture: &Padded, frame: Frame) -> Option<Self> {
        let layout = picture.layout();
        let cell = CELL * frame.scale;
        // Far outside of any picture there is nothing to sample; this excludes NaN, too.
        let near = |v: f32| v.abs() < 1e7;
        if !(cell > 0.0 && cell.is_finite() && near(frame.x) && near(frame.y)) {
            return None;
        }
        let (x, y) = (
            frame.x.round_ties_even() as isize,
            frame.y.round_ties_even() as isize,
        );
        let corner = cell * std::f32::consts::SQRT_2 * (GRID + 1) as f32 * 0.5;
        let diagonal = (layout.width as f64).hypot(layout.height as f64);
        let radius = (corner.round_ties_even() as isize).min(diagonal as isize);
        let clip = |centre: isize, length: usize| {
            let last = length.saturating_sub(1) as isize;
            let start = centre.saturating_sub(radius).max(1);
            let end = centre.saturating_add(radius + 1).min(last);
            start as usize..end.max(start) as usize
        };
        let (sin, cos) = frame.angle.to_radians().sin_cos();
        let (sin, cos) = (sin / cell, cos / cell);
        Some(Self {
            x,
            y,
            radius,
            cos,
            sin,
            inverse: [cos, sin].map(|v| 1.0 / v.abs().max(1e-6).copysign(v)),
            angle: frame.angle,
            falloff: -1.0 / (cell * cell * (GRID * GRID) as f32 * 0.5),
            rows: clip(y, layout.height),
            picture: clip(x, layout.width),
        })
    }

    /// Row `i` (from the keypoint's) of pixels lies within half a cell of the grid where
    /// `|offset + slope * j| < REACH` holds for these pairs of offset and slope.
    #[inline(always)]
    fn lines(&self, i: f32) -> [(f32, f32); 2] {
        [(-i * self.sin, self.cos), (i * self.cos, self.sin)]
    }

    /// The columns of row `i` that lie within half a cell of the grid.
    #[inline(always)]
    fn columns(&self, i: isize) -> Range<usize> {
        let lines = self.lines(i as f32);
        let (mut first, mut last) = (-(self.radius as f32), self.radius as f32);
        for ((offset, _), inverse) in lines.iter().zip(self.inverse) {
            let (a, b) = ((-REACH - offset) * inverse, (REACH - offset) * inverse);
            first = first.max(a.min(b));
            last = last.min(a.max(b));
        }
        let inside = |x: usize| {
            let j = (x as isize - self.x) as f32;
            lines
                .iter()
                .all(|(offset, slope)| (offset + slope * j).abs() < REACH)
        };
        let start = self.x + first as isize - 1;
        let end = self.x + last as isize + 2;
        let mut start = start.max(self.picture.start as isize) as usize;
        let mut end = end.clamp(0, self.picture.end as isize) as usize;
        while start < end && !inside(start) {
            start += 1;
        }
        while start < end && !inside(end - 1) {
            end -= 1;
        }
        start..end.max(start)
    }

    /// Brings the pixels into the cache.
    #[inline(always)]
    fn touch(&self, picture: &Padded) {
        if !self.rows.is_empty() && !self.picture.is_empty() {
            let (rows, columns) = (&self.rows, &self.picture);
            picture.touch(
                rows.start - 1..rows.end + 1,
                columns.start - 1..columns.end + 1,
            );
        }
    }
}

impl Samples {
    /// Puts 8 samples behind the `count` ones there are: at pixel (j, i) and right of it, seen
    /// from the keypoint, with gradients of these angles and weighted magnitudes.
    #[inline(always)]
    fn add<S: Simd>(
        &mut self,
        simd: S,
        grid: &Grid,
        j: f32,
        i: f32,
        angle: f32x8<S>,
        magnitude: f32x8<S>,
    ) {
        // The centre of the upper left cell has the coordinates (0, 0).
        const CENTRE: f32 = (GRID / 2) as f32 - 0.5;
        let j = count8(simd) + j;
        let across = j.mul_add(splat8(simd, grid.cos), splat8(simd, CENTRE - i * grid.sin));
        let down = j.mul_add(splat8(simd, grid.sin), splat8(simd, CENTRE + i * grid.cos));
        let (column, row) = (across.floor(), down.floor());
        let cell = row.mul_add(
            splat8(simd, CELL_STRIDE as f32),
            column + (CELL_STRIDE + 1) as f32,
        );
        let (right, lower) = (across - column, down - row);
        let lower = magnitude * lower;
        let upper = magnitude - lower;
        let (upper_right, lower_right) = (upper * right, lower * right);
        let direction = (angle - grid.angle) * (BINS as f32 / 360.0);
        let turned = direction
            .simd_lt(splat8(simd, 0.0))
            .select(direction + BINS as f32, direction);

        let k = self.count;
        let cell: u32x8<S> = cell.to_int();
        cell.store_slice(&mut self.cell[k..k + 8]);
        turned.store_slice(&mut self.direction[k..k + 8]);
        let shares = [
            upper - upper_right,
            upper_right,
            lower - lower_right,
            lower_right,
        ];
        for (out, share) in self.share.iter_mut().zip(shares) {
            share.store_slice(&mut out[k..k + 8]);
        }
    }

    /// Distributes the samples over their four cells and two directions each.
    #[inline(always)]
    fn scatter<S: Simd>(&mut self, simd: S, cells: &mut [Cells; COPIES]) {
        let lanes = count8(simd);
        let one = splat8(simd, 1.0);
        let circle = splat8(simd, BINS as f32);
        let zero = splat8(simd, 0.0);
        for k in 0..self.count.min(BATCH) {
            let away = (lanes - self.direction[k]).abs();
            let near = (one - away.min(circle - away)).max(zero);
            let first = self.cell[k] as usize % (CELLS / 2);
            let cells = &mut cells[k % COPIES];
            for (share, offset) in self.share.iter().zip([0, 1, CELL_STRIDE, CELL_STRIDE + 1]) {
                let cell = &mut cells[first + offset];
                let sum = near.mul_add(splat8(simd, share[k]), f32x8::from_slice(simd, cell));
                sum.store_slice(cell);
            }
        }
        self.count = 0;
    }
}

/// Adds the copies up, normalises, clips, normalises again and rounds.
#[inline(always)]
fn finish<S: Simd>(simd: S, cells: &[Cells; COPIES], out: &mut [f32]) {
    let zero = splat8(simd, 0.0);
    let mut bins = [zero; GRID * GRID];
    let mut squares = zero;
    for (n, bin) in bins.iter_mut().enumerate() {
        let cell = (n / GRID + 1) * CELL_STRIDE + n % GRID + 1;
        for copy in cells {
            *bin += f32x8::from_slice(simd, &copy[cell]);
        }
        squares = bin.mul_add(*bin, squares);
    }
    let limit = splat8(simd, sum(squares).sqrt() * CLIP);
    let mut squares = zero;
    for bin in &mut bins {
        *bin = bin.min(limit);
        squares = bin.mul_add(*bin, squares);
    }
    let scale = NORM / sum(squares).sqrt().max(f32::EPSILON);
    for (bin, out) in bins.iter().zip(out.chunks_exact_mut(BINS)) {
        let rounded = (*bin * scale).round_ties_even().min(splat8(simd, 255.0));
        rounded.store_slice(out);
    }
}

#[inline(always)]
fn sum<S: Simd>(v: f32x8<S>) -> f32 {
    v.as_slice().iter().sum()
}
