//! A picture as a whole: a hash that finds its copies without any feature.
//!
//! The grey picture is squashed to 64 x 64 pixels; of its discrete cosine transform the 256
//! coefficients of the frequencies 1..=16 a side remain ([`FrameSpectrum`]), and a bit for each says
//! whether it exceeds their median ([`FrameHash`]; Facebook's PDQ, "The TMK+PDQF Video-Hashing
//! Algorithm and the PDQ Image-Hashing Algorithm", 2019, section 3). Scaling, recompression, blur,
//! noise, greying and light contrast move few of them, so copies of the whole frame lie within some
//! 60 of the 256 bits and strangers about 128 apart.
//!
//! The spectra of the eight turns and mirrorings of a frame follow from one another, and the hash of
//! a negative is the complement, so only the query has to be turned: [`FrameSpectrum::hashes`].

mod scan;
mod turn;

pub use scan::{FrameMatch, FrameScan};
pub use turn::Turn;

use crate::area::{self, Share};
use crate::{GrayImage, Plane};

/// Side of the squashed picture.
const SIDE: usize = 64;
/// Frequencies that count, along each axis, from 1 on: 0 would be light and shade of whole rows.
const FREQUENCIES: usize = 16;
/// Bits of a hash.
pub const FRAME_BITS: usize = FREQUENCIES * FREQUENCIES;
/// A picture whose coefficients are smaller than this, root mean square, shows nothing: a hundredth
/// of a grey level.
const LEAST: f32 = 0.64;

/// What a whole picture shows, coarsely, in 256 bits. Near hashes, by unequal bits, mean copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FrameHash(pub [u64; 4]);

impl FrameHash {
    /// The number of unequal bits, 0..=256.
    pub fn distance(&self, other: &Self) -> u32 {
        let both = self.0.iter().zip(&other.0);
        both.map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    /// That of the picture turned or mirrored, but for bits of coefficients near the median.
    #[must_use]
    pub fn turned(&self, turn: Turn) -> Self {
        let mut words = [0u64; 4];
        for i in 0..FRAME_BITS {
            let (from, negative) = turned_from(turn, i);
            let from = place(from);
            let bit = self.0[from / 64] >> (from % 64) & 1;
            let to = place(i);
            words[to / 64] |= (bit ^ u64::from(negative)) << (to % 64);
        }
        Self(words)
    }

    /// Those of all turns and mirrorings, in the order of [`Turn::ALL`].
    pub fn turns(&self) -> [Self; 8] {
        Turn::ALL.map(|turn| self.turned(turn))
    }

    /// That of the negative.
    #[must_use]
    pub fn inverted(&self) -> Self {
        Self(self.0.map(|word| !word))
    }
}

/// The low frequencies of a squashed picture.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameSpectrum {
    /// Row by row: vertical frequency 1, then 2, ...
    coefficients: [f32; FRAME_BITS],
}

impl FrameSpectrum {
    /// Of a picture of any size; `None` where it shows nothing.
    pub fn of(image: &GrayImage) -> Option<Self> {
        if image.width() == 0 || image.height() == 0 {
            return None;
        }
        let small = squashed(image);
        let basis = basis();
        // Along the rows, then along the columns.
        let mut across = [[0f32; FREQUENCIES]; SIDE];
        for (y, out) in across.iter_mut().enumerate() {
            for (value, waves) in small.row(y).iter().zip(&basis) {
                for (sum, wave) in out.iter_mut().zip(waves) {
                    *sum += value * wave;
                }
            }
        }
        let mut coefficients = [0f32; FRAME_BITS];
        for (row, waves) in across.iter().zip(&basis) {
            for (out, wave) in coefficients.chunks_exact_mut(FREQUENCIES).zip(waves) {
                for (sum, value) in out.iter_mut().zip(row) {
                    *sum += value * wave;
                }
            }
        }
        let energy: f32 = coefficients.iter().map(|c| c * c).sum();
        let shows = energy.is_finite() && (energy / FRAME_BITS as f32).sqrt() >= LEAST;
        shows.then_some(Self { coefficients })
    }

