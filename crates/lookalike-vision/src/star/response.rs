//! The strongest response of all stars at every pixel, and the size of that star.

use fearless_simd::{Select, Simd, SimdBase, SimdCvtFloat, dispatch};

use crate::integral::integral;
use crate::spread::spread;
use crate::{Exec, GrayImage, Plane};

/// The sizes of stars: radii of their boxes.
const SIZES: [usize; 17] = [
    1, 2, 3, 4, 6, 8, 11, 12, 16, 22, 23, 32, 45, 46, 64, 90, 128,
];

/// Outer and inner star of each filter, as indices of [`SIZES`].
const PAIRS: [(usize, usize); 12] = [
    (1, 0),
    (3, 1),
    (4, 2),
    (5, 3),
    (7, 4),
    (8, 5),
    (9, 6),
    (11, 8),
    (13, 10),
    (14, 11),
    (15, 12),
    (16, 14),
];

/// From this many pixels on OpenCV changes from 32-bit to floating sums, and with them from
/// sums of rounded floats to exact ones.
const EXACT_FROM: usize = 8_388_608;

/// Responses and sizes of one picture, and the integral images they come from.
#[derive(Debug, Default)]
pub(super) struct Responses {
    sums: Plane<i32>,
    cones: Plane<i32>,
    blunt: Plane<i32>,
    /// The strongest response at each pixel; only valid inside the border.
    pub values: Plane<f32>,
    /// The size of the star that gave it; the smallest two and the largest are negative.
    pub sizes: Plane<i16>,
}

/// The filters that fit a picture.
struct Filters {
    /// How many of [`PAIRS`] are used.
    pairs: usize,
    /// Index of the largest star.
    largest: usize,
    /// 1 / area of the inner star and of the ring around it.
    weights: [(f32, f32); PAIRS.len()],
}

/// Radius of the diamond of a star.
const fn diamond(size: usize) -> usize {
    size + size / 2
}

impl Filters {
    /// The pairs up to the first that reaches `max_size` or whose successor does not fit.
    fn fitting(max_size: usize, shorter_side: usize) -> Option<Self> {
        let last = (0..PAIRS.len()).find(|&i| {
            SIZES[PAIRS[i].0] >= max_size
                || PAIRS
                    .get(i + 1)
                    .is_none_or(|next| diamond(SIZES[next.0]) >= shorter_side)
        })?;
        // OpenCV has no filter at all where already the first pair stops the search.
        if last == 0 {
            return None;
        }
        let area = |i: usize| {
            let (size, tilted) = (SIZES[i], diamond(SIZES[i]));
            let side = 2 * size + 1;
            side * side + tilted * tilted + (tilted + 1) * (tilted + 1)
        };
        let weights = PAIRS.map(|(outer, inner)| {
            let ring = area(outer) - area(inner);
            (1.0 / area(inner) as f32, 1.0 / ring as f32)
        });
        Some(Self {
            pairs: last + 1,
            largest: PAIRS[last].0,
            weights,
        })
    }

    /// The size to store for the star `i`: negative for those that never make a keypoint, since
    /// they have no neighbours in size.
    fn stored_size(&self, i: usize) -> i16 {
        let size = SIZES[i] as i16;
        if i <= 1 || i == self.largest {
            -size
        } else {
            size
        }
    }
}

impl Responses {
    /// Computes the responses. Returns the width of the frame without any, or `None` where the
    /// picture is too small for two filters.
    pub(super) fn fill(&mut self, exec: Exec, image: &GrayImage, max_size: i32) -> Option<usize> {
        let (width, height) = (image.width(), image.height());
        let filters = Filters::fitting(max_size as usize, width.min(height))?;
        let border = diamond(SIZES[filters.largest]);
        if 2 * border >= width.min(height) {
            return None;
        }
        integral(image, &mut self.sums);
        dispatch!(exec.level, simd => slanted(simd, image, &mut self.cones, &mut self.blunt));
        self.values.resize(width, height);
        self.sizes.resize(width, height);

        let (sums, cones, blunt) = (&self.sums, &self.cones, &self.blunt);
        let work = |y: usize, values: &mut [f32], sizes: &mut [i16]| {
            if y < border || y >= height - border {
                values.fill(0.0);
                sizes.fill(0);
                return;
            }
            let look_up = LookUp {
                sums,
                cones,
                blunt,
                y,
            };
            let row = Row {
                look_up,
                filters: &filters,
                columns: (border, width - border),
                exact: width * height >= EXACT_FROM,
            };
            dispatch!(exec.level, simd => row.run(simd, values, sizes));
        };
        let rows = height.div_ceil(exec.threads.max(1));
        let bands = self.values.data_mut().chunks_mut(rows * width);
        let bands = bands.zip(self.sizes.data_mut().chunks_mut(rows * width));
        spread(
            exec.threads,
            bands.enumerate().collect(),
            |(i, (values, sizes)): (usize, (&mut [f32], &mut [i16]))| {
                let lines = values.chunks_exact_mut(width);
                let lines = lines.zip(sizes.chunks_exact_mut(width));
                for (j, (values, sizes)) in lines.enumerate() {
                    work(i * rows + j, values, sizes);
                }
            },
        );
        Some(border)
    }
}

