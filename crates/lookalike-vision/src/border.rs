//! The filter for keypoints near the border.

use crate::Keypoint;

/// Whether a keypoint, rounded half to even, lies inside of a frame of `border` pixels
/// (`cv::KeyPointsFilter::runByImageBorder`). Without a frame OpenCV does not filter at all; here
/// a keypoint must still touch the picture.
pub(crate) fn is_inside(keypoint: &Keypoint, (width, height): (usize, usize), border: u32) -> bool {
    let low = i64::from(border);
    let slack = i64::from(border == 0);
    let inside = |at: f32, side: usize| {
        let rounded = i64::from(at.round_ties_even() as i32);
        !at.is_nan() && rounded >= low && rounded < side as i64 - low + slack
    };
    inside(keypoint.x, width) && inside(keypoint.y, height)
}
