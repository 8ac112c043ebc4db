//! The numpy objects in a pickle.

use super::value::{Heap, Value};

/// What the elements of an array are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dtype {
    pub(super) kind: Kind,
    pub(super) big_endian: bool,
}

/// The element types that are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    F2,
    F4,
    F8,
    I1,
    I2,
    I4,
    I8,
    U1,
    U2,
    U4,
    U8,
}

impl Dtype {
    /// From numpy's name, as `f4` or `<f4`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let bare = name.trim_start_matches(['<', '>', '=', '|']);
        let kind = match bare {
            "f2" => Kind::F2,
            "f4" => Kind::F4,
            "f8" => Kind::F8,
            "i1" => Kind::I1,
            "i2" => Kind::I2,
            "i4" => Kind::I4,
            "i8" => Kind::I8,
            "u1" | "b1" => Kind::U1,
            "u2" => Kind::U2,
            "u4" => Kind::U4,
            "u8" => Kind::U8,
            _ => return None,
        };
        Some(Self {
            kind,
            big_endian: name.starts_with('>'),
        })
    }

    /// Bytes of an element.
    pub(super) fn size(self) -> usize {
        match self.kind {
            Kind::I1 | Kind::U1 => 1,
            Kind::F2 | Kind::I2 | Kind::U2 => 2,
            Kind::F4 | Kind::I4 | Kind::U4 => 4,
            Kind::F8 | Kind::I8 | Kind::U8 => 8,
        }
    }

    /// The elements as floats.
    pub(super) fn floats(self, bytes: &[u8]) -> Vec<f32> {
        bytes
            .chunks_exact(self.size())
            .map(|chunk| self.float(chunk))
            .collect()
    }

    fn float(self, element: &[u8]) -> f32 {
        let mut le = [0; 8];
        le[..element.len()].copy_from_slice(element);
        if self.big_endian {
            le[..element.len()].reverse();
        }
        let [b0, b1, b2, b3, ..] = le;
        match self.kind {
            Kind::F2 => f32_from_f16(u16::from_le_bytes([b0, b1])),
            Kind::F4 => f32::from_le_bytes([b0, b1, b2, b3]),
            Kind::F8 => f64::from_le_bytes(le) as f32,
            Kind::I1 => f32::from(b0 as i8),
            Kind::I2 => f32::from(i16::from_le_bytes([b0, b1])),
            Kind::I4 => i32::from_le_bytes([b0, b1, b2, b3]) as f32,
            Kind::I8 => i64::from_le_bytes(le) as f32,
            Kind::U1 => f32::from(b0),
            Kind::U2 => f32::from(u16::from_le_bytes([b0, b1])),
            Kind::U4 => u32::from_le_bytes([b0, b1, b2, b3]) as f32,
            Kind::U8 => u64::from_le_bytes(le) as f32,
        }
    }
}

/// IEEE 754 binary16 to binary32; exact.
fn f32_from_f16(half: u16) -> f32 {
    let sign = if half & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from((half >> 10) & 0x1f);
    let fraction = f32::from(half & 0x3ff);
    sign * match exponent {
        0 => fraction * (-24f32).exp2(),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * ((exponent - 25) as f32).exp2(),
    }
}

/// An array as numpy pickles it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Array {
    /// Nothing until `__setstate__`.
    pub(super) content: Option<Content>,
}

/// What an array holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    pub(super) dtype: Dtype,
    pub(super) bytes: Value,
}

impl Content {
    /// Checks that the bytes are the elements that the shape promises, in an order that
    /// flattening keeps.
    pub(super) fn checked(
        heap: &Heap<'_>,
        shape: Value,
        dtype: Value,
        fortran: bool,
        bytes: Value,
    ) -> Option<Self> {
        let dtype = heap.dtype(dtype)?;
        let mut elements = 1usize;
        let mut wide_axes = 0;
        for &side in heap.tuple(shape)? {
            let Value::Int(side) = side else { return None };
            elements = elements.checked_mul(usize::try_from(side).ok()?)?;
            wide_axes += usize::from(side > 1);
        }
        let fits = elements.checked_mul(dtype.size())? == heap.bytes(bytes)?.len();
        (fits && (!fortran || wide_axes <= 1)).then_some(Self { dtype, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::f32_from_f16;

    #[test]
    fn halves_are_exact() {
        let pairs = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x3555, 0.333_251_95),
            (0x7c00, f32::INFINITY),
        ];
        for (half, float) in pairs {
            assert_eq!(f32_from_f16(half), float);
        }
        assert!(f32_from_f16(0x7e00).is_nan());
    }
}
