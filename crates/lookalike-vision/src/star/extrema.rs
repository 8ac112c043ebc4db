//! Extrema of the responses that do not lie on lines.

use super::StarParams;
use super::response::Responses;
use crate::Keypoint;

/// A pixel.
type Point = (usize, usize);

/// The keypoints inside of `border`.
pub(super) fn find(responses: &Responses, border: usize, params: &StarParams) -> Vec<Keypoint> {
    let (width, height) = (responses.values.width(), responses.values.height());
    let reach = params.suppress_nonmax_size as usize / 2;
    let mut keypoints = Vec::new();
    for y in (border..height - border).step_by(reach + 1) {
        let bottom = (y + reach + 1).min(height - border);
        for x in (border..width - border).step_by(reach + 1) {
            let right = (x + reach + 1).min(width - border);
            let (high, low, response) = extremes(responses, (x, y), (right, bottom), params);
            for (point, sign) in [(high, 1.0), (low, -1.0)] {
                let Some(point) = point else { continue };
                let size = responses.sizes.row(point.1)[point.0];
                if size >= 4
                    && is_strongest(responses, point, reach, sign)
                    && !lies_on_line(responses, point, size, params)
                {
                    keypoints.push(keypoint(point, size, response));
                }
            }
        }
    }
    keypoints
}

/// The places of the highest and of the lowest response beyond the threshold, and the highest
/// response (or the threshold).
fn extremes(
    responses: &Responses,
    (left, top): Point,
    (right, bottom): Point,
    params: &StarParams,
) -> (Option<Point>, Option<Point>, f32) {
    let mut high = params.response_threshold as f32;
    let mut low = -high;
    let (mut high_at, mut low_at) = (None, None);
    for y in top..bottom {
        for (x, &value) in (left..).zip(&responses.values.row(y)[left..right]) {
            if value > high {
                (high, high_at) = (value, Some((x, y)));
            } else if value < low {
                (low, low_at) = (value, Some((x, y)));
            }
        }
    }
    (high_at, low_at, high)
}

/// Whether no pixel within `reach` has as strong a response of the same sign.
fn is_strongest(responses: &Responses, point: Point, reach: usize, sign: f32) -> bool {
    let (width, height) = (responses.values.width(), responses.values.height());
    let strength = sign * responses.values.row(point.1)[point.0];
    let columns = point.0.saturating_sub(reach)..(point.0 + reach + 1).min(width);
    let mut rows = point.1.saturating_sub(reach)..(point.1 + reach + 1).min(height);
    rows.all(|y| {
        let row = &responses.values.row(y)[columns.clone()];
        (columns.clone().zip(row)).all(|(x, &v)| sign * v < strength || (x, y) == point)
    })
}

/// Whether the ratio of principal curvatures is too large: trace^2 >= threshold * determinant of
/// the second moments, of the responses or of the map of where the size is the point's own.
fn lies_on_line(responses: &Responses, (x0, y0): Point, size: i16, params: &StarParams) -> bool {
    let step = size as usize / 4;
    let radius = step * 4;
    let samples = || {
        (y0 - radius..=y0 + radius)
            .step_by(step)
            .flat_map(move |y| {
                (x0 - radius..=x0 + radius)
                    .step_by(step)
                    .map(move |x| (x, y))
            })
    };

    let value = |x: usize, y: usize| responses.values.row(y)[x];
    let (mut xx, mut yy, mut xy) = (0f32, 0f32, 0f32);
    for (x, y) in samples() {
        let dx = value(x + 1, y) - value(x - 1, y);
        let dy = value(x, y + 1) - value(x, y - 1);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    let threshold = params.line_threshold_projected as f32;
    if (xx + yy) * (xx + yy) >= threshold * (xx * yy - xy * xy) {
        return true;
    }

    let same = |x: usize, y: usize| i64::from(responses.sizes.row(y)[x] == size);
    let (mut xx, mut yy, mut xy) = (0i64, 0i64, 0i64);
    for (x, y) in samples() {
        let dx = same(x + 1, y) - same(x - 1, y);
        let dy = same(x, y + 1) - same(x, y - 1);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    (xx + yy) * (xx + yy) >= i64::from(params.line_threshold_binarized) * (xx * yy - xy * xy)
}

fn keypoint((x, y): Point, size: i16, response: f32) -> Keypoint {
    Keypoint {
        x: x as f32,
        y: y as f32,
        size: f32::from(size),
        angle: -1.0,
        response,
        octave: 0,
        class_id: -1,
    }
}
