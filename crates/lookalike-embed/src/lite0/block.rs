//! One inverted residual block.
//!
//! A block widens its input (1x1), filters each channel (3x3 or 5x5), and narrows again (1x1). It
//! does so in bands of a few rows, so that the wide values in between stay in the second-level
//! cache; the rows that two bands share are kept in a ring.

use std::ops::Range;

use fearless_simd::Simd;

use super::depthwise::Depthwise;
use super::pointwise::{Place, Pointwise, Rows, padded};
use super::stem;
use super::weights::{Halves, Room};

/// Floats that the wide rows of a band may fill.
const BAND: usize = 64 * 1024;
/// Pixels that a band has at least, where the picture has them: fewer do not pay for reading the
/// weights.
const BAND_PIXELS: usize = 49;

/// See the module. `W` is where the weights are: in the file, or unpacked.
pub(super) struct Block<W> {
    /// Side of the input, which is square.
    side: usize,
    /// `None` in the first block, which is fed by the stem.
    expand: Option<Pointwise<W>>,
    depthwise: Depthwise<W>,
    project: Pointwise<W>,
    /// Whether the input is added to the output.
    adds: bool,
    /// Rows of output in a band.
    band: usize,
}

/// What feeds a block: the stem and the picture the first, the values before it all others.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) stem: Pointwise<&'a [f32]>,
    pub(super) pixels: &'a [u8],
    pub(super) input: &'a [f32],
}

impl Block<Halves> {
    /// Floats that it has unpacked.
    pub(super) fn floats(&self) -> usize {
        let expand = self.expand.as_ref().map_or(0, Pointwise::floats);
        expand + self.depthwise.floats() + self.project.floats()
    }

    #[inline(always)]
    pub(super) fn unpack<'w, S: Simd>(&self, simd: S, room: &mut Room<'w>) -> Block<&'w [f32]> {
        Block {
            side: self.side,
            expand: self.expand.map(|layer| layer.unpack(simd, room)),
            depthwise: self.depthwise.unpack(simd, room),
            project: self.project.unpack(simd, room),
            adds: self.adds,
            band: self.band,
        }
    }
}

impl<W> Block<W> {
    pub(super) fn new(
        side: usize,
        expand: Option<Pointwise<W>>,
        depthwise: Depthwise<W>,
        project: Pointwise<W>,
        adds: bool,
    ) -> Self {
        let mut block = Self {
            side,
            expand,
            depthwise,
            project,
            adds,
            band: 1,
        };
        let out_side = block.out_side();
        let least = BAND_PIXELS.div_ceil(out_side);
        block.band = (1..=out_side)
            .take_while(|&band| band <= least || block.ring_rows(band) * block.pitch() <= BAND)
            .last()
            .expect("there are rows");
        block
    }

    /// Side of the output.
    fn out_side(&self) -> usize {
        self.side / self.depthwise.stride
    }

    pub(super) fn out_pixels(&self) -> usize {
        self.out_side() * self.out_side()
    }

    /// Channels of the output, padded.
    pub(super) fn out_channels(&self) -> usize {
        self.project.outputs
    }

    /// Length of the output.
    pub(super) fn out_floats(&self) -> usize {
        self.out_pixels() * self.out_channels()
    }

    /// Length of the `wide` that [`Block::run`] needs.
    pub(super) fn wide_floats(&self) -> usize {
        self.ring_rows(self.band) * self.pitch()
    }

    /// Length of the `deep` that [`Block::run`] needs.
    pub(super) fn deep_floats(&self) -> usize {
        self.band * self.out_side() * self.depthwise.channels
    }

    /// Pixels by which the kernels reach over the border: TensorFlow's "same", which puts an odd
    /// one at the right and below.
    fn border(&self) -> usize {
        self.depthwise.side - self.depthwise.stride
    }

    /// Floats in a wide row with its border.
    fn pitch(&self) -> usize {
        (self.side + self.border()) * self.depthwise.channels
    }

    /// Wide rows that `band` rows of output look at.
    fn ring_rows(&self, band: usize) -> usize {
        (band - 1) * self.depthwise.stride + self.depthwise.side
    }

    /// Where wide row `row`, counted from the border above, lies in the ring.
    fn at(&self, row: usize) -> usize {
        row % self.ring_rows(self.band) * self.pitch()
    }
}

impl Block<&[f32]> {
    /// Computes the output. `wide` and `deep` are scratch memory.
    #[inline(always)]
    pub(super) fn run<S: Simd>(
        &self,
        simd: S,
        source: Source<'_>,
        wide: &mut [f32],
        deep: &mut [f32],
        out: &mut [f32],
    ) {
        let (out_side, channels) = (self.out_side(), self.depthwise.channels);
        let wide = &mut wide[..self.wide_floats()];
        self.clear_sides(wide);
        let mut filled = 0;
        for first in (0..out_side).step_by(self.band) {
            let end = (first + self.band).min(out_side);
            let needed = self.ring_rows(end);
            self.fill(simd, source, filled..needed, wide);
            filled = needed;
            for (y, out) in (first..end).zip(deep.chunks_exact_mut(out_side * channels)) {
                self.filter(simd, wide, y, out);
            }
            let rows = Rows {
                values: deep,
                stride: channels,
                count: (end - first) * out_side,
            };
            let add = self.adds.then_some(source.input);
            let place = Place::contiguous(first * out_side * self.project.outputs);
            self.project.run(simd, rows, add, out, place);
        }
    }

    /// Row `y` of the depthwise layer.
    #[inline(always)]
    fn filter<S: Simd>(&self, simd: S, wide: &[f32], y: usize, out: &mut [f32]) {
        let mut rows = [&wide[..0]; 5];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = &wide[self.at(y * self.depthwise.stride + i)..][..self.pitch()];
        }
        let rows = &rows[..self.depthwise.side];
        self.depthwise.run(simd, rows, out);
    }

    /// Zeros left and right of all rows; nothing else is ever written there.
    fn clear_sides(&self, wide: &mut [f32]) {
        let left = self.border() / 2 * self.depthwise.channels;
        let inner = self.side * self.depthwise.channels;
        for row in wide.chunks_exact_mut(self.pitch()) {
            row[..left].fill(0.0);
            row[left + inner..].fill(0.0);
        }
    }

    /// Computes wide rows, counted from the border above.
    #[inline(always)]
    fn fill<S: Simd>(&self, simd: S, source: Source<'_>, rows: Range<usize>, wide: &mut [f32]) {
        let above = self.border() / 2;
        for row in rows.clone() {
            if row < above || row >= above + self.side {
                let at = self.at(row);
                wide[at..at + self.pitch()].fill(0.0);
            }
        }
        let first = rows.start.max(above) - above;
        let end = rows.end.min(above + self.side) - above;
        if first == end {
            return;
        }
        let left = above * self.depthwise.channels;
        match &self.expand {
            Some(layer) => {
                let stride = padded(layer.inputs);
                let rows = Rows {
                    values: &source.input[first * self.side * stride..],
                    stride,
                    count: (end - first) * self.side,
                };
                let place = Place {
                    width: self.side,
                    pitch: self.pitch(),
                    first: above + first,
                    lines: self.ring_rows(self.band),
                    left,
                };
                layer.run(simd, rows, None, wide, place);
            }
            None => {
                for y in first..end {
                    let at = self.at(above + y) + left;
                    stem::row(simd, source.stem, source.pixels, y, &mut wide[at..]);
                }
            }
        }
    }
}
