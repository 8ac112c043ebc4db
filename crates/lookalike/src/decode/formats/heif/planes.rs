//! Luma and chroma to red, green and blue.
//!
//! Matrix coefficients are those of ITU-T H.273, tables 2 to 4. Chroma of fewer samples is taken to lie
//! between those of luma, and interpolated linearly.

/// A decoded picture: luma and two planes of chroma, or green, blue and red.
pub(super) struct Planes {
    /// Samples in a row of each plane. Of chroma 0 where there is none.
    pub(super) widths: [usize; 3],
    /// Rows of each plane.
    pub(super) heights: [usize; 3],
    /// Rows from the top.
    pub(super) samples: [Vec<u16>; 3],
    /// Bits of a sample of luma, and of one of chroma: 8 to 16.
    pub(super) bits: [u8; 2],
    /// H.273's `MatrixCoefficients`.
    pub(super) matrix: u16,
    /// Whether samples use their whole range, and not that of video.
    pub(super) full_range: bool,
}

/// Fixed point: so many bits stand behind the point.
const FRACTION: u32 = 20;
/// Interpolated chroma is multiplied by this.
const WEIGHTS: i32 = 16;

impl Planes {
    /// Whether every plane holds what it claims.
    pub(super) fn is_whole(&self) -> bool {
        let has_chroma = self.widths[1] > 0;
        let planes = if has_chroma { 3 } else { 1 };
        (0..planes).all(|i| {
            let samples = self.widths[i] * self.heights[i];
            samples > 0 && self.samples[i].len() >= samples
        }) && self.bits.iter().all(|bits| (8..=16).contains(bits))
    }

    /// The RGB pixels of the upper left part of this size, which is no larger than the picture.
    pub(super) fn to_rgb(&self, width: usize, height: usize) -> Vec<u8> {
        let mut rgb = vec![0; width * height * 3];
        let rows = rgb.chunks_exact_mut(width * 3).enumerate();
        if self.widths[1] == 0 {
            let grey = Linear::luma(self);
            for (y, row) in rows {
                let pixels = row.as_chunks_mut::<3>().0.iter_mut();
                for (pixel, &v) in pixels.zip(self.luma(y)) {
                    *pixel = [grey.byte(i32::from(v)); 3];
                }
            }
        } else if self.matrix == 0 {
            self.identity_rows(rows);
        } else {
            self.chroma_rows(rows, width);
        }
        rgb
    }

    fn luma(&self, y: usize) -> &[u16] {
        &self.samples[0][y * self.widths[0]..][..self.widths[0]]
    }

    /// The planes are green, blue and red, each as luma is.
    fn identity_rows<'a>(&self, rows: impl Iterator<Item = (usize, &'a mut [u8])>) {
        let level = Linear::luma(self);
        let (across, down) = self.subsampling();
        for (y, row) in rows {
            let of = |plane: usize| {
                let at = (y / down).min(self.heights[plane] - 1) * self.widths[plane];
                &self.samples[plane][at..at + self.widths[plane]]
            };
            let (green, blue, red) = (self.luma(y), of(1), of(2));
            for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let at = (x / across).min(blue.len() - 1);
                *pixel = [red[at], green[x], blue[at]].map(|v| level.byte(v.into()));
            }
        }
    }

    fn chroma_rows<'a>(&self, rows: impl Iterator<Item = (usize, &'a mut [u8])>, width: usize) {
        let luma = Linear::luma(self);
        let matrix = Matrix::of(self);
        let mut chroma = [Chroma::new(width), Chroma::new(width)];
        for (y, row) in rows {
            for (plane, chroma) in chroma.iter_mut().enumerate() {
                chroma.read(self, plane + 1, y);
            }
            let [blue, red] = &chroma;
            let pixels = row.as_chunks_mut::<3>().0.iter_mut().zip(self.luma(y));
            for ((pixel, &v), (&b, &r)) in pixels.zip(blue.row.iter().zip(&red.row)) {
                let v = luma.fixed(v.into());
                *pixel = [
                    byte(v + matrix.red[0] * b + matrix.red[1] * r),
                    byte(v + matrix.green[0] * b + matrix.green[1] * r),
                    byte(v + matrix.blue[0] * b + matrix.blue[1] * r),
                ];
            }
        }
    }

    /// Samples of luma for one of chroma, across and down: 1 or 2.
    fn subsampling(&self) -> (usize, usize) {
        let half = |i: &[usize; 3]| {
            if i[1] * 2 <= i[0] + 1 && i[0] > 1 {
                2
            } else {
                1
            }
        };
        (half(&self.widths), half(&self.heights))
    }
}

fn byte(fixed: i32) -> u8 {
    (fixed >> FRACTION).clamp(0, 255) as u8
}

/// `(sample - zero) * factor`, and half a level so that what is cut off is rounded.
struct Linear {
    zero: i32,
    factor: i32,
}

impl Linear {
    fn luma(planes: &Planes) -> Self {
        let bits = planes.bits[0];
        let (zero, span) = match planes.full_range {
            true => (0, f64::from((1 << bits) - 1)),
            false => (16 << (bits - 8), f64::from(219 << (bits - 8))),
        };
        Self {
            zero,
            factor: fixed(255.0 / span),
        }
    }

    fn fixed(&self, sample: i32) -> i32 {
        (sample - self.zero) * self.factor + (1 << (FRACTION - 1))
    }

