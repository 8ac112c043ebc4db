//! Resizing with the very pixels of Pillow, because models are trained and published with them.
//!
//! A target pixel is a weighted mean of the source pixels under its filter, which grows with the
//! scale where a picture becomes smaller. Weights are whole numbers of 1/2^22. Lines are resized
//! before columns, or after them where the height shrinks by more than twice what the width does;
//! both times the result is rounded to bytes. (`Image.resize` of Pillow 13.0, whose documentation
//! names the filters; the rule for the order was found by trying sizes.)

use std::f64::consts::PI;

use fearless_simd::{Level, Simd, SimdBase, dispatch, i32x4};

/// How pixels are weighted, under Pillow's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "models"), allow(dead_code))]
pub(crate) enum Filter {
    /// The mean of the pixels under the target pixel.
    Box,
    /// A triangle.
    Bilinear,
    /// A Hamming window over the pixels under the target pixel.
    Hamming,
    /// Keys' cubic with a = -0.5.
    Bicubic,
    /// Lanczos' window with 3 lobes.
    Lanczos,
}

impl Filter {
    /// Distance beyond which the weight is 0, at a scale of 1.
    fn support(self) -> f64 {
        match self {
            Self::Box => 0.5,
            Self::Bilinear | Self::Hamming => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    /// The weight at distance `x`, within the support.
    fn weight(self, x: f64) -> f64 {
        let at = x.abs();
        let sinc = |x: f64| if x == 0.0 { 1.0 } else { x.sin() / x };
        match self {
            Self::Box if x > -0.5 && x <= 0.5 => 1.0,
            Self::Bilinear if at < 1.0 => 1.0 - at,
            Self::Hamming if at < 1.0 => sinc(at * PI) * (0.54 + 0.46 * (at * PI).cos()),
            Self::Bicubic if at < 1.0 => (1.5 * at - 2.5) * at * at + 1.0,
            Self::Bicubic if at < 2.0 => ((-0.5 * at + 2.5) * at - 4.0) * at + 2.0,
            Self::Lanczos if at < 3.0 => sinc(at * PI) * sinc(at * PI / 3.0),
            _ => 0.0,
        }
    }
}

/// A weight of 1.
const ONE: f64 = (1 << BITS) as f64;
const BITS: u32 = 22;
/// Added so that cutting off the lower bits rounds.
const HALF: i32 = 1 << (BITS - 1);

/// The source pixels under each target pixel, along one axis.
struct Taps {
    windows: Vec<Window>,
    weights: Vec<i32>,
}

#[derive(Clone, Copy)]
struct Window {
    /// The first source pixel.
    first: usize,
    /// Where its weight stands, and how many follow.
    at: usize,
    count: usize,
}

impl Taps {
    fn new(filter: Filter, from: u32, to: u32) -> Self {
        let mut taps = Self {
            windows: Vec::with_capacity(to as usize),
            weights: Vec::new(),
        };
        let scale = f64::from(from) / f64::from(to);
        let stretch = scale.max(1.0);
        let support = filter.support() * stretch;
        let mut weights = Vec::new();
        for target in 0..to {
            let middle = (f64::from(target) + 0.5) * scale;
            let window = if from == to {
                target..target + 1
            } else {
                // Casts of what is below 0 give 0.
                (middle - support + 0.5) as u32..((middle + support + 0.5) as u32).min(from)
            };
            weights.clear();
            weights.extend(window.clone().map(|source| {
                let distance = f64::from(source) - middle + 0.5;
                filter.weight(distance / stretch)
            }));
            let sum: f64 = weights.iter().sum();
            taps.windows.push(Window {
                first: window.start as usize,
                at: taps.weights.len(),
                count: weights.len(),
            });
            let whole = |weight: &f64| (weight / sum * ONE).round() as i32;
            taps.weights.extend(weights.iter().map(whole));
        }
        taps
    }

    fn weights(&self, window: Window) -> &[i32] {
        &self.weights[window.at..][..window.count]
    }
}

/// A part of an RGB picture.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    /// The whole picture, three bytes a pixel.
    pub(crate) rgb: &'a [u8],
    /// Width of the whole picture in pixels.
    pub(crate) stride: u32,
    /// The part, in pixels.
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Part<'_> {
    /// Line `y` and at least one byte more, which comes from `copy` where the picture ends.
    fn line<'a>(&'a self, y: usize, copy: &'a mut Vec<u8>) -> &'a [u8] {
        let line = (self.top as usize + y) * self.stride as usize + self.left as usize;
        let from = &self.rgb[line * 3..];
        let bytes = self.width as usize * 3;
        if from.len() > bytes {
            return from;
        }
        copy.clear();
        copy.extend_from_slice(from);
        copy.push(0);
        copy
    }
}

/// Resizes pictures. Owns its scratch memory.
pub(crate) struct Resampler {
    level: Level,
    filter: Filter,
    /// A line in the target's width (or, if that comes second, in the source's).
    line: Vec<u8>,
    /// The last source line, with a byte behind it.
    last: Vec<u8>,
    /// The target's lines, in 1/2^22.
    sums: Vec<i32>,
}

impl Resampler {
    pub(crate) fn new(level: Level, filter: Filter) -> Self {
        Self {
            level,
            filter,
            line: Vec::new(),
            last: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Resizes to `width` x `height`; `out` is overwritten.
    pub(crate) fn resize(
        &mut self,
        part: Part<'_>,
        (width, height): (u32, u32),
        out: &mut Vec<u8>,
    ) {
        let across = Taps::new(self.filter, part.width, width);
        let down = Taps::new(self.filter, part.height, height);
        let less = |from: u32, to: u32| i64::from(from) - i64::from(to);
        let (less_wide, less_high) = (less(part.width, width), less(part.height, height));
        let down_first = less_high > 0 && less_high > 2 * less_wide;
        out.clear();
        dispatch!(self.level, simd => if down_first {
            self.down_then_across(simd, part, &across, &down, out);
        } else {
            self.across_then_down(simd, part, &across, &down, out);
        });
    }

    #[inline(always)]
    fn across_then_down<S: Simd>(
        &mut self,
        simd: S,
        part: Part<'_>,
        across: &Taps,
        down: &Taps,
        out: &mut Vec<u8>,
    ) {
        self.line.resize(across.windows.len() * 3, 0);
        let mut columns = Columns::new(down, self.line.len(), &mut self.sums);
        for y in 0..part.height as usize {
            let source = part.line(y, &mut self.last);
            resize_line(simd, source, across, &mut self.line);
            columns.add(y, &self.line);
        }
        out.extend(self.sums.iter().map(|&sum| byte(sum)));
    }

    #[inline(always)]
    fn down_then_across<S: Simd>(
        &mut self,
        simd: S,
        part: Part<'_>,
        across: &Taps,
        down: &Taps,
        out: &mut Vec<u8>,
    ) {
        let values = part.width as usize * 3;
        let mut columns = Columns::new(down, values, &mut self.sums);
        for y in 0..part.height as usize {
            columns.add(y, part.line(y, &mut self.last));
        }
        out.resize(across.windows.len() * 3 * down.windows.len(), 0);
        self.line.resize(values + 1, 0);
        let lines = out.chunks_exact_mut(across.windows.len() * 3);
        for (sums, out) in self.sums.chunks_exact(values).zip(lines) {
            for (byte_of_line, &sum) in self.line.iter_mut().zip(sums) {
                *byte_of_line = byte(sum);
            }
            resize_line(simd, &self.line, across, out);
        }
    }
}

/// Sums of lines, which come one after the other; there need only be as many sums as the target
/// has lines.
struct Columns<'a> {
    taps: &'a Taps,
    /// Values in a line.
    values: usize,
    /// Target lines before this one are complete.
    complete: usize,
    sums: &'a mut [i32],
}

impl<'a> Columns<'a> {
    fn new(taps: &'a Taps, values: usize, sums: &'a mut Vec<i32>) -> Self {
        sums.clear();
        sums.resize(values * taps.windows.len(), HALF);
        Self {
            taps,
            values,
            complete: 0,
            sums,
        }
    }

