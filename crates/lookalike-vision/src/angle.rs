//! The direction of a vector, as `cv::fastAtan2` gives it.

use fearless_simd::prelude::*;

/// Coefficients of c, c^3, c^5, c^7 for the angle in radians.
const P: [f32; 4] = [0.999_787_87, -0.325_808_4, 0.155_578_66, -0.044_326_555];
const DEGREES: f32 = (180.0 / std::f64::consts::PI) as f32;
const EPSILON: f32 = f64::EPSILON as f32;

/// The angle of (`x`, `y`) in degrees, [0, 360], from the x axis towards the y axis, by OpenCV's
/// polynomial, which is right to about 0.01 degrees; 0 for the null vector.
#[must_use]
pub fn fast_atan2(y: f32, x: f32) -> f32 {
    let (ax, ay) = (x.abs(), y.abs());
    let c = ax.min(ay) / (ax.max(ay) + EPSILON);
    let c2 = c * c;
    let [p1, p3, p5, p7] = P.map(|p| p * DEGREES);
    let mut a = (((p7 * c2 + p5) * c2 + p3) * c2 + p1) * c;
    if ay > ax {
        a = 90.0 - a;
    }
    if x < 0.0 {
        a = 180.0 - a;
    }
    if y < 0.0 {
        a = 360.0 - a;
    }
    a
}

/// [`fast_atan2`] on lanes.
#[inline(always)]
pub(crate) fn fast_atan2_lanes<S: Simd>(simd: S, y: S::f32s, x: S::f32s) -> S::f32s {
    let splat = |v| S::f32s::splat(simd, v);
    let (ax, ay, zero) = (x.abs(), y.abs(), splat(0.0));
    let c = ax.min(ay) / (ax.max(ay) + EPSILON);
    let c2 = c * c;
    let [p1, p3, p5, p7] = P.map(|p| splat(p * DEGREES));
    let a = p7.mul_add(c2, p5).mul_add(c2, p3).mul_add(c2, p1) * c;
    let a = ay.simd_gt(ax).select(splat(90.0) - a, a);
    let a = x.simd_lt(zero).select(splat(180.0) - a, a);
    y.simd_lt(zero).select(splat(360.0) - a, a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    #[inline(always)]
    fn first_lane<S: Simd>(simd: S, y: f32, x: f32) -> f32 {
        fast_atan2_lanes(simd, S::f32s::splat(simd, y), S::f32s::splat(simd, x))[0]
    }

    #[test]
    fn close_to_the_true_angle_all_around() {
        for i in 0..3600 {
            let degrees = i as f32 * 0.1;
            let (y, x) = degrees.to_radians().sin_cos();
            let wide = dispatch!(Level::new(), simd => first_lane(simd, 7.0 * y, 7.0 * x));
            for got in [fast_atan2(y, x), wide] {
                let off = (got - degrees).abs();
                assert!(off.min(360.0 - off) < 0.02, "{degrees}: {got}");
            }
        }
    }

    #[test]
    fn the_axes_are_exact() {
        assert_eq!(fast_atan2(0.0, 0.0), 0.0);
        assert_eq!(fast_atan2(0.0, -2.0), 180.0);
        assert_eq!(fast_atan2(3.0, 0.0), 90.0);
        assert_eq!(fast_atan2(-3.0, 0.0), 270.0);
    }
}
