//! From a picture to its levels and their points: one thread grows the scale space, the others
//! take the finished levels and look for points in them.

use std::sync::{Mutex, mpsc};

use fearless_simd::dispatch;

use super::extrema;
use super::params::{AkazeParams, Level};
use super::points::{Points, compare_levels};
use super::space::Space;
use crate::nonlinear::Rows;
use crate::nonlinear::hessian::{Gradients, Hessian};
use crate::{Exec, GrayImage};

/// The scale space of a picture, and the memory for it.
#[derive(Debug)]
pub(super) struct Pipeline {
    exec: Exec,
    threshold: f32,
    size: (usize, usize),
    levels: Vec<Level>,
    space: Space,
    /// Per level: brightness after its diffusion, derivatives, points.
    light: Vec<Rows>,
    gradients: Vec<Gradients>,
    points: Vec<Points>,
    responders: Vec<Responder>,
    spare: Vec<Rows>,
}

/// A level that has been blurred, and where its features go.
struct Job<'a> {
    level: &'a Level,
    gradients: &'a mut Gradients,
    points: &'a mut Points,
}

/// What one thread needs to find points.
#[derive(Debug, Default)]
struct Responder {
    hessian: Hessian,
    det: Rows,
}

impl Responder {
    /// Derivatives and points of a level.
    fn respond(&mut self, exec: Exec, threshold: f32, job: Job<'_>, smooth: &Rows) {
        let Self { hessian, det } = self;
        let Job {
            level,
            gradients,
            points,
        } = job;
        points.clear();
        dispatch!(exec.level, simd => {
            hessian.run(simd, smooth, level.step, det, Some(gradients));
            extrema::find(simd, det, level, threshold, points);
        });
    }
}

impl Pipeline {
    pub(super) fn new(params: &AkazeParams, exec: Exec) -> Self {
        Self {
            exec,
            threshold: params.threshold,
            size: (0, 0),
            levels: Vec::new(),
            space: Space::new(exec, params.diffusivity),
            light: Vec::new(),
            gradients: Vec::new(),
            points: Vec::new(),
            responders: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// The levels of the last picture.
    pub(super) fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Prepares for a picture of this size.
    pub(super) fn set_size(&mut self, params: &AkazeParams, width: usize, height: usize) {
        if self.size == (width, height) && !self.levels.is_empty() {
            return;
        }
        self.size = (width, height);
        self.levels = params.levels(width, height);
        let count = self.levels.len();
        self.light.resize_with(count, Rows::default);
        self.gradients.resize_with(count, Rows::default);
        self.points.resize_with(count, Points::default);
    }

    /// Level `index`: brightness and derivatives.
    pub(super) fn planes(&self, index: usize) -> (&Rows, &Gradients) {
        (&self.light[index], &self.gradients[index])
    }

    /// The points of level `index`.
    pub(super) fn points(&self, index: usize) -> &Points {
        &self.points[index]
    }

    /// Grows the scale space of a picture of the size prepared for, and finds its points.
    pub(super) fn run(&mut self, image: &GrayImage) {
        let (exec, threshold) = (self.exec, self.threshold);
        let threads = exec.threads.clamp(1, self.levels.len());
        self.responders.resize_with(threads, Responder::default);
        let jobs: Vec<Job<'_>> = (self.levels.iter())
            .zip(&mut self.gradients)
            .zip(&mut self.points)
            .map(|((level, gradients), points)| Job {
                level,
                gradients,
                points,
            })
            .collect();
        let growth = Growth {
            space: &mut self.space,
            levels: &self.levels,
            light: &mut self.light,
            image,
        };
        let (first, others) = self.responders.split_at_mut(1);
        let first = &mut first[0];
        let smooth = self.spare.pop().unwrap_or_default();
        if others.is_empty() {
            let last = growth.run(jobs, smooth, |job, smooth| {
                first.respond(exec, threshold, job, &smooth);
                smooth
            });
            self.spare.push(last);
        } else {
            let (to_do, waiting) = mpsc::channel::<(Job<'_>, Rows)>();
            let (waiting, spare) = (Mutex::new(waiting), Mutex::new(&mut self.spare));
            let next = || waiting.lock().ok().and_then(|w| w.recv().ok());
            let work = |responder: &mut Responder| {
                while let Some((job, smooth)) = next() {
                    responder.respond(exec, threshold, job, &smooth);
                    if let Ok(mut spare) = spare.lock() {
                        spare.push(smooth);
                    }
                }
            };
            std::thread::scope(|scope| {
                for responder in others {
                    scope.spawn(|| work(responder));
                }
                growth.run(jobs, smooth, |job, smooth| {
                    // The receiver lives as long as this scope.
                    let _ = to_do.send((job, smooth));
                    spare
                        .lock()
                        .ok()
                        .and_then(|mut s| s.pop())
                        .unwrap_or_default()
                });
                drop(to_do);
                work(first);
            });
        }
        compare_levels(&self.levels, &mut self.points);
    }
}

/// The part that must go level by level.
struct Growth<'a> {
    space: &'a mut Space,
    levels: &'a [Level],
    light: &'a mut [Rows],
    image: &'a GrayImage,
}

impl Growth<'_> {
    /// Hands each blurred level on to `sink`, which gives a plane back, this one or another.
    fn run<'j>(
        self,
        jobs: Vec<Job<'j>>,
        mut smooth: Rows,
        mut sink: impl FnMut(Job<'j>, Rows) -> Rows,
    ) -> Rows {
        let Self {
            space,
            levels,
            light,
            image,
        } = self;
        for (i, job) in jobs.into_iter().enumerate() {
            if i == 0 {
                space.start(image, &mut light[0], &mut smooth);
            } else {
                let (before, here) = light.split_at_mut(i);
                space.advance(&before[i - 1], &levels[i], &mut here[0], &mut smooth);
            }
            smooth = sink(job, smooth);
            if i == 0 && levels.len() > 1 {
                space.measure_contrast(&mut smooth);
            }
        }
        smooth
    }
}
