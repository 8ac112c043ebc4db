//! Samples of any kind as levels between black and white.

/// Samples between 0 and a largest one.
pub(super) struct Levels {
    pub(super) levels: Vec<u16>,
    /// Samples of a pixel.
    pub(super) apart: usize,
    pub(super) most: u32,
}

/// Of so many samples the range is found.
const SAMPLED: usize = 1 << 16;
/// This share of them may lie outside at either end.
const OUTSIDE: f32 = 0.005;

impl Levels {
    /// Numbers of any size, between those that nearly all colours lie between; or, where that holds all,
    /// between 0 and 1. What is no number is black.
    pub(super) fn of_range(wide: &[f32], apart: usize, colours: usize) -> Self {
        let (from, to) = range(wide, apart, colours);
        let scale = 65_535.0 / (to - from).max(f32::MIN_POSITIVE);
        let level = |(i, &v): (usize, &f32)| {
            // Alpha is a share, and has no range of its own.
            let v = match i % apart < colours {
                true => (v - from) * scale,
                false => v * 65_535.0,
            };
            v.clamp(0.0, 65_535.0) as u16
        };
        Self {
            levels: wide.iter().enumerate().map(level).collect(),
            apart,
            most: 65_535,
        }
    }

    pub(super) fn byte(&self, level: u16) -> u8 {
        ((u32::from(level) * 255 + self.most / 2) / self.most) as u8
    }
}

fn range(wide: &[f32], apart: usize, colours: usize) -> (f32, f32) {
    let pixels = wide.chunks_exact(apart);
    let step = (pixels.len() / SAMPLED).max(1);
    let sampled = pixels.step_by(step).flat_map(|pixel| &pixel[..colours]);
    let mut sampled: Vec<f32> = sampled.copied().filter(|v| v.is_finite()).collect();
    sampled.sort_unstable_by(f32::total_cmp);
    let (Some(&least), Some(&most)) = (sampled.first(), sampled.last()) else {
        return (0.0, 1.0);
    };
    // Shares of light are what they are; masks of 0 and 1 among them.
    if least >= 0.0 && most <= 1.0 {
        return (0.0, 1.0);
    }
    let outside = (sampled.len() as f32 * OUTSIDE) as usize;
    let (from, to) = (sampled[outside], sampled[sampled.len() - 1 - outside]);
    if from < to { (from, to) } else { (least, most) }
}

/// A float of 16 bits (IEEE 754).
pub(super) fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_that_of_nearly_all() {
        let mut wide: Vec<f32> = (0..1000).map(|i| i as f32 - 500.0).collect();
        wide[3] = 1e30;
        wide[4] = f32::NAN;
        let levels = Levels::of_range(&wide, 1, 1);
        let byte = |i: usize| levels.byte(levels.levels[i]);
        assert_eq!([byte(0), byte(3), byte(4), byte(999)], [0, 255, 0, 255]);
        assert!((126..=129).contains(&byte(500)));
        let shares = Levels::of_range(&[0.25, 0.5], 1, 1);
        assert_eq!(shares.byte(shares.levels[1]), 127);
        assert_eq!(Levels::of_range(&[7.0, 7.0], 1, 1).levels, [0, 0]);
    }

    #[test]
    fn halves_are_floats() {
        let of = |bits| half(bits);
        assert_eq!([of(0x3c00), of(0xc000), of(1)], [1.0, -2.0, 2f32.powi(-24)]);
        assert!(of(0x7c01).is_nan() && of(0x7c00).is_infinite());
    }
}
