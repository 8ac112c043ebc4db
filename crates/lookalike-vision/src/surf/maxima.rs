//! Maxima of the determinant over place and scale (Bay et al. 2008, 3.4).

use std::cmp::Ordering;

use super::hessian::{filter_size, trace};
use crate::{Keypoint, Plane};

/// Three neighbouring layers of one octave, and the one in the middle's name.
pub(super) struct Triple<'a> {
    /// Determinants below, at and above the layer.
    pub(super) layers: [&'a Plane<f32>; 3],
    /// The octave, from 0.
    pub(super) octave: usize,
    /// The middle layer, from 1.
    pub(super) layer: usize,
}

/// Appends the maxima of the middle layer: larger than `threshold` and than all of their 26
/// neighbours, and with a refined position not further than one sample away.
pub(super) fn find_maxima(
    triple: &Triple<'_>,
    sums: &Plane<i32>,
    threshold: f32,
    keypoints: &mut Vec<Keypoint>,
) {
    let step = 1 << triple.octave;
    let size = filter_size(triple.octave, triple.layer);
    let below = filter_size(triple.octave, triple.layer - 1);
    let above = filter_size(triple.octave, triple.layer + 1);
    let margin = above / 2 / step + 1;
    let middle = triple.layers[1];
    for i in margin..middle.height().saturating_sub(margin) {
        let row = middle.row(i);
        let end = row.len().saturating_sub(margin).max(margin);
        for (j, &response) in (margin..end).zip(row.get(margin..end).unwrap_or_default()) {
            if response <= threshold || !is_maximum(triple.layers, j, i) {
                continue;
            }
            let Some([dx, dy, ds]) = refine(triple.layers, j, i) else {
                continue;
            };
            let corner = |at: usize| step * (at - size / 2 / step);
            let (left, top) = (corner(j), corner(i));
            let centre = (size - 1) as f32 * 0.5;
            let scale = size as f32 + ds * (size - below) as f32;
            keypoints.push(Keypoint {
                x: left as f32 + centre + dx * step as f32,
                y: top as f32 + centre + dy * step as f32,
                size: scale.round_ties_even(),
                angle: -1.0,
                response,
                octave: triple.octave as i32,
                class_id: trace(sums, size, left, top).signum(),
            });
        }
    }
}

/// Whether (x, y) of the middle layer is larger than everything around it.
fn is_maximum(layers: [&Plane<f32>; 3], x: usize, y: usize) -> bool {
    let value = layers[1].row(y)[x];
    let window = |plane: &Plane<f32>| {
        (y - 1..=y + 1).all(|v| plane.row(v)[x - 1..=x + 1].iter().all(|&n| n < value))
    };
    let (up, down) = (layers[1].row(y - 1), layers[1].row(y + 1));
    let here = layers[1].row(y);
    here[x - 1] < value
        && here[x + 1] < value
        && up[x - 1..=x + 1].iter().all(|&n| n < value)
        && down[x - 1..=x + 1].iter().all(|&n| n < value)
        && window(layers[0])
        && window(layers[2])
}

/// The top of the quadratic through the 27 values around a maximum (Brown and Lowe 2002), in
/// samples: across, down, and in layers.
fn refine(layers: [&Plane<f32>; 3], x: usize, y: usize) -> Option<[f32; 3]> {
    let at = |dx: i32, dy: i32, ds: i32| {
        let row = layers[(1 + ds) as usize].row(y.wrapping_add_signed(dy as isize));
        f64::from(row[x.wrapping_add_signed(dx as isize)])
    };
    let slope = |axis: [i32; 3]| {
        let [a, b, c] = axis;
        (at(-a, -b, -c) - at(a, b, c)) / 2.0
    };
    let bend = |axis: [i32; 3]| {
        let [a, b, c] = axis;
        at(a, b, c) - 2.0 * at(0, 0, 0) + at(-a, -b, -c)
    };
    let mixed = |p: [i32; 3], q: [i32; 3]| {
        let corner = |s: i32, t: i32| {
            at(
                s * p[0] + t * q[0],
                s * p[1] + t * q[1],
                s * p[2] + t * q[2],
            )
        };
        (corner(1, 1) - corner(1, -1) - corner(-1, 1) + corner(-1, -1)) / 4.0
    };
    let [ex, ey, es] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
    let (xx, yy, ss) = (bend(ex), bend(ey), bend(es));
    let (xy, xs, ys) = (mixed(ex, ey), mixed(ex, es), mixed(ey, es));
    let columns = [[xx, xy, xs], [xy, yy, ys], [xs, ys, ss]];
    let step = solve(columns, [slope(ex), slope(ey), slope(es)])?;
    let moved = step.iter().any(|&d| d != 0.0);
    (moved && step.iter().all(|d| d.abs() <= 1.0)).then(|| step.map(|d| d as f32))
}

/// Cramer's rule for a symmetric 3 x 3 system; `None` where it is singular.
fn solve(columns: [[f64; 3]; 3], right: [f64; 3]) -> Option<[f64; 3]> {
    let determinant = |[a, b, c]: [[f64; 3]; 3]| {
        a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1])
            + c[0] * (a[1] * b[2] - a[2] * b[1])
    };
    let whole = determinant(columns);
    (whole != 0.0).then(|| {
        [0, 1, 2].map(|i| {
            let mut with = columns;
            with[i] = right;
            determinant(with) / whole
        })
    })
}

/// The order of OpenCV's output: strongest first, ties broken by size, octave and place.
pub(super) fn strongest_first(a: &Keypoint, b: &Keypoint) -> Ordering {
    b.response
        .total_cmp(&a.response)
        .then(b.size.total_cmp(&a.size))
        .then(b.octave.cmp(&a.octave))
        .then(b.y.total_cmp(&a.y))
        .then(a.x.total_cmp(&b.x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refinement_finds_the_top_of_a_quadratic() {
        let top = [0.3f32, -0.2, 0.4];
        let value = |x: usize, y: usize, s: usize| {
            let d = [x, y, s].map(|v| v as f32 - 1.0);
            let [u, v, w] = [d[0] - top[0], d[1] - top[1], d[2] - top[2]];
            10.0 - 2.0 * u * u - v * v - 3.0 * w * w + 0.5 * u * v - 0.25 * v * w
        };
        let layers: Vec<_> = (0..3)
            .map(|s| {
                let data = (0..9).map(|i| value(i % 3, i / 3, s)).collect();
                Plane::from_vec(3, 3, data).unwrap()
            })
            .collect();
        let got = refine([&layers[0], &layers[1], &layers[2]], 1, 1).unwrap();
        for (got, wanted) in got.iter().zip(top) {
            assert!((got - wanted).abs() < 1e-4, "{got} {wanted}");
        }
    }

    #[test]
    fn a_flat_neighbourhood_has_no_top() {
        let flat = Plane::<f32>::new(3, 3);
        assert_eq!(refine([&flat, &flat, &flat], 1, 1), None);
    }
}
