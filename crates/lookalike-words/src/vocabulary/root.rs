//! RootSIFT: descriptors whose Euclidean distance is the Hellinger distance of the originals.

/// Elements of a descriptor.
pub const DESCRIPTOR: usize = 128;

/// A SIFT descriptor in OpenCV's scale: whole numbers 0..=255, a Euclidean length of about 512.
pub type Descriptor = [u8; DESCRIPTOR];

/// Whole steps in 1.0 of a RootSIFT element. An element reaches 255 / 400 = 0.64 where four tenths
/// of the whole descriptor lie in it; what is above is cut off.
const STEPS: f32 = 400.0;

/// RootSIFT: divided by the sum, square root of each element, so that the Euclidean length is 1
/// (Arandjelović and Zisserman 2012, section 2). A zero descriptor stays zero.
pub fn rootsift(descriptor: &Descriptor) -> [f32; DESCRIPTOR] {
    let sum: u32 = descriptor.iter().map(|&v| u32::from(v)).sum();
    let sum = sum.max(1) as f32;
    descriptor.map(|v| (f32::from(v) / sum).sqrt())
}

/// RootSIFT in whole steps, in which words and codes are made.
pub(super) fn whole(descriptor: &Descriptor) -> [u8; DESCRIPTOR] {
    rootsift(descriptor).map(|v| (v * STEPS + 0.5) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_one() {
        let descriptor: Descriptor = std::array::from_fn(|i| (i * 7 % 97) as u8);
        let root = rootsift(&descriptor);
        let length: f32 = root.iter().map(|v| v * v).sum();
        assert!((length - 1.0).abs() < 1e-5, "{length}");
        assert!((root[5] * root[5] / (root[2] * root[2]) - 35.0 / 14.0).abs() < 1e-4);
    }

    #[test]
    fn extremes_stay_in_range() {
        assert_eq!(rootsift(&[0; DESCRIPTOR]), [0.0; DESCRIPTOR]);
        let mut one = [0; DESCRIPTOR];
        one[3] = 255;
        assert_eq!(whole(&one)[3], 255);
        assert_eq!(whole(&[9; DESCRIPTOR]), [35; DESCRIPTOR]);
    }
}
