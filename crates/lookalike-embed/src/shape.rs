//! From a picture of any size to the one that a model wants.

use fearless_simd::Level;

use crate::Pixels;
use crate::resample::{Filter, Part, Resampler};

/// How a picture of another shape becomes one of the model's shape.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(not(feature = "models"), allow(dead_code))]
pub(crate) enum Fit {
    /// The whole picture, stretched.
    Squash,
    /// The shorter side becomes `shorter` pixels, the longer one in proportion (rounded down); then
    /// the middle is cut out. Never below the model's own size.
    ShortestCrop {
        /// Length of the shorter side in pixels before cutting.
        shorter: u32,
    },
    /// The whole picture in proportion, in the middle of a black ground.
    LongestPad,
}

/// A picture whose sides differ by more than this is cut before it is scaled by its shorter side:
/// otherwise a file of one line of pixels would need gigabytes.
const MOST_OBLONG: u32 = 8;

/// Brings pictures to one size.
pub(crate) struct Shaper {
    width: u32,
    height: u32,
    fit: Fit,
    resampler: Resampler,
    scaled: Vec<u8>,
    pixels: Vec<u8>,
}

impl Shaper {
    pub(crate) fn new(level: Level, (width, height): (u32, u32), fit: Fit, filter: Filter) -> Self {
        Self {
            width,
            height,
            fit,
            resampler: Resampler::new(level, filter),
            scaled: Vec::new(),
            pixels: Vec::new(),
        }
    }

    /// The picture in the model's size, RGB.
    pub(crate) fn shape(&mut self, picture: Pixels<'_>) -> &[u8] {
        match self.fit {
            Fit::Squash => {
                let size = (self.width, self.height);
                self.resampler
                    .resize(whole(picture), size, &mut self.pixels);
            }
            Fit::ShortestCrop { shorter } => self.crop(picture, shorter),
            Fit::LongestPad => self.pad(picture),
        }
        &self.pixels
    }

    fn crop(&mut self, picture: Pixels<'_>, shorter: u32) {
        let part = middle(picture, MOST_OBLONG);
        let short = part.width.min(part.height);
        let scale = |n: u32| (u64::from(shorter) * u64::from(n) / u64::from(short)) as u32;
        let width = scale(part.width).max(self.width);
        let height = scale(part.height).max(self.height);
        self.resampler
            .resize(part, (width, height), &mut self.scaled);
        let [left, top] = [(width - self.width) / 2, (height - self.height) / 2];
        self.pixels.clear();
        let lines = self.scaled.chunks_exact(width as usize * 3);
        for line in lines.skip(top as usize).take(self.height as usize) {
            let line = &line[left as usize * 3..][..self.width as usize * 3];
            self.pixels.extend_from_slice(line);
        }
    }

    fn pad(&mut self, picture: Pixels<'_>) {
        let [w, h] = [picture.width(), picture.height()].map(u64::from);
        let [to_w, to_h] = [self.width, self.height].map(u64::from);
        // The side that limits is the one with the larger of w / to_w and h / to_h.
        let (width, height) = if w * to_h >= h * to_w {
            (self.width, ((to_w * h / w) as u32).max(1))
        } else {
            (((to_h * w / h) as u32).max(1), self.height)
        };
        self.resampler
            .resize(whole(picture), (width, height), &mut self.scaled);
        let [left, top] = [(self.width - width) / 2, (self.height - height) / 2];
        let line = self.width as usize * 3;
        self.pixels.clear();
        self.pixels.resize(line * self.height as usize, 0);
        let lines = self.pixels.chunks_exact_mut(line).skip(top as usize);
        for (line, from) in lines.zip(self.scaled.chunks_exact(width as usize * 3)) {
            line[left as usize * 3..][..from.len()].copy_from_slice(from);
        }
    }
}

fn whole(picture: Pixels<'_>) -> Part<'_> {
    Part {
        rgb: picture.rgb(),
        stride: picture.width(),
        left: 0,
        top: 0,
        width: picture.width(),
        height: picture.height(),
    }
}

/// The middle of a picture, at most `ratio` times as long as broad.
fn middle(picture: Pixels<'_>, ratio: u32) -> Part<'_> {
    let (width, height) = (picture.width(), picture.height());
    let most = width.min(height).saturating_mul(ratio);
    let cut = |side: u32| ((side - side.min(most)) / 2, side.min(most));
    let ((left, width), (top, height)) = (cut(width), cut(height));
    Part {
        left,
        top,
        width,
        height,
        ..whole(picture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: (u32, u32) = (8, 6);

    fn shaped(width: u32, height: u32, rgb: &[u8], fit: Fit) -> Vec<u8> {
        let picture = Pixels::new(width, height, rgb).unwrap();
        Shaper::new(Level::new(), SIZE, fit, Filter::Bicubic)
            .shape(picture)
            .to_vec()
    }

    /// A picture whose red says the column and whose green says the line.
    fn ramp(width: u32, height: u32) -> Vec<u8> {
        (0..height)
            .flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, 0]))
            .collect()
    }

    #[test]
    fn the_model_s_own_size_stays_as_it_is() {
        let rgb = ramp(8, 6);
        for fit in [
            Fit::Squash,
            Fit::ShortestCrop { shorter: 6 },
            Fit::LongestPad,
        ] {
            assert_eq!(shaped(8, 6, &rgb, fit), rgb);
        }
    }

    #[test]
    fn a_crop_takes_the_middle() {
        let fit = Fit::ShortestCrop { shorter: 10 };
        let pixels = shaped(20, 10, &ramp(20, 10), fit);
        assert_eq!(pixels[..3], [6, 2, 0]);
        assert_eq!(pixels[pixels.len() - 3..], [13, 7, 0]);
    }

    #[test]
    fn padding_is_black_and_on_both_sides() {
        let pixels = shaped(6, 6, &[200; 6 * 6 * 3], Fit::LongestPad);
        let line = [0, 200, 200, 200, 200, 200, 200, 0].map(|v| [v; 3]);
        assert_eq!(pixels, [line; 6].as_flattened().as_flattened());
    }

    proptest! {
        #[test]
        fn any_size_is_shaped(
            (width, height) in prop_oneof![(1u32..40, 1u32..40), (1u32..3, 1u32..20_000)],
            flip: bool,
            shorter in 1u32..20,
        ) {
            let (width, height) = if flip { (height, width) } else { (width, height) };
            let rgb = vec![77; (width * height * 3) as usize];
            for fit in [Fit::Squash, Fit::ShortestCrop { shorter }] {
                prop_assert_eq!(shaped(width, height, &rgb, fit), vec![77; 8 * 6 * 3]);
            }
            prop_assert_eq!(shaped(width, height, &rgb, Fit::LongestPad).len(), 8 * 6 * 3);
        }
    }
}
