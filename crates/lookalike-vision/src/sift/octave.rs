//! One octave of the scale space (Lowe 2004, section 3): the Gaussian pictures, and the extrema
//! of their differences, found while the rows are in the cache.
//!
//! All levels advance together, a few rows at a time: as soon as a level has enough rows, the
//! next level's rows below its own radius follow. The differences are never stored.

use std::ops::Range;

use fearless_simd::Level;

use super::{
    blur::{Kernel, filter_columns, filter_row},
    extrema::{BORDER, Candidate, Scan},
    padded::{Layout, Padded, mirrored},
    source::Source,
};

/// Rows that a level advances by.
const STEP: usize = 4;

/// The Gaussian pictures of one octave.
#[derive(Debug, Default)]
pub(super) struct Octave {
    pub levels: Vec<Padded>,
}

impl Octave {
    pub fn layout(&self) -> Layout {
        self.levels[0].layout()
    }
}

/// How an octave is made.
pub(super) struct Recipe<'a> {
    pub simd: Level,
    pub source: Source<'a>,
    /// What turns level k - 1 into level k; for level 0 what turns the source into it, if
    /// anything.
    pub kernels: &'a [Option<Kernel>],
    /// Where extrema are wanted: the prefilter on |difference|.
    pub threshold: Option<f32>,
}

/// Memory for one thread's part of an octave.
#[derive(Debug, Default)]
pub(super) struct Worker {
    /// Per level the last rows of the level before it, filtered horizontally.
    rings: Vec<Vec<f32>>,
    slots: Vec<usize>,
    row: Vec<f32>,
    scratch: Vec<f32>,
    scan: Scan,
    /// The extrema found.
    pub candidates: Vec<Candidate>,
}

/// A thread's rows: chunks of all levels that start at row `first`, and the rows to produce.
struct Band<'a> {
    levels: Vec<&'a mut [f32]>,
    first: usize,
    /// Rows to produce per level.
    rows: Vec<Range<usize>>,
    /// Rows to search.
    search: Range<usize>,
}

impl Recipe<'_> {
    /// Fills the octave; candidates are left with the workers, one of which is used per thread.
    pub fn run(&self, octave: &mut Octave, workers: &mut [Worker]) {
        let (width, height) = self.source.size();
        let radius = |k: &Option<Kernel>| k.as_ref().map_or(0, Kernel::radius);
        let widest = self.kernels.iter().map(radius).max().unwrap_or(0);
        let layout = Layout::new(width, height, widest);
        octave
            .levels
            .resize_with(self.kernels.len(), Padded::default);
        for level in &mut octave.levels {
            level.resize(layout);
        }
        // How far level k must stay away from rows that another thread makes.
        let mut reach = vec![0];
        for kernel in &self.kernels[1..] {
            reach.push(reach[reach.len() - 1] + radius(kernel));
        }
        let deepest = reach[reach.len() - 1] + 1;
        let parts = (height / (8 * deepest)).clamp(1, workers.len());
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

    fn fill(&self, layout: &Layout, band: &mut Band<'_>, worker: &mut Worker) {
        worker.row.resize(layout.stride, 0.0);
        worker.rings.resize_with(self.kernels.len(), Vec::new);
        let mut done: Vec<usize> = band.rows.iter().map(|r| r.start).collect();
        let mut filtered: Vec<usize> = (band.rows.iter().zip(self.kernels))
            .map(|(r, k)| r.start.saturating_sub(k.as_ref().map_or(0, Kernel::radius)))
            .collect();
        let mut searched = band.search.start;
        loop {
            for k in 0..done.len() {
                let ready = self.ready(k, band, &done);
                let target = band.rows[k].end.min(ready);
                let target = if k == 0 {
                    target.min(done[0] + STEP)
                } else {
                    target
                };
                while done[k] < target {
                    let end = target.min(done[k] + STEP);
                    self.advance(layout, band, worker, k, done[k]..end, &mut filtered[k]);
                    done[k] = end;
                }
            }
            let last = done.len() - 1;
            let complete = done[last] == band.rows[last].end && done[0] == band.rows[0].end;
            if let Some(threshold) = self.threshold {
                let ready = if complete {
                    usize::MAX
                } else {
                    done[last].saturating_sub(1)
                };
                let end = band.search.end.min(ready);
                while searched + STEP <= end || (complete && searched < end) {
                    let rows = searched..end.min(searched + STEP);
                    let planes: &[&mut [f32]] = &band.levels;
                    let found = &mut worker.candidates;
                    worker.scan.rows(
                        self.simd,
                        layout,
                        planes,
                        band.first,
                        rows.clone(),
                        threshold,
                        found,
                    );
                    searched = rows.end;
                }
            }
            if complete {
                return;
            }
        }
    }

    /// The row up to which level `k` can be made now.
    fn ready(&self, k: usize, band: &Band<'_>, done: &[usize]) -> usize {
        match (k, &self.kernels[k]) {
            (0, _) | (_, None) => usize::MAX,
            (_, Some(_)) if done[k - 1] == band.rows[k - 1].end => usize::MAX,
            (_, Some(kernel)) => done[k - 1].saturating_sub(kernel.radius()),
        }
    }

    /// Makes `rows` of level `k`, at most [`STEP`]; rows of the level before it have been
    /// filtered horizontally up to `filtered`.
    fn advance(
        &self,
        layout: &Layout,
        band: &mut Band<'_>,
        worker: &mut Worker,
        k: usize,
        rows: Range<usize>,
        filtered: &mut usize,
    ) {
        let Worker {
            rings,
            slots,
            row,
            scratch,
            ..
        } = worker;
        let chunk = |r: Range<usize>| {
            (r.start - band.first) * layout.stride..(r.end - band.first) * layout.stride
        };
        let (made, rest) = band.levels.split_at_mut(k);
        let Some(kernel) = &self.kernels[k] else {
            for (y, out) in rows
                .clone()
                .zip(rest[0][chunk(rows)].chunks_exact_mut(layout.stride))
            {
                self.source.fill(self.simd, layout, y, scratch, out);
                layout.mirror_ends(out, layout.margin);
            }
            return;
        };
        let radius = kernel.radius();
        let ring_rows = 2 * radius + STEP;
        let ring = &mut rings[k];
        ring.resize(ring_rows * layout.span, 0.0);
        let needed = (rows.end + radius).min(layout.height);
        for y in *filtered..needed {
            let out = &mut ring[y % ring_rows * layout.span..][..layout.span];
            let input = if k == 0 {
                self.source.fill(self.simd, layout, y, scratch, row);
                layout.mirror_ends(row, radius);
                &row[..]
            } else {
                &made[k - 1][chunk(y..y + 1)]
            };
            filter_row(self.simd, kernel, layout, input, out);
        }
        *filtered = needed;
        let first = rows.start as isize - radius as isize;
        let last = (rows.end + radius) as isize;
        slots.clear();
        slots.extend((first..last).map(|y| mirrored(y, layout.height) % ring_rows));
        let out = &mut rest[0][chunk(rows)];
        filter_columns(self.simd, kernel, layout, ring, slots, out);
        for row in out.chunks_exact_mut(layout.stride) {
            layout.mirror_ends(row, layout.margin);
        }
    }
}
