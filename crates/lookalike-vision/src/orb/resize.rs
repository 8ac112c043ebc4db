//! Bilinear scaling in fixed point, bit for bit as `cv::resize` with `INTER_LINEAR_EXACT`.

use fearless_simd::{Simd, SimdBase, SimdWiden, dispatch, u8x32, u16x16};

use crate::spread::spread;
use crate::{Exec, GrayImage};

/// Outputs of one vector step.
const STEP: usize = 16;
/// Inputs that one vector step may look at.
const REACH: usize = 32;

/// Where the outputs along one axis come from: pixel `from` with weight 256 - `weight`, its
/// successor with `weight`.
#[derive(Debug, Default)]
struct Axis {
    from: Vec<u32>,
    weight: Vec<u16>,
}

impl Axis {
    fn set(&mut self, source: usize, target: usize) {
        let scale = 1.0 / (target as f64 / source as f64);
        self.from.clear();
        self.weight.clear();
        for i in 0..target {
            let at = scale * (i as f64 + 0.5) - 0.5;
            let whole = at.floor();
            let inside = whole >= 0.0 && whole < (source - 1) as f64;
            let nearest = if whole < 0.0 { 0 } else { source - 1 };
            let fraction = ((at - whole) * 256.0).round_ties_even() as u16;
            self.from
                .push(if inside { whole as u32 } else { nearest as u32 });
            self.weight.push(if inside { fraction } else { 0 });
        }
    }
}

/// A step of 16 outputs whose inputs lie within 32 pixels.
#[derive(Debug)]
struct Step {
    base: usize,
    /// Positions of the 16 left and of the 16 right inputs, from `base`.
    picks: [u8; REACH],
}

/// Scales pictures, and keeps its memory for the next one.
#[derive(Debug, Default)]
pub(super) struct Resizer {
    columns: Axis,
    rows: Axis,
    steps: Vec<Step>,
}

impl Resizer {
    /// Scales `source` to the size of `target`; neither is empty.
    pub(super) fn resize(&mut self, exec: Exec, source: &GrayImage, target: &mut GrayImage) {
        let (width, height) = (target.width(), target.height());
        if (width, height) == (source.width(), source.height()) {
            target.data_mut().copy_from_slice(source.data());
            return;
        }
        self.columns.set(source.width(), width);
        self.rows.set(source.height(), height);
        self.plan(source.width(), width);
        let this = &*self;
        let rows = height.div_ceil(exec.threads.max(1));
        let bands = target.data_mut().chunks_mut(rows * width).enumerate();
        spread(
            exec.threads,
            bands.collect(),
            |(i, band): (usize, &mut [u8])| {
                dispatch!(exec.level, simd => this.fill(simd, source, width, i * rows, band));
            },
        );
    }

    /// Cuts the columns into steps, as far as their inputs lie close enough together.
    fn plan(&mut self, source: usize, target: usize) {
        self.steps.clear();
        for x in (0..target / STEP * STEP).step_by(STEP) {
            let from = &self.columns.from[x..x + STEP];
            let base = (from[0] as usize).min(source.saturating_sub(REACH));
            let right = |&at: &u32| (at as usize + 1).min(source - 1) - base;
            if base + REACH > source || right(&from[STEP - 1]) >= REACH {
                break;
            }
            let mut picks = [0; REACH];
            for (i, at) in from.iter().enumerate() {
                picks[i] = (*at as usize - base) as u8;
                picks[STEP + i] = right(at) as u8;
            }
            self.steps.push(Step { base, picks });
        }
    }

    #[inline(always)]
    fn fill<S: Simd>(
        &self,
        simd: S,
        source: &GrayImage,
        width: usize,
        first: usize,
        band: &mut [u8],
    ) {
        simd.vectorize(
            #[inline(always)]
            || {
                // Two scaled source rows; `held` says which.
                let mut lines = [vec![0u16; width], vec![0u16; width]];
                let mut held = [usize::MAX; 2];
                for (i, out) in band.chunks_exact_mut(width).enumerate() {
                    let top = self.rows.from[first + i] as usize;
                    let bottom = (top + 1).min(source.height() - 1);
                    for row in [top, bottom] {
                        if held[row % 2] != row {
                            self.line(simd, source.row(row), &mut lines[row % 2]);
                            held[row % 2] = row;
                        }
                    }
                    let weight = u32::from(self.rows.weight[first + i]);
                    let (upper, lower) = (&lines[top % 2], &lines[bottom % 2]);
                    for ((out, &a), &b) in out.iter_mut().zip(upper).zip(lower) {
                        let sum = u32::from(a) * (256 - weight) + u32::from(b) * weight;
                        *out = ((sum + (1 << 15)) >> 16) as u8;
                    }
                }
            },
        );
    }

    /// One row scaled horizontally, in 1/256 grey levels.
    #[inline(always)]
    fn line<S: Simd>(&self, simd: S, row: &[u8], line: &mut [u16]) {
        for (i, step) in self.steps.iter().enumerate() {
            let out = &mut line[STEP * i..STEP * (i + 1)];
            let pixels = u8x32::from_slice(simd, &row[step.base..step.base + REACH]);
            let picks = u8x32::from_slice(simd, &step.picks);
            let (left, right) = pixels.swizzle_dyn(picks).widen();
            let weights = &self.columns.weight[STEP * i..STEP * (i + 1)];
            let weights = u16x16::from_slice(simd, weights);
            ((left << 8) + (right - left) * weights).store_slice(out);
        }
        for (x, out) in line.iter_mut().enumerate().skip(STEP * self.steps.len()) {
            let at = self.columns.from[x] as usize;
            let (left, right) = (
                u16::from(row[at]),
                u16::from(row[(at + 1).min(row.len() - 1)]),
            );
            let weight = self.columns.weight[x];
            *out = left * (256 - weight) + right * weight;
        }
    }
}
