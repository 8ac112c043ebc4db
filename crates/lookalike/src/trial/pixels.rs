//! What the modifications do to pixels. Coordinates are those of the picture, from its top left;
//! whatever lies outside of it is left out.

use crate::decode::{DecodeError, DecodeOptions, Picture, decode_bytes};
use lookalike_vision::geometry::Transform;

/// Left, top, width, height.
pub(super) type Rectangle = (u32, u32, u32, u32);

/// A picture of these pixels.
fn picture((width, height): (u32, u32), rgb: Vec<u8>) -> Picture {
    Picture {
        width,
        height,
        rgb,
        original_size: (width, height),
        damage: None,
    }
}

/// A picture of one colour.
pub(super) fn plain(size: (u32, u32), colour: [u8; 3]) -> Picture {
    picture(size, colour.repeat(size.0 as usize * size.1 as usize))
}

/// The bytes of a part of one row.
fn span(picture: &Picture, x: u32, y: u32, width: u32) -> std::ops::Range<usize> {
    let start = (y as usize * picture.width as usize + x as usize) * 3;
    start..start + width as usize * 3
}

pub(super) fn paste(onto: &mut Picture, part: &Picture, (x, y): (u32, u32)) {
    let x = x.min(onto.width);
    let width = part.width.min(onto.width - x);
    for row in 0..part.height.min(onto.height.saturating_sub(y)) {
        let target = span(onto, x, y + row, width);
        onto.rgb[target].copy_from_slice(&part.rgb[span(part, 0, row, width)]);
    }
}

pub(super) fn fill(onto: &mut Picture, (x, y, width, height): Rectangle, colour: [u8; 3]) {
    let (right, bottom) = ((x + width).min(onto.width), (y + height).min(onto.height));
    let x = x.min(right);
    for row in y..bottom {
        let target = span(onto, x, row, right - x);
        onto.rgb[target].as_chunks_mut().0.fill(colour);
    }
}

/// Every pixel anew, from its place and its colour.
pub(super) fn map(of: &Picture, mut new: impl FnMut((u32, u32), [f32; 3]) -> [f32; 3]) -> Picture {
    let places = (0..of.height).flat_map(|y| (0..of.width).map(move |x| (x, y)));
    let (pixels, _) = of.rgb.as_chunks::<3>();
    let rgb = places
        .zip(pixels)
        .flat_map(|(place, pixel)| new(place, pixel.map(f32::from)).map(rounded))
        .collect();
    picture((of.width, of.height), rgb)
}

/// To the nearest byte; the conversion cuts what lies outside.
fn rounded(value: f32) -> u8 {
    value.round() as u8
}

/// A picture of `size` whose pixels come from where `back` says, bilinearly; `ground` elsewhere.
pub(super) fn warp(of: &Picture, size: (u32, u32), back: &Transform, ground: [u8; 3]) -> Picture {
    let (right, bottom) = (f64::from(of.width - 1), f64::from(of.height - 1));
    let inside = |&(x, y): &(f64, f64)| {
        // Half a pixel belongs to the pixels at the edge.
        (-0.5..=right + 0.5).contains(&x) && (-0.5..=bottom + 0.5).contains(&y)
    };
    let mut rgb = Vec::with_capacity(size.0 as usize * size.1 as usize * 3);
    for y in 0..size.1 {
        for x in 0..size.0 {
            let place = back.apply((f64::from(x), f64::from(y))).filter(inside);
            rgb.extend(place.map_or(ground, |(x, y)| {
                between(of, x.clamp(0.0, right), y.clamp(0.0, bottom))
            }));
        }
    }
    picture(size, rgb)
}

/// The colour between four pixels.
fn between(of: &Picture, x: f64, y: f64) -> [u8; 3] {
    let (left, top) = (x as u32, y as u32);
    let (fx, fy) = ((x - f64::from(left)) as f32, (y - f64::from(top)) as f32);
    let at = |x: u32, y: u32| {
        let pixel = span(of, x.min(of.width - 1), y.min(of.height - 1), 1);
        &of.rgb[pixel]
    };
    let [a, b] = [at(left, top), at(left + 1, top)];
    let [c, d] = [at(left, top + 1), at(left + 1, top + 1)];
    std::array::from_fn(|i| {
        let mix = |a: u8, b: u8, share: f32| f32::from(a) + (f32::from(b) - f32::from(a)) * share;
        let (above, below) = (mix(a[i], b[i], fx), mix(c[i], d[i], fx));
        rounded(above + (below - above) * fy)
    })
}

