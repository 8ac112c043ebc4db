//! The nonlinear scale space of a picture, level by level.

use fearless_simd::{Simd, dispatch};

use super::params::Level;
use crate::area::{Share, shares};
use crate::nonlinear::diffuse::{Diffuser, Diffusion};
use crate::nonlinear::{Diffusivity, Rows, contrast, gaussian};
use crate::{Exec, GrayImage};

/// Share of the gradients that lie below the contrast factor.
const PERCENTILE: f32 = 0.7;
/// The contrast factor shrinks so with every octave.
const CONTRAST_DECAY: f32 = 0.75;

/// Grows the levels.
#[derive(Debug)]
pub(super) struct Space {
    exec: Exec,
    diffusivity: Diffusivity,
    k: f32,
    picture: Rows,
    magnitudes: Rows,
    column: Rows,
    scratch: Rows,
    diffuser: Diffuser,
    shares: [Vec<Share>; 2],
}

impl Space {
    pub(super) fn new(exec: Exec, diffusivity: Diffusivity) -> Self {
        Self {
            exec,
            diffusivity,
            k: 0.0,
            picture: Rows::default(),
            magnitudes: Rows::default(),
            column: Rows::default(),
            scratch: Rows::default(),
            diffuser: Diffuser::default(),
            shares: Default::default(),
        }
    }

    /// Level 0, the picture blurred by sigma 1.6, which is also what its features are taken from.
    pub(super) fn start(&mut self, image: &GrayImage, light: &mut Rows, smooth: &mut Rows) {
        self.picture.resize(image.width(), image.height());
        for y in 0..image.height() {
            for (to, &from) in self.picture.row_mut(y).iter_mut().zip(image.row(y)) {
                *to = f32::from(from) * (1.0 / 255.0);
            }
        }
        let (picture, column) = (&self.picture, &mut self.column);
        let taps = gaussian::taps::<5>(1.6);
        dispatch!(self.exec.level, simd => gaussian::blur(simd, picture, &taps, light, column));
        smooth.copy_from(light);
    }

    /// The contrast factor, from the picture of the last [`start`](Self::start). `lent` serves as
    /// scratch memory.
    pub(super) fn measure_contrast(&mut self, lent: &mut Rows) {
        dispatch!(self.exec.level, simd => self.measure_contrast_simd(simd, lent));
    }

    #[inline(always)]
    fn measure_contrast_simd<S: Simd>(&mut self, simd: S, smooth: &mut Rows) {
        let taps = gaussian::taps::<3>(1.0);
        gaussian::blur(simd, &self.picture, &taps, smooth, &mut self.column);
        let scratch = &mut self.scratch;
        let largest = contrast::magnitudes(simd, smooth, &mut self.magnitudes, scratch);
        self.k = contrast::factor_without_background(&self.magnitudes, largest, PERCENTILE);
    }

    /// Goes on by one level: `light` becomes the next one, `smooth` what its features are taken
    /// from, which is blurred before the diffusion.
    pub(super) fn advance(
        &mut self,
        before: &Rows,
        level: &Level,
        light: &mut Rows,
        smooth: &mut Rows,
    ) {
        if (before.width(), before.height()) == level.size {
            light.copy_from(before);
        } else {
            self.halve(before, level.size, light);
            self.k *= CONTRAST_DECAY;
        }
        let diffusion = Diffusion {
            diffusivity: self.diffusivity,
            k: self.k,
            steps: &level.steps,
            taps: gaussian::taps(1.0),
        };
        let diffuser = &mut self.diffuser;
        dispatch!(self.exec.level, simd => diffuser.advance(simd, light, smooth, diffusion));
    }

    /// Means over areas.
    fn halve(&mut self, from: &Rows, (width, height): (usize, usize), to: &mut Rows) {
        to.resize(width, height);
        self.column.resize(from.width(), 1);
        let [across, down] = &mut self.shares;
        shares(from.width(), width, across);
        shares(from.height(), height, down);
        let line = self.column.row_mut(0);
        for rows in down.chunk_by(|a, b| a.to == b.to) {
            line.fill(0.0);
            for share in rows {
                for (sum, v) in line.iter_mut().zip(from.row(share.from)) {
                    *sum += v * share.weight;
                }
            }
            let out = to.row_mut(rows[0].to);
            out.fill(0.0);
            for share in &*across {
                out[share.to] += line[share.from] * share.weight;
            }
        }
    }
}
