//! One octave of the scale space (Lowe 2004, section 3): the Gaussian pictures, and the extrema
//! of their differences, found while the rows are in the cache.
//!
//! An octave is shared out between threads in bands of rows; [`cascade`](super::cascade) fills
//! them.

use std::ops::Range;

use fearless_simd::Level;

use super::{
    blur::Kernel,
    cascade::{Band, Worker},
    extrema::BORDER,
    padded::{Layout, Padded},
    source::Source,
    top::Top,
};

/// The Gaussian pictures of one octave; where it was searched, all but the last.
#[derive(Debug, Default)]
pub(super) struct Octave {
    pub levels: Vec<Padded>,
}

impl Octave {
    pub fn layout(&self) -> Layout {
        self.levels[0].layout()
    }

    /// The pictures, which begin with row 0.
    pub fn rows(&self) -> Vec<&[f32]> {
        self.levels.iter().map(Padded::padded).collect()
    }
}

/// How an octave is made.
pub(super) struct Recipe<'a> {
    pub simd: Level,
    pub source: Source<'a>,
    /// What turns level k - 1 into level k; for level 0 what turns the source into it, if
    /// anything.
    pub kernels: &'a [Option<Kernel>],
    /// Where extrema are wanted: the prefilter on |difference|. Then the last level is not made.
    pub threshold: Option<f32>,
}

impl Recipe<'_> {
    /// What makes pixels of the last level.
    pub fn top(&self) -> Option<Top<'_>> {
        let kernel = self.kernels.last()?.as_ref()?;
        let simd = self.simd;
        Some(Top { simd, kernel })
    }

    /// Fills the octave; candidates are left with the workers, one of which is used per thread.
    pub fn run(&self, octave: &mut Octave, workers: &mut [Worker]) {
        let (width, height) = self.source.size();
        let radius = |k: &Option<Kernel>| k.as_ref().map_or(0, Kernel::radius);
        let widest = self.kernels.iter().map(radius).max().unwrap_or(0);
        let layout = Layout::new(width, height, widest);
        let made = self.kernels.len() - usize::from(self.threshold.is_some());
        octave.levels.resize_with(made, Padded::default);
        for level in &mut octave.levels {
            level.resize(layout);
        }
        // How far level k must stay away from rows that another thread makes.
        let mut reach = vec![0];
        for kernel in &self.kernels[1..] {
            reach.push(reach[reach.len() - 1] + radius(kernel));
        }
        let deepest = reach[reach.len() - 1] + 1;
        let parts = (height / (3 * deepest)).clamp(1, workers.len());
        let cuts: Vec<usize> = (0..=parts).map(|i| i * height / parts).collect();
        let whole = BORDER..height.saturating_sub(BORDER);
        let clip = |r: Range<usize>| r.start.max(whole.start)..r.end.min(whole.end);

        // Every thread fills a trapezium that narrows where it meets its neighbour's.
        let mut rest: Vec<&mut [f32]> = octave.levels.iter_mut().map(Padded::padded_mut).collect();
        let mut bands = Vec::new();
        for part in cuts.windows(2) {
            let (start, end) = (part[0], part[1]);
            let chunk = (end - start) * layout.stride;
            let (mine, others) = rest.into_iter().map(|l| l.split_at_mut(chunk)).unzip();
            rest = others;
            let below = |by: usize| if start == 0 { 0 } else { start + by };
            let above = |by: usize| if end == height { end } else { end - by };
            bands.push(Band {
                levels: mine,
                first: start,
                rows: reach.iter().map(|&r| below(r)..above(r)).collect(),
                search: clip(below(deepest)..above(deepest)),
            });
        }
        if bands.len() == 1 {
            self.fill(&layout, &mut bands[0], &mut workers[0]);
        } else {
            rayon::scope(|scope| {
                for (band, worker) in bands.iter_mut().zip(workers.iter_mut()) {
                    scope.spawn(|_| self.fill(&layout, band, worker));
                }
            });
        }
        // Then the gaps between them are filled.
        for &cut in &cuts[1..parts] {
            let mut gap = Band {
                levels: octave.levels.iter_mut().map(Padded::padded_mut).collect(),
                first: 0,
                rows: reach.iter().map(|&r| cut - r..cut + r).collect(),
                search: clip(cut - deepest..cut + deepest),
            };
            self.fill(&layout, &mut gap, &mut workers[0]);
        }
    }
}