/// Slanted integral images, one column larger than the picture on either side.
///
/// `cones[y][x + 1]` is the sum over the cone that opens upwards from the pixel (x, y): rows
/// y - k, columns x - k ..= x + k. `blunt[y][x + 1]` is the same with the two pixels (x, y) and
/// (x + 1, y) as its tip. Row 0 is all zero; the picture's row y is in row y + 1. Sums wrap.
#[inline(always)]
fn slanted<S: Simd>(simd: S, image: &GrayImage, cones: &mut Plane<i32>, blunt: &mut Plane<i32>) {
    let (width, height) = (image.width(), image.height());
    let stride = width + 2;
    cones.resize(stride, height + 1);
    blunt.resize(stride, height + 1);
    cones.row_mut(0).fill(0);
    blunt.row_mut(0).fill(0);
    let no_pixels = vec![0u8; width];
    let no_sums = vec![0i32; stride];
    simd.vectorize(
        #[inline(always)]
        || {
            for y in 0..height {
                let pixels = image.row(y);
                let pixels_above = if y > 0 { image.row(y - 1) } else { &no_pixels };
                let (done, rest) = cones.data_mut().split_at_mut((y + 1) * stride);
                let row = &mut rest[..stride];
                let above = &done[y * stride..];
                let above2 = if y > 0 {
                    &done[(y - 1) * stride..y * stride]
                } else {
                    &no_sums
                };
                // A cone from just outside of the picture is the one above it, one pixel inwards.
                row[0] = above[1];
                row[stride - 1] = above[stride - 2];
                for x in 0..width {
                    let fresh = i32::from(pixels[x]) + i32::from(pixels_above[x]);
                    row[x + 1] = above[x]
                        .wrapping_add(above[x + 2])
                        .wrapping_sub(above2[x + 1])
                        .wrapping_add(fresh);
                }
                let (done, rest) = blunt.data_mut().split_at_mut((y + 1) * stride);
                let blunt_row = &mut rest[..stride];
                let blunt_above = &done[y * stride..];
                for x in 0..stride - 1 {
                    blunt_row[x] = row[x].wrapping_add(row[x + 1]).wrapping_sub(blunt_above[x]);
                }
            }
        },
    );
}

/// Where the sums of stars around the pixels of one row are found.
#[derive(Clone, Copy)]
struct LookUp<'a> {
    sums: &'a Plane<i32>,
    cones: &'a Plane<i32>,
    blunt: &'a Plane<i32>,
    y: usize,
}