    /// The hash of the picture as it is.
    pub fn hash(&self) -> FrameHash {
        let mut ascending = self.coefficients;
        let (_, upper, _) = ascending.select_nth_unstable_by(FRAME_BITS / 2, f32::total_cmp);
        let upper = *upper;
        let lower = ascending[..FRAME_BITS / 2].iter().copied();
        let median = (upper + lower.fold(f32::NEG_INFINITY, f32::max)) / 2.0;
        let mut words = [0u64; 4];
        for (i, &c) in self.coefficients.iter().enumerate() {
            let bit = place(i);
            words[bit / 64] |= u64::from(c > median) << (bit % 64);
        }
        FrameHash(words)
    }

    /// The spectrum of the picture turned or mirrored.
    #[must_use]
    pub fn turned(&self, turn: Turn) -> Self {
        let mut coefficients = [0f32; FRAME_BITS];
        for (i, out) in coefficients.iter_mut().enumerate() {
            let (from, negative) = turned_from(turn, i);
            let value = self.coefficients[from];
            *out = if negative { -value } else { value };
        }
        Self { coefficients }
    }

    /// How much two pictures are alike in their low frequencies, whatever their contrast: the cosine
    /// of the spectra, -1..=1.
    pub fn cosine(&self, other: &Self) -> f32 {
        let dot = |a: &Self, b: &Self| -> f32 {
            let products = a.coefficients.iter().zip(&b.coefficients);
            products.map(|(a, b)| a * b).sum()
        };
        dot(self, other) / (dot(self, self) * dot(other, other)).sqrt()
    }

    /// The hashes of all turns and mirrorings of the picture, in the order of [`Turn::ALL`].
    pub fn hashes(&self) -> [FrameHash; 8] {
        Turn::ALL.map(|turn| self.turned(turn).hash())
    }
}

/// Which coefficient becomes coefficient `i` where a picture is turned, and whether as its negative.
fn turned_from(turn: Turn, i: usize) -> (usize, bool) {
    let (v, u) = (i / FREQUENCIES, i % FREQUENCIES);
    let from = if turn.transposes() { (u, v) } else { (v, u) };
    // A wave of an odd frequency is its own negative in the mirror.
    let odd = |frequency: usize| (frequency + 1) % 2 == 1;
    let negative = (turn.mirrors_x() && odd(u)) != (turn.mirrors_y() && odd(v));
    (from.0 * FREQUENCIES + from.1, negative)
}

/// The bit of a coefficient: the first word holds the 64 of the lowest frequencies.
fn place(i: usize) -> usize {
    let (v, u) = (i / FREQUENCIES, i % FREQUENCIES);
    let half = FREQUENCIES / 2;
    let quarter = 2 * (v / half) + u / half;
    quarter * half * half + (v % half) * half + u % half
}

/// The picture as 64 x 64 pixels, each the mean of what it covers, with a mean of zero so that small
/// differences keep their digits.
fn squashed(image: &GrayImage) -> Plane<f32> {
    let mut shares: Vec<Share> = Vec::new();
    area::shares(image.width(), SIDE, &mut shares);
    let mut narrow = Plane::<f32>::new(SIDE, image.height());
    for y in 0..image.height() {
        let from = image.row(y);
        let to = narrow.row_mut(y);
        for share in &shares {
            to[share.to] += f32::from(from[share.from]) * share.weight;
        }
    }
    area::shares(image.height(), SIDE, &mut shares);
    let mut small = Plane::<f32>::new(SIDE, SIDE);
    for share in &shares {
        let from = narrow.row(share.from);
        for (to, from) in small.row_mut(share.to).iter_mut().zip(from) {
            *to += from * share.weight;
        }
    }
    let mean = small.data().iter().sum::<f32>() / (SIDE * SIDE) as f32;
    small.data_mut().iter_mut().for_each(|v| *v -= mean);
    small
}

