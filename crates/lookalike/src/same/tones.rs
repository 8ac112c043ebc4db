//! How light, how rich in contrast and how colourful pictures are as a whole. Verdicts see copies through
//! all of that; who throws a copy away should not.

use crate::decode::Picture;

/// Largest difference of any of the numbers, in levels of 255. Of small copies of the sample pictures,
/// compressed at qualities from 10 to 75 and at up to a quarter of the size, 99 % differ by less than 4.8 and
/// 95 % by less than 2.8; slightly warmer ones by 8 to 32, one with lettering by 5.7, a grey one by 55.
const DIFFERENCE: f64 = 4.0;

/// Mean and standard deviation of grey, of blue less grey, and of red less grey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tones([f64; 6]);

impl Tones {
    /// Of a picture, which may be small.
    pub(super) fn of(picture: &Picture) -> Self {
        let (mut sums, mut squares) = ([0.0; 3], [0.0; 3]);
        let (pixels, _) = picture.rgb.as_chunks::<3>();
        for pixel in pixels {
            let [red, green, blue] = pixel.map(f64::from);
            let grey = 0.299 * red + 0.587 * green + 0.114 * blue;
            for (i, value) in [grey, blue - grey, red - grey].into_iter().enumerate() {
                sums[i] += value;
                squares[i] += value * value;
            }
        }
        let count = pixels.len().max(1) as f64;
        Self(std::array::from_fn(|i| {
            let mean = sums[i / 2] / count;
            let variance = squares[i / 2] / count - mean * mean;
            match i % 2 {
                0 => mean,
                _ => variance.max(0.0).sqrt(),
            }
        }))
    }

    /// Whether two pictures of the same content have the same tones, but for compression.
    pub(super) fn agree(&self, other: &Self) -> bool {
        let differences = self.0.iter().zip(&other.0).map(|(a, b)| (a - b).abs());
        differences.fold(0.0, f64::max) <= DIFFERENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(pixel: impl Fn(u8) -> [u8; 3]) -> Tones {
        let rgb = (0..=255).flat_map(pixel).collect();
        Tones::of(&Picture::from_rgb(16, 16, rgb).unwrap())
    }

    #[test]
    fn grey_warmer_lighter_and_flatter_ones_are_told() {
        let plain = picture(|i| [i, i / 2, 255 - i]);
        assert!(plain.agree(&plain));
        assert!(plain.agree(&picture(|i| [i.saturating_add(2), i / 2, 255 - i])));
        assert!(!plain.agree(&picture(|i| [i; 3])));
        assert!(!plain.agree(&picture(|i| [i, i / 2, (255 - i) / 10 * 9])));
        let grey = picture(|i| [i; 3]);
        assert!(!grey.agree(&picture(|i| [i.saturating_add(9); 3])));
        assert!(!grey.agree(&picture(|i| [64 + i / 2; 3])));
    }
}
