//! The weights, as `bench/lite0.py` writes them.

use fearless_simd::Simd;

use super::pointwise::{Finish, Pointwise, padded};

/// f16, little-endian, layer by layer.
pub(super) const FILE: &[u8] = include_bytes!("weights.f16");

/// Numbers of a file of weights.
#[derive(Clone, Copy)]
pub(super) struct Halves(&'static [[u8; 2]]);

impl Halves {
    pub(super) fn len(self) -> usize {
        self.0.len()
    }
}

/// Memory into which weights are unpacked, one part after the other.
pub(super) struct Room<'w>(&'w mut [f32]);

impl<'w> Room<'w> {
    pub(super) fn new(floats: &'w mut [f32]) -> Self {
        Self(floats)
    }

    #[inline(always)]
    pub(super) fn unpack<S: Simd>(&mut self, simd: S, halves: Halves) -> &'w [f32] {
        let (floats, rest) = std::mem::take(&mut self.0).split_at_mut(halves.len());
        self.0 = rest;
        // The compiler makes vectors of it.
        simd.vectorize(
            #[inline(always)]
            || {
                for (float, half) in floats.iter_mut().zip(halves.0) {
                    *float = f32_from_f16(u16::from_le_bytes(*half));
                }
            },
        );
        floats
    }
}

/// Takes the layers' numbers off a file one after the other.
pub(super) struct Reader {
    rest: &'static [[u8; 2]],
}

impl Reader {
    pub(super) fn new(file: &'static [u8]) -> Self {
        let (rest, _) = file.as_chunks();
        Self { rest }
    }

    /// The next `count` numbers.
    pub(super) fn take(&mut self, count: usize) -> Halves {
        let (values, rest) = self.rest.split_at(count);
        self.rest = rest;
        Halves(values)
    }

    /// The next layer, of 1x1 kernels.
    pub(super) fn pointwise(
        &mut self,
        inputs: usize,
        outputs: usize,
        finish: Finish,
    ) -> Pointwise<Halves> {
        let outputs = padded(outputs);
        Pointwise {
            inputs,
            outputs,
            bias: self.take(outputs),
            weights: self.take(outputs * inputs),
            finish,
        }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }
}

/// A finite f16 as f32, exactly. It never computes with a subnormal f32, for which processors take
/// a hundred cycles.
#[inline(always)]
fn f32_from_f16(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let magnitude = u32::from(half & 0x7fff) << 13;
    // The exponents' biases are 15 and 127. A subnormal gets the 1 that it lacks, and loses it again.
    let normal = magnitude + (112 << 23);
    let subnormal = f32::from_bits(magnitude + (113 << 23)) - f32::from_bits(113 << 23);
    let is_normal = magnitude >= 1 << 23;
    let bits = if is_normal {
        normal
    } else {
        subnormal.to_bits()
    };
    f32::from_bits(bits | sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    #[test]
    fn halves_are_exact() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 2f32.powi(-14)),
            (0x03ff, 1023.0 * 2f32.powi(-24)),
            (0x0001, 2f32.powi(-24)),
            (0x83ff, -1023.0 * 2f32.powi(-24)),
            (0x3555, 0.333_251_95),
        ] {
            assert_eq!(f32_from_f16(bits), value);
        }
    }

    #[test]
    fn all_levels_unpack_alike() {
        let unpack = |level: Level| {
            let mut floats = vec![0.0; 10_000];
            let halves = Reader::new(FILE).take(10_000);
            dispatch!(level, simd => { Room::new(&mut floats).unpack(simd, halves); });
            floats
        };
        assert_eq!(unpack(Level::new()), unpack(Level::fallback()));
    }

    #[test]
    fn all_weights_are_finite() {
        let (values, rest) = FILE.as_chunks::<2>();
        assert!(rest.is_empty());
        assert!(values.iter().all(|v| v[1] & 0x7c != 0x7c));
    }
}