    /// Adds source line `y`; what stands in `line` behind the values is ignored.
    #[inline(always)]
    fn add(&mut self, y: usize, line: &[u8]) {
        let rest = &self.taps.windows[self.complete..];
        let is_complete = |window: &&Window| window.first + window.count <= y;
        self.complete += rest.iter().take_while(is_complete).count();
        let windows = &self.taps.windows[self.complete..];
        let lines = self.sums[self.complete * self.values..].chunks_exact_mut(self.values);
        for (&window, sums) in windows.iter().zip(lines) {
            if window.first > y {
                break;
            }
            let weight = self.taps.weights(window)[y - window.first];
            for (sum, &value) in sums.iter_mut().zip(line) {
                *sum += weight * i32::from(value);
            }
        }
    }
}

/// One line. Three colours are computed in four lanes, the last of which is the next pixel's.
#[inline(always)]
fn resize_line<S: Simd>(simd: S, line: &[u8], across: &Taps, out: &mut [u8]) {
    for (&window, out) in across.windows.iter().zip(out.as_chunks_mut::<3>().0) {
        let pixels = &line[window.first * 3..][..window.count * 3 + 1];
        let mut sum = i32x4::splat(simd, HALF);
        for (pixel, &weight) in pixels.windows(4).step_by(3).zip(across.weights(window)) {
            let [r, g, b, next] = [pixel[0], pixel[1], pixel[2], pixel[3]].map(i32::from);
            sum += i32x4::load_array(simd, [r, g, b, next]) * weight;
        }
        let sum = sum.as_slice();
        *out = [byte(sum[0]), byte(sum[1]), byte(sum[2])];
    }
}

/// What is cut off was rounded already.
fn byte(sum: i32) -> u8 {
    (sum >> BITS).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    type Size = (u32, u32);

    /// A picture without order.
    fn noise(width: u32, height: u32) -> Vec<u8> {
        let mut state = 1u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..width * height * 3).map(next).collect()
    }

