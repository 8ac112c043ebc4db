//! Pixels to draw on: pictures, lines, discs and text, all of them smooth.

use super::font;
use crate::decode::Picture;

/// Red, green, blue.
pub type Color = [u8; 3];

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// First column.
    pub x: usize,
    /// First row.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// A drawing. Positions are pixels; the centre of the top left one is (0, 0).
pub struct Canvas {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Canvas {
    /// A canvas of one colour.
    pub fn new(width: usize, height: usize, ground: Color) -> Self {
        Self {
            width,
            height,
            rgb: ground.repeat(width * height),
        }
    }

    /// Width, height, and `width * height * 3` bytes.
    pub fn into_parts(self) -> (usize, usize, Vec<u8>) {
        (self.width, self.height, self.rgb)
    }

    /// The whole of it.
    pub fn area(&self) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        }
    }

    /// Mixes `color` into a pixel of the canvas; `share` 1 covers it.
    fn blend(&mut self, x: usize, y: usize, color: Color, share: f64) {
        let at = (y * self.width + x) * 3;
        for (old, new) in std::iter::zip(&mut self.rgb[at..at + 3], color) {
            *old = (f64::from(*old) + (f64::from(new) - f64::from(*old)) * share).round() as u8;
        }
    }

    /// Mixes `color` into the pixels of a rectangle for which `share` is above 0.
    pub fn tint(&mut self, rect: Rect, color: Color, share: impl Fn(f64, f64) -> f64) {
        for y in rect.y..(rect.y + rect.height).min(self.height) {
            for x in rect.x..(rect.x + rect.width).min(self.width) {
                let share = share(x as f64, y as f64);
                if share > 0.0 {
                    self.blend(x, y, color, share.min(1.0));
                }
            }
        }
    }

    /// Draws a picture so that it fills `rect`.
    pub fn picture(&mut self, rect: Rect, picture: &Picture) {
        let along = |i: usize, from: u32, to: usize| {
            let place = (i as f64 + 0.5) * f64::from(from) / to as f64 - 0.5;
            let place = place.clamp(0.0, f64::from(from) - 1.0);
            let first = place as usize;
            (
                first,
                (first + 1).min(from as usize - 1),
                place - place.floor(),
            )
        };
        let pixel = |x: usize, y: usize, channel: usize| {
            f64::from(picture.rgb[(y * picture.width as usize + x) * 3 + channel])
        };
        for y in 0..rect.height {
            let (top, bottom, down) = along(y, picture.height, rect.height);
            for x in 0..rect.width {
                let (left, right, across) = along(x, picture.width, rect.width);
                let color = std::array::from_fn(|c| {
                    let mix = |a: f64, b: f64, share: f64| a + (b - a) * share;
                    let above = mix(pixel(left, top, c), pixel(right, top, c), across);
                    let below = mix(pixel(left, bottom, c), pixel(right, bottom, c), across);
                    mix(above, below, down).round() as u8
                });
                self.blend(rect.x + x, rect.y + y, color, 1.0);
            }
        }
    }

    /// A straight line of `width` pixels, cut off where it leaves `clip`.
    pub fn line(
        &mut self,
        clip: Rect,
        (from, to): ((f64, f64), (f64, f64)),
        width: f64,
        color: Color,
        share: f64,
    ) {
        let ends = [from.0, from.1, to.0, to.1];
        if ends.iter().any(|v| !v.is_finite()) {
            return;
        }
        let reach = width / 2.0 + 0.5;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(1e-9);
        let clip = Rect {
            width: clip.width.min(self.width.saturating_sub(clip.x)),
            height: clip.height.min(self.height.saturating_sub(clip.y)),
            ..clip
        };
        let span = |a: f64, b: f64, first: usize, count: usize| {
            let low = (a.min(b) - reach).ceil().max(first as f64);
            let high = (a.max(b) + reach).floor().min((first + count) as f64 - 1.0);
            (low <= high).then_some(low as usize..=high as usize)
        };
        let Some(rows) = span(from.1, to.1, clip.y, clip.height) else {
            return;
        };
        for y in rows {
            // The columns in which this row meets the band around the line.
            let (a, b) = if dy.abs() < 1e-9 {
                (from.0, to.0)
            } else {
                let at = |y: f64| {
                    (from.0 + (y - from.1) / dy * dx).clamp(from.0.min(to.0), from.0.max(to.0))
                };
                let slack = reach * length / dy.abs();
                (at(y as f64 - slack), at(y as f64 + slack))
            };
            let Some(columns) = span(a, b, clip.x, clip.width) else {
                continue;
            };
            for x in columns {
                let (px, py) = (x as f64 - from.0, y as f64 - from.1);
                let along = ((px * dx + py * dy) / (length * length)).clamp(0.0, 1.0);
                let distance = (px - along * dx).hypot(py - along * dy);
                let cover = (reach - distance).clamp(0.0, 1.0);
                if cover > 0.0 {
                    self.blend(x, y, color, cover * share);
                }
            }
        }
    }

    /// A closed line through some points.
    pub fn outline(&mut self, clip: Rect, points: &[(f64, f64)], width: f64, color: Color) {
        for (i, &from) in points.iter().enumerate() {
            let to = points[(i + 1) % points.len()];
            self.line(clip, (from, to), width, color, 1.0);
        }
    }

    /// A disc.
    pub fn disc(&mut self, clip: Rect, centre: (f64, f64), radius: f64, color: Color) {
        self.line(clip, (centre, centre), 2.0 * radius, color, 1.0);
    }

    /// Writes a line of text whose letters begin at the row `y`; returns the column after it.
    pub fn text(&mut self, x: usize, y: usize, text: &str, color: Color) -> usize {
        let mut column = x;
        for letter in text.chars() {
            let glyph = font::glyph(letter);
            for (row, shares) in glyph.rows().enumerate() {
                for (i, &share) in shares.iter().enumerate() {
                    if share > 0 && column + i < self.width && y + row < self.height {
                        self.blend(column + i, y + row, color, f64::from(share) / 255.0);
                    }
                }
            }
            column += glyph.width;
        }
        column
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(canvas: Canvas) -> Vec<u32> {
        let (_, _, rgb) = canvas.into_parts();
        rgb.chunks(3).map(|p| u32::from(p[0])).collect()
    }

    #[test]
    fn a_line_covers_its_area_in_any_direction() {
        for to in [
            (80.0, 20.0),
            (20.0, 80.0),
            (80.0, 75.0),
            (63.0, 20.5),
            (20.0, 20.0),
        ] {
            let mut canvas = Canvas::new(100, 100, [0; 3]);
            let area = canvas.area();
            canvas.line(area, ((20.0, 20.0), to), 3.0, [255; 3], 1.0);
            let covered = f64::from(shares(canvas).iter().sum::<u32>()) / 255.0;
            let length = (to.0 - 20.0f64).hypot(to.1 - 20.0);
            let wanted = 3.0 * length + std::f64::consts::PI * 2.25;
            assert!(
                (covered / wanted - 1.0).abs() < 0.08,
                "{to:?}: {covered}, not {wanted}"
            );
        }
    }

    #[test]
    fn nothing_is_drawn_outside_of_the_clip() {
        let mut canvas = Canvas::new(40, 40, [0; 3]);
        let clip = Rect {
            x: 10,
            y: 10,
            width: 5,
            height: 5,
        };
        let far = [(-1e9, 12.0), (1e9, 13.0), (12.0, 1e9), (f64::NAN, 3.0)];
        canvas.outline(clip, &far, 4.0, [255; 3]);
        for (i, share) in shares(canvas).into_iter().enumerate() {
            let inside = (10..15).contains(&(i % 40)) && (10..15).contains(&(i / 40));
            assert!(inside || share == 0, "{i}");
        }
    }

    #[test]
    fn a_picture_fills_its_place() {
        let picture = Picture::from_rgb(2, 1, vec![0, 0, 0, 200, 100, 50]).unwrap();
        let mut canvas = Canvas::new(6, 3, [9; 3]);
        canvas.picture(
            Rect {
                x: 1,
                y: 1,
                width: 4,
                height: 2,
            },
            &picture,
        );
        let (_, _, rgb) = canvas.into_parts();
        let pixel = |x: usize, y: usize| &rgb[(y * 6 + x) * 3..][..3];
        assert_eq!(pixel(0, 1), [9; 3]);
        assert_eq!(pixel(1, 1), [0; 3]);
        assert_eq!(pixel(2, 2), [50, 25, 13]);
        assert_eq!(pixel(4, 2), [200, 100, 50]);
        assert_eq!(pixel(5, 2), [9; 3]);
    }

    #[test]
    fn text_says_where_it_ends() {
        let mut canvas = Canvas::new(30, 30, [0; 3]);
        let end = canvas.text(2, 0, "Il", [255; 3]);
        assert!((8..20).contains(&end), "{end}");
        // What does not fit is left out.
        assert!(canvas.text(end, 20, "Wide enough", [255; 3]) > 30);
        assert!(shares(canvas).iter().any(|&share| share > 200));
    }
}
