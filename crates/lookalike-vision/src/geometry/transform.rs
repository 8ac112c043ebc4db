//! Projective transforms of the plane.

use nalgebra::{Matrix3, Vector3};

/// A homography: a projective transform from the pixels of one picture to those of another.
///
/// Points are pixel coordinates with (0, 0) at the centre of the top left pixel. The last element
/// is 1 wherever the transform comes from this crate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transform {
    matrix: Matrix3<f64>,
}

impl Transform {
    /// The transform that changes nothing.
    pub fn identity() -> Self {
        Self {
            matrix: Matrix3::identity(),
        }
    }

    /// From nine numbers, row by row.
    pub fn from_rows(rows: [f64; 9]) -> Self {
        Self {
            matrix: Matrix3::from_row_slice(&rows),
        }
    }

    /// `scale` and a rotation by `degrees` (clockwise as one sees it) that take `from` to `to`.
    pub fn similarity(scale: f64, degrees: f64, from: (f64, f64), to: (f64, f64)) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (a, b) = (scale * cos, scale * sin);
        let tx = to.0 - (a * from.0 - b * from.1);
        let ty = to.1 - (b * from.0 + a * from.1);
        Self::from_rows([a, -b, tx, b, a, ty, 0.0, 0.0, 1.0])
    }

    /// `[a, b, tx, c, d, ty]`: x' = ax + by + tx, y' = cx + dy + ty.
    pub fn affine(p: [f64; 6]) -> Self {
        Self::from_rows([p[0], p[1], p[2], p[3], p[4], p[5], 0.0, 0.0, 1.0])
    }

    /// The mirror image, left to right, of a picture of `width` pixels.
    pub fn mirror(width: f64) -> Self {
        Self::from_rows([-1.0, 0.0, width - 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0])
    }

    /// The nine numbers, row by row.
    pub fn rows(&self) -> [f64; 9] {
        let m = &self.matrix;
        [
            m.m11, m.m12, m.m13, m.m21, m.m22, m.m23, m.m31, m.m32, m.m33,
        ]
    }

    /// Where the point goes; `None` where it lies on or behind the horizon.
    pub fn apply(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let p = self.matrix * Vector3::new(x, y, 1.0);
        (p.z > 1e-9).then(|| (p.x / p.z, p.y / p.z))
    }

    /// The homogeneous weight of a point: positive in front of the horizon.
    pub(super) fn weight(&self, (x, y): (f64, f64)) -> f64 {
        self.matrix.m31 * x + self.matrix.m32 * y + self.matrix.m33
    }

    /// This transform after `first`.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        Self {
            matrix: self.matrix * first.matrix,
        }
        .normalized()
    }

    /// The way back, where there is one.
    pub fn inverse(&self) -> Option<Self> {
        let matrix = self.matrix.try_inverse()?;
        let inverse = Self { matrix }.normalized();
        inverse
            .matrix
            .iter()
            .all(|v| v.is_finite())
            .then_some(inverse)
    }

    /// Scaled so that the last element is 1, where it is not zero.
    #[must_use]
    pub(super) fn normalized(self) -> Self {
        if self.matrix.m33.abs() < 1e-12 {
            return self;
        }
        Self {
            matrix: self.matrix / self.matrix.m33,
        }
    }

    /// The first derivatives at a point: `[dx'/dx, dx'/dy, dy'/dx, dy'/dy]`.
    pub fn jacobian(&self, point: (f64, f64)) -> Option<[f64; 4]> {
        let (x, y) = self.apply(point)?;
        let m = &self.matrix;
        let w = self.weight(point);
        Some([
            (m.m11 - x * m.m31) / w,
            (m.m12 - x * m.m32) / w,
            (m.m21 - y * m.m31) / w,
            (m.m22 - y * m.m32) / w,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similarity_takes_its_point_there() {
        let t = Transform::similarity(2.0, 90.0, (10.0, 5.0), (-3.0, 7.0));
        let (x, y) = t.apply((10.0, 5.0)).unwrap();
        assert!((x + 3.0).abs() < 1e-9 && (y - 7.0).abs() < 1e-9);
        // Clockwise as one sees it: the x axis turns to the y axis, which points down.
        let (x, y) = t.apply((11.0, 5.0)).unwrap();
        assert!((x + 3.0).abs() < 1e-9 && (y - 9.0).abs() < 1e-9);
    }

    #[test]
    fn the_inverse_leads_back() {
        let t = Transform::from_rows([1.1, 0.2, 5.0, -0.1, 0.9, 2.0, 1e-4, -2e-4, 1.0]);
        let p = t.apply((100.0, 50.0)).unwrap();
        let (x, y) = t.inverse().unwrap().apply(p).unwrap();
        assert!((x - 100.0).abs() < 1e-6 && (y - 50.0).abs() < 1e-6);
    }

    #[test]
    fn a_point_behind_the_horizon_goes_nowhere() {
        let t = Transform::from_rows([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -0.01, 0.0, 1.0]);
        assert!(t.apply((99.0, 0.0)).is_some());
        assert!(t.apply((101.0, 0.0)).is_none());
    }
}