    fn byte(&self, sample: i32) -> u8 {
        byte(self.fixed(sample))
    }
}

fn fixed(factor: f64) -> i32 {
    (factor * f64::from(1 << FRACTION)).round() as i32
}

/// What the two planes of chroma add to each colour.
struct Matrix {
    red: [i32; 2],
    green: [i32; 2],
    blue: [i32; 2],
}

impl Matrix {
    fn of(planes: &Planes) -> Self {
        let bits = planes.bits[1];
        let span = match planes.full_range {
            true => f64::from((1 << bits) - 1),
            false => f64::from(224 << (bits - 8)),
        };
        let scaled = |factors: [f64; 2]| {
            factors.map(|factor| fixed(factor * 255.0 / span / f64::from(WEIGHTS)))
        };
        // YCgCo has green first.
        if planes.matrix == 8 {
            return Self {
                red: scaled([-1.0, 1.0]),
                green: scaled([1.0, 0.0]),
                blue: scaled([-1.0, -1.0]),
            };
        }
        let (red, blue) = match planes.matrix {
            1 => (0.2126, 0.0722),
            4 => (0.30, 0.11),
            7 => (0.212, 0.087),
            9 | 10 => (0.2627, 0.0593),
            // BT.601, and what is not said.
            _ => (0.299, 0.114),
        };
        let green = 1.0 - red - blue;
        let (by_red, by_blue) = (2.0 * (1.0 - red), 2.0 * (1.0 - blue));
        Self {
            red: scaled([0.0, by_red]),
            green: scaled([-by_blue * blue / green, -by_red * red / green]),
            blue: scaled([by_blue, 0.0]),
        }
    }
}

/// A row of chroma, a sample for each of luma: above zero or below it, times [`WEIGHTS`].
struct Chroma {
    /// A row of the plane, interpolated downwards, times 4.
    down: Vec<i32>,
    row: Vec<i32>,
}

impl Chroma {
    fn new(width: usize) -> Self {
        Self {
            down: Vec::new(),
            row: vec![0; width],
        }
    }

    fn read(&mut self, planes: &Planes, plane: usize, y: usize) {
        let (width, height) = (planes.widths[plane], planes.heights[plane]);
        let (across, down) = planes.subsampling();
        let row = |y: usize| &planes.samples[plane][y.min(height - 1) * width..][..width];
        // The next nearest row counts a quarter.
        let near = y / down;
        let next = match (down, y % 2) {
            (1, _) => near,
            (_, 0) => near.saturating_sub(1),
            _ => near + 1,
        };
        let middle = 4 << (planes.bits[1] - 1);
        self.down.clear();
        let both = row(near).iter().zip(row(next));
        let between = both.map(|(&near, &next)| 3 * i32::from(near) + i32::from(next) - middle);
        self.down.extend(between);
        if across == 1 {
            let values = self.row.iter_mut().zip(&self.down);
            values.for_each(|(value, &v)| *value = v * 4);
            return;
        }
        let last = self.down.len() - 1;
        let at = |i: usize| self.down[i.min(last)];
        for (i, pair) in self.row.chunks_mut(2).enumerate() {
            pair[0] = 3 * at(i) + at(i.saturating_sub(1));
            if let Some(right) = pair.get_mut(1) {
                *right = 3 * at(i) + at(i + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planes(samples: [u16; 3], bits: u8, matrix: u16, full_range: bool) -> Planes {
        Planes {
            widths: [2, 1, 1],
            heights: [2, 1, 1],
            samples: [vec![samples[0]; 4], vec![samples[1]], vec![samples[2]]],
            bits: [bits; 2],
            matrix,
            full_range,
        }
    }

    #[test]
    fn white_black_and_red_are_what_they_are() {
        let pixel = |planes: Planes| {
            assert!(planes.is_whole());
            let rgb = planes.to_rgb(2, 2);
            assert_eq!(rgb[..3], rgb[9..]);
            [rgb[0], rgb[1], rgb[2]]
        };
        assert_eq!(pixel(planes([235, 128, 128], 8, 1, false)), [255; 3]);
        assert_eq!(pixel(planes([64, 512, 512], 10, 9, false)), [0; 3]);
        assert_eq!(pixel(planes([4095, 2048, 2048], 12, 6, true)), [255; 3]);
        assert_eq!(pixel(planes([76, 85, 255], 8, 6, true)), [254, 0, 0]);
        assert_eq!(pixel(planes([1, 2, 3], 8, 0, true)), [3, 1, 2]);
        // Y, Cg, Co.
        assert_eq!(pixel(planes([64, 64, 255], 8, 8, true)), [255, 0, 1]);
    }

    #[test]
    fn chroma_is_interpolated_and_luma_alone_is_grey() {
        let mut wide = planes([128, 128, 128], 8, 6, true);
        wide.widths = [4, 2, 2];
        wide.heights = [1, 1, 1];
        wide.samples = [vec![128; 4], vec![128; 2], vec![128, 192]];
        let red: Vec<u8> = wide.to_rgb(4, 1).iter().copied().step_by(3).collect();
        assert_eq!(red, [128, 150, 195, 218]);
        wide.widths[1] = 0;
        assert_eq!(wide.to_rgb(3, 1), [128; 9]);
    }
}
