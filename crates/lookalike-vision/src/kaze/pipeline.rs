//! From a picture to features: levels stream through, and each is dropped when nobody can read
//! it any more.

use std::sync::mpsc;

use fearless_simd::{Simd, dispatch};

use super::descriptor::{Patch, describe, reach};
use super::entries::{Entries, Entry};
use super::extrema::{self, Candidate};
use super::orientation::orientation;
use super::params::{KazeParams, Level};
use super::sampling::{Derivatives, InWindow, OnTheFly};
use super::space::Space;
use super::strongest::Strongest;
use crate::nonlinear::Rows;
use crate::nonlinear::hessian::{GradientWindow, Hessian};
use crate::{Descriptors, Error, Exec, Features, GrayImage, Keypoint, Result};

/// Blurred levels that may wait for the second thread.
const SPARE: usize = 2;

/// What a run is to deliver.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wanted {
    /// Keypoints without angle and descriptors.
    Keypoints,
    /// Descriptors from the derivatives at the level's scale.
    Features,
    /// So many of the strongest, with descriptors from plain Scharr derivatives.
    Strongest(usize),
}

/// The worker behind [`Kaze`](super::Kaze).
#[derive(Debug)]
pub(super) struct Pipeline {
    params: KazeParams,
    exec: Exec,
    levels: Vec<Level>,
    space: Space,
    respond: Respond,
    /// Planes on their way between two threads.
    spare: Vec<Rows>,
}

/// The part that takes blurred levels and makes features of them.
#[derive(Debug, Default)]
struct Respond {
    /// Responses of the last three levels, by index modulo 3; the last plane is level 0's where
    /// that differs from level 1's.
    det: [Rows; 4],
    /// Blurred levels, from which descriptors are sampled, in the same way.
    smooth: [Rows; 3],
    window: GradientWindow,
    hessian: Hessian,
    /// Maxima within the last two levels, by index modulo 2.
    peaks: [Vec<(u32, u32)>; 2],
    found: Vec<Candidate>,
    entries: Entries,
    /// Per entry: angle and descriptor, where it has been described.
    described: Vec<(usize, f32)>,
    numbers: Vec<f32>,
}

impl Pipeline {
    pub(super) fn new(params: KazeParams, exec: Exec) -> Self {
        Self {
            params,
            exec,
            levels: params.levels(),
            space: Space::new(exec, params.diffusivity),
            respond: Respond::default(),
            spare: (0..SPARE).map(|_| Rows::default()).collect(),
        }
    }

    pub(super) fn params(&self) -> &KazeParams {
        &self.params
    }

    /// Finds keypoints, and describes them as `wanted` says.
    pub(super) fn run(&mut self, image: &GrayImage, wanted: Wanted) -> Features {
        let empty = image.width() < 3 || image.height() < 3 || self.levels.len() < 3;
        let mut job = Job {
            params: &self.params,
            exec: self.exec,
            levels: &self.levels,
            size: (image.width(), image.height()),
            wanted,
            strongest: Strongest::default(),
        };
        self.respond.entries.clear();
        self.respond.described.clear();
        self.respond.numbers.clear();
        if !empty {
            let [a, b, ..] = &mut self.respond.det;
            self.space.start(image, [a, b]);
            if self.exec.threads > 1 {
                two_threads(
                    &mut self.space,
                    &mut self.respond,
                    &mut self.spare,
                    &mut job,
                );
            } else {
                for l in 1..job.levels.len() {
                    self.space
                        .advance(steps(job.levels, l), &mut self.respond.smooth[l % 3]);
                    self.respond.level(&mut job, l);
                }
            }
        }
        self.respond.features(job)
    }

    /// Describes keypoints from plain derivatives.
    pub(super) fn compute(
        &mut self,
        image: &GrayImage,
        keypoints: &mut Vec<Keypoint>,
    ) -> Result<Descriptors> {
        let count = self.levels.len();
        if let Some(bad) = keypoints
            .iter()
            .find(|k| !usize::try_from(k.class_id).is_ok_and(|c| c < count))
        {
            return Err(Error::Parameter {
                algorithm: "kaze",
                parameter: "class-id",
                value: bad.class_id.to_string(),
                expected: "a level of the scale space, as detect sets it",
            });
        }
        let length = self.params.descriptor_length();
        if image.data().is_empty() {
            keypoints.clear();
        }
        let mut numbers = vec![0.0; keypoints.len() * length];
        let last = keypoints.iter().map(|k| k.class_id).max();
        if let Some(last) = last {
            let [a, b, ..] = &mut self.respond.det;
            self.space.start(image, [a, b]);
            let smooth = &mut self.respond.smooth[0];
            for l in 1..=(last as usize).max(1) {
                let steps: &[f32] = if l < last as usize {
                    &self.levels[l].steps
                } else {
                    &[]
                };
                self.space.advance(steps, smooth);
                // Level 0 is blurred like level 1.
                let here = |k: &Keypoint| k.class_id.max(1) as usize == l;
                let rows = keypoints.iter_mut().zip(numbers.chunks_exact_mut(length));
                let (smooth, upright) = (&*smooth, self.params.upright);
                dispatch!(self.exec.level, simd => {
                    for (keypoint, out) in rows.filter(|(k, _)| here(k)) {
                        keypoint.angle = describe_one(simd, &OnTheFly(smooth), keypoint, upright, out);
                    }
                });
            }
        }
        Ok(Descriptors::from_f32(length, numbers))
    }
}

