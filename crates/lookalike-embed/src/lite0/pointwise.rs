//! 1x1 convolution with channels innermost: a product of matrices.

use std::ops::Range;

use fearless_simd::{Simd, SimdBase, SimdFloat};

use super::weights::{Halves, Room};

/// Channels are stored in groups of so many, the last one padded with zeros.
pub(super) const GROUP: usize = 16;

/// Floats of input that are worked on before the next: they stay in the second-level cache while
/// the weights pass by.
const CHUNK: usize = 32 * 1024;

/// `channels`, padded to whole groups.
pub(super) const fn padded(channels: usize) -> usize {
    channels.next_multiple_of(GROUP)
}

/// What happens to a sum before it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Finish {
    Nothing,
    /// Limited to 0..=6.
    Relu6,
}

/// A matrix of weights. `W` is where they are: in the file, or unpacked.
#[derive(Clone, Copy)]
pub(super) struct Pointwise<W> {
    /// Input channels that count; what follows them in a row is ignored.
    pub(super) inputs: usize,
    /// Output channels, padded.
    pub(super) outputs: usize,
    /// `[outputs]`.
    pub(super) bias: W,
    /// `[outputs / GROUP][inputs][GROUP]`.
    pub(super) weights: W,
    pub(super) finish: Finish,
}

/// Rows of input channels.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) values: &'a [f32],
    /// From one row to the next, at least the layer's `inputs`.
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// Where the rows of the result go: `width` of them side by side, the next ones a line below.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Rows in a line.
    pub(super) width: usize,
    /// From one line to the next.
    pub(super) pitch: usize,
    /// The line in which row 0 is.
    pub(super) first: usize,
    /// Lines after which the first one is used again.
    pub(super) lines: usize,
    /// From the beginning of a line to its first row.
    pub(super) left: usize,
}

impl Place {
    /// One row after the other, from `left` on.
    pub(super) fn contiguous(left: usize) -> Self {
        Self {
            width: usize::MAX,
            pitch: 0,
            first: 0,
            lines: 1,
            left,
        }
    }

    #[inline(always)]
    fn of(self, row: usize, outputs: usize) -> usize {
        let (line, column) = (self.first + row / self.width, row % self.width);
        line % self.lines * self.pitch + self.left + column * outputs
    }
}

impl Pointwise<Halves> {
    /// Floats that it has unpacked.
    pub(super) fn floats(&self) -> usize {
        self.bias.len() + self.weights.len()
    }

    #[inline(always)]
    pub(super) fn unpack<'w, S: Simd>(&self, simd: S, room: &mut Room<'w>) -> Pointwise<&'w [f32]> {
        Pointwise {
            inputs: self.inputs,
            outputs: self.outputs,
            bias: room.unpack(simd, self.bias),
            weights: room.unpack(simd, self.weights),
            finish: self.finish,
        }
    }
}

impl Pointwise<&[f32]> {
    /// Multiplies `rows` and writes the result to `out` as `place` says. `add`, laid out as `out`,
    /// is added to it.
    #[inline(always)]
    pub(super) fn run<S: Simd>(
        &self,
        simd: S,
        rows: Rows<'_>,
        add: Option<&[f32]>,
        out: &mut [f32],
        place: Place,
    ) {
        simd.vectorize(
            #[inline(always)]
            || {
                // As many sums as there are registers for, less those for the operands.
                match (S::f32s::LEN, cfg!(target_arch = "aarch64")) {
                    (16.., _) => self.run_tiles::<S, 7, 3>(simd, rows, add, out, place),
                    (8, _) => self.run_tiles::<S, 6, 2>(simd, rows, add, out, place),
                    (_, true) => self.run_tiles::<S, 6, 4>(simd, rows, add, out, place),
                    _ => self.run_tiles::<S, 2, 4>(simd, rows, add, out, place),
                }
            },
        );
    }

