//! Two pictures laid over each other, in square cells.

use super::thumbnail::{Colour, LUMA, Thumbnail};
use crate::geometry::{Transform, visible};

/// Cells around it, so that blocks at its edge can be looked for beside their place.
pub(super) const MARGIN: usize = 4;

/// Where the cells lie: a raster over the part of the found picture that the query covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raster {
    left: f64,
    top: f64,
    /// Side of a cell in pixels of the found picture.
    pub(super) cell: f64,
    /// Cells, the margin not counted.
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Raster {
    /// Of at most so many cells along the longer side, none of them smaller than a pixel of either
    /// picture. `None` where they share nothing.
    pub(super) fn over(
        query: &Thumbnail,
        found: &Thumbnail,
        transform: &Transform,
        cells: f64,
    ) -> Option<Self> {
        let seen = visible(transform, query.size(), found.size());
        let mut bounds = [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ];
        for &(x, y) in &seen {
            let [left, top, right, bottom] = bounds;
            bounds = [left.min(x), top.min(y), right.max(x), bottom.max(y)];
        }
        let [left, top, right, bottom] = bounds;
        let (width, height) = (right - left, bottom - top);
        let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
        let [a, b, c, d] = transform.inverse()?.jacobian(middle)?;
        let scale = (a * d - b * c).abs().sqrt();
        let cell = (width.max(height) / cells).max(1.0).max(1.0 / scale);
        if !(cell.is_finite() && width.is_finite() && height.is_finite()) {
            return None;
        }
        Some(Self {
            left,
            top,
            cell,
            columns: (width / cell).round() as usize,
            rows: (height / cell).round() as usize,
        })
    }

    /// Columns and rows with the margin.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.columns + 2 * MARGIN, self.rows + 2 * MARGIN)
    }

    /// From cells, whose centres are whole numbers and whose margin counts, to found pixels.
    pub(super) fn to_found(self) -> Transform {
        let middle = |start: f64| start + (0.5 - MARGIN as f64) * self.cell;
        let (x, y) = (middle(self.left), middle(self.top));
        Transform::affine([self.cell, 0.0, x, 0.0, self.cell, y])
    }
}

/// What one picture shows in the cells of a raster.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) colours: Vec<Colour>,
    pub(super) structure: Luma,
}

/// The luma of that alone, for the comparison of structure.
#[derive(Debug)]
pub(super) struct Luma {
    pub(super) width: usize,
    pub(super) cells: Vec<f32>,
}

impl Sheet {
    /// Looks at a picture through a transform from cells to its pixels.
    pub(super) fn of(picture: &Thumbnail, raster: &Raster, transform: &Transform) -> Self {
        let colours: Vec<Colour> = seen(picture, raster, transform, 0);
        let structure = Luma {
            width: raster.size().0,
            cells: colours.iter().map(|colour| colour[LUMA]).collect(),
        };
        Self { colours, structure }
    }
}

impl Luma {
    /// As [`Sheet::of`].
    pub(super) fn of(picture: &Thumbnail, raster: &Raster, transform: &Transform) -> Self {
        Self {
            width: raster.size().0,
            cells: seen::<1>(picture, raster, transform, LUMA).into_flattened(),
        }
    }
}

/// `N` numbers of the colours of a picture, from number `first` on, in the cells of a raster. A little
/// blurred, so that it does not matter where between the cells a pixel lay.
fn seen<const N: usize>(
    picture: &Thumbnail,
    raster: &Raster,
    transform: &Transform,
    first: usize,
) -> Vec<[f32; N]> {
    let (width, height) = raster.size();
    let centre = (width as f64 / 2.0, height as f64 / 2.0);
    let pixels = transform
        .jacobian(centre)
        .map_or(1.0, |[a, b, c, d]| (a * d - b * c).abs());
    let (level, factor) = picture.level(pixels.sqrt());
    let shrink = (factor - 1.0) / 2.0;
    let to_level = Transform::affine([factor, 0.0, shrink, 0.0, factor, shrink]);
    let rows = to_level.after(transform).rows().map(|v| v as f32);
    let mut colours = Vec::with_capacity(width * height);
    for y in 0..height {
        let y = y as f32;
        let [x0, y0, w0] = [0, 3, 6].map(|i| rows[i + 1] * y + rows[i + 2]);
        for x in 0..width {
            let x = x as f32;
            let weight = 1.0 / (rows[6] * x + w0).max(1e-6);
            let (x, y) = ((rows[0] * x + x0) * weight, (rows[3] * x + y0) * weight);
            colours.push(level.at(first, x, y));
        }
    }
    blurred(&colours, width)
}

/// By 1 2 1 along both axes.
fn blurred<const N: usize>(colours: &[[f32; N]], width: usize) -> Vec<[f32; N]> {
    let height = colours.len() / width;
    let mix = |a: &[f32; N], b: &[f32; N], c: &[f32; N]| -> [f32; N] {
        std::array::from_fn(|i| (a[i] + c[i]) * 0.25 + b[i] * 0.5)
    };
    let mut across = Vec::with_capacity(colours.len());
    for row in colours.chunks_exact(width) {
        let last = width - 1;
        across.extend(
            (0..width).map(|x| mix(&row[x.saturating_sub(1)], &row[x], &row[(x + 1).min(last)])),
        );
    }
    let mut out = Vec::with_capacity(colours.len());
    for y in 0..height {
        let row = |y: usize| &across[y * width..(y + 1) * width];
        let (above, here) = (row(y.saturating_sub(1)), row(y));
        let below = row((y + 1).min(height - 1));
        let both = above.iter().zip(below).zip(here);
        out.extend(both.map(|((a, c), b)| mix(a, b, c)));
    }
    out
}
