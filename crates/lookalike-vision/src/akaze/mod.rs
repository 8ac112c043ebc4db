//! AKAZE: blobs of a nonlinear scale space, described by bits.
//!
//! P. F. Alcantarilla, J. Nuevo, A. Bartoli, *Fast Explicit Diffusion for Accelerated Features in
//! Nonlinear Scale Spaces*, BMVC 2013 ("the paper" below); in the conventions of `cv::AKAZE`.
//!
//! # Steps
//! 1. The picture, blurred by sigma 1.6, is level 0. Each further level comes from the one before
//!    by diffusion that stops at edges (section 3.1). How strong an edge has to be is measured
//!    once: 70 % of the gradients lie below the contrast factor. Every octave has half the width
//!    and height of the one before, and three quarters of its contrast factor.
//! 2. The response of a level is the determinant of the Hessian, from derivatives at one and a
//!    half times the level's scale (3.2). Unlike KAZE's, they are taken before the level's own
//!    diffusion.
//! 3. Points are pixels larger than the eight around. Of points close to each other, within a
//!    level and then in neighbouring levels, the weaker one goes; the rest is refined to
//!    fractions of a pixel (3.2).
//! 4. The angle: the strongest 60 degrees of the gradients within 6 steps (3.3).
//! 5. The descriptor, M-LDB: a turned square is cut into 2 x 2, 3 x 3 and 4 x 4 cells, and all
//!    cells of a grid are compared with each other in brightness and in both parts of the gradient:
//!    486 bits (3.4). Or KAZE's 64 floats.
//!
//! # What comes out
//! Keypoints by level, then in raster order; `octave` is the octave, `class_id` the level,
//! `size` twice one and a half times the level's scale. The binary descriptors are compared by
//! Hamming distance, the others by Euclidean.
//!
//! # When to choose it
//! Where descriptors must be small and cheap to compare, and ORB's are not good enough: 61 bytes
//! that match nearly as well as SIFT's 128 numbers under rotation, scale, blur and compression.
//!
//! # Costs
//! With four levels an octave, five and a third times the pixels pass through the steps 1 to 3,
//! and a keypoint costs about a microsecond. Memory: about 12 bytes a pixel and level.
//!
//! # Measured
//! Time to detect and compute on one thread, and how many times as fast that is as OpenCV
//! (`bench/run.sh features`, Intel(R) Xeon(R) Processor avx512f, 2026-11-27); repeatability /
//! matching score of the 500 strongest keypoints after a change of the picture (`bench/run.sh
//! quality`, AMD EPYC avx512f, 2026-11-23). All numbers are in `bench/results`.
//!
//! | 640 x 480 | 1600 x 1200 | rotation | scale | blur | JPEG |
//! |---|---|---|---|---|---|
//! | 12.2 ms, 3.9 x | 87.2 ms, 3.6 x | 0.82 / 0.67 | 0.71 / 0.51 | 0.85 / 0.64 | 0.91 / 0.76 |

mod bits;
mod cells;
mod extrema;
mod orientation;
mod params;
mod pipeline;
mod points;
mod space;

use fearless_simd::{Simd, dispatch};
use rayon::prelude::*;

pub use self::params::{AkazeDescriptor, AkazeParams};

use self::bits::Selection;
use self::cells::{Pattern, Source, sum_cells};
use self::pipeline::Pipeline;
use crate::kaze::{AtScale, Derivatives, PADDED, Patch, Places, SAMPLES, describe};
use crate::{
    DescriptorKind, Descriptors, Error, Exec, Feature2d, Features, GrayImage, Keypoint, Result,
};

/// The AKAZE detector and descriptor, `cv::AKAZE`.
#[derive(Debug)]
pub struct Akaze {
    params: AkazeParams,
    exec: Exec,
    pipeline: Pipeline,
    samples: orientation::Samples,
    selection: Selection,
}

impl Akaze {
    /// A worker with these parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] where one is out of range.
    pub fn new(params: AkazeParams, exec: Exec) -> Result<Self> {
        params.check()?;
        let upright = params.descriptor_type == AkazeDescriptor::MldbUpright;
        let (size, channels) = (params.descriptor_size, params.descriptor_channels);
        Ok(Self {
            params,
            exec,
            pipeline: Pipeline::new(&params, exec),
            samples: orientation::Samples::new(),
            selection: Selection::new(size, channels, upright),
        })
    }

    /// The parameters it was made with.
    pub fn params(&self) -> &AkazeParams {
        &self.params
    }

