//! The first layer: 3x3 pixels, every second one, written as a product of matrices.

use fearless_simd::Simd;

use super::pointwise::{Place, Pointwise, Rows};

/// Side of the picture that the network sees.
pub(super) const SIDE: usize = 224;
/// Side of the layer's output.
pub(super) const WIDTH: usize = SIDE / 2;
/// Values that the layer looks at: 3 x 3 pixels of 3 colours.
pub(super) const PATCH: usize = 3 * LINE;
/// Values in a row of a patch.
const LINE: usize = 9;

/// Row `y` of the layer's output, written to the front of `out`.
#[inline(always)]
pub(super) fn row<S: Simd>(
    simd: S,
    layer: Pointwise<&[f32]>,
    pixels: &[u8],
    y: usize,
    out: &mut [f32],
) {
    let mut patches = [0f32; WIDTH * PATCH];
    for line in 0..3 {
        // What lies beyond the right and the lower border is 0.
        let mut values = [0f32; (SIDE + 1) * 3];
        if let Some(source) = pixels.chunks_exact(SIDE * 3).nth(2 * y + line) {
            for (value, &byte) in values.iter_mut().zip(source) {
                *value = (f32::from(byte) - 127.0) / 128.0;
            }
        }
        let (patches, _) = patches.as_chunks_mut::<PATCH>();
        for (x, patch) in patches.iter_mut().enumerate() {
            patch[line * LINE..][..LINE].copy_from_slice(&values[x * 6..][..LINE]);
        }
    }
    let rows = Rows {
        values: &patches,
        stride: PATCH,
        count: WIDTH,
    };
    layer.run(simd, rows, None, out, Place::contiguous(0));
}
