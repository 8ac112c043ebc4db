//! The weights, as `bench/lite0.py` writes them.

use super::floats::Floats;
use super::pointwise::{Finish, Pointwise, padded};

/// f16, little-endian, layer by layer.
pub(super) const FILE: &[u8] = include_bytes!("weights.f16");

/// Takes the layers' numbers off [`FILE`] one after the other.
pub(super) struct Reader {
    rest: &'static [u8],
}

impl Reader {
    pub(super) fn new() -> Self {
        Self { rest: FILE }
    }

    /// The next `count` numbers.
    pub(super) fn take(&mut self, count: usize) -> Floats {
        let (values, rest) = self.rest.split_at(count * 2);
        self.rest = rest;
        let mut floats = Floats::zeros(count);
        let (values, _) = values.as_chunks::<2>();
        for (float, value) in floats.iter_mut().zip(values) {
            *float = f32_from_f16(u16::from_le_bytes(*value));
        }
        floats
    }

    /// The next layer, of 1x1 kernels.
    pub(super) fn pointwise(&mut self, inputs: usize, outputs: usize, finish: Finish) -> Pointwise {
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

/// A finite f16 as f32, exactly: the exponent's other bias is a factor of 2^112.
fn f32_from_f16(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let magnitude = f32::from_bits(u32::from(bits & 0x7fff) << 13);
    let scaled = magnitude * f32::from_bits((127 + 112) << 23);
    f32::from_bits(scaled.to_bits() | sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_exact() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 2f32.powi(-14)),
            (0x0001, 2f32.powi(-24)),
            (0x83ff, -1023.0 * 2f32.powi(-24)),
            (0x3555, 0.333_251_95),
        ] {
            assert_eq!(f32_from_f16(bits), value);
        }
    }

    #[test]
    fn all_weights_are_finite() {
        let (values, rest) = FILE.as_chunks::<2>();
        assert!(rest.is_empty());
        assert!(values.iter().all(|v| v[1] & 0x7c != 0x7c));
    }
}
