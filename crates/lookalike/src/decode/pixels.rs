//! Samples of every kind to 8-bit RGB, as OpenCV's `imread(.., IMREAD_COLOR)` does it: 16 bits
//! lose their lower 8 (but for coloured TIFF, where they are rounded), grey is repeated, alpha is
//! dropped without blending; or, where pictures are wanted as they are seen, blended.

use image::ColorType;

use super::profile::{self, Profile};

/// RGB pixels as they lie in the file.
pub(super) struct Pixels {
    pub width: u32,
    pub height: u32,
    /// `width * height * 3` bytes, rows from the top, red first.
    pub rgb: Vec<u8>,
    /// What a damaged file lacks of them.
    pub damage: Option<String>,
    /// What the file says of its colours.
    pub profile: Option<Profile>,
}

impl Pixels {
    /// Pixels of which nothing is missing.
    pub(super) fn whole(width: u32, height: u32, rgb: Vec<u8>) -> Self {
        Self {
            width,
            height,
            rgb,
            damage: None,
            profile: None,
        }
    }

    /// The same of another size.
    pub(super) fn with_size(self, (width, height): (u32, u32), rgb: Vec<u8>) -> Self {
        Self {
            width,
            height,
            rgb,
            ..self
        }
    }
}

/// How samples become bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Conversion {
    /// Colours of 16 bits are rounded.
    pub rounds: bool,
    /// What is transparent is blended with a ground, and not dropped.
    pub blend: bool,
}

/// Samples as the `image` crate hands them out (wider ones in native byte order) to RGB bytes. `None`
/// for a colour type that did not exist when this was written.
pub(super) fn to_rgb(samples: Vec<u8>, color: ColorType, how: Conversion) -> Option<Vec<u8>> {
    let opaque = |rgba| match how.blend {
        true => blended(rgba),
        false => drop_alpha(rgba),
    };
    Some(match color {
        ColorType::Rgb8 => samples,
        ColorType::L8 => repeat_grey(samples.iter().copied()),
        ColorType::La8 => opaque(grey_and_alpha(&samples)),
        ColorType::Rgba8 => opaque(samples),
        ColorType::L16 => repeat_grey(high_bytes(&samples)),
        ColorType::La16 => opaque(grey_and_alpha(&high_bytes(&samples).collect::<Vec<_>>())),
        ColorType::Rgb16 if how.rounds => nearest_bytes(&samples).collect(),
        ColorType::Rgba16 if how.rounds => opaque(nearest_bytes(&samples).collect()),
        ColorType::Rgb16 => high_bytes(&samples).collect(),
        ColorType::Rgba16 => opaque(high_bytes(&samples).collect()),
        ColorType::Rgb32F => from_floats(&samples).collect(),
        ColorType::Rgba32F => opaque(from_floats(&samples).collect()),
        _ => return None,
    })
}

/// Pixels of grey and alpha as red, green, blue and alpha.
fn grey_and_alpha(samples: &[u8]) -> Vec<u8> {
    let (pixels, _) = samples.as_chunks::<2>();
    let pixels = pixels.iter();
    pixels
        .flat_map(|&[grey, alpha]| [grey, grey, grey, alpha])
        .collect()
}

/// From this mean brightness on, of what can be seen, a picture is light.
const LIGHT: u64 = 192;

/// Colours as they are seen on white; where they are light themselves, on black, so that a white drawing
/// on nothing does not vanish.
pub(super) fn blended(mut rgba: Vec<u8>) -> Vec<u8> {
    let (pixels, _) = rgba.as_chunks_mut::<4>();
    if pixels.iter().any(|pixel| pixel[3] != 255) {
        let ground = if is_light(pixels) { 0 } else { 255 };
        for [colours @ .., alpha] in pixels {
            let alpha = u32::from(*alpha);
            for colour in colours {
                let sum = u32::from(*colour) * alpha + ground * (255 - alpha);
                *colour = ((sum + 127) / 255) as u8;
            }
        }
    }
    drop_alpha(rgba)
}

