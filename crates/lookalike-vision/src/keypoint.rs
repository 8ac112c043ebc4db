//! A point of interest.

/// A point of interest, as `cv::KeyPoint` has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Keypoint {
    /// Column in pixels; the centre of the top left pixel is (0, 0).
    pub x: f32,
    /// Row in pixels, downwards.
    pub y: f32,
    /// Diameter of the meaningful neighbourhood, in pixels.
    pub size: f32,
    /// Orientation in degrees, [0, 360), measured from the x axis towards the y axis (clockwise
    /// as one sees it); -1 where the algorithm gives none.
    pub angle: f32,
    /// Strength; its unit depends on the algorithm, larger is stronger.
    pub response: f32,
    /// Octave in which the point was found; the packing depends on the algorithm.
    pub octave: i32,
    /// Level of the scale space or another class, by algorithm; -1 where there is none.
    pub class_id: i32,
}
