//! The layers, and the way of a picture through them.
//!
//! Everything lies with channels innermost: `[row][column][channel]`.

use fearless_simd::{Level, Simd, dispatch};

use super::block::{Block, Source};
use super::depthwise::Depthwise;
use super::floats::Floats;
use super::pointwise::{Finish, Place, Pointwise, Rows};
use super::stem::{PATCH, WIDTH};
use super::weights::{FILE, Halves, Reader, Room};

/// Length of what it answers.
pub(super) const OUTPUTS: usize = 1280;

/// Channels of the first layer's output.
const STEM: usize = 32;
/// Repeats, kernel side, stride of the first, expansion, channels out (Tan and Le, "EfficientNet",
/// ICML 2019, table 1).
const STAGES: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
];

/// All layers. Their weights stay as they are in the file: a block's are unpacked when its turn
/// comes, which costs a hundredth of what the block does, and no start and no memory.
pub(super) struct Network {
    stem: Pointwise<Halves>,
    blocks: Vec<Block<Halves>>,
    head: Pointwise<Halves>,
}

/// Memory for one picture on its way.
pub(super) struct Scratch {
    /// The input of a block and its output.
    narrow: [Floats; 2],
    /// See [`Block::run`].
    wide: Floats,
    deep: Floats,
    /// Weights of a block, and of the stem.
    weights: Floats,
    stem: Floats,
}

impl Network {
    pub(super) fn new() -> Self {
        let mut reader = Reader::new(FILE);
        let stem = reader.pointwise(PATCH, STEM, Finish::Relu6);
        let mut blocks = Vec::new();
        let (mut channels, mut side) = (STEM, WIDTH);
        for (repeats, kernel, first_stride, expansion, out) in STAGES {
            for repeat in 0..repeats {
                let stride = if repeat == 0 { first_stride } else { 1 };
                let wide = channels * expansion;
                let expand =
                    (expansion > 1).then(|| reader.pointwise(channels, wide, Finish::Relu6));
                let depthwise = Depthwise {
                    channels: wide,
                    side: kernel,
                    stride,
                    bias: reader.take(wide),
                    weights: reader.take(kernel * kernel * wide),
                };
                let project = reader.pointwise(wide, out, Finish::Nothing);
                let adds = stride == 1 && channels == out;
                blocks.push(Block::new(side, expand, depthwise, project, adds));
                (channels, side) = (out, side / stride);
            }
        }
        let head = reader.pointwise(channels, OUTPUTS, Finish::Relu6);
        assert!(reader.is_at_end(), "the weights belong to another network");
        Self { stem, blocks, head }
    }

    pub(super) fn scratch(&self) -> Scratch {
        let most =
            |size: fn(&Block<Halves>) -> usize| self.blocks.iter().map(size).max().unwrap_or(0);
        let last = self.last().out_pixels() * OUTPUTS;
        Scratch {
            narrow: [0; 2].map(|_| Floats::zeros(most(Block::out_floats))),
            wide: Floats::zeros(most(Block::wide_floats)),
            deep: Floats::zeros(most(Block::deep_floats).max(last)),
            weights: Floats::zeros(most(Block::floats).max(self.head.floats())),
            stem: Floats::zeros(self.stem.floats()),
        }
    }

    fn last(&self) -> &Block<Halves> {
        self.blocks.last().expect("there are blocks")
    }

    /// The embedding, not normalised, of RGB pixels, of [`super::stem::SIDE`] squared.
    pub(super) fn run(&self, level: Level, pixels: &[u8], scratch: &mut Scratch) -> Vec<f32> {
        dispatch!(level, simd => self.run_with(simd, pixels, scratch))
    }

    #[inline(always)]
    fn run_with<S: Simd>(&self, simd: S, pixels: &[u8], scratch: &mut Scratch) -> Vec<f32> {
        let Scratch {
            narrow: [input, output],
            wide,
            deep,
            weights,
            stem,
        } = scratch;
        let stem = self.stem.unpack(simd, &mut Room::new(stem));
        for block in &self.blocks {
            let block = block.unpack(simd, &mut Room::new(weights));
            let source = Source {
                stem,
                pixels,
                input,
            };
            block.run(simd, source, wide, deep, output);
            std::mem::swap(input, output);
        }
        let rows = Rows {
            values: input,
            stride: self.last().out_channels(),
            count: self.last().out_pixels(),
        };
        let place = Place::contiguous(0);
        let head = self.head.unpack(simd, &mut Room::new(weights));
        head.run(simd, rows, None, deep, place);
        let mut mean = vec![0.0; OUTPUTS];
        for row in deep.chunks_exact(OUTPUTS).take(rows.count) {
            for (mean, value) in mean.iter_mut().zip(row) {
                *mean += value / rows.count as f32;
            }
        }
        mean
    }
}
