//! The Gaussian pictures of an octave, and the differences around a pixel.

use super::{
    padded::Layout,
    refine::{Block, Cube},
    top::{Filtered, Top},
};

/// The Gaussian pictures of an octave from row `first` on; of the last one, pixels are made where
/// they are asked for.
#[derive(Clone, Copy)]
pub(super) struct Planes<'a, P> {
    pub levels: &'a [P],
    pub top: Top<'a>,
    pub first: usize,
    pub layout: &'a Layout,
}

impl<'a, P: AsRef<[f32]>> Planes<'a, P> {
    /// `length` pixels of row y, the first of them `left` columns left of x. All may lie in the
    /// margin.
    #[inline(always)]
    pub fn row(&self, level: usize, y: usize, x: usize, left: usize, length: usize) -> &'a [f32] {
        let start = (y - self.first) * self.layout.stride + self.layout.margin + x - left;
        &self.levels[level].as_ref()[start..][..length]
    }

    /// The differences around pixel (x, y) of level `level` of the differences.
    pub fn cube(&self, level: usize, x: usize, y: usize, filtered: &mut Filtered) -> Cube {
        Cube([
            self.difference(level - 1, x, y),
            self.difference(level, x, y),
            self.difference_after(level, x, y, filtered),
        ])
    }

    /// The differences around a pixel, if none in the levels before and after is beyond it.
    pub fn extreme(
        &self,
        level: usize,
        x: usize,
        y: usize,
        filtered: &mut Filtered,
    ) -> Option<Cube> {
        let before = self.difference(level - 1, x, y);
        let here = self.difference(level, x, y);
        if !is_extreme(here[1][1], &before) {
            return None;
        }
        let after = self.difference_after(level, x, y, filtered);
        is_extreme(here[1][1], &after).then_some(Cube([before, here, after]))
    }

    /// The differences of the level after `level`.
    #[inline(always)]
    fn difference_after(&self, level: usize, x: usize, y: usize, filtered: &mut Filtered) -> Block {
        if level + 2 < self.levels.len() {
            return self.difference(level + 1, x, y);
        }
        let (left, length) = self.top.needed();
        let before = |y| self.row(level + 1, y, x, left, length);
        let mut block = self.top.around(before, y, self.layout.height, filtered);
        for (i, line) in block.iter_mut().enumerate() {
            let low = self.row(level + 1, y + i - 1, x, 1, 3);
            line.iter_mut()
                .zip(low)
                .for_each(|(high, low)| *high -= low);
        }
        block
    }

    #[inline(always)]
    fn difference(&self, level: usize, x: usize, y: usize) -> Block {
        let mut block = [[0.0; 3]; 3];
        for (i, line) in block.iter_mut().enumerate() {
            let low = self.row(level, y + i - 1, x, 1, 3);
            let high = self.row(level + 1, y + i - 1, x, 1, 3);
            *line = [high[0] - low[0], high[1] - low[1], high[2] - low[2]];
        }
        block
    }
}

/// Whether no other value is beyond this one; ties are allowed.
#[inline(always)]
fn is_extreme(here: f32, others: &Block) -> bool {
    let mut others = others.iter().flatten();
    if here > 0.0 {
        others.all(|&other| here >= other)
    } else {
        others.all(|&other| here <= other)
    }
}
