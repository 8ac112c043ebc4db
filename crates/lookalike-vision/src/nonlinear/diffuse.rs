//! One level of the scale space from the one before, in a single sweep over the rows.

use fearless_simd::prelude::*;

use super::flow::{Diffusivity, flow_row};
use super::gaussian::blur_row;
use super::lanes::{load, shift_in_left, shift_in_right, store};
use super::rows::{ALIGN, Rows};

/// Scratch memory of [`Diffuser::advance`].
#[derive(Debug, Default)]
pub(crate) struct Diffuser {
    column: Rows,
    scratch: Rows,
    /// Conductance of the last two rows, by parity.
    flow: Rows,
    /// Conductance from each pixel to its right and to its lower neighbour, in a ring of rows.
    east: Rows,
    south: Rows,
    /// Per step: what flowed out of the row above.
    flux: Rows,
    zero: Rows,
}

/// What a sweep needs to know beside the planes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Diffusion<'a> {
    /// Conductance as function of the gradient.
    pub(crate) diffusivity: Diffusivity,
    /// Contrast factor.
    pub(crate) k: f32,
    /// FED step sizes in their order; without steps only the blur is done.
    pub(crate) steps: &'a [f32],
    /// Weights of the Gaussian of 5 taps before the gradient is taken.
    pub(crate) taps: [f32; 3],
}

impl Diffuser {
    /// Writes the blurred `level` to `smooth`, takes the conductances from that, and diffuses
    /// `level` in place by all steps. The four corner pixels stay as they are, like in OpenCV.
    ///
    /// The steps run as a wavefront: when a row has been blurred, step j works on the row 2 + j
    /// above it, so that the rows in work stay in the cache.
    #[inline(always)]
    pub(crate) fn advance<S: Simd>(
        &mut self,
        simd: S,
        level: &mut Rows,
        smooth: &mut Rows,
        diffusion: Diffusion<'_>,
    ) {
        let (width, height, steps) = (level.width(), level.height(), diffusion.steps);
        smooth.resize(width, height);
        self.column.resize(width + 2 * ALIGN, 1);
        if steps.is_empty() {
            for y in 0..height {
                let column = self.column.row_mut(0);
                blur_row(simd, level, y, &diffusion.taps, column, smooth.row_mut(y));
            }
            return;
        }
        self.prepare(width, height, steps.len());
        for front in 0..height + 2 + steps.len() {
            if front < height {
                let column = self.column.row_mut(0);
                blur_row(
                    simd,
                    level,
                    front,
                    &diffusion.taps,
                    column,
                    smooth.row_mut(front),
                );
            }
            if (1..=height).contains(&front) {
                self.conduct(simd, smooth, front - 1, diffusion);
            }
            for (j, &tau) in steps.iter().enumerate() {
                let y = front.wrapping_sub(2 + j);
                if y < height {
                    self.step(simd, level, y, j, tau);
                }
            }
        }
    }

    fn prepare(&mut self, width: usize, height: usize, steps: usize) {
        let kept = (steps + 3).min(height);
        self.scratch.resize(width + 2 * ALIGN, 2);
        self.flow.resize(width, 2);
        self.east.resize(width, kept);
        self.south.resize(width, kept);
        self.flux.resize(width, steps);
        self.zero.resize(width, 1);
    }

    /// Conductances of row `y` eastwards, and of the row above southwards.
    #[inline(always)]
    fn conduct<S: Simd>(&mut self, simd: S, smooth: &Rows, y: usize, diffusion: Diffusion<'_>) {
        let (run, width, height) = (smooth.run(), smooth.width(), smooth.height());
        let kept = self.east.height();
        let kind = (diffusion.diffusivity, diffusion.k);
        let flow = self.flow.row_mut(y % 2);
        flow_row(simd, smooth, y, kind, &mut self.scratch, flow);
        let flow = self.flow.row(y % 2);
        let east = self.east.row_mut(y % kept);
        for x in (0..run).step_by(S::f32s::LEN) {
            let (here, next) = (load(simd, flow, x), load(simd, flow, x + S::f32s::LEN));
            let sum = here + shift_in_right::<S>(here, next);
            store::<S>(sum * 0.5, east, x);
        }
        east[width - 1..].fill(0.0);
        if y > 0 {
            let above = self.flow.row((y - 1) % 2);
            let south = self.south.row_mut((y - 1) % kept);
            for x in (0..run).step_by(S::f32s::LEN) {
                store::<S>((load(simd, above, x) + load(simd, flow, x)) * 0.5, south, x);
            }
        }
        if y + 1 == height {
            self.south.row_mut(y % kept).fill(0.0);
        }
    }

    /// Step `j` on row `y`.
    #[inline(always)]
    fn step<S: Simd>(&mut self, simd: S, level: &mut Rows, y: usize, j: usize, tau: f32) {
        let (width, run, height) = (level.width(), level.run(), level.height());
        let kept = self.east.height();
        let edges = [self.east.row(y % kept), self.south.row(y % kept)];
        let flux = self.flux.row_mut(j);
        if y == 0 {
            flux.fill(0.0);
        }
        if y + 1 < height {
            let (row, below) = level.row_and_next(y);
            let corners = (row[0], row[width - 1]);
            step_row(simd, run, [row, flux], below, edges, tau);
            if y == 0 {
                (row[0], row[width - 1]) = corners;
            }
        } else {
            let row = level.row_mut(y);
            let corners = (row[0], row[width - 1]);
            step_row(simd, run, [row, flux], self.zero.row(0), edges, tau);
            (row[0], row[width - 1]) = corners;
        }
    }
}

/// One explicit step on one row: `row += tau (east - west + south - north)`, where `flux` holds
/// what flows in from the north and takes what flows out to the south.
#[inline(always)]
fn step_row<S: Simd>(
    simd: S,
    run: usize,
    [row, flux]: [&mut [f32]; 2],
    below: &[f32],
    [east, south]: [&[f32]; 2],
    tau: f32,
) {
    let lanes = S::f32s::LEN;
    let tau = S::f32s::splat(simd, tau);
    let mut here = load(simd, row, 0);
    let mut to_east_before = S::f32s::splat(simd, 0.0);
    for x in (0..run).step_by(lanes) {
        let next = load(simd, row, x + lanes);
        let to_east = load(simd, east, x) * (shift_in_right::<S>(here, next) - here);
        let to_south = load(simd, south, x) * (load(simd, below, x) - here);
        let across = to_east - shift_in_left::<S>(to_east_before, to_east);
        let down = to_south - load(simd, flux, x);
        store::<S>(to_south, flux, x);
        store::<S>(down.mul_add(tau, across.mul_add(tau, here)), row, x);
        here = next;
        to_east_before = to_east;
    }
}
