//! Depthwise convolution with channels innermost.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use super::pointwise::GROUP;
use super::weights::{Halves, Room};

/// Neighbouring pixels that are computed together. All sizes in the network are multiples of it.
pub(super) const RUN: usize = 7;

/// One small kernel for each channel, and ReLU6.
///
/// `W` is where the weights are: in the file, or unpacked.
#[derive(Clone, Copy)]
pub(super) struct Depthwise<W> {
    /// Padded.
    pub(super) channels: usize,
    /// Side of the kernel, 3 or 5.
    pub(super) side: usize,
    /// 1 or 2.
    pub(super) stride: usize,
    /// `[channels]`.
    pub(super) bias: W,
    /// `[channels / GROUP][side * side][GROUP]`.
    pub(super) weights: W,
}

impl Depthwise<Halves> {
    /// Floats that it has unpacked.
    pub(super) fn floats(&self) -> usize {
        self.bias.len() + self.weights.len()
    }

    #[inline(always)]
    pub(super) fn unpack<'w, S: Simd>(&self, simd: S, room: &mut Room<'w>) -> Depthwise<&'w [f32]> {
        Depthwise {
            channels: self.channels,
            side: self.side,
            stride: self.stride,
            bias: room.unpack(simd, self.bias),
            weights: room.unpack(simd, self.weights),
        }
    }
}

impl Depthwise<&[f32]> {
    /// Computes one row of pixels, `out.len() / channels` of them, from as many rows of input as
    /// the kernel is high. These have their border, so the first pixel's kernel begins at their
    /// first pixel.
    #[inline(always)]
    pub(super) fn run<S: Simd>(&self, simd: S, rows: &[&[f32]], out: &mut [f32]) {
        simd.vectorize(
            #[inline(always)]
            || match (self.side, self.stride) {
                (3, 1) => self.row::<S, 3, 1>(simd, rows, out),
                (3, 2) => self.row::<S, 3, 2>(simd, rows, out),
                (5, 1) => self.row::<S, 5, 1>(simd, rows, out),
                (5, 2) => self.row::<S, 5, 2>(simd, rows, out),
                _ => unreachable!("the network has no such layer"),
            },
        );
    }

    #[inline(always)]
    fn row<S: Simd, const SIDE: usize, const STRIDE: usize>(
        &self,
        simd: S,
        rows: &[&[f32]],
        out: &mut [f32],
    ) {
        let (bias, weights) = (self.bias, self.weights.as_chunks::<GROUP>().0);
        let (least, most) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, 6.0));
        for (run, out) in out.chunks_exact_mut(RUN * self.channels).enumerate() {
            let left = run * RUN * STRIDE * self.channels;
            for channel in (0..self.channels).step_by(S::f32s::LEN) {
                let (group, lane) = (channel / GROUP, channel % GROUP);
                let weights = &weights[group * SIDE * SIDE..][..SIDE * SIDE];
                let bias = S::f32s::from_slice(simd, &bias[channel..][..S::f32s::LEN]);
                let mut sums = [bias; RUN];
                for (row, weights) in rows.iter().zip(weights.as_chunks::<SIDE>().0) {
                    let row = &row[left + channel..];
                    for (x, weights) in weights.iter().enumerate() {
                        let weights = S::f32s::from_slice(simd, &weights[lane..][..S::f32s::LEN]);
                        for (i, sum) in sums.iter_mut().enumerate() {
                            let input = &row[(i * STRIDE + x) * self.channels..][..S::f32s::LEN];
                            *sum = S::f32s::from_slice(simd, input).mul_add(weights, *sum);
                        }
                    }
                }
                for (i, sum) in sums.iter().enumerate() {
                    let out = &mut out[i * self.channels + channel..][..S::f32s::LEN];
                    sum.max(least).min(most).store_slice(out);
                }
            }
        }
    }
}
