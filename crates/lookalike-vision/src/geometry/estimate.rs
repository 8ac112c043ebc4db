//! Transforms from corresponding points, by least squares.

use nalgebra::{SMatrix, SVector};

use super::Transform;

/// A pair of points: in the query, and in the found picture.
pub type PointPair = ((f64, f64), (f64, f64));

/// Centre and scale that bring points to mean 0 and mean distance sqrt(2) (Hartley 1997), so
/// that the normal equations stay well conditioned.
fn conditioner(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Transform> {
    let n = points.clone().count() as f64;
    let (sx, sy) = points
        .clone()
        .fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
    let (cx, cy) = (sx / n, sy / n);
    let spread = points.map(|p| (p.0 - cx).hypot(p.1 - cy)).sum::<f64>() / n;
    if !(spread > 1e-9 && spread.is_finite()) {
        return None;
    }
    let s = std::f64::consts::SQRT_2 / spread;
    Some(Transform::affine([s, 0.0, -s * cx, 0.0, s, -s * cy]))
}

/// The affine transform with the least squared error; `None` where the points lie on a line.
pub fn affine(pairs: &[PointPair]) -> Option<Transform> {
    if pairs.len() < 3 {
        return None;
    }
    let to_unit = conditioner(pairs.iter().map(|p| p.0))?;
    let mut normal = SMatrix::<f64, 3, 3>::zeros();
    let (mut right_x, mut right_y) = (SVector::<f64, 3>::zeros(), SVector::<f64, 3>::zeros());
    for &(from, to) in pairs {
        let (x, y) = to_unit.apply(from)?;
        let row = SVector::<f64, 3>::new(x, y, 1.0);
        normal += row * row.transpose();
        right_x += row * to.0;
        right_y += row * to.1;
    }
    // Points that are nearly on a line leave the transform across it undetermined.
    let smallest = normal.symmetric_eigenvalues().min();
    if smallest < 1e-3 * pairs.len() as f64 {
        return None;
    }
    let solver = normal.cholesky()?;
    let (px, py) = (solver.solve(&right_x), solver.solve(&right_y));
    let affine = Transform::affine([px[0], px[1], px[2], py[0], py[1], py[2]]);
    Some(affine.after(&to_unit))
}

/// Refines a homography by Gauss-Newton on the squared distances in the found picture, each
/// weighted down as it grows (Cauchy weights of scale `tolerance`).
///
/// Returns `None` where the equations are singular or a point falls behind the horizon.
pub fn refine_homography(
    start: &Transform,
    pairs: &[PointPair],
    tolerance: f64,
) -> Option<Transform> {
    if pairs.len() < 4 {
        return None;
    }
    let condition_from = conditioner(pairs.iter().map(|p| p.0))?;
    let condition_to = conditioner(pairs.iter().map(|p| p.1))?;
    let back = condition_to.inverse()?;
    let unit = condition_to.rows()[0];
    let mut current = condition_to
        .after(start)
        .after(&condition_from.inverse()?)
        .rows();
    for _ in 0..10 {
        let step = gauss_newton_step(
            &Transform::from_rows(current),
            pairs,
            (&condition_from, &condition_to),
            tolerance * unit,
        )?;
        for (value, change) in current.iter_mut().zip(step.iter()) {
            *value += change;
        }
        if step.norm() < 1e-9 {
            break;
        }
    }
    let refined = back
        .after(&Transform::from_rows(current))
        .after(&condition_from);
    refined
        .rows()
        .iter()
        .all(|v| v.is_finite())
        .then_some(refined)
}

/// One step for the first eight elements, in conditioned coordinates.
fn gauss_newton_step(
    current: &Transform,
    pairs: &[PointPair],
    (condition_from, condition_to): (&Transform, &Transform),
    tolerance: f64,
) -> Option<SVector<f64, 8>> {
    let mut normal = SMatrix::<f64, 8, 8>::zeros();
    let mut right = SVector::<f64, 8>::zeros();
    for &(from, to) in pairs {
        let (x, y) = condition_from.apply(from)?;
        let (u, v) = condition_to.apply(to)?;
        let (px, py) = current.apply((x, y))?;
        let w = current.weight((x, y));
        let (ex, ey) = (u - px, v - py);
        let weight = 1.0 / (1.0 + (ex * ex + ey * ey) / (tolerance * tolerance));
        let (a, b, c) = (x / w, y / w, 1.0 / w);
        let jx = SVector::<f64, 8>::from([a, b, c, 0.0, 0.0, 0.0, -px * a, -px * b]);
        let jy = SVector::<f64, 8>::from([0.0, 0.0, 0.0, a, b, c, -py * a, -py * b]);
        normal += (jx * jx.transpose() + jy * jy.transpose()) * weight;
        right += (jx * ex + jy * ey) * weight;
    }
    // A weak pull to no change at all keeps undetermined perspective terms where they are.
    for i in 0..8 {
        normal[(i, i)] += 1e-6 * pairs.len() as f64;
    }
    Some(normal.cholesky()?.solve(&right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Vec<(f64, f64)> {
        (0..5)
            .flat_map(|y| (0..5).map(move |x| (f64::from(x) * 60.0 + 7.0, f64::from(y) * 45.0)))
            .collect()
    }

    fn pairs(t: &Transform) -> Vec<PointPair> {
        grid()
            .into_iter()
            .map(|p| (p, t.apply(p).unwrap()))
            .collect()
    }

    #[test]
    fn an_affine_transform_is_recovered() {
        let truth = Transform::affine([0.8, -0.3, 20.0, 0.25, 1.1, -4.0]);
        let found = affine(&pairs(&truth)).unwrap();
        for (a, b) in truth.rows().iter().zip(found.rows()) {
            assert!((a - b).abs() < 1e-9, "{truth:?} {found:?}");
        }
    }

    #[test]
    fn points_on_a_line_give_no_affine_transform() {
        let line: Vec<PointPair> = (0..20)
            .map(|i| (f64::from(i) * 3.0, f64::from(i) * 2.0))
            .map(|p| (p, p))
            .collect();
        assert!(affine(&line).is_none());
        assert!(affine(&[((1.0, 1.0), (2.0, 2.0)); 12]).is_none());
    }

    #[test]
    fn a_homography_is_refined_from_its_affine_part() {
        let truth = Transform::from_rows([0.9, 0.1, 15.0, -0.05, 1.05, 3.0, 4e-4, -2e-4, 1.0]);
        let pairs = pairs(&truth);
        let start = affine(&pairs).unwrap();
        let found = refine_homography(&start, &pairs, 5.0).unwrap();
        for (from, to) in pairs {
            let (x, y) = found.apply(from).unwrap();
            assert!((x - to.0).hypot(y - to.1) < 1e-2, "{x} {y} {to:?}");
        }
    }
}
