//! What is to be done with a picture before it is shown: a part is cut out, turned and mirrored.

use heifer_isobmff::boxes::Property;
use image::metadata::Orientation;

/// The part of a picture that is shown, and how it is turned.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Transform {
    /// Left, top, width and height, in pixels.
    pub(super) part: [u32; 4],
    pub(super) orientation: Orientation,
}

impl Transform {
    /// What the properties of a picture of this size ask for. The part is cut out first, as the
    /// standard for these files (MIAF, ISO/IEC 23000-22) wants it.
    pub(super) fn of<'a>(
        properties: impl Iterator<Item = &'a Property>,
        (width, height): (u32, u32),
    ) -> Self {
        let mut part = [0, 0, width, height];
        let mut turn = Turn::default();
        for property in properties {
            match property {
                Property::CleanAperture {
                    width: w,
                    height: h,
                    horiz_offset,
                    vert_offset,
                } => {
                    let across = cut(width, *w, *horiz_offset);
                    let down = cut(height, *h, *vert_offset);
                    if let (Some((left, w)), Some((top, h))) = (across, down) {
                        part = [left, top, w, h];
                    }
                }
                Property::Rotation(quarters) => turn.turn_left(*quarters),
                Property::Mirror(top_with_bottom) => turn.mirror(*top_with_bottom),
                _ => {}
            }
        }
        let orientation = turn.orientation();
        Self { part, orientation }
    }
}

/// Where a part begins whose centre is so far from the centre of the whole, and its length; `None` where
/// nothing is left.
fn cut(whole: u32, length: (u32, u32), offset: (i32, u32)) -> Option<(u32, u32)> {
    let of = |(above, below): (f64, u32)| (below > 0).then(|| above / f64::from(below));
    let length = of((length.0.into(), length.1))?;
    let centre = of((offset.0.into(), offset.1))? + f64::from(whole) / 2.0;
    let from = (centre - length / 2.0).round().clamp(0.0, whole.into()) as u32;
    let to = (f64::from(from) + length.round()).clamp(0.0, whole.into()) as u32;
    (to > from).then_some((from, to - from))
}

/// A picture that is first mirrored left to right, or not, and then turned by quarters to the right.
#[derive(Default)]
struct Turn {
    mirrored: bool,
    quarters: u8,
}

impl Turn {
    fn turn_left(&mut self, quarters: u8) {
        self.quarters = (self.quarters + 4 - quarters % 4) % 4;
    }

    /// Mirrors what has been turned: then the turn is one the other way round of the mirrored picture. To
    /// exchange top with bottom is to exchange left with right and turn by a half.
    fn mirror(&mut self, top_with_bottom: bool) {
        let half = if top_with_bottom { 2 } else { 0 };
        self.mirrored = !self.mirrored;
        self.quarters = (4 - self.quarters + half) % 4;
    }

    fn orientation(&self) -> Orientation {
        match (self.mirrored, self.quarters) {
            (false, 1) => Orientation::Rotate90,
            (false, 2) => Orientation::Rotate180,
            (false, 3) => Orientation::Rotate270,
            (true, 0) => Orientation::FlipHorizontal,
            (true, 1) => Orientation::Rotate270FlipH,
            (true, 2) => Orientation::FlipVertical,
            (true, 3) => Orientation::Rotate90FlipH,
            _ => Orientation::NoTransforms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_and_mirrors_follow_one_another() {
        let of = |properties: &[Property]| Transform::of(properties.iter(), (3, 2)).orientation;
        let left = Property::Rotation(1);
        assert_eq!(of(&[]), Orientation::NoTransforms);
        assert_eq!(of(std::slice::from_ref(&left)), Orientation::Rotate270);
        assert_eq!(of(&[Property::Mirror(false)]), Orientation::FlipHorizontal);
        assert_eq!(of(&[Property::Mirror(true)]), Orientation::FlipVertical);
        // Turned to the left, then its left and right exchanged: EXIF's 7, whose first row is the right
        // side from below.
        let both = [left.clone(), Property::Mirror(false)];
        assert_eq!(of(&both), Orientation::Rotate270FlipH);
        assert_eq!(
            of(&[Property::Mirror(false), left]),
            Orientation::Rotate90FlipH
        );
    }

    #[test]
    fn a_part_lies_around_the_centre() {
        assert_eq!(cut(100, (50, 1), (0, 1)), Some((25, 50)));
        assert_eq!(cut(100, (100, 2), (-50, 2)), Some((0, 50)));
        assert_eq!(cut(100, (500, 1), (0, 1)), Some((0, 100)));
        assert_eq!(cut(101, (100, 1), (-1, 2)), Some((0, 100)));
        assert_eq!(cut(100, (0, 1), (0, 1)), None);
        assert_eq!(cut(100, (1, 0), (0, 1)), None);
        assert_eq!(cut(100, (1, 1), (1000, 1)), None);
    }
}
