//! How much the colours of two sheets differ, brightness, contrast and saturation of the whole apart.

use super::blocks::{Block, SIDE};
use super::sheet::Sheet;
use super::thumbnail::Colour;

/// Mean square of the difference to grey from which a picture has colours.
const COLOURED: f32 = 20.0;
/// A difference of so many levels counts as much as the contrast of a block.
const FLOOR: f32 = 10.0;

/// For each channel a factor and a sum; and how much of its distance to grey is added.
#[derive(Clone, Copy, Debug)]
pub(super) struct ColourMap {
    gains: [f32; 4],
    offsets: [f32; 4],
    saturation: f32,
    /// Whether both pictures have colours; else only luma is compared.
    coloured: bool,
}

impl ColourMap {
    /// The one that makes the blocks of the query most like those of the found picture.
    pub(super) fn fitted<'a>(
        query: &Sheet,
        found: &Sheet,
        blocks: impl Iterator<Item = &'a Block> + Clone,
    ) -> Self {
        let mut sums = [[0.0f64; 5]; 4];
        let mut grey = [0.0f64; 2];
        for block in blocks.clone() {
            each_cell(query, found, block, |q, f| {
                for i in 0..4 {
                    let (a, b) = (f64::from(q[i]), f64::from(f[i]));
                    for (sum, value) in sums[i].iter_mut().zip([1.0, a, b, a * a, a * b]) {
                        *sum += value;
                    }
                }
                for (sum, c) in grey.iter_mut().zip([q, f]) {
                    *sum += f64::from((c[0] - c[3]).powi(2) + (c[2] - c[3]).powi(2));
                }
            });
        }
        let count = sums[3][0].max(1.0);
        let mut map = Self {
            gains: [1.0; 4],
            offsets: [0.0; 4],
            saturation: 0.0,
            coloured: grey.iter().all(|g| g / count > f64::from(COLOURED)),
        };
        for (i, [n, a, b, aa, ab]) in sums.into_iter().enumerate() {
            let (variance, covariance) = (aa - a * a / n.max(1.0), ab - a * b / n.max(1.0));
            let gain = if variance > n {
                covariance / variance
            } else {
                1.0
            };
            map.gains[i] = gain.clamp(0.3, 3.0) as f32;
            map.offsets[i] = ((b - f64::from(map.gains[i]) * a) / n.max(1.0)) as f32;
        }
        let (mut along, mut squares) = (0.0f32, 1.0f32);
        for block in blocks {
            each_cell(query, found, block, |q, f| {
                let mapped = map.of(q);
                for i in 0..3 {
                    let chroma = q[i] - q[3];
                    along += chroma * (f[i] - mapped[i]);
                    squares += chroma * chroma;
                }
            });
        }
        map.saturation = (along / squares).clamp(-1.0, 1.0);
        map
    }

    fn of(&self, c: &Colour) -> Colour {
        std::array::from_fn(|i| {
            self.gains[i] * c[i] + self.offsets[i] + self.saturation * (c[i] - c[3])
        })
    }

    /// The difference of a block over its contrast.
    pub(super) fn difference(&self, query: &Sheet, found: &Sheet, block: &Block) -> f32 {
        let channels = if self.coloured { 0..3 } else { 3..4 };
        let (mut error, mut sums, mut squares, mut count) = (0.0, [0.0f32; 4], [0.0f32; 4], 0.0);
        each_cell(query, found, block, |q, f| {
            let mapped = self.of(q);
            for i in channels.clone() {
                error += (f[i] - mapped[i]).powi(2);
                sums[i] += f[i];
                squares[i] += f[i] * f[i];
                count += 1.0f32;
            }
        });
        let cells = (SIDE * SIDE) as f32;
        let contrast: f32 = channels
            .map(|i| (squares[i] - sums[i] * sums[i] / cells).max(0.0))
            .sum();
        (error / (contrast + count * FLOOR * FLOOR)).sqrt()
    }
}

/// Every cell of a block, in the query where it is best seen.
fn each_cell(query: &Sheet, found: &Sheet, block: &Block, mut see: impl FnMut(&Colour, &Colour)) {
    let (x, y) = block.place;
    let aside = |at: usize, shift: f32| at.saturating_add_signed(shift.round() as isize);
    let (qx, qy) = (aside(x, block.shift.0), aside(y, block.shift.1));
    for row in 0..SIDE {
        let of_query = &query.colours[(qy + row) * query.structure.width + qx..][..SIDE];
        let of_found = &found.colours[(y + row) * found.structure.width + x..][..SIDE];
        of_query.iter().zip(of_found).for_each(|(q, f)| see(q, f));
    }
}
