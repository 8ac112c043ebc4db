//! The bits of the binary descriptor: which of two cells has more of something.

use fearless_simd::{i32x16, prelude::*};

use super::cells::{CELLS, Sums};
use super::params::BITS_PER_CHANNEL;

/// Most cells of a grid.
const MOST: usize = 16;
/// Index of the first cell of each grid, and the number of its cells.
const GRIDS: [(usize, usize); 3] = [(0, 4), (4, 9), (13, 16)];
/// What is compared: brightness, then the gradient along and across the pattern.
const MOST_CHANNELS: usize = 3;

/// What the cells are worth, by channel.
type Values = [[f32; CELLS]; MOST_CHANNELS];

/// Which bits a descriptor has, and in which order.
#[derive(Clone, Debug)]
pub(super) enum Selection {
    /// All pairs, channel by channel within a grid.
    ByChannel(usize),
    /// All pairs, their channels side by side.
    ByPair(usize),
    /// Some pairs: index of the cell and channel on both sides.
    Some(Vec<[(u8, u8); 2]>),
}

impl Selection {
    /// The bits of a descriptor of `size` bits (0 for all) over so many channels.
    pub(super) fn new(size: u32, channels: u32, upright: bool) -> Self {
        match size {
            0 if upright => Self::ByPair(channels as usize),
            0 => Self::ByChannel(channels as usize),
            _ => Self::Some(choose(size as usize, channels as usize)),
        }
    }

    /// Writes the bits, the first one into the lowest bit of the first byte.
    #[inline(always)]
    pub(super) fn write<S: Simd>(
        &self,
        simd: S,
        cells: &[Sums; CELLS],
        turn: (f32, f32),
        out: &mut [u8],
    ) {
        let mut bits = Bits::new(out);
        match self {
            &Self::ByChannel(channels) => {
                let mut values = values(cells, turn, true);
                if channels == MOST_CHANNELS {
                    // Here, and only here, OpenCV has the gradient across first.
                    values.swap(1, 2);
                }
                for (first, count) in GRIDS {
                    for values in &values[..channels] {
                        write_grid(simd, &values[first..first + count], &mut bits);
                    }
                }
            }
            &Self::ByPair(channels) => {
                let values = values(cells, turn, true);
                for (first, count) in GRIDS {
                    for i in first..first + count {
                        for j in i + 1..first + count {
                            for values in &values[..channels] {
                                bits.push(u64::from(values[i] > values[j]), 1);
                            }
                        }
                    }
                }
            }
            Self::Some(pairs) => {
                let values = values(cells, turn, false);
                let value = |(cell, channel): (u8, u8)| values[channel as usize][cell as usize];
                for &[a, b] in pairs {
                    bits.push(u64::from(value(a) > value(b)), 1);
                }
            }
        }
        bits.finish();
    }
}

/// Means or sums of the cells, the gradients turned into the pattern's axes.
#[inline(always)]
fn values(cells: &[Sums; CELLS], (si, co): (f32, f32), means: bool) -> Values {
    let mut values = [[0.0; CELLS]; MOST_CHANNELS];
    for (i, &[gx, gy, light, count]) in cells.iter().enumerate() {
        let scale = if means && count > 0.0 {
            1.0 / count
        } else {
            1.0
        };
        values[0][i] = light * scale;
        values[1][i] = (gx * co + gy * si) * scale;
        values[2][i] = (gy * co - gx * si) * scale;
    }
    values
}

/// Compares each cell of a grid with all after it. Zeros of either sign count as different, as
/// in OpenCV, which compares bit patterns.
#[inline(always)]
fn write_grid<S: Simd>(simd: S, values: &[f32], bits: &mut Bits<'_>) {
    let mut keys = [0_i32; MOST];
    for (key, v) in keys.iter_mut().zip(values) {
        let pattern = v.to_bits() as i32;
        *key = pattern ^ ((pattern >> 31) as u32 >> 1) as i32;
    }
    let all = i32x16::from_slice(simd, &keys);
    for (i, &key) in keys.iter().enumerate().take(values.len() - 1) {
        let count = values.len() - 1 - i;
        let larger = i32x16::splat(simd, key).simd_gt(all).to_bitmask();
        bits.push((larger >> (i + 1)) & ((1 << count) - 1), count as u32);
    }
}