/// Blurred by a Gaussian of `sigma` pixels.
pub(super) fn blur(of: &Picture, sigma: f32) -> Picture {
    let radius = (3.0 * sigma).ceil() as i64;
    let weights: Vec<f32> = (-radius..=radius)
        .map(|d| (-0.5 * (d as f32 / sigma).powi(2)).exp())
        .collect();
    let sum: f32 = weights.iter().sum();
    let along = |of: &Picture, (dx, dy): (i64, i64)| {
        let stay = |v: i64, side: u32| v.clamp(0, i64::from(side) - 1) as u32;
        map(of, |(x, y), _| {
            let mut mean = [0.0; 3];
            for (weight, d) in weights.iter().zip(-radius..) {
                let x = stay(i64::from(x) + d * dx, of.width);
                let y = stay(i64::from(y) + d * dy, of.height);
                for (mean, &value) in mean.iter_mut().zip(&of.rgb[span(of, x, y, 1)]) {
                    *mean += weight / sum * f32::from(value);
                }
            }
            mean
        })
    };
    along(&along(of, (1, 0)), (0, 1))
}

/// As a JPEG file of this quality (1 to 100) keeps it.
pub(super) fn jpeg(of: &Picture, quality: u8) -> Result<Picture, DecodeError> {
    decode_bytes(&of.to_jpeg(quality)?, &DecodeOptions::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red grows to the right, green downwards.
    fn ramp(width: u32, height: u32) -> Picture {
        map(&plain((width, height), [0; 3]), |(x, y), _| {
            [x as f32 * 10.0, y as f32 * 10.0, 7.0]
        })
    }

    #[test]
    fn parts_are_cut_pasted_and_filled_and_nothing_goes_over_the_edge() {
        let part = ramp(5, 4).part((1, 2, 2, 2));
        assert_eq!(part.rgb, [10, 20, 7, 20, 20, 7, 10, 30, 7, 20, 30, 7]);
        let mut ground = plain((3, 3), [0; 3]);
        paste(&mut ground, &part, (2, 2));
        assert_eq!(&ground.rgb[24..], [10, 20, 7]);
        assert!(ground.rgb[..24].iter().all(|&v| v == 0));
        fill(&mut ground, (1, 0, 9, 1), [1, 2, 3]);
        assert_eq!(&ground.rgb[..12], [0, 0, 0, 1, 2, 3, 1, 2, 3, 0, 0, 0]);
    }

    #[test]
    fn a_warp_takes_pixels_from_where_the_transform_says() {
        let picture = ramp(6, 3);
        let mirrored = warp(&picture, (6, 3), &Transform::mirror(6.0), [99; 3]);
        assert_eq!(&mirrored.rgb[..6], [50, 0, 7, 40, 0, 7]);
        let aside = Transform::affine([1.0, 0.0, 4.5, 0.0, 1.0, 0.0]);
        let aside = warp(&picture, (3, 1), &aside, [99; 3]);
        assert_eq!(aside.rgb, [45, 0, 7, 50, 0, 7, 99, 99, 99]);
    }

    #[test]
    fn a_blur_spreads_and_keeps_the_mean() {
        let mut dot = plain((21, 21), [0; 3]);
        fill(&mut dot, (9, 9, 3, 3), [255; 3]);
        let blurred = blur(&dot, 2.0);
        let total = |p: &Picture| p.rgb.iter().map(|&v| u32::from(v)).sum::<u32>();
        assert!(total(&dot).abs_diff(total(&blurred)) < total(&dot) / 10);
        assert!(blurred.rgb.iter().all(|&v| v < 128));
        assert_eq!(
            blur(&plain((4, 2), [9, 8, 7]), 2.0).rgb,
            [9, 8, 7].repeat(8)
        );
    }

    #[test]
    fn jpeg_keeps_the_size_and_loses_detail() {
        let picture = ramp(17, 9);
        let coded = jpeg(&picture, 8).unwrap();
        assert_eq!((coded.width, coded.height), (17, 9));
        assert_ne!(coded.rgb, picture.rgb);
    }
}
