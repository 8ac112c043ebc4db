//! One level of the pyramid: its corners and their descriptors.

use fearless_simd::{Simd, dispatch};

use super::blur::Blur;
use super::describe::{BYTES, Pattern};
use super::measure::{HARRIS_REACH, angle, harris};
use super::patch::{Patch, PatchBuffer};
use super::select::{Strength, retain_best};
use super::{OrbParams, OrbScore};
use crate::fast::{Corner, Scanner, Window};
use crate::{Exec, FastParams, GrayImage};

/// A corner in the coordinates of its level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub x: i32,
    pub y: i32,
    pub response: f32,
    pub angle: f32,
}

impl Strength for Point {
    fn strength(&self) -> f32 {
        self.response
    }
}

/// What does not change from picture to picture.
#[derive(Debug)]
pub(super) struct Plan {
    pub params: OrbParams,
    pub pattern: Pattern,
    /// Half widths of the rows of the disc that gives the orientation.
    pub disc: Vec<i32>,
}

/// The points of one level, and the memory to find them.
#[derive(Debug, Default)]
pub(super) struct Level {
    pub points: Vec<Point>,
    pub rows: Vec<u8>,
    scanner: Scanner,
    corners: Vec<Corner>,
    blur: Blur,
    buffer: PatchBuffer,
    offsets: Vec<i32>,
}

impl Level {
    /// Finds the `count` best corners of the level, and their angles.
    pub(super) fn detect(&mut self, exec: Exec, plan: &Plan, image: &GrayImage, count: usize) {
        let params = &plan.params;
        let fast = FastParams {
            threshold: params.fast_threshold,
            ..FastParams::default()
        };
        let (width, height) = (image.width(), image.height());
        let window = Window::inside(width, height, params.edge_threshold as usize);
        (self.scanner).scan(exec, (image.data(), width), window, fast, &mut self.corners);
        self.points.clear();
        self.points.extend(self.corners.iter().map(|corner| Point {
            x: corner.x as i32,
            y: corner.y as i32,
            response: f32::from(corner.strength - 1),
            angle: -1.0,
        }));
        match params.score_type {
            OrbScore::Fast => retain_best(&mut self.points, count),
            OrbScore::Harris => {
                // FAST's score is a poor one: twice as many get a second chance.
                retain_best(&mut self.points, 2 * count);
                dispatch!(exec.level, simd => self.score(simd, image));
                retain_best(&mut self.points, count);
            }
        }
        dispatch!(exec.level, simd => self.orient(simd, plan, image));
    }

    #[inline(always)]
    fn score<S: Simd>(&mut self, simd: S, image: &GrayImage) {
        for point in &mut self.points {
            let at = (point.x, point.y);
            let patch = Patch::around((image, image), at, HARRIS_REACH, &mut self.buffer);
            point.response = harris(simd, &patch);
        }
    }

    #[inline(always)]
    fn orient<S: Simd>(&mut self, simd: S, plan: &Plan, image: &GrayImage) {
        let reach = plan.disc.len() as i32 - 1;
        for point in &mut self.points {
            let at = (point.x, point.y);
            let patch = Patch::around((image, image), at, reach, &mut self.buffer);
            point.angle = angle(simd, &patch, &plan.disc);
        }
    }

    /// Describes the points.
    pub(super) fn describe(&mut self, exec: Exec, plan: &Plan, image: &GrayImage) {
        self.rows.clear();
        self.rows.resize(BYTES * self.points.len(), 0);
        if self.points.is_empty() {
            return;
        }
        self.blur.start(image);
        for point in &self.points {
            self.blur.want((point.x, point.y), plan.pattern.reach());
        }
        self.blur.fill(exec, image);
        dispatch!(exec.level, simd => self.test(simd, &plan.pattern, image));
    }

    #[inline(always)]
    fn test<S: Simd>(&mut self, simd: S, pattern: &Pattern, image: &GrayImage) {
        let reach = pattern.reach();
        for (point, row) in self.points.iter().zip(self.rows.chunks_exact_mut(BYTES)) {
            let at = (point.x, point.y);
            // OpenCV does not smooth the mirrored pixels outside of the level.
            let images = (self.blur.image(), image);
            let patch = Patch::around(images, at, reach, &mut self.buffer);
            simd.vectorize(
                #[inline(always)]
                || pattern.describe(simd, &patch, point.angle, &mut self.offsets, row),
            );
        }
    }
}