    /// Steps 1 to 4; leaves the scale space behind.
    fn find(&mut self, image: &GrayImage) -> Vec<Keypoint> {
        self.pipeline
            .set_size(&self.params, image.width(), image.height());
        let room = |l: &params::Level| l.size.0.min(l.size.1) > 2 * l.border;
        if !self.pipeline.levels().iter().any(room) {
            return Vec::new();
        }
        self.pipeline.run(image);
        let mut keypoints = self.keypoints();
        let most = usize::try_from(self.params.max_points).unwrap_or(0);
        if (1..keypoints.len()).contains(&most) {
            keypoints.sort_by(|a, b| b.response.total_cmp(&a.response));
            keypoints.truncate(most);
        }
        self.spread(&mut keypoints, |simd_level, part| {
            dispatch!(simd_level, simd => self.orient(simd, part));
        });
        keypoints
    }

    /// The points that are left, refined.
    fn keypoints(&self) -> Vec<Keypoint> {
        let mut keypoints = Vec::new();
        for (i, level) in self.pipeline.levels().iter().enumerate() {
            let ratio = level.ratio as f32;
            let alive = self.pipeline.points(i).list().iter().filter(|p| p.alive);
            keypoints.extend(alive.filter_map(|p| {
                let [dx, dy] = p.offset?;
                let place = |at: u32, d: f32| at as f32 * ratio + (d * ratio + 0.5 * (ratio - 1.0));
                Some(Keypoint {
                    x: place(p.x, dx),
                    y: place(p.y, dy),
                    size: level.diameter,
                    angle: 0.0,
                    response: p.response,
                    octave: level.octave as i32,
                    class_id: i as i32,
                })
            }));
        }
        keypoints
    }

    /// Sets the angles.
    #[inline(always)]
    fn orient<S: Simd>(&self, simd: S, keypoints: &mut [Keypoint]) {
        for k in keypoints {
            let place = Place::new(k);
            let centre = (
                place.x.round_ties_even() as i32,
                place.y.round_ties_even() as i32,
            );
            let gradients = self.pipeline.planes(k.class_id as usize).1;
            let step = place.step as i32;
            k.angle = orientation::orientation(simd, gradients, &self.samples, centre, step);
        }
    }

    /// Shares keypoints out among the threads.
    fn spread(
        &self,
        keypoints: &mut [Keypoint],
        work: impl Fn(crate::Level, &mut [Keypoint]) + Sync,
    ) {
        let share = keypoints.len().div_ceil(self.exec.threads).max(1);
        if self.exec.threads > 1 {
            keypoints
                .par_chunks_mut(share)
                .for_each(|part| work(self.exec.level, part));
        } else {
            work(self.exec.level, keypoints);
        }
    }

    /// Step 5, from the scale space of the picture.
    fn describe(&self, keypoints: &[Keypoint]) -> Descriptors {
        let (kind, length) = self.params.layout();
        let share = keypoints.len().div_ceil(self.exec.threads).max(1);
        let threads = self.exec.threads;
        match kind {
            DescriptorKind::U8 => {
                let mut rows = vec![0; keypoints.len() * length];
                share_out(
                    threads,
                    keypoints,
                    &mut rows,
                    (share, length),
                    |part, rows| {
                        dispatch!(self.exec.level, simd => self.write_bits(simd, part, rows, length));
                    },
                );
                Descriptors::from_u8(length, rows)
            }
            DescriptorKind::F32 => {
                let mut rows = vec![0.0; keypoints.len() * length];
                share_out(
                    threads,
                    keypoints,
                    &mut rows,
                    (share, length),
                    |part, rows| {
                        dispatch!(self.exec.level, simd => self.write_floats(simd, part, rows, length));
                    },
                );
                Descriptors::from_f32(length, rows)
            }
        }
    }

    #[inline(always)]
    fn write_bits<S: Simd>(&self, simd: S, keypoints: &[Keypoint], rows: &mut [u8], length: usize) {
        let upright = self.params.descriptor_type == AkazeDescriptor::MldbUpright;
        let lengths = self.params.descriptor_channels == 2;
        for (k, row) in keypoints.iter().zip(rows.chunks_exact_mut(length)) {
            let place = Place::new(k);
            let turn = if upright {
                (0.0, 1.0)
            } else {
                k.angle.to_radians().sin_cos()
            };
            let (light, gradients) = self.pipeline.planes(k.class_id as usize);
            let source = Source { light, gradients };
            let pattern = Pattern {
                x: place.x,
                y: place.y,
                step: place.step,
                turn,
            };
            let cells = sum_cells(simd, source, pattern, lengths);
            let turn = if lengths { (0.0, 1.0) } else { turn };
            self.selection.write(simd, &cells, turn, row);
        }
    }