    /// By tiles of `ROWS` rows times `WIDE` vectors, at the right edge of one group.
    #[inline(always)]
    fn run_tiles<S: Simd, const ROWS: usize, const WIDE: usize>(
        &self,
        simd: S,
        rows: Rows<'_>,
        add: Option<&[f32]>,
        out: &mut [f32],
        place: Place,
    ) {
        assert!(rows.count >= ROWS, "fewer rows than a tile has");
        let groups = self.outputs / GROUP;
        let wide = WIDE * S::f32s::LEN / GROUP;
        let chunk = (CHUNK / self.inputs).next_multiple_of(ROWS);
        for first in (0..rows.count).step_by(chunk) {
            let end = (first + chunk).min(rows.count);
            let mut group = 0;
            while group < groups {
                let fits = group + wide <= groups;
                for row in (first..end).step_by(ROWS) {
                    let tile = Tile {
                        layer: self,
                        // The last tile goes over some rows of the one before once more.
                        row: row.min(rows.count - ROWS),
                        group,
                    };
                    if fits {
                        tile.run::<S, ROWS, WIDE>(simd, rows, add, out, place);
                    } else {
                        // Only vectors of a whole group are ever taken more than one group at once.
                        tile.run::<S, ROWS, 1>(simd, rows, add, out, place);
                    }
                }
                group += if fits { wide } else { 1 };
            }
        }
    }
}

/// A part of the result whose sums fit into the registers.
struct Tile<'a> {
    layer: &'a Pointwise<&'a [f32]>,
    row: usize,
    group: usize,
}

/// Where vector `v` of a row of a tile lies: its group, and its channels in it.
#[inline(always)]
fn part<S: Simd>(v: usize) -> (usize, Range<usize>) {
    let lane = v * S::f32s::LEN % GROUP;
    (v * S::f32s::LEN / GROUP, lane..lane + S::f32s::LEN)
}

impl Tile<'_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const WIDE: usize>(
        &self,
        simd: S,
        rows: Rows<'_>,
        add: Option<&[f32]>,
        out: &mut [f32],
        place: Place,
    ) {
        let groups = (WIDE * S::f32s::LEN).div_ceil(GROUP);
        let mut at = [0; ROWS];
        for (r, at) in at.iter_mut().enumerate() {
            *at = place.of(self.row + r, self.layer.outputs) / GROUP + self.group;
        }
        let mut sums = self.sums::<S, ROWS, WIDE>(simd, rows);
        // These loops are small, so that they are unrolled and the sums stay in registers.
        if let Some(add) = add {
            let (add, _) = add.as_chunks::<GROUP>();
            for (sums, at) in sums.iter_mut().zip(at) {
                let add = &add[at..][..groups];
                for (v, sum) in sums.iter_mut().enumerate() {
                    let (group, lanes) = part::<S>(v);
                    *sum += S::f32s::from_slice(simd, &add[group][lanes]);
                }
            }
        }
        if self.layer.finish == Finish::Relu6 {
            let (least, most) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, 6.0));
            for sums in &mut sums {
                for sum in sums {
                    *sum = sum.max(least).min(most);
                }
            }
        }
        let (out, _) = out.as_chunks_mut::<GROUP>();
        for (sums, at) in sums.iter().zip(at) {
            let out = &mut out[at..][..groups];
            for (v, sum) in sums.iter().enumerate() {
                let (group, lanes) = part::<S>(v);
                sum.store_slice(&mut out[group][lanes]);
            }
        }
    }

    /// The bias and all products.
    #[inline(always)]
    fn sums<S: Simd, const ROWS: usize, const WIDE: usize>(
        &self,
        simd: S,
        rows: Rows<'_>,
    ) -> [[S::f32s; WIDE]; ROWS] {
        let depth = self.layer.inputs;
        let (weights, _) = self.layer.weights.as_chunks::<GROUP>();
        let (bias, _) = self.layer.bias.as_chunks::<GROUP>();
        let mut sums = [[S::f32s::splat(simd, 0.0); WIDE]; ROWS];
        let mut panels = [&weights[..0]; WIDE];
        for v in 0..WIDE {
            let (group, lanes) = part::<S>(v);
            panels[v] = &weights[(self.group + group) * depth..][..depth];
            let bias = S::f32s::from_slice(simd, &bias[self.group + group][lanes]);
            for sums in &mut sums {
                sums[v] = bias;
            }
        }
        let mut inputs = [&rows.values[..0]; ROWS];
        for (r, input) in inputs.iter_mut().enumerate() {
            *input = &rows.values[(self.row + r) * rows.stride..][..depth];
        }
        for k in 0..depth {
            let mut factors = [S::f32s::splat(simd, 0.0); WIDE];
            for v in 0..WIDE {
                factors[v] = S::f32s::from_slice(simd, &panels[v][k][part::<S>(v).1]);
            }
            for r in 0..ROWS {
                let input = S::f32s::splat(simd, inputs[r][k]);
                for v in 0..WIDE {
                    sums[r][v] = input.mul_add(factors[v], sums[r][v]);
                }
            }
        }
        sums
    }
}
