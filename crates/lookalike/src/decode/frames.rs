//! Frames of animations, as they are shown: each on what those before left.

use image::{ColorType, Frames, ImageResult};

use super::format::{Each, Many};
use super::pixels::{self, Conversion, Pixels};
use super::place::spread;
use super::raster::explain;
use super::{DecodeError, DecodeOptions, Format, Header, Limits, Place};

/// All frames up to the last that is wanted must be drawn: at most so many times the pixels that a
/// picture may have.
const MOST_PIXELS: u64 = 4;

/// Animations of a format that the `image` crate reads.
pub(super) struct Animation {
    /// Looks through a file, without decoding.
    pub(super) scan: fn(&[u8]) -> Option<Scan>,
    /// Makes the decoder of the frames.
    pub(super) open: for<'a> fn(&'a [u8], &Limits) -> ImageResult<Frames<'a>>,
}

/// What a file says of its animation.
pub(super) struct Scan {
    /// How many frames there are.
    pub(super) frames: u32,
    /// Width and height of the canvas.
    pub(super) size: (u32, u32),
}

impl Many for Animation {
    fn places(&self, bytes: &[u8], limits: &Limits, most_frames: u32) -> Vec<Place> {
        let Some(Scan { frames, size }) = (self.scan)(bytes).filter(|scan| scan.frames > 1) else {
            return Vec::new();
        };
        let pixels = (u64::from(size.0) * u64::from(size.1)).max(1);
        let drawable = limits.max_pixels.saturating_mul(MOST_PIXELS) / pixels;
        let drawable = u32::try_from(drawable).unwrap_or(u32::MAX);
        spread(frames.min(drawable).max(1), most_frames)
    }

    /// Frames behind a damaged one, on which they may be drawn, are damaged too.
    fn decode_each(
        &self,
        format: Format,
        bytes: &[u8],
        places: &[Place],
        options: &DecodeOptions,
        each: Each<'_>,
    ) {
        let limits = &options.limits;
        let (width, height) = (self.scan)(bytes).map_or((0, 0), |scan| scan.size);
        let opened = limits
            .check(width, height)
            .and_then(|()| (self.open)(bytes, limits).map_err(|e| explain(e, format, limits)));
        let header = Header {
            format,
            width,
            height,
            orientation: image::metadata::Orientation::NoTransforms,
        };
        match opened {
            Ok(frames) => take(frames, &header, places, options, each),
            Err(error) => {
                if let Some(&first) = places.first() {
                    each(first, Err(error));
                }
            }
        }
    }
}

/// Calls `each` with the frames that are wanted, in their order.
fn take(
    frames: Frames<'_>,
    header: &Header,
    places: &[Place],
    options: &DecodeOptions,
    each: Each<'_>,
) {
    let Header {
        format,
        width,
        height,
        ..
    } = *header;
    let how = Conversion {
        rounds: false,
        blend: options.blend,
    };
    let mut frames = frames.zip(1u32..);
    let mut wanted = places.iter().copied().peekable();
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
                let rgb = pixels::to_rgb(samples, ColorType::Rgba8, how);
                let rgb = rgb.unwrap_or_default();
                each(place, Ok((*header, Pixels::whole(width, height, rgb))));
                wanted.next();
            }
            Ok(_) => {}
            Err(error) => {
                each(place, Err(explain(error, format, &options.limits)));
                wanted.next();
                for place in wanted.by_ref() {
                    let reason = format!("frame {number}, on which it is drawn, is damaged");
                    each(place, Err(DecodeError::Corrupt { format, reason }));
                }
            }
        }
    }
}