    #[inline(always)]
    fn write_floats<S: Simd>(
        &self,
        simd: S,
        keypoints: &[Keypoint],
        rows: &mut [f32],
        length: usize,
    ) {
        let upright = self.params.descriptor_type == AkazeDescriptor::KazeUpright;
        for (k, row) in keypoints.iter().zip(rows.chunks_exact_mut(length)) {
            let Place { x, y, step } = Place::new(k);
            let angle = Some(if upright { 0.0 } else { k.angle });
            let source = Inside(AtScale(self.pipeline.planes(k.class_id as usize).1));
            describe(simd, &source, Patch { x, y, step, angle }, row);
            if upright {
                transpose(row);
            }
        }
    }
}

/// The upright floats go through rows first where the turned ones go through columns.
fn transpose(row: &mut [f32]) {
    let old: [f32; 64] = std::array::from_fn(|i| row[i]);
    for (i, v) in row.iter_mut().enumerate() {
        let (region, part) = (i / 4, i % 4);
        *v = old[(region % 4 * 4 + region / 4) * 4 + (part ^ 1)];
    }
}

/// Shares keypoints and the rows of their descriptors out among the threads.
fn share_out<T: Send>(
    threads: usize,
    keypoints: &[Keypoint],
    rows: &mut [T],
    (share, length): (usize, usize),
    work: impl Fn(&[Keypoint], &mut [T]) + Sync,
) {
    if threads > 1 {
        let rows = rows.par_chunks_mut(share * length);
        keypoints
            .par_chunks(share)
            .zip(rows)
            .for_each(|(k, r)| work(k, r));
    } else {
        work(keypoints, rows);
    }
}

/// A keypoint in pixels of its level.
struct Place {
    x: f32,
    y: f32,
    step: f32,
}

impl Place {
    fn new(k: &Keypoint) -> Self {
        let ratio = (1_u32 << k.octave) as f32;
        Self {
            x: k.x / ratio,
            y: k.y / ratio,
            step: (0.5 * k.size / ratio).round_ties_even(),
        }
    }
}

/// Derivatives that are zero where one of the four pixels lies outside of the level.
struct Inside<'a>(AtScale<'a>);

impl Derivatives for Inside<'_> {
    #[inline(always)]
    fn size(&self) -> (usize, usize) {
        self.0.size()
    }

    #[inline(always)]
    fn at(&self, x: usize, y: usize) -> [f32; 2] {
        self.0.at(x, y)
    }

    #[inline(always)]
    fn between<S: Simd>(
        &self,
        simd: S,
        places: &Places,
        dx: &mut [f32; PADDED],
        dy: &mut [f32; PADDED],
    ) {
        self.0.between(simd, places, dx, dy);
        let (width, height) = self.size();
        for i in 0..SAMPLES {
            // A place outside has been moved to the border, and its fraction tells.
            let known = (0.0..1.0).contains(&places.fx[i]) && (0.0..1.0).contains(&places.fy[i]);
            let (right, below) = (places.x[i] as usize + 1, places.y[i] as usize + 1);
            if !known || right >= width || below >= height {
                (dx[i], dy[i]) = (0.0, 0.0);
            }
        }
    }
}

impl Feature2d for Akaze {
    fn name(&self) -> &'static str {
        "akaze"
    }

    fn descriptor_layout(&self) -> (DescriptorKind, usize) {
        self.params.layout()
    }

    fn detect(&mut self, image: &GrayImage) -> Result<Vec<Keypoint>> {
        Ok(self.find(image))
    }

    /// Describes keypoints at the angle that they have.
    ///
    /// # Errors
    /// [`Error::Parameter`] where a `class_id` is no level of this picture's scale space, or an
    /// `octave` is not from 0 to 30.
    fn compute(&mut self, image: &GrayImage, keypoints: &mut Vec<Keypoint>) -> Result<Descriptors> {
        if image.data().is_empty() {
            keypoints.clear();
        }
        self.pipeline
            .set_size(&self.params, image.width(), image.height());
        let count = self.pipeline.levels().len();
        for k in &*keypoints {
            let refuse = |parameter, value: i32| Error::Parameter {
                algorithm: "akaze",
                parameter,
                value: value.to_string(),
                expected: "a level of the scale space, as detect sets it",
            };
            if !usize::try_from(k.class_id).is_ok_and(|c| c < count) {
                return Err(refuse("class-id", k.class_id));
            }
            if !(0..31).contains(&k.octave) {
                return Err(refuse("octave", k.octave));
            }
        }
        if !keypoints.is_empty() {
            self.pipeline.run(image);
        }
        Ok(self.describe(keypoints))
    }

    fn detect_and_compute(&mut self, image: &GrayImage) -> Result<Features> {
        let keypoints = self.find(image);
        let descriptors = self.describe(&keypoints);
        Ok(Features {
            keypoints,
            descriptors,
        })
    }
}