/// For each place the waves of all frequencies, normalised: the DCT-II.
fn basis() -> [[f32; FREQUENCIES]; SIDE] {
    let scale = (2.0 / SIDE as f64).sqrt();
    std::array::from_fn(|x| {
        std::array::from_fn(|u| {
            let phase = (2 * x + 1) as f64 * (u + 1) as f64 * std::f64::consts::PI;
            (scale * (phase / (2 * SIDE) as f64).cos()) as f32
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waves of all directions and of all frequencies that count, without symmetry.
    fn picture(width: usize, height: usize) -> GrayImage {
        let at = |i: usize| {
            let x = ((i % width) as f64 + 0.5) / width as f64;
            let y = ((i / width) as f64 + 0.5) / height as f64;
            let wave = |k: usize| {
                let (u, v) = ((k * 7 % 19) as f64, (k * 11 % 17) as f64);
                ((u * x + v * y) * std::f64::consts::PI + (k * k) as f64).cos()
            };
            let sum: f64 = (0..120).map(wave).sum();
            (128.0 + 9.0 * sum).clamp(0.0, 255.0) as u8
        };
        GrayImage::from_vec(width, height, (0..width * height).map(at).collect()).unwrap()
    }

    fn hash(image: &GrayImage) -> FrameHash {
        FrameSpectrum::of(image).unwrap().hash()
    }

    #[test]
    fn every_bit_has_one_place() {
        let mut seen = [false; FRAME_BITS];
        (0..FRAME_BITS).for_each(|i| seen[place(i)] = true);
        assert!(seen.iter().all(|&s| s));
        assert!((0..8).all(|v| (0..8).all(|u| place(v * FREQUENCIES + u) < 64)));
    }

    #[test]
    fn copies_of_any_size_and_shade_are_near() {
        let original = hash(&picture(640, 480));
        for (width, height) in [(320, 240), (101, 77), (48, 36), (500, 480)] {
            let distance = original.distance(&hash(&picture(width, height)));
            assert!(distance <= 24, "{width} x {height}: {distance}");
        }
        let mut pale = picture(640, 480);
        pale.data_mut().iter_mut().for_each(|v| *v = 80 + *v / 3);
        assert!(original.distance(&hash(&pale)) <= 24);
    }

    #[test]
    fn a_negative_has_the_complement() {
        let mut negative = picture(200, 150);
        negative.data_mut().iter_mut().for_each(|v| *v = 255 - *v);
        let distance = hash(&picture(200, 150))
            .inverted()
            .distance(&hash(&negative));
        assert!(distance <= 2, "{distance}");
    }

    #[test]
    fn turned_spectra_are_those_of_turned_pictures() {
        let image = picture(120, 90);
        let spectrum = FrameSpectrum::of(&image).unwrap();
        for turn in Turn::ALL {
            let turned = turn.apply(&image);
            let distance = spectrum.turned(turn).hash().distance(&hash(&turned));
            assert!(distance <= 4, "{turn:?}: {distance}");
            let by_bits = spectrum.hash().turned(turn).distance(&hash(&turned));
            assert!(by_bits <= 12, "{turn:?}: {by_bits}");
            let others = Turn::ALL.into_iter().filter(|&other| other != turn);
            for other in others {
                let distance = spectrum.turned(other).hash().distance(&hash(&turned));
                assert!(distance > 60, "{turn:?} as {other:?}: {distance}");
            }
        }
    }

    #[test]
    fn a_plain_picture_has_none() {
        assert_eq!(FrameSpectrum::of(&GrayImage::new(30, 30)), None);
        assert_eq!(FrameSpectrum::of(&GrayImage::new(0, 3)), None);
        assert!(FrameSpectrum::of(&picture(1, 4000)).is_none_or(|s| s.hash().0 != [0; 4]));
    }
}
