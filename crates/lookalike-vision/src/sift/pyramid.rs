//! The octaves, and the keypoints in them.

use super::{
    SiftParams,
    blur::Kernel,
    cascade::Worker,
    extrema::{Candidate, Search},
    octave::{Octave, Recipe},
    order::{retain_best, sort_and_deduplicate},
    orientation::Window,
    padded::Padded,
    planes::Planes,
    refine::{Extremum, refine},
    source::Source,
    top::Top,
};
use crate::{Exec, GrayImage, Keypoint};

/// The scale space of a picture and the memory to make it.
#[derive(Debug)]
pub(super) struct Pyramid {
    params: SiftParams,
    /// What differences of Gaussians must exceed to be looked at.
    prefilter: f32,
    exec: Exec,
    /// Kernels by level; the first is put in per octave.
    kernels: Vec<Option<Kernel>>,
    octaves: Vec<Octave>,
    /// The number of the first octave, -1 where it is the doubled picture.
    first: i32,
    workers: Vec<Worker>,
    windows: Vec<Window>,
}

/// Half the least contrast, in grey values.
fn half_contrast(params: &SiftParams) -> f64 {
    0.5 * params.contrast_threshold / params.n_octave_layers as f64 * 255.0
}

impl Pyramid {
    pub fn new(params: &SiftParams, exec: Exec) -> Self {
        let blurs = (1..params.levels()).map(|i| Some(Kernel::gaussian(params.level_blur(i))));
        let threads = exec.threads.max(1);
        let mut pyramid = Self {
            params: *params,
            prefilter: half_contrast(params).floor() as f32,
            exec,
            kernels: std::iter::once(None).chain(blurs).collect(),
            octaves: Vec::new(),
            first: -1,
            workers: Vec::new(),
            windows: Vec::new(),
        };
        pyramid.workers.resize_with(threads, Worker::default);
        pyramid.windows.resize_with(threads, Window::default);
        pyramid
    }

    /// See [`Sift::set_contrast`](super::Sift::set_contrast).
    pub fn set_contrast(&mut self, threshold: f64) {
        self.params.contrast_threshold = threshold;
        let half = half_contrast(&self.params);
        self.prefilter = if half < 1.0 { half } else { half.floor() } as f32;
    }

    /// A Gaussian picture of the scale space that was built last.
    pub fn picture(&self, octave: i32, level: usize) -> &Padded {
        &self.octaves[(octave - self.first) as usize].levels[level]
    }

    /// Makes the octaves from number `first` to number `last`.
    pub fn build(&mut self, image: &GrayImage, first: i32, last: i32) {
        self.first = first;
        for index in 0..=(last - first) as usize {
            self.build_octave(image, index, None);
        }
    }

    /// Makes octave `index`, and searches it where a threshold is given.
    fn build_octave(&mut self, image: &GrayImage, index: usize, threshold: Option<f32>) {
        while self.octaves.len() <= index {
            self.octaves.push(Octave::default());
        }
        let (before, rest) = self.octaves.split_at_mut(index);
        let doubled = self.first < 0;
        let base = (index == 0).then(|| Kernel::gaussian(self.params.base_blur(doubled)));
        self.kernels[0] = base;
        let source = match before.last() {
            Some(octave) => Source::Halved {
                plane: &octave.levels[self.params.n_octave_layers],
            },
            None if doubled => Source::Doubled {
                image,
                precise: self.params.enable_precise_upscale,
            },
            None => Source::Plain { image },
        };
        let recipe = Recipe {
            simd: self.exec.level,
            source,
            kernels: &self.kernels,
            threshold,
        };
        recipe.run(&mut rest[0], &mut self.workers);
    }

    /// The extrema of octave `index`, from what was found there.
    fn refine(&mut self, index: usize, extrema: &mut Vec<Extremum>) {
        let octave = &self.octaves[index];
        let Some(kernel) = self.kernels.last().and_then(Option::as_ref) else {
            return;
        };
        let planes = Planes {
            levels: &octave.rows(),
            top: Top {
                simd: self.exec.level,
                kernel,
            },
            first: 0,
            layout: &octave.layout(),
        };
        for worker in &mut self.workers {
            let Search { found, filtered } = &mut worker.search;
            let refined = |c: Candidate| refine(&self.params, &planes, index, &c, filtered);
            extrema.extend(found.drain(..).filter_map(refined));
        }
    }