/// Whether what can be seen is light, each pixel by its alpha.
fn is_light(pixels: &[[u8; 4]]) -> bool {
    let (mut light, mut seen) = (0, 0);
    for &[r, g, b, alpha] in pixels {
        let brightness = (u64::from(r) * 77 + u64::from(g) * 150 + u64::from(b) * 29) >> 8;
        light += brightness * u64::from(alpha);
        seen += u64::from(alpha);
    }
    seen > 0 && light >= LIGHT * seen
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

/// CMYK as JPEG files hold it to RGB: as a profile means it, else by [`cmyk_to_rgb`].
pub(super) fn inks_to_rgb(mut cmyk: Vec<u8>, profile: Option<&Profile>) -> Vec<u8> {
    let Some(profile) = profile else {
        return cmyk_to_rgb(cmyk);
    };
    cmyk.iter_mut().for_each(|ink| *ink = 255 - *ink);
    profile::inks_to_srgb(&cmyk, profile).unwrap_or_else(|| {
        cmyk.iter_mut().for_each(|ink| *ink = 255 - *ink);
        cmyk_to_rgb(cmyk)
    })
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
    use crate::decode::Picture;

    #[test]
    fn sixteen_bits_lose_their_lower_half() {
        let words = [0x12ffu16, 0x3400, 0xff00];
        let samples: Vec<u8> = words.iter().flat_map(|v| v.to_ne_bytes()).collect();
        let rgb = |rounds| {
            let blend = false;
            to_rgb(
                samples.clone(),
                ColorType::Rgb16,
                Conversion { rounds, blend },
            )
            .unwrap()
        };
        assert_eq!(rgb(false), [0x12, 0x34, 0xff]);
        assert_eq!(rgb(true), [0x13, 0x34, 0xfe]);
    }

    #[test]
    fn alpha_is_dropped_where_nobody_asks_for_more() {
        let plain = Conversion::default();
        let pixels = vec![1, 2, 3, 0, 4, 5, 6, 255];
        let rgb = to_rgb(pixels, ColorType::Rgba8, plain).unwrap();
        assert_eq!(rgb, [1, 2, 3, 4, 5, 6]);
        assert_eq!(
            to_rgb(vec![9, 0], ColorType::La8, plain).unwrap(),
            [9, 9, 9]
        );
    }

    #[test]
    fn what_is_transparent_is_seen_on_white_and_what_is_light_on_black() {
        let seen = |rgba: &[u8]| blended(rgba.to_vec());
        // Half of black on white; the red that nobody sees does not count.
        assert_eq!(
            seen(&[0, 0, 0, 128, 255, 0, 0, 0]),
            [127, 127, 127, 255, 255, 255]
        );
        assert_eq!(
            seen(&[255, 255, 255, 255, 0, 0, 0, 0]),
            [255, 255, 255, 0, 0, 0]
        );
        assert_eq!(
            seen(&[250, 250, 250, 255, 9, 9, 9, 255]),
            [250, 250, 250, 9, 9, 9]
        );
        assert_eq!(seen(&[7, 7, 7, 0]), [255, 255, 255]);
        let how = Conversion {
            blend: true,
            ..Conversion::default()
        };
        let grey = to_rgb(vec![9, 0, 9, 255], ColorType::La8, how).unwrap();
        assert_eq!(grey, [255, 255, 255, 9, 9, 9]);
    }

    #[test]
    fn pixels_with_alpha_are_a_picture() {
        let pixels = vec![0, 0, 0, 128, 255, 0, 0, 0];
        let picture = Picture::from_rgba(2, 1, pixels.clone()).unwrap();
        assert_eq!(picture.rgb, [127, 127, 127, 255, 255, 255]);
        assert_eq!((picture.width, picture.height), (2, 1));
        assert!(Picture::from_rgba(1, 1, pixels).is_none());
        assert!(Picture::from_rgba(0, 1, Vec::new()).is_none());
        assert!(Picture::from_rgba(u32::MAX, u32::MAX, Vec::new()).is_none());
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
            to_rgb(samples, ColorType::Rgb32F, Conversion::default()).unwrap(),
            [0, 255, 0]
        );
    }
}
