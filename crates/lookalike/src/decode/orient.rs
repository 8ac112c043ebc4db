//! Turning pixels upright.

use image::metadata::Orientation;

use super::pixels::Pixels;

/// Whether the orientation exchanges width and height.
pub(super) fn swaps_sides(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// The pixels as they are meant to be seen.
pub(super) fn upright(pixels: Pixels, orientation: Orientation) -> Pixels {
    let (w, h) = (pixels.width as usize, pixels.height as usize);
    // Where the pixel that is displayed at (x, y) lies in the file.
    let stored: fn(usize, usize, usize, usize) -> (usize, usize) = match orientation {
        Orientation::NoTransforms => return pixels,
        Orientation::FlipHorizontal => |x, y, w, _| (w - 1 - x, y),
        Orientation::Rotate180 => |x, y, w, h| (w - 1 - x, h - 1 - y),
        Orientation::FlipVertical => |x, y, _, h| (x, h - 1 - y),
        Orientation::Rotate90FlipH => |x, y, _, _| (y, x),
        Orientation::Rotate90 => |x, y, _, h| (y, h - 1 - x),
        Orientation::Rotate270FlipH => |x, y, w, h| (w - 1 - y, h - 1 - x),
        Orientation::Rotate270 => |x, y, w, _| (w - 1 - y, x),
    };
    let (width, height) = if swaps_sides(orientation) {
        (pixels.height, pixels.width)
    } else {
        (pixels.width, pixels.height)
    };
    let (source, _) = pixels.rgb.as_chunks::<3>();
    let mut rgb = Vec::with_capacity(pixels.rgb.len());
    for y in 0..height as usize {
        for x in 0..width as usize {
            let (sx, sy) = stored(x, y, w, h);
            rgb.extend_from_slice(&source[sy * w + sx]);
        }
    }
    pixels.with_size((width, height), rgb)
}
