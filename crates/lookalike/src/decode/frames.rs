//! Frames of animations, as they are shown: each on what those before left.

use image::{ColorType, Frames, ImageResult};

use super::format::Each;
use super::pixels::{self, Pixels};
use super::place::spread;
use super::raster::explain;
use super::{DecodeError, DecodeOptions, Format, Header, Limits, Place};

/// All frames up to the last that is wanted must be drawn: at most so many times the pixels that a
/// picture may have.
const MOST_PIXELS: u64 = 4;

/// At most `most` frames of an animation, spread over all that may be drawn; nothing where there is
/// one frame only.
pub(super) fn places(
    frames: u32,
    (width, height): (u32, u32),
    limits: &Limits,
    most: u32,
) -> Vec<Place> {
    if frames < 2 {
        return Vec::new();
    }
    let pixels = (u64::from(width) * u64::from(height)).max(1);
    let drawable = limits.max_pixels.saturating_mul(MOST_PIXELS) / pixels;
    spread(
        frames
            .min(u32::try_from(drawable).unwrap_or(u32::MAX))
            .max(1),
        most,
    )
}

/// Calls `each` with the frames that are wanted, in their order. Those behind a damaged one, on which
/// they may be drawn, are damaged too.
pub(super) fn decode<'a>(
    format: Format,
    (width, height): (u32, u32),
    open: impl FnOnce() -> ImageResult<Frames<'a>>,
    places: &[Place],
    options: &DecodeOptions,
    each: Each<'_>,
) {
    let mut wanted = places.iter().copied().peekable();
    let limits = &options.limits;
    let header = Header {
        format,
        width,
        height,
        orientation: image::metadata::Orientation::NoTransforms,
    };
    let opened = limits
        .check(width, height)
        .and_then(|()| open().map_err(|e| explain(e, format, limits)));
    let mut frames = match opened {
        Ok(frames) => frames.zip(1u32..),
        Err(error) => {
            if let Some(&first) = wanted.peek() {
                each(first, Err(error));
            }
            return;
        }
    };
    while let Some(&place) = wanted.peek() {
        let frame = frames.next();
        let Some((frame, number)) = frame else {
            each(place, Err(DecodeError::Truncated { format }));
            wanted.next();
            continue;
        };
        match frame {
            Ok(frame) if place == Place::Frame(number) => {
                let samples = frame.into_buffer().into_raw();
                let rgb = pixels::to_rgb(samples, ColorType::Rgba8, false);
                let rgb = rgb.unwrap_or_default();
                each(place, Ok((header, Pixels { width, height, rgb })));
                wanted.next();
            }
            Ok(_) => {}
            Err(error) => {
                each(place, Err(explain(error, format, limits)));
                wanted.next();
                for place in wanted.by_ref() {
                    let reason = format!("frame {number}, on which it is drawn, is damaged");
                    each(place, Err(DecodeError::Corrupt { format, reason }));
                }
            }
        }
    }
}