/// One thread diffuses, the other one makes features of the levels that come out. Planes go
/// round in a circle; a few of them let either thread run ahead.
fn two_threads(space: &mut Space, respond: &mut Respond, spare: &mut Vec<Rows>, job: &mut Job<'_>) {
    let levels = job.levels;
    let (to_fill, empty) = mpsc::channel::<Rows>();
    let (to_read, filled) = mpsc::channel::<Rows>();
    for plane in spare.drain(..) {
        // A receiver that exists takes everything.
        let _ = to_fill.send(plane);
    }
    let empty = std::thread::scope(|scope| {
        let diffusion = scope.spawn(move || {
            for l in 1..levels.len() {
                let Ok(mut plane) = empty.recv() else { break };
                space.advance(steps(levels, l), &mut plane);
                if to_read.send(plane).is_err() {
                    break;
                }
            }
            empty
        });
        for (l, plane) in (1..levels.len()).zip(&filled) {
            let old = std::mem::replace(&mut respond.smooth[l % 3], plane);
            let _ = to_fill.send(old);
            respond.level(job, l);
        }
        drop(to_fill);
        diffusion.join()
    });
    match empty {
        Ok(empty) => spare.extend(empty.try_iter()),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// The diffusion steps that follow the blur of level `l`; none where no level follows.
fn steps(levels: &[Level], l: usize) -> &[f32] {
    if l + 1 < levels.len() {
        &levels[l].steps
    } else {
        &[]
    }
}

/// A run in progress.
struct Job<'a> {
    params: &'a KazeParams,
    exec: Exec,
    levels: &'a [Level],
    size: (usize, usize),
    wanted: Wanted,
    strongest: Strongest,
}

impl Job<'_> {
    /// The keypoint of an entry; `None` where its refinement failed.
    fn keypoint(&self, entry: &Entry) -> Option<Keypoint> {
        let [dx, dy, ds] = entry.candidate.offset?;
        let level = &self.levels[entry.level];
        Some(Keypoint {
            x: entry.candidate.x as f32 + dx,
            y: entry.candidate.y as f32 + dy,
            size: 2.0 * self.params.scale(level.octave, level.sublevel as f32 + ds),
            angle: 0.0,
            response: entry.candidate.response,
            octave: level.octave as i32,
            class_id: entry.level as i32,
        })
    }
}

impl Respond {
    /// Level `l` (>= 1) has been blurred: its response, the maxima of the level before, and the
    /// descriptors of the one before that, whose keypoints are final now.
    fn level(&mut self, job: &mut Job<'_>, l: usize) {
        let simd = job.exec.level;
        let (hessian, smooth) = (&mut self.hessian, &self.smooth[l % 3]);
        if l == 1 && job.levels[0].step != job.levels[1].step {
            let det = &mut self.det[3];
            dispatch!(simd, simd => hessian.run(simd, smooth, job.levels[0].step, det, None));
        }
        let det = &mut self.det[l % 3];
        let (step, threshold) = (job.levels[l].step, job.params.threshold);
        let peaks = &mut self.peaks[l % 2];
        peaks.clear();
        dispatch!(simd, simd => {
            hessian.run_with(simd, smooth, step, det, None, |det, y| {
                if y >= 2 {
                    extrema::peaks(simd, det, y - 1, threshold, peaks);
                }
            });
        });
        if l >= 2 {
            self.maxima(job, l - 1);
        }
        if l >= 3 {
            self.settle(job, l - 2);
        }
        if l + 1 == job.levels.len() {
            self.settle(job, l - 1);
        }
    }

    fn maxima(&mut self, job: &Job<'_>, l: usize) {
        let same = job.levels[0].step == job.levels[1].step;
        let before = match l {
            1 if same => 1,
            1 => 3,
            _ => (l - 1) % 3,
        };
        let planes = [before, l % 3, (l + 1) % 3].map(|i| &self.det[i]);
        self.found.clear();
        extrema::across_scales(planes, &self.peaks[l % 2], &mut self.found);
        self.entries.add(&self.found, l, &job.levels[l], job.size);
    }

