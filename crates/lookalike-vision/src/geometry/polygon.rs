//! Convex polygons: what share of one picture is seen in another.

use super::Transform;

type Point = (f64, f64);

/// The outline of a picture: its corners lie half a pixel outside of the outermost centres.
pub fn outline(width: usize, height: usize) -> [Point; 4] {
    let (right, bottom) = (width as f64 - 0.5, height as f64 - 0.5);
    [(-0.5, -0.5), (right, -0.5), (right, bottom), (-0.5, bottom)]
}

/// Area of a simple polygon, without sign.
pub fn area(polygon: &[Point]) -> f64 {
    let next = polygon.iter().cycle().skip(1);
    let twice: f64 = polygon
        .iter()
        .zip(next)
        .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
        .sum();
    twice.abs() / 2.0
}

/// The part of a convex polygon where `inside` is not negative (Sutherland and Hodgman 1974).
/// `inside` must be linear in the coordinates.
fn clip(polygon: &[Point], inside: impl Fn(Point) -> f64) -> Vec<Point> {
    let mut out = Vec::with_capacity(polygon.len() + 1);
    for (i, &a) in polygon.iter().enumerate() {
        let b = polygon[(i + 1) % polygon.len()];
        let (da, db) = (inside(a), inside(b));
        if da >= 0.0 {
            out.push(a);
        }
        if (da >= 0.0) != (db >= 0.0) {
            let t = da / (da - db);
            out.push((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)));
        }
    }
    out
}

/// The outline of a `from`-sized picture as seen in a picture of the size `to`, clipped to it.
pub fn visible(transform: &Transform, from: (usize, usize), to: (usize, usize)) -> Vec<Point> {
    // What lies on the horizon would be infinitely far away.
    let front = clip(&outline(from.0, from.1), |p| transform.weight(p) - 1e-6);
    let warped: Vec<Point> = front.iter().filter_map(|&p| transform.apply(p)).collect();
    let [(left, top), _, (right, bottom), _] = outline(to.0, to.1);
    let mut seen = clip(&warped, |p| p.0 - left);
    seen = clip(&seen, |p| right - p.0);
    seen = clip(&seen, |p| p.1 - top);
    clip(&seen, |p| bottom - p.1)
}

/// The share, 0..=1, of the `to`-sized picture that the `from`-sized one covers.
pub fn coverage(transform: &Transform, from: (usize, usize), to: (usize, usize)) -> f64 {
    let whole = to.0 as f64 * to.1 as f64;
    if whole == 0.0 {
        return 0.0;
    }
    (area(&visible(transform, from, to)) / whole).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_covers_itself() {
        assert!((coverage(&Transform::identity(), (30, 20), (30, 20)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_crop_covers_its_share() {
        // The left half of a 40 x 20 picture.
        let t = Transform::identity();
        assert!((coverage(&t, (20, 20), (40, 20)) - 0.5).abs() < 1e-12);
        assert!((coverage(&t, (40, 20), (20, 20)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn pictures_apart_cover_nothing() {
        let t = Transform::affine([1.0, 0.0, 500.0, 0.0, 1.0, 0.0]);
        assert_eq!(coverage(&t, (20, 20), (40, 20)), 0.0);
    }

    #[test]
    fn a_horizon_inside_the_picture_is_cut_off() {
        let t = Transform::from_rows([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -0.02, 0.0, 1.0]);
        let share = coverage(&t, (100, 100), (100, 100));
        assert!(share > 0.0 && share <= 1.0, "{share}");
    }
}
