//! The nonlinear scale space of a picture, level by level.

use fearless_simd::{Level, Simd, dispatch};

use crate::nonlinear::diffuse::{Diffuser, Diffusion};
use crate::nonlinear::{Diffusivity, Rows, contrast, gaussian};
use crate::{Exec, GrayImage};

/// Share of the gradients that lie below the contrast factor.
const PERCENTILE: f32 = 0.7;

/// The level that is being diffused.
#[derive(Debug)]
pub(super) struct Space {
    simd: Level,
    diffusivity: Diffusivity,
    level: Rows,
    k: f32,
    diffuser: Diffuser,
    column: Rows,
    scratch: Rows,
}

impl Space {
    pub(super) fn new(exec: Exec, diffusivity: Diffusivity) -> Self {
        Self {
            simd: exec.level,
            diffusivity,
            level: Rows::default(),
            k: 0.0,
            diffuser: Diffuser::default(),
            column: Rows::default(),
            scratch: Rows::default(),
        }
    }

    /// Level 0: the picture, blurred by sigma 1.6; and from it the contrast factor. The planes
    /// of `lent` serve as scratch memory.
    pub(super) fn start(&mut self, image: &GrayImage, lent: [&mut Rows; 2]) {
        dispatch!(self.simd, simd => self.start_simd(simd, image, lent));
    }

    #[inline(always)]
    fn start_simd<S: Simd>(&mut self, simd: S, image: &GrayImage, [a, b]: [&mut Rows; 2]) {
        a.resize(image.width(), image.height());
        for y in 0..image.height() {
            for (to, &from) in a.row_mut(y).iter_mut().zip(image.row(y)) {
                *to = f32::from(from) * (1.0 / 255.0);
            }
        }
        let column = &mut self.column;
        gaussian::blur(simd, a, &gaussian::taps::<5>(1.6), &mut self.level, column);
        gaussian::blur(simd, &self.level, &gaussian::taps::<3>(1.0), a, column);
        let largest = contrast::magnitudes(simd, a, b, &mut self.scratch);
        self.k = contrast::factor(b, largest, PERCENTILE);
    }

    /// Goes on by one level: writes the blurred current level to `smooth`, from which the new
    /// level's features are taken, then diffuses by `steps`.
    pub(super) fn advance(&mut self, steps: &[f32], smooth: &mut Rows) {
        // OpenCV's KAZE has no formula for Charbonnier and leaves the conductance at zero.
        let still = self.diffusivity == Diffusivity::Charbonnier;
        let diffusion = Diffusion {
            diffusivity: self.diffusivity,
            k: self.k,
            steps: if still { &[] } else { steps },
            taps: gaussian::taps(1.0),
        };
        let (level, diffuser) = (&mut self.level, &mut self.diffuser);
        dispatch!(self.simd, simd => diffuser.advance(simd, level, smooth, diffusion));
    }
}
