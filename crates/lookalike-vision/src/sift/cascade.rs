//! Fills a band of an octave: all levels advance together, a few rows at a time. As soon as a
//! level has enough rows, the next level's rows above its own radius follow, and then the search
//! for extrema, while all of them are in the cache. The differences are never stored.
//!
//! So that wide pictures stay in the cache, too, it is done in strips of columns. Each level's
//! strip ends a kernel's radius before the strip of the level it is made of.

use std::ops::Range;

use super::{
    aligned::{Aligned, LINE, odd_lines},
    blur::{Kernel, ROWS, filter_columns, filter_row},
    extrema::{ROWS as SEARCH, Search},
    octave::Recipe,
    padded::{BLOCK, Layout, mirrored},
    planes::Planes,
};

/// Rows that a level advances by.
const STEP: usize = 2 * ROWS;
/// The least columns of a strip.
const STRIP: usize = 512;
/// Strips end at whole vectors.
const VECTOR: usize = 16;

/// Memory for one thread's part of an octave.
#[derive(Debug, Default)]
pub(super) struct Worker {
    /// Per level the last rows of the level before it, filtered horizontally.
    rings: Vec<Aligned>,
    lines: Vec<usize>,
    row: Vec<f32>,
    scratch: Vec<f32>,
    /// The extrema found.
    pub search: Search,
}

/// A thread's rows: chunks of all levels that start at row `first`, and the rows to produce.
pub(super) struct Band<'a> {
    pub levels: Vec<&'a mut [f32]>,
    pub first: usize,
    /// Rows to produce per level.
    pub rows: Vec<Range<usize>>,
    /// Rows to search.
    pub search: Range<usize>,
}

/// The columns to produce per level, and last the columns to search.
type Strip = Vec<Range<usize>>;

/// How far one level has got.
#[derive(Clone, Copy)]
struct Progress {
    /// Rows before this are finished.
    done: usize,
    /// Rows of the level before it, before this, are filtered horizontally.
    filtered: usize,
}

