//! Colours that are no red, green and blue.

/// A sample of linear light, 0 to 1, as sRGB has it (IEC 61966-2-1). NaN is black.
pub(super) fn encode_srgb(linear: f32) -> u8 {
    let linear = linear.clamp(0.0, 1.0);
    let encoded = match linear {
        ..=0.003_130_8 => linear * 12.92,
        _ => 1.055 * linear.powf(1.0 / 2.4) - 0.055,
    };
    (encoded * 255.0).round() as u8
}

/// CIE L*a*b* (L 0 to 100) under D50, as files have it, to sRGB, whose white is D65: by XYZ, adapted after
/// Bradford.
pub(super) fn lab_to_srgb(l: f32, a: f32, b: f32) -> [u8; 3] {
    let fy = (l + 16.0) / 116.0;
    let inverse = |f: f32| match f {
        f if f > 6.0 / 29.0 => f * f * f,
        f => (f - 4.0 / 29.0) * (3.0 * 36.0 / 841.0),
    };
    // The white of D50.
    let [x, y, z] = [
        0.964_22 * inverse(fy + a / 500.0),
        inverse(fy),
        0.825_21 * inverse(fy - b / 200.0),
    ];
    // From XYZ under D50 to linear sRGB.
    let linear = [
        3.133_856 * x - 1.616_866_7 * y - 0.490_614_6 * z,
        -0.978_768_4 * x + 1.916_141_5 * y + 0.033_454 * z,
        0.071_945_3 * x - 0.228_991_4 * y + 1.405_242_7 * z,
    ];
    linear.map(encode_srgb)
}

/// Luma and chroma of BT.601, with the whole range, as TIFF and JPEG have them.
pub(super) fn from_ycbcr([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ]
    .map(|v| v.round().clamp(0.0, 255.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_lab_are_those_of_srgb() {
        assert_eq!(lab_to_srgb(100.0, 0.0, 0.0), [255; 3]);
        assert_eq!(lab_to_srgb(0.0, 0.0, 0.0), [0; 3]);
        // sRGB's red, as others give it under D50.
        let red = lab_to_srgb(54.29, 80.81, 69.89);
        assert!(red[0] >= 254 && red[1] <= 2 && red[2] <= 3, "{red:?}");
        assert_eq!(lab_to_srgb(53.59, 0.0, 0.0), [128; 3]);
    }
}
