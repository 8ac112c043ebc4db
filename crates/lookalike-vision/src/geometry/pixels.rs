//! Whether two pictures, laid over each other by a transform, show the same.

use super::{Transform, polygon};
use crate::{GrayImage, Plane};

/// Cells along the longer side of what both pictures show.
const GRID: usize = 96;
/// Most samples along each side of a cell.
const MAX_SAMPLES: usize = 8;
/// Fewest cells that say anything.
const MIN_CELLS: usize = 64;
/// Blurs between which the compared detail lies, in cells: finer is where a transform that is a
/// little off would spoil it, coarser is light and shade that strangers share, too.
const BAND: (f64, f64) = (1.0, 6.0);

/// How well the pixels of two pictures agree where `transform` (from query pixels to found
/// pixels) lays one over the other: the normalised cross-correlation, -1..=1, of their detail in a
/// grid of at most 96 cells a side. It does not change with brightness and contrast.
///
/// `None` where too little of one is seen in the other, or is without any detail.
pub fn correlation(query: &GrayImage, found: &GrayImage, transform: &Transform) -> Option<f64> {
    let grid = Grid::over(query, found, transform)?;
    let (q, f) = grid.sample(query, found);
    if q.mask.data().iter().filter(|&&m| m > 0.0).count() < MIN_CELLS {
        return None;
    }
    let (q, f) = (q.band_pass(), f.band_pass());
    let products = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let lengths = (products(&q, &q) * products(&f, &f)).sqrt();
    (lengths > 1e-6).then(|| products(&q, &f) / lengths)
}

/// A grid of square cells over the part of the found picture that the query covers.
struct Grid {
    left: f64,
    top: f64,
    /// Side of a cell in pixels of the found picture.
    cell: f64,
    columns: usize,
    rows: usize,
    /// From found pixels to query pixels.
    back: Transform,
}

impl Grid {
    fn over(query: &GrayImage, found: &GrayImage, transform: &Transform) -> Option<Self> {
        let size = |image: &GrayImage| (image.width(), image.height());
        let seen = polygon::visible(transform, size(query), size(found));
        let range = |side: fn(&(f64, f64)) -> f64| {
            seen.iter()
                .map(side)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                    (low.min(v), high.max(v))
                })
        };
        let ((left, right), (top, bottom)) = (range(|p| p.0), range(|p| p.1));
        let cell = (right - left).max(bottom - top) / GRID as f64;
        if !(cell > 0.0 && cell.is_finite()) {
            return None;
        }
        let count = |length: f64| ((length / cell).round() as usize).clamp(1, GRID);
        Some(Self {
            left,
            top,
            cell,
            columns: count(right - left),
            rows: count(bottom - top),
            back: transform.inverse()?,
        })
    }

    /// The means of both pictures over each cell.
    fn sample(&self, query: &GrayImage, found: &GrayImage) -> (Masked, Masked) {
        let mut q = Masked::new(self.columns, self.rows);
        let mut f = q.clone();
        for row in 0..self.rows {
            for column in 0..self.columns {
                let i = row * self.columns + column;
                if let Some((of_query, of_found)) = self.means(column, row, query, found) {
                    (q.values.data_mut()[i], q.mask.data_mut()[i]) = (of_query, 1.0);
                    (f.values.data_mut()[i], f.mask.data_mut()[i]) = (of_found, 1.0);
                }
            }
        }
        (q, f)
    }

    /// The means over one cell; `None` where its centre is not in both pictures.
    fn means(
        &self,
        column: usize,
        row: usize,
        query: &GrayImage,
        found: &GrayImage,
    ) -> Option<(f64, f64)> {
        let at = |x: f64, y: f64| (self.left + x * self.cell, self.top + y * self.cell);
        let centre = at(column as f64 + 0.5, row as f64 + 0.5);
        bilinear(query, self.back.apply(centre)?)?;
        bilinear(found, centre)?;
        let [a, b, c, d] = self.back.jacobian(centre)?;
        let stretch = a.hypot(c).max(b.hypot(d)).max(1.0);
        // A sample for each pixel of the finer picture.
        let samples = ((self.cell * stretch).ceil() as usize).clamp(1, MAX_SAMPLES);
        let step = 1.0 / samples as f64;
        let (mut sums, mut count) = ((0.0, 0.0), 0.0);
        for j in 0..samples {
            for i in 0..samples {
                let x = column as f64 + (i as f64 + 0.5) * step;
                let y = row as f64 + (j as f64 + 0.5) * step;
                let point = at(x, y);
                let q = self.back.apply(point).and_then(|p| bilinear(query, p));
                if let (Some(q), Some(f)) = (q, bilinear(found, point)) {
                    sums = (sums.0 + q, sums.1 + f);
                    count += 1.0;
                }
            }
        }
        (count > 0.0).then(|| (sums.0 / count, sums.1 / count))
    }
}