    fn resized(filter: Filter, from: Size, to: Size, level: Level) -> Vec<u8> {
        let part = Part {
            rgb: &noise(from.0, from.1),
            stride: from.0,
            left: 0,
            top: 0,
            width: from.0,
            height: from.1,
        };
        let mut out = Vec::new();
        Resampler::new(level, filter).resize(part, to, &mut out);
        out
    }

    /// The sums are `sum(i * pixel[i])` of what Pillow 13.0 makes of the same noise.
    #[test]
    fn pixels_are_those_of_pillow() {
        for (filter, from, to, expected) in PILLOW {
            let pixels = resized(filter, from, to, Level::new());
            let products = pixels.iter().zip(1u64..).map(|(&p, i)| u64::from(p) * i);
            assert_eq!(
                products.sum::<u64>(),
                expected,
                "{filter:?} {from:?} {to:?}"
            );
        }
    }

    #[test]
    fn levels_and_parts_agree() {
        for (from, to) in [((37, 23), (11, 19)), ((23, 61), (29, 11))] {
            let fast = resized(Filter::Bicubic, from, to, Level::new());
            assert_eq!(fast, resized(Filter::Bicubic, from, to, Level::baseline()));
            let rgb = noise(from.0, from.1);
            let line = from.0 as usize * 3;
            let framed: Vec<u8> = [vec![9; line + 6], vec![]]
                .into_iter()
                .chain(
                    rgb.chunks(line)
                        .map(|line| [&[8; 3], line, &[7; 3]].concat()),
                )
                .flatten()
                .collect();
            let part = Part {
                rgb: &framed,
                stride: from.0 + 2,
                left: 1,
                top: 1,
                width: from.0,
                height: from.1,
            };
            let mut out = Vec::new();
            Resampler::new(Level::new(), Filter::Bicubic).resize(part, to, &mut out);
            assert_eq!(out, fast);
        }
    }

    const PILLOW: [(Filter, Size, Size, u64); 20] = [
        (Filter::Box, (40, 30), (13, 17), 27_588_570),
        (Filter::Box, (31, 70), (20, 11), 27_683_052),
        (Filter::Box, (9, 14), (25, 20), 150_395_304),
        (Filter::Box, (24, 16), (24, 7), 16_478_322),
        (Filter::Bilinear, (40, 30), (13, 17), 27_598_499),
        (Filter::Bilinear, (31, 70), (20, 11), 27_551_604),
        (Filter::Bilinear, (9, 14), (25, 20), 149_914_292),
        (Filter::Bilinear, (24, 16), (24, 7), 16_531_001),
        (Filter::Hamming, (40, 30), (13, 17), 27_627_797),
        (Filter::Hamming, (31, 70), (20, 11), 27_555_461),
        (Filter::Hamming, (9, 14), (25, 20), 150_060_265),
        (Filter::Hamming, (24, 16), (24, 7), 16_599_744),
        (Filter::Bicubic, (40, 30), (13, 17), 27_597_751),
        (Filter::Bicubic, (31, 70), (20, 11), 27_550_935),
        (Filter::Bicubic, (9, 14), (25, 20), 149_902_028),
        (Filter::Bicubic, (24, 16), (24, 7), 16_530_225),
        (Filter::Lanczos, (40, 30), (13, 17), 27_591_926),
        (Filter::Lanczos, (31, 70), (20, 11), 27_550_173),
        (Filter::Lanczos, (9, 14), (25, 20), 149_704_440),
        (Filter::Lanczos, (24, 16), (24, 7), 16_534_721),
    ];
}
