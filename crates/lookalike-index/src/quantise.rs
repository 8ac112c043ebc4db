//! Vectors in bytes.

/// What the largest element of a vector becomes.
pub const BYTE_PEAK: f32 = 127.0;

/// Writes a vector in bytes, to the front of `bytes`: its largest element becomes [`BYTE_PEAK`].
/// Returns the size of that element; a byte of 1 is worth so much, divided by [`BYTE_PEAK`].
pub fn quantise(vector: &[f32], bytes: &mut [i8]) -> f32 {
    let peak = vector
        .iter()
        .fold(f32::MIN_POSITIVE, |peak, v| peak.max(v.abs()));
    for (&value, byte) in vector.iter().zip(bytes) {
        *byte = (value / peak * BYTE_PEAK).round() as i8;
    }
    peak
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_becomes_the_peak_and_the_rest_is_in_proportion() {
        let mut bytes = [9; 5];
        assert_eq!(quantise(&[0.5, -2.0, 0.0, 1e-9], &mut bytes), 2.0);
        assert_eq!(bytes, [32, -127, 0, 0, 9]);
        assert!(quantise(&[0.0; 3], &mut bytes) > 0.0);
        assert_eq!(bytes[..3], [0; 3]);
        quantise(&[f32::MAX, f32::MIN, 1e38], &mut bytes);
        assert_eq!(bytes[..3], [127, -127, 37]);
    }

    #[test]
    fn bytes_come_back_as_they_were() {
        let bytes: Vec<i8> = (-127..=127).collect();
        let values: Vec<f32> = bytes.iter().map(|&b| f32::from(b) * 0.037).collect();
        let mut again = vec![0; bytes.len()];
        quantise(&values, &mut again);
        assert_eq!(again, bytes);
    }
}
