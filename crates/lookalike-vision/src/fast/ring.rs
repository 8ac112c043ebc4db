//! The segment test of one row, many pixels at a time.

use fearless_simd::{Select, Simd, SimdBase, SimdInt, SimdMask};

/// A ring of pixels around the centre, clockwise, as (dx, dy).
pub(super) trait Ring<const N: usize> {
    /// Offsets; the first half is opposite to the second.
    const OFFSETS: [(isize, isize); N];
}

/// The Bresenham circle of radius 3.
pub(super) struct Ring16;
/// The diamond of radius 2.
pub(super) struct Ring12;
/// The eight neighbours.
pub(super) struct Ring8;

impl Ring<16> for Ring16 {
    #[rustfmt::skip]
    const OFFSETS: [(isize, isize); 16] = [
        (0, 3), (1, 3), (2, 2), (3, 1), (3, 0), (3, -1), (2, -2), (1, -3),
        (0, -3), (-1, -3), (-2, -2), (-3, -1), (-3, 0), (-3, 1), (-2, 2), (-1, 3),
    ];
}

impl Ring<12> for Ring12 {
    #[rustfmt::skip]
    const OFFSETS: [(isize, isize); 12] = [
        (0, 2), (1, 2), (2, 1), (2, 0), (2, -1), (1, -2),
        (0, -2), (-1, -2), (-2, -1), (-2, 0), (-2, 1), (-1, 2),
    ];
}

impl Ring<8> for Ring8 {
    #[rustfmt::skip]
    const OFFSETS: [(isize, isize); 8] = [
        (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1),
    ];
}

/// The picture as the kernels see it.
#[derive(Clone, Copy)]
pub(super) struct Pixels<'a> {
    pub data: &'a [u8],
    pub stride: usize,
}

impl Pixels<'_> {
    #[inline(always)]
    fn load<S: Simd>(self, simd: S, x: usize, y: usize, (dx, dy): (isize, isize)) -> S::u8s {
        let at = (y.wrapping_add_signed(dy)) * self.stride + x.wrapping_add_signed(dx);
        S::u8s::from_slice(simd, &self.data[at..at + S::u8s::LEN])
    }
}

/// With `min` and `max`: the maximum over all arcs of N/2 + 1 pixels of the minimum within the
/// arc. With `max` and `min` the other way round.
///
/// Two arcs that start next to each other share all but their ends, so only every other run of
/// N/2 pixels is needed, and those are built from pairs and quadruples.
macro_rules! best_arc {
    ($p:ident, $min:ident, $max:ident) => {{
        let half = N / 2;
        // Entry i belongs to the odd ring index 2i + 1; the upper half stays unused.
        let mut pairs = $p;
        for i in 0..half {
            pairs[i] = $p[2 * i + 1].$min($p[(2 * i + 2) % N]);
        }
        let mut fours = pairs;
        for i in 0..half {
            fours[i] = pairs[i].$min(pairs[(i + 1) % half]);
        }
        let mut best = fours[0];
        for i in 0..half {
            let run = match half {
                8 => fours[i].$min(fours[(i + 2) % half]),
                6 => fours[i].$min(pairs[(i + 2) % half]),
                _ => fours[i],
            };
            let arc = run.$min($p[2 * i].$max($p[(2 * i + half + 1) % N]));
            best = if i == 0 { arc } else { best.$max(arc) };
        }
        best
    }};
}

/// Strengths of the pixels from (x, y) rightwards: the largest difference that all pixels of
/// some arc of more than half the ring exceed or reach, 0 where that is not above `threshold`.
/// `None` where all of them are 0.
///
/// An arc of 9 pixels of 16 holds one of any two opposite ones. OpenCV asks for that before it
/// looks for arcs, in all eight pairs of pixels that are 8 apart, whatever the ring: on the
/// shorter rings these are not opposite, and reject more than the segment test would.
#[inline(always)]
pub(super) fn strengths<S: Simd, const N: usize, R: Ring<N>>(
    simd: S,
    pixels: Pixels<'_>,
    (x, y): (usize, usize),
    threshold: u8,
) -> Option<S::u8s> {
    let centre = pixels.load(simd, x, y, (0, 0));
    let limit = S::u8s::splat(simd, threshold);
    let (above, below) = (centre.saturating_add(limit), centre.saturating_sub(limit));
    macro_rules! ring {
        ($k:expr) => {
            pixels.load(simd, x, y, R::OFFSETS[$k % N])
        };
    }

    // Two pairs reject most pixels.
    let (a, b, c, d) = (ring!(0), ring!(8), ring!(4), ring!(12));
    let mut bright = a.max(b).min(c.max(d));
    let mut dark = a.min(b).max(c.min(d));
    if N < 16 {
        for k in [1, 2, 3, 5, 6, 7] {
            let (a, b) = (ring!(k), ring!(k + 8));
            bright = bright.min(a.max(b));
            dark = dark.max(a.min(b));
        }
    }
    let (bright, dark) = (bright.simd_gt(above), dark.simd_lt(below));
    let (any_bright, any_dark) = (bright.any_true(), dark.any_true());
    if !any_bright && !any_dark {
        return None;
    }

    // Differences are taken last: they keep the order of pixels.
    // Macro and loops: closures and adapters need not be inlined into this instruction set.
    let zero = S::u8s::splat(simd, 0);
    let mut pixels = [zero; N];
    for (k, pixel) in pixels.iter_mut().enumerate() {
        *pixel = ring!(k);
    }
    let mut best = zero;
    if any_bright {
        let lightest = best_arc!(pixels, min, max);
        best = bright.select(lightest.saturating_sub(centre), zero);
    }
    if any_dark {
        let darkest = best_arc!(pixels, max, min);
        best = best.max(dark.select(centre.saturating_sub(darkest), zero));
    }
    Some(best.simd_gt(limit).select(best, zero))
}

/// A vector of the row from `at` on.
#[inline(always)]
fn load<S: Simd>(simd: S, row: &[u8], at: usize) -> S::u8s {
    S::u8s::from_slice(simd, &row[at..at + S::u8s::LEN])
}

/// Calls `found` with the offset of each set bit, from the lowest.
#[inline(always)]
pub(super) fn each_bit(mut bits: u64, mut found: impl FnMut(usize)) {
    while bits != 0 {
        found(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

/// Which of the pixels at `at..` of the middle row are larger than 1 and than all neighbours.
#[inline(always)]
pub(super) fn peaks<S: Simd>(simd: S, rows: [&[u8]; 3], at: usize) -> u64 {
    let [above, row, below] = rows;
    let centre = load(simd, row, at);
    let strong = centre.simd_gt(S::u8s::splat(simd, 1));
    if !strong.any_true() {
        return 0;
    }
    let beside = load(simd, row, at - 1).max(load(simd, row, at + 1));
    let above = load(simd, above, at - 1)
        .max(load(simd, above, at))
        .max(load(simd, above, at + 1));
    let below = load(simd, below, at - 1)
        .max(load(simd, below, at))
        .max(load(simd, below, at + 1));
    let around = beside.max(above).max(below);
    centre.simd_gt(around).to_bitmask() & strong.to_bitmask()
}

/// Which of the pixels at `at..` are not zero.
#[inline(always)]
pub(super) fn nonzero<S: Simd>(simd: S, row: &[u8], at: usize) -> u64 {
    load(simd, row, at)
        .simd_gt(S::u8s::splat(simd, 0))
        .to_bitmask()
}
