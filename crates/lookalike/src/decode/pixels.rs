//! Samples of every kind to 8-bit RGB, as OpenCV's `imread(.., IMREAD_COLOR)` does it: 16 bits
//! lose their lower 8 (but for coloured TIFF, where they are rounded), grey is repeated, alpha is
//! dropped without blending.

use image::ColorType;

/// RGB pixels as they lie in the file.
pub(super) struct Pixels {
    pub width: u32,
    pub height: u32,
    /// `width * height * 3` bytes, rows from the top, red first.
    pub rgb: Vec<u8>,
}

/// Samples as the `image` crate hands them out (wider ones in native byte order) to RGB bytes.
/// `rounds`: colours of 16 bits are rounded. `None` for a colour type that did not exist when this
/// was written.
pub(super) fn to_rgb(samples: Vec<u8>, color: ColorType, rounds: bool) -> Option<Vec<u8>> {
    Some(match color {
        ColorType::Rgb8 => samples,
        ColorType::L8 => repeat_grey(samples.iter().copied()),
        ColorType::La8 => repeat_grey(samples.iter().copied().step_by(2)),
        ColorType::Rgba8 => drop_alpha(samples),
        ColorType::L16 => repeat_grey(high_bytes(&samples)),
        ColorType::La16 => repeat_grey(high_bytes(&samples).step_by(2)),
        ColorType::Rgb16 if rounds => nearest_bytes(&samples).collect(),
        ColorType::Rgba16 if rounds => drop_alpha(nearest_bytes(&samples).collect()),
        ColorType::Rgb16 => high_bytes(&samples).collect(),
        ColorType::Rgba16 => drop_alpha(high_bytes(&samples).collect()),
        ColorType::Rgb32F => from_floats(&samples).collect(),
        ColorType::Rgba32F => drop_alpha(from_floats(&samples).collect()),
        _ => return None,
    })
}

fn repeat_grey(values: impl Iterator<Item = u8>) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(values.size_hint().0 * 3);
    for value in values {
        rgb.extend_from_slice(&[value; 3]);
    }
    rgb
}

/// Moves the colours together in place: no second buffer for a large picture.
fn drop_alpha(mut rgba: Vec<u8>) -> Vec<u8> {
    let pixels = rgba.len() / 4;
    for i in 1..pixels {
        rgba.copy_within(i * 4..i * 4 + 3, i * 3);
    }
    rgba.truncate(pixels * 3);
    rgba
}

fn words(samples: &[u8]) -> impl Iterator<Item = u16> {
    let (samples, _) = samples.as_chunks::<2>();
    samples.iter().map(|s| u16::from_ne_bytes(*s))
}

fn high_bytes(samples: &[u8]) -> impl Iterator<Item = u8> {
    words(samples).map(|v| (v >> 8) as u8)
}

/// 0 to 65,535 rounded to 0 to 255, as libtiff's RGBA interface has it.
fn nearest_bytes(samples: &[u8]) -> impl Iterator<Item = u8> {
    words(samples).map(|v| ((u32::from(v) + 128) / 257) as u8)
}

/// Floats are taken to lie in 0..=1; what lies outside is cut, NaN is black.
fn from_floats(samples: &[u8]) -> impl Iterator<Item = u8> {
    let (samples, _) = samples.as_chunks::<4>();
    let byte = |s: &[u8; 4]| (f32::from_ne_bytes(*s).clamp(0.0, 1.0) * 255.0).round() as u8;
    samples.iter().map(byte)
}

/// CMYK as JPEG files hold it (Adobe's, inverted: 255 is no ink) to RGB, in the integer
/// arithmetic of OpenCV's `icvCvt_CMYK2BGR_8u_C4C3R`: `k - ((255 - c) * k >> 8)`.
pub(super) fn cmyk_to_rgb(mut cmyk: Vec<u8>) -> Vec<u8> {
    let pixels = cmyk.len() / 4;
    for i in 0..pixels {
        let k = i32::from(cmyk[i * 4 + 3]);
        for c in 0..3 {
            let ink = 255 - i32::from(cmyk[i * 4 + c]);
            cmyk[i * 3 + c] = (k - ((ink * k) >> 8)) as u8;
        }
    }
    cmyk.truncate(pixels * 3);
    cmyk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_lose_their_lower_half() {
        let words = [0x12ffu16, 0x3400, 0xff00];
        let samples: Vec<u8> = words.iter().flat_map(|v| v.to_ne_bytes()).collect();
        let rgb = |rounds| to_rgb(samples.clone(), ColorType::Rgb16, rounds).unwrap();
        assert_eq!(rgb(false), [0x12, 0x34, 0xff]);
        assert_eq!(rgb(true), [0x13, 0x34, 0xfe]);
    }

    #[test]
    fn alpha_is_dropped_not_blended() {
        let rgb = to_rgb(vec![1, 2, 3, 0, 4, 5, 6, 255], ColorType::Rgba8, false).unwrap();
        assert_eq!(rgb, [1, 2, 3, 4, 5, 6]);
        assert_eq!(
            to_rgb(vec![9, 0], ColorType::La8, false).unwrap(),
            [9, 9, 9]
        );
    }

    #[test]
    fn no_ink_is_white_and_all_ink_black() {
        let rgb = cmyk_to_rgb(vec![255, 255, 255, 255, 255, 255, 255, 0, 0, 255, 255, 255]);
        assert_eq!(rgb, [255, 255, 255, 0, 0, 0, 1, 255, 255]);
    }

    #[test]
    fn odd_floats_do_no_harm() {
        let floats = [f32::NAN, f32::INFINITY, -1.0];
        let samples = floats.iter().flat_map(|v| v.to_ne_bytes()).collect();
        assert_eq!(
            to_rgb(samples, ColorType::Rgb32F, true).unwrap(),
            [0, 255, 0]
        );
    }
}