impl Recipe<'_> {
    /// Makes the rows of a band, and searches them.
    pub(super) fn fill(&self, layout: &Layout, band: &mut Band<'_>, worker: &mut Worker) {
        worker.row.resize(layout.stride, 0.0);
        worker
            .rings
            .resize_with(self.kernels.len(), Aligned::default);
        for strip in self.strips(layout.width) {
            self.fill_strip(layout, band, worker, &strip);
        }
    }

    fn start(&self, band: &Band<'_>) -> Vec<Progress> {
        let level = |(rows, kernel): (&Range<usize>, &Option<Kernel>)| Progress {
            done: rows.start,
            filtered: rows.start.saturating_sub(radius(kernel)),
        };
        band.rows.iter().zip(self.kernels).map(level).collect()
    }

    fn strips(&self, width: usize) -> Vec<Strip> {
        let mut shifts = vec![0];
        for kernel in self.kernels[1..].iter().map(radius).chain([1]) {
            shifts.push(shifts[shifts.len() - 1] + kernel.next_multiple_of(VECTOR));
        }
        let least = STRIP.max(4 * shifts[shifts.len() - 1]);
        let count = (width / least).max(1);
        let cut = |i: usize, shift: usize| match i {
            0 => 0,
            i if i == count => width,
            i => (i * width / count).next_multiple_of(BLOCK) - shift,
        };
        let strip = |i: usize| shifts.iter().map(|&s| cut(i, s)..cut(i + 1, s)).collect();
        (0..count).map(strip).collect()
    }

    fn fill_strip(&self, layout: &Layout, band: &mut Band<'_>, worker: &mut Worker, strip: &Strip) {
        let last = self.kernels.len() - 1;
        let mut progress = self.start(band);
        let mut searched = band.search.start;
        loop {
            // Taking level 0 step by step keeps the levels together.
            let end = band.rows[0].end.min(progress[0].done + STEP);
            if progress[0].done < end {
                self.advance(layout, band, worker, 0, &strip[0], &mut progress[0], end);
            }
            for k in 1..=last {
                let before = progress[k - 1].done;
                let ready = if before == band.rows[k - 1].end {
                    usize::MAX
                } else {
                    before.saturating_sub(radius(&self.kernels[k]))
                };
                let target = band.rows[k].end.min(ready);
                if k == band.levels.len() {
                    // Not made, but searched as if it were.
                    progress[k].done = progress[k].done.max(target);
                }
                while progress[k].done < target {
                    let end = target.min(progress[k].done + STEP);
                    self.advance(layout, band, worker, k, &strip[k], &mut progress[k], end);
                }
            }
            let complete = progress[last].done == band.rows[last].end;
            let ready = if complete {
                usize::MAX
            } else {
                progress[last].done.saturating_sub(1)
            };
            let end = band.search.end.min(ready);
            if let Some((threshold, top)) = self.threshold.zip(self.top()) {
                while searched + SEARCH <= end || (complete && searched < end) {
                    let rows = searched..end.min(searched + SEARCH);
                    searched = rows.end;
                    let planes = Planes {
                        levels: &band.levels,
                        top,
                        first: band.first,
                        layout,
                    };
                    let columns = &strip[last + 1];
                    planes.search(self.simd, &rows, columns, threshold, &mut worker.search);
                }
            }
            if complete && progress[0].done == band.rows[0].end {
                return;
            }
        }
    }

    /// Makes the rows of level `k` up to `end`, at most [`STEP`], in these columns.
    #[expect(clippy::too_many_arguments, reason = "one step of one loop")]
    fn advance(
        &self,
        layout: &Layout,
        band: &mut Band<'_>,
        worker: &mut Worker,
        k: usize,
        columns: &Range<usize>,
        progress: &mut Progress,
        end: usize,
    ) {
        let Worker {
            rings,
            lines,
            row,
            scratch,
            ..
        } = worker;
        let rows = progress.done..end;
        progress.done = end;
        let chunk = |r: Range<usize>| {
            (r.start - band.first) * layout.stride..(r.end - band.first) * layout.stride
        };
        let (made, rest) = band.levels.split_at_mut(k);
        let out = &mut rest[0][chunk(rows.clone())];
        let Some(kernel) = &self.kernels[k] else {
            for (y, out) in rows.zip(out.chunks_exact_mut(layout.stride)) {
                let part = (y, columns.clone());
                self.source.fill(self.simd, layout, part, scratch, out);
                layout.mirror_ends(out, columns);
            }
            return;
        };
        let radius = kernel.radius();
        let ring_rows = 2 * radius + STEP;
        let span = columns.len().next_multiple_of(BLOCK);
        let pitch = odd_lines(span);
        let ring = rings[k].resize(ring_rows * pitch);
        let needed = (rows.end + radius).min(layout.height);
        for y in progress.filtered..needed {
            let filtered = &mut ring[y % ring_rows * pitch..][..span];
            let input = if k == 0 {
                let (start, end) = (columns.start, columns.end);
                let part = start.saturating_sub(radius)..layout.width.min(end + radius);
                self.source.fill(self.simd, layout, (y, part), scratch, row);
                layout.mirror_ends(row, columns);
                &row[..]
            } else {
                &made[k - 1][chunk(y..y + 1)]
            };
            filter_row(
                self.simd,
                kernel,
                &input[layout.margin + columns.start - radius..],
                filtered,
            );
        }
        progress.filtered = needed;
        let first = rows.start as isize - radius as isize;
        let last = first + (STEP + 2 * radius) as isize;
        lines.clear();
        lines.extend((first..last).map(|y| mirrored(y, layout.height) % ring_rows * pitch / LINE));
        let start = layout.margin + columns.start;
        filter_columns(
            self.simd,
            kernel,
            (ring, lines, span),
            &mut out[start..],
            layout.stride,
        );
        for row in out.chunks_exact_mut(layout.stride) {
            layout.mirror_ends(row, columns);
        }
    }
}

fn radius(kernel: &Option<Kernel>) -> usize {
    kernel.as_ref().map_or(0, Kernel::radius)
}
