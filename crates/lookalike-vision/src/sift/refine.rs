//! Sub-pixel positions of extrema (Lowe 2004, sections 4 and 4.1).

use std::ops::Range;

use super::{
    SiftParams,
    extrema::{BORDER, Candidate},
    planes::Planes,
    top::Filtered,
};

/// A refined extremum; `column` and `row` are the pixel nearest to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extremum {
    /// Index of the octave, 0 for the first.
    pub octave: usize,
    pub level: usize,
    pub column: usize,
    pub row: usize,
    /// Position in pixels of the first octave.
    pub x: f32,
    pub y: f32,
    /// As in [`Keypoint`](crate::Keypoint), for the first octave.
    pub size: f32,
    pub response: f32,
    /// Octave, level and the offset from it, packed as OpenCV does.
    pub packed: i32,
}

/// Steps that an extremum may wander before it is given up.
const STEPS: usize = 5;
/// Grey values are counted from 0 to 1.
const SCALE: f32 = 1.0 / 255.0;

/// Differences of Gaussians around a pixel: by level, row and column, the pixel in the middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cube(pub [Block; 3]);

/// Values around a pixel by row and column.
pub(super) type Block = [[f32; 3]; 3];

impl Cube {
    fn middle(&self) -> f32 {
        self.0[1][1][1]
    }

    /// First derivatives by x, y and level.
    fn gradient(&self) -> [f32; 3] {
        let scale = SCALE * 0.5;
        let [before, [above, here, below], after] = &self.0;
        [
            (here[2] - here[0]) * scale,
            (below[1] - above[1]) * scale,
            (after[1][1] - before[1][1]) * scale,
        ]
    }

    /// Second derivatives: xx, yy, ll, xy, xl, yl.
    fn hessian(&self) -> [f32; 6] {
        let twice = self.middle() * 2.0;
        let second = |a: f32, b: f32| (a + b - twice) * SCALE;
        let mixed = |a: f32, b: f32, c: f32, d: f32| (a - b - c + d) * (SCALE * 0.25);
        let [before, [above, here, below], after] = &self.0;
        [
            second(here[2], here[0]),
            second(below[1], above[1]),
            second(after[1][1], before[1][1]),
            mixed(below[2], below[0], above[2], above[0]),
            mixed(after[1][2], after[1][0], before[1][2], before[1][0]),
            mixed(after[2][1], after[0][1], before[2][1], before[0][1]),
        ]
    }
}

/// Solves the symmetric system `h x = g` by Cramer's rule; zeros where it has no solution.
fn solve([xx, yy, ll, xy, xl, yl]: [f32; 6], g: [f32; 3]) -> [f32; 3] {
    let (m0, m1, m2) = (yy * ll - yl * yl, xy * ll - yl * xl, xy * yl - yy * xl);
    let determinant = xx * m0 - xy * m1 + xl * m2;
    if determinant == 0.0 {
        return [0.0; 3];
    }
    let d = 1.0 / f64::from(determinant);
    let by = |v: f32| (d * f64::from(v)) as f32;
    let [g0, g1, g2] = g;
    [
        by(g0 * m0 - xy * (g1 * ll - yl * g2) + xl * (g1 * yl - yy * g2)),
        by(xx * (g1 * ll - yl * g2) - g0 * m1 + xl * (xy * g2 - g1 * xl)),
        by(xx * (yy * g2 - g1 * yl) - xy * (xy * g2 - g1 * xl) + g0 * m2),
    ]
}

/// Fits a parabola around the candidate of the octave with index `index`; `None` where the
/// extremum wanders off, has too little contrast, or lies on an edge.
pub(super) fn refine(
    params: &SiftParams,
    planes: &Planes<'_, &[f32]>,
    index: usize,
    candidate: &Candidate,
    filtered: &mut Filtered,
) -> Option<Extremum> {
    let layout = planes.layout;
    let layers = params.n_octave_layers;
    let mut level = candidate.level as usize;
    let mut column = candidate.x as usize;
    let mut row = candidate.y as usize;
    let mut steps = 0;
    let mut cube = candidate.cube;
    let [dx, dy, dl] = loop {
        let offset = solve(cube.hessian(), cube.gradient()).map(|v| -v);
        if offset.iter().all(|v| v.abs() < 0.5) {
            break offset;
        }
        steps += 1;
        let far = (i32::MAX / 3) as f32;
        if steps == STEPS || offset.iter().any(|v| v.abs() > far) {
            return None;
        }
        let [x, y, l] = offset.map(|v| v.round_ties_even() as isize);
        let step = |from: usize, by: isize, range: Range<usize>| {
            from.checked_add_signed(by).filter(|v| range.contains(v))
        };
        level = step(level, l, 1..layers + 1)?;
        column = step(column, x, BORDER..layout.width - BORDER)?;
        row = step(row, y, BORDER..layout.height - BORDER)?;
        cube = planes.cube(level, column, row, filtered);
    };
    let [gx, gy, gl] = cube.gradient();
    let contrast = cube.middle() * SCALE + (gx * dx + gy * dy + gl * dl) * 0.5;
    if contrast.abs() * (layers as f32) < params.contrast_threshold as f32 {
        return None;
    }
    let [xx, yy, _, xy, ..] = cube.hessian();
    let (trace, determinant) = (xx + yy, xx * yy - xy * xy);
    let edge = params.edge_threshold as f32;
    if determinant <= 0.0 || trace * trace * edge >= (edge + 1.0) * (edge + 1.0) * determinant {
        return None;
    }
    let pixel = (1u32 << index) as f32;
    let fraction = ((dl + 0.5) * 255.0).round_ties_even() as i32;
    let octaves = (level as f32 + dl) / layers as f32;
    Some(Extremum {
        octave: index,
        level,
        column,
        row,
        x: (column as f32 + dx) * pixel,
        y: (row as f32 + dy) * pixel,
        size: params.sigma as f32 * octaves.exp2() * pixel * 2.0,
        response: contrast.abs(),
        packed: index as i32 + ((level as i32) << 8) + (fraction << 16),
    })
}
