//! Colour to grey, bit for bit as OpenCV's `COLOR_BGR2GRAY`.

use crate::{Error, GrayImage, Result};

/// In which order the caller takes the channels of a pixel to be.
///
/// OpenCV's conversion weighs channel 0 as blue. A program that hands it RGB pixels, as the
/// tutorial does, gets the weights of red and blue exchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelOrder {
    /// Correct grey: red .299, green .587, blue .114.
    #[default]
    Bgr,
    /// The tutorial's grey: red .114, green .587, blue .299.
    Rgb,
}

/// Grey from RGB pixels (3 bytes each, red first), in the 15-bit fixed-point arithmetic of
/// `cv::cvtColor`: `(w0*c0 + w1*c1 + w2*c2 + 2^14) >> 15`.
///
/// # Errors
/// [`Error::PixelCount`] where `rgb` does not hold `width * height` pixels.
pub fn gray_from_rgb(
    rgb: &[u8],
    width: usize,
    height: usize,
    order: ChannelOrder,
) -> Result<GrayImage> {
    let wanted = width.checked_mul(height).and_then(|n| n.checked_mul(3));
    if wanted != Some(rgb.len()) {
        return Err(Error::PixelCount {
            width,
            height,
            received: rgb.len() / 3,
        });
    }
    let (red, blue) = match order {
        ChannelOrder::Bgr => (9798, 3735),
        ChannelOrder::Rgb => (3735, 9798),
    };
    let weigh = |p: &[u8; 3]| {
        let sum = u32::from(p[0]) * red + u32::from(p[1]) * 19235 + u32::from(p[2]) * blue;
        ((sum + (1 << 14)) >> 15) as u8
    };
    let (pixels, _) = rgb.as_chunks::<3>();
    GrayImage::from_vec(width, height, pixels.iter().map(weigh).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_stays_grey() {
        let rgb: Vec<u8> = (0..=255u8).flat_map(|v| [v; 3]).collect();
        for order in [ChannelOrder::Bgr, ChannelOrder::Rgb] {
            let gray = gray_from_rgb(&rgb, 16, 16, order).unwrap();
            assert!(gray.data().iter().copied().eq(0..=255u8));
        }
    }

    #[test]
    fn channel_zero_weighs_as_blue_in_rgb_order() {
        let red = [255, 0, 0];
        let value = |order| gray_from_rgb(&red, 1, 1, order).unwrap().data()[0];
        assert_eq!(value(ChannelOrder::Bgr), 76);
        assert_eq!(value(ChannelOrder::Rgb), 29);
    }

    #[test]
    fn a_wrong_number_of_pixels_is_refused() {
        assert!(matches!(
            gray_from_rgb(&[0; 5], 2, 1, ChannelOrder::Bgr),
            Err(Error::PixelCount { .. })
        ));
    }
}
