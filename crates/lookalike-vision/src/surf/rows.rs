//! Rows of a plane, shared out among threads.

use rayon::prelude::*;

use crate::Plane;

/// Calls `work(y, row)` for every row, in `threads` bands at most.
pub(super) fn for_each_row(
    threads: usize,
    plane: &mut Plane<f32>,
    work: impl Fn(usize, &mut [f32]) + Sync,
) {
    let (width, height) = (plane.width(), plane.height());
    if width == 0 || height == 0 {
        return;
    }
    let band = height.div_ceil(threads.max(1));
    let run = |first: usize, rows: &mut [f32]| {
        for (i, row) in rows.chunks_exact_mut(width).enumerate() {
            work(first + i, row);
        }
    };
    if threads <= 1 {
        return run(0, plane.data_mut());
    }
    plane
        .data_mut()
        .par_chunks_mut(band * width)
        .enumerate()
        .for_each(|(i, rows)| run(i * band, rows));
}