    /// Finds the keypoints of a picture, in OpenCV's order.
    pub fn detect(&mut self, image: &GrayImage) -> Vec<Keypoint> {
        let params = self.params;
        let threshold = self.prefilter;
        self.first = -1;
        let mut extrema = Vec::new();
        for index in 0..octaves(image) {
            self.build_octave(image, index, Some(threshold));
            self.refine(index, &mut extrema);
        }
        let mut keypoints = self.orient_best(extrema);
        sort_and_deduplicate(&mut keypoints);
        retain_best(&mut keypoints, params.nfeatures);
        for keypoint in &mut keypoints {
            keypoint.octave = (keypoint.octave & !255) | (keypoint.octave - 1) & 255;
            keypoint.x *= 0.5;
            keypoint.y *= 0.5;
            keypoint.size *= 0.5;
        }
        keypoints
    }

    /// Keypoints of all extrema, or of the strongest ones that suffice for `nfeatures`.
    fn orient_best(&mut self, mut extrema: Vec<Extremum>) -> Vec<Keypoint> {
        let wanted = self.params.nfeatures;
        if wanted == 0 || extrema.len() <= wanted {
            return self.orient(&extrema);
        }
        let place = |e: &Extremum| (e.octave, e.level, e.row, e.column);
        extrema.sort_unstable_by(|a, b| {
            b.response
                .total_cmp(&a.response)
                .then_with(|| place(a).cmp(&place(b)))
        });
        extrema.dedup_by_key(|e| place(e));
        let mut keypoints = Vec::new();
        let mut rest = &extrema[..];
        while keypoints.len() < wanted && !rest.is_empty() {
            let count = (wanted - keypoints.len()).min(rest.len());
            let weakest = rest[count - 1].response;
            let ties = rest[count..]
                .iter()
                .take_while(|e| e.response == weakest)
                .count();
            let (batch, others) = rest.split_at(count + ties);
            // Neighbours after each other: what one brings into the cache serves the next.
            let mut batch = batch.to_vec();
            batch.sort_unstable_by_key(place);
            keypoints.append(&mut self.orient(&batch));
            rest = others;
        }
        keypoints
    }

    fn orient(&mut self, extrema: &[Extremum]) -> Vec<Keypoint> {
        let (octaves, level) = (&self.octaves, self.exec.level);
        let run = |window: &mut Window, extrema: &[Extremum]| {
            let mut keypoints = Vec::with_capacity(extrema.len() * 5 / 4);
            for e in extrema {
                let picture = &octaves[e.octave].levels[e.level];
                let scale = e.size * 0.5 / (1u32 << e.octave) as f32;
                window.directions(level, picture, (e.column, e.row), scale, |angle| {
                    keypoints.push(Keypoint {
                        x: e.x,
                        y: e.y,
                        size: e.size,
                        angle,
                        response: e.response,
                        octave: e.packed,
                        class_id: -1,
                    });
                });
            }
            keypoints
        };
        let share = extrema.len().div_ceil(self.windows.len()).max(1);
        if self.windows.len() == 1 {
            return run(&mut self.windows[0], extrema);
        }
        let mut parts = vec![Vec::new(); self.windows.len()];
        rayon::scope(|scope| {
            let work = extrema.chunks(share).zip(&mut self.windows).zip(&mut parts);
            for ((extrema, window), out) in work {
                scope.spawn(|_| *out = run(window, extrema));
            }
        });
        parts.concat()
    }
}

/// How many octaves OpenCV gives a picture, from the doubled one on.
fn octaves(image: &GrayImage) -> usize {
    let side = 2 * image.width().min(image.height());
    if side == 0 {
        return 0;
    }
    let count = ((side as f64).log2() - 2.0).round_ties_even() + 1.0;
    count.max(0.0) as usize
}
