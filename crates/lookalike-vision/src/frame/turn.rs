//! The eight ways to lay a frame down.

use crate::GrayImage;
use crate::geometry::Transform;

/// A turn by right angles, mirrored or not: first rows and columns may be exchanged, then the result
/// may be mirrored along each axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Turn(u8);

const MIRROR_X: u8 = 1;
const MIRROR_Y: u8 = 2;
const TRANSPOSE: u8 = 4;

impl Turn {
    /// Nothing is turned.
    pub const NONE: Self = Self(0);
    /// All eight; the first changes nothing.
    pub const ALL: [Self; 8] = [
        Self(0),
        Self(1),
        Self(2),
        Self(3),
        Self(4),
        Self(5),
        Self(6),
        Self(7),
    ];

    pub(super) fn mirrors_x(self) -> bool {
        self.0 & MIRROR_X != 0
    }

    pub(super) fn mirrors_y(self) -> bool {
        self.0 & MIRROR_Y != 0
    }

    /// Whether rows become columns.
    pub fn transposes(self) -> bool {
        self.0 & TRANSPOSE != 0
    }

    /// Whether the result is a mirror image, however it is turned.
    pub fn is_mirrored(self) -> bool {
        self.0.count_ones() % 2 == 1
    }

    /// Where the pixels of a picture of the size `from` lie in one of the size `to` that shows it
    /// turned, and stretched to that size.
    pub fn transform(self, from: (f64, f64), to: (f64, f64)) -> Transform {
        let turned = if self.transposes() {
            (from.1, from.0)
        } else {
            from
        };
        // Coordinates of edges, not of centres: a picture goes from 0 to its width.
        let (sx, sy) = (to.0 / turned.0, to.1 / turned.1);
        let along = |mirrored: bool, scale: f64, length: f64| match mirrored {
            true => (-scale, length),
            false => (scale, 0.0),
        };
        let (ax, bx) = along(self.mirrors_x(), sx, to.0);
        let (ay, by) = along(self.mirrors_y(), sy, to.1);
        // x' + 1/2 = ax (x + 1/2) + bx
        let (tx, ty) = (ax / 2.0 + bx - 0.5, ay / 2.0 + by - 0.5);
        match self.transposes() {
            false => Transform::affine([ax, 0.0, tx, 0.0, ay, ty]),
            true => Transform::affine([0.0, ax, tx, ay, 0.0, ty]),
        }
    }

    /// The picture turned.
    pub fn apply(self, image: &GrayImage) -> GrayImage {
        let (width, height) = match self.transposes() {
            true => (image.height(), image.width()),
            false => (image.width(), image.height()),
        };
        let mut out = GrayImage::new(width, height);
        for y in 0..height {
            for x in 0..width {
                let fx = if self.mirrors_x() { width - 1 - x } else { x };
                let fy = if self.mirrors_y() { height - 1 - y } else { y };
                let (sx, sy) = if self.transposes() {
                    (fy, fx)
                } else {
                    (fx, fy)
                };
                out.row_mut(y)[x] = image.row(sy)[sx];
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_says_where_pixels_go() {
        let pixels = (0..15).collect();
        let image = GrayImage::from_vec(5, 3, pixels).unwrap();
        for turn in Turn::ALL {
            let turned = turn.apply(&image);
            let to = (turned.width() as f64, turned.height() as f64);
            let transform = turn.transform((5.0, 3.0), to);
            for y in 0..3 {
                for x in 0..5 {
                    let (tx, ty) = transform.apply((x as f64, y as f64)).unwrap();
                    let (tx, ty) = (tx.round() as usize, ty.round() as usize);
                    assert_eq!(turned.row(ty)[tx], image.row(y)[x], "{turn:?} at {x}, {y}");
                }
            }
        }
    }

    #[test]
    fn a_larger_frame_is_covered_from_edge_to_edge() {
        let transform = Turn::NONE.transform((100.0, 50.0), (200.0, 100.0));
        let (x, y) = transform.apply((-0.5, -0.5)).unwrap();
        assert!((x + 0.5).abs() < 1e-9 && (y + 0.5).abs() < 1e-9);
        let (x, y) = transform.apply((99.5, 49.5)).unwrap();
        assert!((x - 199.5).abs() < 1e-9 && (y - 99.5).abs() < 1e-9);
    }

    #[test]
    fn half_of_the_turns_are_mirrored() {
        let mirrored = Turn::ALL.into_iter().filter(|turn| turn.is_mirrored());
        assert_eq!(mirrored.count(), 4);
    }
}
