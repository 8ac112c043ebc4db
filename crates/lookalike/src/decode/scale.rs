//! Making pictures smaller, by one rule for the library and for queries.
//!
//! The rule: the larger side becomes exactly `max_side`, the other keeps the proportion, rounded
//! to the nearest pixel. The filter is `fast_image_resize`'s Hamming window over the source pixels
//! that fall under a target pixel, in 8-bit fixed point: nearly as sharp as a bicubic filter, at
//! the price of a triangle, and the same bits on every processor. Nothing is ever enlarged.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::DecodeError;
use super::pixels::Pixels;

/// The size at which a picture of `width` x `height` is used; `None` where it stays as it is.
pub(super) fn target(width: u32, height: u32, max_side: Option<u32>) -> Option<(u32, u32)> {
    let side = max_side?.max(1);
    let long = width.max(height);
    if long <= side {
        return None;
    }
    let fit = |n: u32| {
        let scaled = (u64::from(n) * u64::from(side) + u64::from(long) / 2) / u64::from(long);
        (scaled as u32).max(1)
    };
    Some((fit(width), fit(height)))
}

/// Resizes RGB pixels of the size `from` to exactly `(width, height)`.
pub(super) fn resize(
    from: (u32, u32),
    rgb: &[u8],
    (width, height): (u32, u32),
) -> Result<Pixels, DecodeError> {
    let mut small = vec![0; 3 * width as usize * height as usize];
    // Typed, as the untyped way compiles code for every other type of pixel.
    let source = TypedImageRef::<U8x3>::from_buffer(from.0, from.1, rgb).map_err(unexpected)?;
    let mut target =
        TypedImage::<U8x3>::from_buffer(width, height, &mut small).map_err(unexpected)?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Hamming));
    Resizer::new()
        .resize_typed(&source, &mut target, &options)
        .map_err(unexpected)?;
    Ok(Pixels::whole(width, height, small))
}

/// Sizes and types are ours and agree, so the resizer has nothing to complain about.
fn unexpected(e: impl std::error::Error + Send + Sync + 'static) -> DecodeError {
    DecodeError::Io(std::io::Error::other(e))
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn the_larger_side_becomes_the_limit_and_nothing_grows() {
        assert_eq!(target(4000, 3000, Some(640)), Some((640, 480)));
        assert_eq!(target(3000, 4001, Some(640)), Some((480, 640)));
        assert_eq!(target(640, 480, Some(640)), None);
        assert_eq!(target(100_000, 1, Some(640)), Some((640, 1)));
        assert_eq!(target(4000, 3000, None), None);
        assert_eq!(target(2, 1, Some(0)), Some((1, 1)));
    }
}