impl LookUp<'_> {
    /// Sums over the star of `size` around the pixels from x on.
    #[inline(always)]
    fn stars<S: Simd>(&self, simd: S, x: usize, size: usize) -> S::i32s {
        let load = |plane: &Plane<i32>, x: usize, y: usize| {
            let at = y * plane.width() + x;
            S::i32s::from_slice(simd, &plane.data()[at..at + S::i32s::LEN])
        };
        let (y, t) = (self.y, diamond(size));
        let upright = load(self.sums, x + size + 1, y + size + 1)
            - load(self.sums, x + size + 1, y - size)
            - load(self.sums, x - size, y + size + 1)
            + load(self.sums, x - size, y - size);
        let tilted = load(self.cones, x + 1, y + t + 1)
            - load(self.blunt, x - t, y)
            - load(self.blunt, x + t + 1, y)
            + load(self.cones, x + 1, y - t);
        upright + tilted
    }

    /// The sum over one star.
    fn star(&self, x: usize, size: usize) -> i32 {
        let at = |plane: &Plane<i32>, x: usize, y: usize| plane.data()[y * plane.width() + x];
        let (y, t) = (self.y, diamond(size));
        let terms = [
            (at(self.sums, x + size + 1, y + size + 1), true),
            (at(self.sums, x + size + 1, y - size), false),
            (at(self.sums, x - size, y + size + 1), false),
            (at(self.sums, x - size, y - size), true),
            (at(self.cones, x + 1, y + t + 1), true),
            (at(self.blunt, x - t, y), false),
            (at(self.blunt, x + t + 1, y), false),
            (at(self.cones, x + 1, y - t), true),
        ];
        terms.iter().fold(0i32, |sum, &(term, add)| {
            if add {
                sum.wrapping_add(term)
            } else {
                sum.wrapping_sub(term)
            }
        })
    }
}

/// One row of responses to compute.
struct Row<'a> {
    look_up: LookUp<'a>,
    filters: &'a Filters,
    columns: (usize, usize),
    exact: bool,
}

impl Row<'_> {
    #[inline(always)]
    fn run<S: Simd>(&self, simd: S, values: &mut [f32], sizes: &mut [i16]) {
        let (start, end) = self.columns;
        values[..start].fill(0.0);
        values[end..].fill(0.0);
        sizes[..start].fill(0);
        sizes[end..].fill(0);
        let lanes = S::f32s::LEN;
        // The sums of the largest stars exceed what a float holds. OpenCV rounds them before it
        // subtracts, except in what is left over from groups of four, and in large pictures.
        let rounded = if self.exact { 0 } else { (end - start) / 4 * 4 };
        let vectors = rounded / lanes * lanes;
        for x in (start..start + vectors).step_by(lanes) {
            let (best, size) = self.strongest(simd, x);
            best.store_slice(&mut values[x..x + lanes]);
            for (to, from) in sizes[x..x + lanes].iter_mut().zip(size.as_slice()) {
                *to = *from as i16;
            }
        }
        for x in start + vectors..end {
            let exact = x >= start + rounded;
            (values[x], sizes[x]) = self.strongest_one(x, exact);
        }
    }

    #[inline(always)]
    fn strongest<S: Simd>(&self, simd: S, x: usize) -> (S::f32s, S::f32s) {
        let filters = self.filters;
        let mut stars = [S::f32s::splat(simd, 0.0); SIZES.len()];
        for (star, &size) in stars.iter_mut().zip(&SIZES[..=filters.largest]) {
            *star = S::f32s::float_from(self.look_up.stars(simd, x, size));
        }
        let mut best = S::f32s::splat(simd, 0.0);
        let mut best_size = best;
        for (i, (outer, inner)) in PAIRS.iter().copied().enumerate().take(filters.pairs) {
            let (per_inner, per_ring) = filters.weights[i];
            let ring = stars[outer] - stars[inner];
            let response = stars[inner] * per_inner - ring * per_ring;
            let stronger = response.abs().simd_gt(best.abs());
            best = stronger.select(response, best);
            let size = S::f32s::splat(simd, f32::from(filters.stored_size(outer)));
            best_size = stronger.select(size, best_size);
        }
        (best, best_size)
    }

    fn strongest_one(&self, x: usize, exact: bool) -> (f32, i16) {
        let filters = self.filters;
        let mut stars = [0i32; SIZES.len()];
        for (star, &size) in stars.iter_mut().zip(&SIZES[..=filters.largest]) {
            *star = self.look_up.star(x, size);
        }
        let (mut best, mut best_size) = (0.0f32, 0);
        for (i, (outer, inner)) in PAIRS.iter().copied().enumerate().take(filters.pairs) {
            let (per_inner, per_ring) = filters.weights[i];
            let ring = if exact {
                (stars[outer] - stars[inner]) as f32
            } else {
                stars[outer] as f32 - stars[inner] as f32
            };
            let response = stars[inner] as f32 * per_inner - ring * per_ring;
            if response.abs() > best.abs() {
                (best, best_size) = (response, filters.stored_size(outer));
            }
        }
        (best, best_size)
    }
}