    /// The entries of level `l` are final: describes them.
    fn settle(&mut self, job: &mut Job<'_>, l: usize) {
        match job.wanted {
            Wanted::Keypoints => {}
            Wanted::Features => self.describe_all(job, l),
            Wanted::Strongest(max) => self.describe_strongest(job, l, max),
        }
    }

    /// Describes all of the level's entries, from top to bottom, so that only a window of
    /// derivatives has to be kept.
    fn describe_all(&mut self, job: &Job<'_>, l: usize) {
        let (length, upright) = (job.params.descriptor_length(), job.params.upright);
        let smooth = &self.smooth[l % 3];
        let mut patches: Vec<(usize, usize, usize, Keypoint)> = Vec::new();
        for (i, entry) in self.entries.list().iter().enumerate() {
            if entry.level == l
                && let Some(keypoint) = job.keypoint(entry)
            {
                let reach = reach(step(&keypoint));
                let bottom = ((keypoint.y + reach) as usize).min(smooth.height() - 1);
                patches.push(((keypoint.y - reach).max(0.0) as usize, bottom, i, keypoint));
            }
        }
        patches.sort_by_key(|&(top, _, i, _)| (top, i));
        let rows = patches.iter().map(|p| p.1 - p.0 + 1).max();
        self.window.restart(smooth, rows.unwrap_or(1));
        let (window, described, numbers) =
            (&mut self.window, &mut self.described, &mut self.numbers);
        dispatch!(job.exec.level, simd => {
            for (top, bottom, i, keypoint) in patches {
                window.fill(simd, smooth, job.levels[l].step, (top, bottom));
                let start = numbers.len();
                numbers.resize(start + length, 0.0);
                let source = InWindow { window, size: job.size };
                let out = &mut numbers[start..];
                described.push((i, describe_one(simd, &source, &keypoint, upright, out)));
            }
        });
    }

    /// Describes those of the level's entries that are among the strongest so far.
    fn describe_strongest(&mut self, job: &mut Job<'_>, l: usize, max: usize) {
        let length = job.params.descriptor_length();
        let source = OnTheFly(&self.smooth[l % 3]);
        let mut final_ones: Vec<(usize, Keypoint)> = (self.entries.list().iter().enumerate())
            .filter(|(_, e)| e.level == l)
            .filter_map(|(i, e)| Some((i, job.keypoint(e)?)))
            .collect();
        final_ones.sort_by(|a, b| b.1.response.total_cmp(&a.1.response));
        for (i, mut keypoint) in final_ones {
            if !job.strongest.admits(max, keypoint.response, i) {
                continue;
            }
            let mut row = vec![0.0; length];
            let (out, upright) = (&mut row[..], job.params.upright);
            keypoint.angle = dispatch!(job.exec.level, simd => describe_one(simd, &source, &keypoint, upright, out));
            job.strongest.insert(max, i, keypoint, row);
        }
    }

    /// Everything in its final order.
    fn features(&mut self, job: Job<'_>) -> Features {
        let length = job.params.descriptor_length();
        if let Wanted::Strongest(_) = job.wanted {
            return job.strongest.into_features(length);
        }
        let mut angles = vec![(0.0, None); self.entries.list().len()];
        for (row, &(i, angle)) in self.described.iter().enumerate() {
            angles[i] = (angle, Some(row));
        }
        let mut keypoints = Vec::with_capacity(angles.len());
        let mut numbers = Vec::with_capacity(self.numbers.len());
        for (entry, (angle, row)) in self.entries.list().iter().zip(angles) {
            let Some(keypoint) = job.keypoint(entry) else {
                continue;
            };
            keypoints.push(Keypoint { angle, ..keypoint });
            if let Some(row) = row {
                numbers.extend_from_slice(&self.numbers[row * length..][..length]);
            }
        }
        Features {
            keypoints,
            descriptors: Descriptors::from_f32(length, numbers),
        }
    }
}

/// Distance of samples around a keypoint in pixels.
fn step(keypoint: &Keypoint) -> f32 {
    (keypoint.size / 2.0).round_ties_even()
}

/// Writes the descriptor of `keypoint` to `out` and returns the angle.
#[inline(always)]
fn describe_one<S: Simd, D: Derivatives>(
    simd: S,
    source: &D,
    keypoint: &Keypoint,
    upright: bool,
    out: &mut [f32],
) -> f32 {
    let step = step(keypoint);
    let centre = (keypoint.x, keypoint.y);
    let angle = (!upright).then(|| orientation(simd, source, centre, step));
    let patch = Patch {
        x: keypoint.x,
        y: keypoint.y,
        step,
        angle,
    };
    describe(simd, source, patch, out);
    angle.unwrap_or(keypoint.angle)
}