/// The value between pixels; `None` outside of the picture.
fn bilinear(image: &GrayImage, (x, y): (f64, f64)) -> Option<f64> {
    let (right, bottom) = (image.width() as f64 - 0.5, image.height() as f64 - 0.5);
    if !(x >= -0.5 && y >= -0.5 && x <= right && y <= bottom) {
        return None;
    }
    let (x, y) = (x.clamp(0.0, right - 0.5), y.clamp(0.0, bottom - 0.5));
    let (left, top) = (x as usize, y as usize);
    let (fx, fy) = (x - left as f64, y - top as f64);
    let next = (left + 1).min(image.width() - 1);
    let across = |row: &[u8]| f64::from(row[left]) * (1.0 - fx) + f64::from(row[next]) * fx;
    let below = image.row((top + 1).min(image.height() - 1));
    Some(across(image.row(top)) * (1.0 - fy) + across(below) * fy)
}

/// Values of which some are unknown.
#[derive(Clone)]
struct Masked {
    /// Zero where unknown.
    values: Plane<f64>,
    /// One where known, else zero.
    mask: Plane<f64>,
}

impl Masked {
    fn new(width: usize, height: usize) -> Self {
        Self {
            values: Plane::new(width, height),
            mask: Plane::new(width, height),
        }
    }

    /// The detail between two blurs, which look only at what is known; zero where unknown.
    fn band_pass(&self) -> Vec<f64> {
        let (fine, coarse) = (self.blurred(BAND.0), self.blurred(BAND.1));
        let both = fine.iter().zip(&coarse).zip(self.mask.data());
        both.map(|((fine, coarse), mask)| (fine - coarse) * mask)
            .collect()
    }

    fn blurred(&self, sigma: f64) -> Vec<f64> {
        let reach = (3.0 * sigma).ceil() as usize;
        let kernel: Vec<f64> = (0..=reach)
            .map(|i| (-(i as f64 / sigma).powi(2) / 2.0).exp())
            .collect();
        let values = blur_rows(&blur_rows(&self.values, &kernel), &kernel);
        let weights = blur_rows(&blur_rows(&self.mask, &kernel), &kernel);
        let both = values.data().iter().zip(weights.data());
        both.map(|(v, w)| if *w > 0.0 { v / w } else { 0.0 })
            .collect()
    }
}

/// Blurs along the rows, and exchanges rows and columns.
fn blur_rows(plane: &Plane<f64>, half_kernel: &[f64]) -> Plane<f64> {
    let mut out = Plane::new(plane.height(), plane.width());
    let height = plane.height();
    for y in 0..height {
        let row = plane.row(y);
        for x in 0..row.len() {
            let mut sum = row[x] * half_kernel[0];
            for (i, weight) in half_kernel.iter().enumerate().skip(1) {
                let before = x.checked_sub(i).map_or(0.0, |x| row[x]);
                let after = row.get(x + i).copied().unwrap_or(0.0);
                sum += weight * (before + after);
            }
            out.data_mut()[x * height + y] = sum;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of waves without a period, by a function of the plane.
    fn picture(width: usize, height: usize, at: impl Fn(f64, f64) -> (f64, f64)) -> GrayImage {
        let pixel = |x: usize, y: usize| {
            let (u, v) = at(x as f64, y as f64);
            let wave = (u * 0.11).sin() + (v * 0.13 + u * 0.03).sin() + (u * v * 0.0007).cos();
            (128.0 + 35.0 * wave) as u8
        };
        let pixels = (0..width * height).map(|i| pixel(i % width, i / width));
        GrayImage::from_vec(width, height, pixels.collect()).unwrap()
    }

    #[test]
    fn a_warped_copy_agrees_with_its_original_only_under_its_transform() {
        let original = picture(320, 240, |x, y| (x, y));
        let truth = Transform::from_rows([0.9, 0.2, -30.0, -0.25, 1.1, 15.0, 2e-4, 1e-4, 1.0]);
        let back = truth.inverse().unwrap();
        let copy = picture(300, 260, |x, y| back.apply((x, y)).unwrap());
        let right = correlation(&original, &copy, &truth).unwrap();
        assert!(right > 0.95, "{right}");
        let wrong = Transform::affine([0.9, 0.2, 10.0, -0.25, 1.1, 60.0]);
        let wrong = correlation(&original, &copy, &wrong).unwrap();
        assert!(wrong < 0.4, "{wrong}");
    }

    #[test]
    fn light_and_contrast_do_not_matter() {
        let original = picture(200, 150, |x, y| (x, y));
        let pale = original.data().iter().map(|v| 90 + v / 3).collect();
        let pale = GrayImage::from_vec(200, 150, pale).unwrap();
        let same = correlation(&original, &pale, &Transform::identity()).unwrap();
        assert!(same > 0.99, "{same}");
        let negative = original.data().iter().map(|v| 255 - v).collect();
        let negative = GrayImage::from_vec(200, 150, negative).unwrap();
        let opposite = correlation(&original, &negative, &Transform::identity()).unwrap();
        assert!(opposite < -0.99, "{opposite}");
    }

    #[test]
    fn nothing_to_compare_is_no_answer() {
        let plain = GrayImage::new(100, 100);
        let detailed = picture(100, 100, |x, y| (x, y));
        let here = Transform::identity();
        let away = Transform::affine([1.0, 0.0, 500.0, 0.0, 1.0, 0.0]);
        let tiny = GrayImage::new(1, 1);
        assert_eq!(correlation(&plain, &detailed, &here), None);
        assert_eq!(correlation(&detailed, &detailed, &away), None);
        assert_eq!(correlation(&tiny, &tiny, &here), None);
    }
}
