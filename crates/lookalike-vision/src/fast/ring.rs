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
    let ring = |k: usize| pixels.load(simd, x, y, R::OFFSETS[k % N]);
    let limit = S::u8s::splat(simd, threshold);
    let (above, below) = (centre.saturating_add(limit), centre.saturating_sub(limit));
    let brighter_of = |k: usize| ring(k).max(ring(k + 8));
    let darker_of = |k: usize| ring(k).min(ring(k + 8));

    // Two pairs reject most pixels.
    let mut bright = brighter_of(0).min(brighter_of(4));
    let mut dark = darker_of(0).max(darker_of(4));
    if N < 16 {
        for k in [1, 2, 3, 5, 6, 7] {
            bright = bright.min(brighter_of(k));
            dark = dark.max(darker_of(k));
        }
    }
    let (bright, dark) = (bright.simd_gt(above), dark.simd_lt(below));
    let zero = S::u8s::splat(simd, 0);
    let brightest = || best_arc::<S, N>(|k| ring(k).saturating_sub(centre));
    let darkest = || best_arc::<S, N>(|k| centre.saturating_sub(ring(k)));
    let best = match (bright.any_true(), dark.any_true()) {
        (false, false) => return None,
        (true, false) => bright.select(brightest(), zero),
        (false, true) => dark.select(darkest(), zero),
        (true, true) => (bright.select(brightest(), zero)).max(dark.select(darkest(), zero)),
    };
    Some(best.simd_gt(limit).select(best, zero))
}

/// The maximum over all arcs of N/2 + 1 pixels of the minimum within the arc.
///
/// Two arcs that start next to each other share all but their ends, so only every other run of
/// N/2 pixels is needed, and those are built from pairs and quadruples.
#[inline(always)]
fn best_arc<S: Simd, const N: usize>(difference: impl Fn(usize) -> S::u8s) -> S::u8s {
    let half = N / 2;
    let d: [S::u8s; N] = std::array::from_fn(difference);
    // Entry i belongs to the odd ring index j = 2i + 1; the upper half stays unused.
    let pairs: [S::u8s; N] = std::array::from_fn(|i| d[(2 * i + 1) % N].min(d[(2 * i + 2) % N]));
    let fours: [S::u8s; N] = std::array::from_fn(|i| pairs[i].min(pairs[(i + 1) % half]));
    let arc = |i: usize| {
        let run = match half {
            8 => fours[i].min(fours[(i + 2) % half]),
            6 => fours[i].min(pairs[(i + 2) % half]),
            _ => fours[i],
        };
        run.min(d[2 * i].max(d[(2 * i + half + 1) % N]))
    };
    let mut best = arc(0);
    for i in 1..half {
        best = best.max(arc(i));
    }
    best
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
    let load = |row: usize, x: usize| S::u8s::from_slice(simd, &rows[row][x..x + S::u8s::LEN]);
    let centre = load(1, at);
    let strong = centre.simd_gt(S::u8s::splat(simd, 1)).to_bitmask();
    if strong == 0 {
        return 0;
    }
    let mut around = load(1, at - 1).max(load(1, at + 1));
    for row in [0, 2] {
        for x in [at - 1, at, at + 1] {
            around = around.max(load(row, x));
        }
    }
    centre.simd_gt(around).to_bitmask() & strong
}

/// Which of the pixels at `at..` are not zero.
#[inline(always)]
pub(super) fn nonzero<S: Simd>(simd: S, row: &[u8], at: usize) -> u64 {
    S::u8s::from_slice(simd, &row[at..at + S::u8s::LEN])
        .simd_gt(S::u8s::splat(simd, 0))
        .to_bitmask()
}
