//! Blocks of two sheets, compared at their place and a little beside it.

use super::sheet::{Luma, MARGIN, Raster};

/// Side of a block in cells.
pub(super) const SIDE: usize = 8;
const AREA: f32 = (SIDE * SIDE) as f32;
/// Added to variances, in squared levels of grey: what noise and rounding leave is no structure.
const NOISE: f32 = 2.0;
/// A block whose correlation falls by so much a cell aside, in every direction, tells its place.
const PEAK: f32 = 0.04;

/// A block of the found picture and where it is seen in the query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// Column and row of its first cell in the sheets.
    pub(super) place: (usize, usize),
    /// Variance of luma in the query and in the found picture.
    pub(super) variances: [f32; 2],
    /// The best correlation, -1..=1, and how far aside it is seen in the query, in cells.
    pub(super) best: f32,
    pub(super) shift: (f32, f32),
    /// Whether the shift is certain along every direction.
    pub(super) is_corner: bool,
}

impl Block {
    /// The larger of the variances.
    pub(super) fn contrast(&self) -> f32 {
        self.variances[0].max(self.variances[1])
    }

    /// Whether both pictures have about as much contrast.
    pub(super) fn is_balanced(&self, ratio: f32) -> bool {
        let [query, found] = self.variances.map(|v| v + 5.0 * NOISE);
        query.max(found) < ratio * query.min(found)
    }

    /// Its centre in cells of the sheets.
    pub(super) fn centre(&self) -> (f64, f64) {
        let middle = (SIDE as f64 - 1.0) / 2.0;
        (self.place.0 as f64 + middle, self.place.1 as f64 + middle)
    }
}

/// Cells at the edge of what is shared that no block has: what lies beyond is blurred into them.
pub(super) const EDGE: usize = 2;

/// The places of the blocks of a raster, those of a row together.
pub(super) fn places(raster: &Raster) -> impl Iterator<Item = (usize, usize)> + use<> {
    let fitting = |length: usize| length.saturating_sub(2 * EDGE) / SIDE;
    let (columns, rows) = (fitting(raster.columns), fitting(raster.rows));
    let start = |length: usize, count: usize| MARGIN + (length - count * SIDE) / 2;
    let (left, top) = (start(raster.columns, columns), start(raster.rows, rows));
    (0..rows * columns).map(move |i| (left + i % columns * SIDE, top + i / columns * SIDE))
}

/// Compares a block with what the query shows up to `reach` (at most the margin) cells aside.
pub(super) fn compared(
    query: &Windows<'_>,
    found: &Luma,
    place: (usize, usize),
    reach: usize,
) -> Block {
    let template = Template::of(found, place);
    let side = 2 * reach + 1;
    let mut scores = [[-1.0f32; 2 * MARGIN + 1]; 2 * MARGIN + 1];
    let (mut best, mut at) = (f32::NEG_INFINITY, (reach, reach));
    for (dy, row) in scores.iter_mut().enumerate().take(side) {
        for (dx, score) in row.iter_mut().enumerate().take(side) {
            let seen = (place.0 + dx - reach, place.1 + dy - reach);
            *score = template.correlation(query, seen);
            if *score > best {
                (best, at) = (*score, (dx, dy));
            }
        }
    }
    let inner = |i: usize| (1..side - 1).contains(&i);
    let (mut shift, mut is_corner) = ((at.0 as f32, at.1 as f32), false);
    if reach > 0 && inner(at.0) && inner(at.1) {
        let near = |dx: isize, dy: isize| {
            scores[at.1.wrapping_add_signed(dy)][at.0.wrapping_add_signed(dx)]
        };
        let falls = |dx: isize, dy: isize| best - near(dx, dy).max(near(-dx, -dy));
        let axes = falls(1, 0).min(falls(0, 1));
        is_corner = axes > PEAK && falls(1, 1).min(falls(1, -1)) > 1.5 * PEAK;
        shift.0 += top(near(-1, 0), best, near(1, 0));
        shift.1 += top(near(0, -1), best, near(0, 1));
    }
    Block {
        place,
        variances: [query.variance(place), template.variance],
        best,
        shift: (shift.0 - reach as f32, shift.1 - reach as f32),
        is_corner,
    }
}

