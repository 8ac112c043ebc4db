//! Keypoints on a picture.

use super::canvas::{Canvas, Color, Rect};
use crate::decode::Picture;
use lookalike_vision::Keypoint;
use std::f64::consts::TAU;

/// Colours that can be told apart on most pictures.
const COLORS: [Color; 6] = [
    [255, 90, 95],
    [255, 179, 71],
    [255, 236, 92],
    [90, 214, 140],
    [88, 186, 255],
    [201, 132, 255],
];
/// The largest side of a drawing, in pixels.
const MOST: f64 = 16384.0;

/// The picture, `scale` times as large, with each keypoint as a circle of its size and, where it has one,
/// a line in its direction. Without `color` each has another.
pub fn draw_keypoints(
    picture: &Picture,
    keypoints: &[Keypoint],
    color: Option<Color>,
    scale: f64,
) -> Canvas {
    let larger = f64::from(picture.width.max(picture.height));
    let most = (MOST / larger).max(1.0);
    let scale = if scale > 0.0 { scale.min(most) } else { 1.0 };
    let side = |side: u32| ((f64::from(side) * scale).round() as usize).max(1);
    let (width, height) = (side(picture.width), side(picture.height));
    let mut canvas = Canvas::new(width, height, [0; 3]);
    let area = Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    canvas.picture(area, picture);
    for (number, keypoint) in keypoints.iter().enumerate() {
        let color = color.unwrap_or(COLORS[number % COLORS.len()]);
        circle(&mut canvas, area, keypoint, color, scale);
    }
    canvas
}

fn circle(canvas: &mut Canvas, area: Rect, keypoint: &Keypoint, color: Color, scale: f64) {
    // The centre of a pixel stays the centre of what becomes of it.
    let place = |at: f32| (f64::from(at) + 0.5) * scale - 0.5;
    let (x, y) = (place(keypoint.x), place(keypoint.y));
    let radius = (f64::from(keypoint.size) / 2.0 * scale).max(1.5);
    if !(x.is_finite() && y.is_finite() && radius.is_finite()) {
        return;
    }
    let corners = (radius * 2.0).clamp(12.0, 96.0) as usize;
    let at = |angle: f64| (x + radius * angle.cos(), y + radius * angle.sin());
    let corner = |i: usize| at(i as f64 / corners as f64 * TAU);
    let points: Vec<_> = (0..corners).map(corner).collect();
    canvas.outline(area, &points, 1.2, color);
    if keypoint.angle >= 0.0 {
        let end = at(f64::from(keypoint.angle).to_radians());
        canvas.line(area, ((x, y), end), 1.2, color, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keypoint(x: f32, y: f32, size: f32, angle: f32) -> Keypoint {
        Keypoint {
            x,
            y,
            size,
            angle,
            response: 1.0,
            octave: 0,
            class_id: -1,
        }
    }

    fn drawn(keypoints: &[Keypoint], scale: f64) -> (usize, usize, Vec<u8>) {
        let black = Picture::from_rgb(40, 30, vec![0; 40 * 30 * 3]).unwrap();
        draw_keypoints(&black, keypoints, Some([255; 3]), scale).into_parts()
    }

    #[test]
    fn a_circle_has_the_size_of_its_keypoint_and_a_line_its_direction() {
        let (width, height, rgb) = drawn(&[keypoint(20.0, 15.0, 20.0, 90.0)], 1.0);
        assert_eq!((width, height), (40, 30));
        let at = |x: usize, y: usize| rgb[(y * width + x) * 3];
        for (x, y) in [(10, 15), (30, 15), (20, 5), (20, 25), (20, 20)] {
            assert!(at(x, y) > 100, "{x}, {y}");
        }
        // The line goes down, as angles are clockwise.
        for (x, y) in [(20, 9), (14, 15), (26, 15), (2, 2)] {
            assert_eq!(at(x, y), 0, "{x}, {y}");
        }
    }

    #[test]
    fn odd_keypoints_and_scales_do_no_harm() {
        let odd = [
            keypoint(f32::NAN, 3.0, 5.0, 0.0),
            keypoint(1e30, -1e30, 1e30, 1e30),
            keypoint(5.0, 5.0, -3.0, f32::NAN),
        ];
        assert_eq!(drawn(&odd, 2.0).0, 80);
        for scale in [0.0, -1.0, f64::NAN] {
            assert_eq!(drawn(&odd, scale).0, 40);
        }
        assert_eq!(drawn(&[], f64::INFINITY).0, 16384);
    }
}
