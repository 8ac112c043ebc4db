//! A keypoint in 32 bits.
//!
//! | bits | content |
//! |---|---|
//! | 0..10, 10..20 | column and row, whole pixels up to 1,023 |
//! | 20..26 | angle, in steps of 360 / 64 degrees |
//! | 26..32 | size, log2 in steps of 1/8 from 1 pixel on |

use lookalike_vision::Keypoint;

const PIXELS: u32 = 1 << 10;
const ANGLES: u32 = 1 << 6;
const SIZES: u32 = 1 << 6;
const SIZES_PER_OCTAVE: f32 = 8.0;

/// Packs position, angle and size. What is out of range is brought to its end.
pub(super) fn pack(keypoint: &Keypoint) -> u32 {
    // A float becomes the nearest number of an unsigned type: negative ones become 0.
    let pixel = |v: f32| (v.round() as u32).min(PIXELS - 1);
    let angle = (keypoint.angle * ANGLES as f32 / 360.0).round() as u32 % ANGLES;
    let size = (keypoint.size.log2() * SIZES_PER_OCTAVE).round() as u32;
    pixel(keypoint.x) | pixel(keypoint.y) << 10 | angle << 20 | size.min(SIZES - 1) << 26
}

/// The keypoint of a packed place; it has no response.
pub(super) fn unpack(place: u32) -> Keypoint {
    let bits = |from: u32, count: u32| (place >> from & (count - 1)) as f32;
    Keypoint {
        x: bits(0, PIXELS),
        y: bits(10, PIXELS),
        size: (bits(26, SIZES) / SIZES_PER_OCTAVE).exp2(),
        angle: bits(20, ANGLES) * 360.0 / ANGLES as f32,
        response: 0.0,
        octave: 0,
        class_id: -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keypoint(x: f32, y: f32, angle: f32, size: f32) -> Keypoint {
        Keypoint {
            x,
            y,
            angle,
            size,
            ..unpack(0)
        }
    }

    #[test]
    fn a_place_is_kept_but_for_its_steps() {
        for (x, y, angle, size) in [
            (0.0, 0.0, 0.0, 1.8),
            (638.7, 479.2, 359.9, 31.4),
            (12.5, 639.0, 181.0, 200.0),
        ] {
            let kept = unpack(pack(&keypoint(x, y, angle, size)));
            assert!((kept.x - x).abs() <= 0.5 && (kept.y - y).abs() <= 0.5);
            let turn = (kept.angle - angle).rem_euclid(360.0);
            assert!(turn.min(360.0 - turn) <= 360.0 / 128.0, "{angle}");
            assert!(
                (kept.size / size).log2().abs() <= 1.0 / 16.0 + 1e-6,
                "{size}"
            );
        }
    }

    #[test]
    fn what_is_out_of_range_stays_in_its_bits() {
        let far = unpack(pack(&keypoint(5000.0, -3.0, 360.0, 1e6)));
        assert_eq!((far.x, far.y, far.angle), (1023.0, 0.0, 0.0));
        assert!(far.size > 200.0);
        assert_eq!(unpack(pack(&keypoint(0.0, 0.0, 0.0, 0.1))).size, 1.0);
        assert_eq!(pack(&unpack(u32::MAX)), u32::MAX);
    }
}