/// Where the parabola through three values has its top, from the middle one.
fn top(before: f32, here: f32, after: f32) -> f32 {
    let bend = before - 2.0 * here + after;
    if bend < -1e-6 {
        (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
    } else {
        0.0
    }
}

/// A sheet with the variance of every block-sized window of it.
pub(super) struct Windows<'a> {
    sheet: &'a Luma,
    /// By the first cell of the window; those that reach over the right edge mean nothing.
    variances: Vec<f32>,
}

impl<'a> Windows<'a> {
    pub(super) fn new(sheet: &'a Luma) -> Self {
        // Around middle grey, so that the squares stay small.
        let luma: Vec<f32> = sheet.cells.iter().map(|v| v - 128.0).collect();
        let squares: Vec<f32> = luma.iter().map(|v| v * v).collect();
        let sums = box_sums(&luma, sheet.width);
        let squares = box_sums(&squares, sheet.width);
        let both = sums.iter().zip(&squares);
        let variance = |(sum, square): (&f32, &f32)| {
            let mean = sum / AREA;
            (square / AREA - mean * mean).max(0.0)
        };
        Self {
            sheet,
            variances: both.map(variance).collect(),
        }
    }

    fn variance(&self, (x, y): (usize, usize)) -> f32 {
        self.variances[y * self.sheet.width + x]
    }
}

/// Sums over squares of a block's size, by their first cell.
fn box_sums(values: &[f32], width: usize) -> Vec<f32> {
    let summed = |values: &[f32], step: usize| -> Vec<f32> {
        let last = (SIDE - 1) * step;
        let count = values.len().saturating_sub(last);
        let mut sums = values[..count].to_vec();
        for i in 1..SIDE {
            let other = &values[i * step..][..count];
            sums.iter_mut().zip(other).for_each(|(sum, v)| *sum += v);
        }
        sums
    };
    summed(&summed(values, 1), width)
}

/// A block of the found picture, around its mean.
struct Template {
    cells: [[f32; SIDE]; SIDE],
    variance: f32,
}

impl Template {
    fn of(sheet: &Luma, place: (usize, usize)) -> Self {
        let mut cells = [[0.0; SIDE]; SIDE];
        for (y, row) in cells.iter_mut().enumerate() {
            row.copy_from_slice(cells_of(sheet, place, y));
        }
        let mean = cells.as_flattened().iter().sum::<f32>() / AREA;
        cells.as_flattened_mut().iter_mut().for_each(|v| *v -= mean);
        let variance = cells.as_flattened().iter().map(|v| v * v).sum::<f32>() / AREA;
        Self { cells, variance }
    }

    /// With the window at a place of another sheet. Sums run along columns, so that they vectorise.
    #[inline]
    fn correlation(&self, windows: &Windows<'_>, place: (usize, usize)) -> f32 {
        let mut products = [0.0; SIDE];
        for (y, own) in self.cells.iter().enumerate() {
            let row = cells_of(windows.sheet, place, y);
            for i in 0..SIDE {
                products[i] += row[i] * own[i];
            }
        }
        let product = products.iter().sum::<f32>() / AREA;
        let both = (windows.variance(place) + NOISE) * (self.variance + NOISE);
        product / both.sqrt()
    }
}

#[inline]
fn cells_of(sheet: &Luma, (x, y): (usize, usize), row: usize) -> &[f32; SIDE] {
    let start = (y + row) * sheet.width + x;
    sheet.cells[start..]
        .first_chunk()
        .expect("blocks lie within their sheet")
}