/// Collects bits into bytes.
struct Bits<'a> {
    out: &'a mut [u8],
    at: usize,
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    fn new(out: &'a mut [u8]) -> Self {
        Self {
            out,
            at: 0,
            held: 0,
            count: 0,
        }
    }

    /// Appends the lowest `count` bits of `bits`, at most 32; the others are zero.
    #[inline(always)]
    fn push(&mut self, bits: u64, count: u32) {
        self.held |= bits << self.count;
        self.count += count;
        if self.count >= 32 {
            self.out[self.at..self.at + 4].copy_from_slice(&(self.held as u32).to_le_bytes());
            self.at += 4;
            self.held >>= 32;
            self.count -= 32;
        }
    }

    fn finish(self) {
        let rest = &mut self.out[self.at..];
        let bytes = self.held.to_le_bytes();
        let count = rest.len();
        rest.copy_from_slice(&bytes[..count]);
    }
}

/// The fixed random choice of `size` bits: pairs of cells are drawn without putting back, each
/// with all of its channels; the six of the coarsest grid come first.
fn choose(size: usize, channels: usize) -> Vec<[(u8, u8); 2]> {
    let mut pairs = Vec::with_capacity(BITS_PER_CHANNEL as usize);
    for (first, count) in GRIDS {
        // OpenCV counts these cells along the second axis of the pattern first.
        let side = count.isqrt();
        let cell = |i: usize| (first + i % side * side + i / side) as u8;
        for i in 0..count {
            pairs.extend((i + 1..count).map(|j| [cell(i), cell(j)]));
        }
    }
    let mut random = Random(1024);
    let mut chosen = Vec::with_capacity(size.next_multiple_of(channels));
    for i in 0..size.div_ceil(channels) {
        let left = BITS_PER_CHANNEL as usize - i;
        let drawn = random.below(left as u32) as usize;
        let k = if i < 6 { i } else { drawn };
        let [a, b] = pairs[k];
        chosen.extend((0..channels as u8).map(|c| [(a, c), (b, c)]));
        pairs[k] = pairs[left - 1];
    }
    chosen.truncate(size);
    chosen
}

/// `cv::RNG`: multiply with carry.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = u64::from(self.0 as u32) * 4_164_903_690 + (self.0 >> 32);
        self.0 as u32 % n
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    fn cells() -> [Sums; CELLS] {
        std::array::from_fn(|i| {
            let v = |m: usize| ((i * m) % 37) as f32 - 18.0;
            [v(5), v(11), v(7), 25.0]
        })
    }

    fn write(selection: &Selection, bytes: usize) -> Vec<u8> {
        let mut out = vec![0xff; bytes];
        let turn = 0.3_f32.sin_cos();
        dispatch!(Level::new(), simd => selection.write(simd, &cells(), turn, &mut out));
        out
    }

    fn bit(bytes: &[u8], i: usize) -> bool {
        bytes[i / 8] >> (i % 8) & 1 == 1
    }

    #[test]
    fn both_orders_hold_the_same_bits() {
        let (channel, pair) = (Selection::ByChannel(3), Selection::ByPair(3));
        let (a, b) = (write(&channel, 61), write(&pair, 61));
        let mut start = 0;
        for (_, count) in GRIDS {
            let pairs = count * (count - 1) / 2;
            for (p, c) in (0..pairs).flat_map(|p| (0..3).map(move |c| (p, c))) {
                let across = [0, 2, 1][c];
                assert_eq!(
                    bit(&a, start + across * pairs + p),
                    bit(&b, start + 3 * p + c)
                );
            }
            start += 3 * pairs;
        }
        assert_eq!(start, 486);
        assert_eq!(a[60] >> 6, 0);
    }

    #[test]
    fn a_choice_draws_no_pair_twice() {
        for channels in 1..=3 {
            let full = BITS_PER_CHANNEL as usize * channels;
            let mut all = choose(full, channels);
            assert_eq!(all[..18.min(full)], choose(18.min(full), channels));
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), full);
        }
        assert_eq!(choose(1, 3), [[(0, 0), (2, 0)]]);
    }
}
