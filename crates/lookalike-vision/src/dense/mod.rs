//! Whether the pixels of two pictures agree, block by block, where a transform lays one over the
//! other.
//!
//! Matches of features say that something is shared; they do not say how much. [`compare`] looks at
//! all of it: two [`Thumbnail`]s are laid over each other in cells, the transform is corrected by what
//! blocks of 8 x 8 cells say about their place, and each block agrees, contradicts or shows nothing.
//! Correlation within a block does not change with light and contrast. The [`Evidence`] has no
//! threshold of its own for a verdict: that belongs to the caller.

mod blocks;
mod colours;
mod field;
mod frame;
mod ground;
mod sheet;
mod thumbnail;

pub use thumbnail::Thumbnail;

use crate::geometry::{Transform, coverage};
use blocks::{Block, Windows};
use colours::ColourMap;
use sheet::{Luma, MARGIN, Raster, Sheet};

/// Cells along the longer side of what the pictures share.
const CELLS: f64 = 128.0;
/// How far aside a block is looked for at first, and under the corrected transform, in cells.
const REACH: [usize; 2] = [MARGIN, 2];
/// Least variance, in squared levels of grey, of a block that shows something, and of one that shows
/// so much that noise cannot hide whether it agrees.
const TEXTURE: [f32; 2] = [30.0, 100.0];
/// Least correlation of a block that agrees.
const AGREES: f32 = 0.8;
/// Variances that differ by less than this factor are of things that are alike in contrast.
const LIKE: f32 = 4.0;
/// Largest difference of colours, over the contrast, of a block without texture that agrees.
const ALIKE: f32 = 1.2;
/// From this share of plain ground on, what is drawn on it may be fine print: it is looked at twice
/// as finely where most of it seems to agree.
const GROUND: f64 = 0.2;
/// See `GROUND`.
const MOST: f64 = 0.7;

/// What the pixels of two pictures say about each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// From query to found pixels of the thumbnails, corrected.
    pub transform: Transform,
    /// Cells along the longer side of what both show, of which a block has 8 x 8.
    pub cells: f64,
    /// Blocks where one of the pictures shows something.
    pub blocks: usize,
    /// Share of them that agree, 0..=1.
    pub agreeing: f64,
    /// Share of them that do not, though both pictures have about the same contrast there: other
    /// content of the same kind. What was laid over one picture mostly has more, or less.
    pub replaced: f64,
    /// Correlation of all but the worst 2 % of the blocks that show much, -1..=1; where none does, of those
    /// that show something.
    pub worst: f64,
    /// The difference of all but 2 % of the blocks in colour, over their contrast, once brightness,
    /// contrast and saturation of the whole are the same.
    pub recoloured: f64,
    /// Share of the cells where both show their commonest level of grey, as paper is.
    pub ground: f64,
    /// Share of the query, and of the found picture, that agrees, 0..=1. What shows nothing agrees as
    /// far as what is around it, if it has the same colour.
    pub overlaps: [f64; 2],
    /// How far blocks lie beside the transform together with their neighbours, in 1/128 of what is
    /// shared: a smooth warp, as another viewpoint makes it. 0 where it cannot be told.
    pub warp: f64,
    /// Shares of the query, and of the found picture, beyond the edges of the other.
    pub beyond: [f64; 2],
    /// As `beyond`, as far as something is shown there.
    pub detail_beyond: [f64; 2],
}

/// Compares two pictures under a transform from the pixels of one to those of the other, of which
/// either may be mirrored. `None` where they share too little to be compared, or show nothing there.
pub fn compare(query: &Thumbnail, found: &Thumbnail, transform: &Transform) -> Option<Evidence> {
    let coarse = Laid::new(query, found, transform, CELLS)?;
    let evidence = coarse.evidence(query, found)?;
    if evidence.ground < GROUND || evidence.agreeing < MOST {
        return Some(evidence);
    }
    let fine = Laid::new(query, found, &evidence.transform, 2.0 * CELLS);
    let fine = fine.and_then(|laid| laid.evidence(query, found));
    let warp = evidence.warp;
    Some(fine.map_or(evidence, |fine| Evidence { warp, ..fine }))
}

/// Two pictures laid over each other.
struct Laid {
    query: Sheet,
    found: Sheet,
    blocks: Vec<Block>,
    /// Cells along the longer side.
    cells: f64,
    /// From query to found pixels.
    transform: Transform,
}

impl Laid {
    fn new(
        query: &Thumbnail,
        found: &Thumbnail,
        transform: &Transform,
        cells: f64,
    ) -> Option<Self> {
        let raster = Raster::over(query, found, transform, cells)?;
        if raster.columns.min(raster.rows) < 2 * (blocks::SIDE + blocks::EDGE) {
            return None;
        }
        let to_found = raster.to_found();
        let mut back = transform.inverse()?.after(&to_found);
        let of_found = Sheet::of(found, &raster, &to_found);
        let look = |of_query: &Luma, back: &Transform, reach| -> Vec<Block> {
            let windows = Windows::new(of_query);
            blocks::places(&raster)
                .filter(|&place| is_seen(place, back, query.size()))
                .map(|place| blocks::compared(&windows, &of_found.structure, place, reach))
                .collect()
        };
        let first = Luma::of(query, &raster, &back);
        if let Some(correction) = field::correction(&look(&first, &back, REACH[0])) {
            back = back.after(&correction);
        }
        let of_query = Sheet::of(query, &raster, &back);
        Some(Self {
            blocks: look(&of_query.structure, &back, REACH[1]),
            cells: raster.columns.max(raster.rows) as f64,
            transform: to_found.after(&back.inverse()?),
            query: of_query,
            found: of_found,
        })
    }

    fn evidence(&self, query: &Thumbnail, found: &Thumbnail) -> Option<Evidence> {
        let shown = |block: &&Block| block.contrast() > TEXTURE[0];
        let textured: Vec<&Block> = self.blocks.iter().filter(shown).collect();
        if textured.is_empty() {
            return None;
        }
        let share = |is: &dyn Fn(&Block) -> bool| {
            textured.iter().filter(|block| is(block)).count() as f64 / textured.len() as f64
        };
        let agreeing = share(&|b| b.best >= AGREES);
        let (recoloured, plain) = self.colours();
        let area = agreeing * (textured.len() + plain) as f64 / self.blocks.len() as f64;
        let back = self.transform.inverse()?;
        let (of_query, of_found) = (query.size(), found.size());
        let [own, other] = [
            frame::beyond(query, of_found, &self.transform),
            frame::beyond(found, of_query, &back),
        ];
        Some(Evidence {
            transform: self.transform,
            cells: self.cells,
            blocks: textured.len(),
            agreeing,
            replaced: share(&|b| b.best < AGREES && b.is_balanced(LIKE)),
            worst: self.worst(),
            recoloured,
            ground: ground::shared(&self.query, &self.found),
            overlaps: [
                area * coverage(&back, of_found, of_query),
                area * coverage(&self.transform, of_query, of_found),
            ],
            warp: field::warp(&self.blocks).unwrap_or(0.0),
            beyond: [own[0], other[0]],
            detail_beyond: [own[1], other[1]],
        })
    }

    /// How much blocks differ in colour, and how many without texture do not.
    fn colours(&self) -> (f64, usize) {
        let alike = |b: &&Block| b.contrast() <= TEXTURE[0] || b.best >= AGREES;
        let map = ColourMap::fitted(&self.query, &self.found, self.blocks.iter().filter(alike));
        let difference = |b: &Block| map.difference(&self.query, &self.found, b);
        let mut all: Vec<f32> = self.blocks.iter().map(difference).collect();
        let both = self.blocks.iter().zip(&all);
        let plain = both.filter(|(b, d)| b.contrast() <= TEXTURE[0] && **d <= ALIKE);
        let plain = plain.count();
        all.sort_by(f32::total_cmp);
        (all[(all.len() - 1) * 98 / 100].into(), plain)
    }

    fn worst(&self) -> f64 {
        let above = |least: f32| -> Vec<f32> {
            let blocks = self.blocks.iter().filter(|block| block.contrast() > least);
            blocks.map(|block| block.best).collect()
        };
        let mut all = above(TEXTURE[1]);
        if all.is_empty() {
            all = above(TEXTURE[0]);
        }
        all.sort_by(f32::total_cmp);
        all.get(all.len() / 50).copied().unwrap_or(0.0).into()
    }
}

/// Whether all of a block lies in the query, and a little more.
fn is_seen((x, y): (usize, usize), back: &Transform, (width, height): (usize, usize)) -> bool {
    let first = -(blocks::EDGE as f64);
    let last = (blocks::SIDE - 1 + blocks::EDGE) as f64;
    let corners = [(first, first), (last, first), (first, last), (last, last)];
    corners.iter().all(|&(dx, dy)| {
        back.apply((x as f64 + dx, y as f64 + dy))
            .is_some_and(|(x, y)| {
                x >= -0.5 && y >= -0.5 && x <= width as f64 - 0.5 && y <= height as f64 - 0.5
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture by a function of the plane, in grey.
    fn picture(width: usize, height: usize, at: impl Fn(f64, f64) -> f64) -> Thumbnail {
        let pixel = |i: usize| at((i % width) as f64, (i / width) as f64);
        let rgb = (0..width * height).flat_map(|i| [pixel(i) as u8; 3]);
        Thumbnail::from_rgb(width, height, &rgb.collect::<Vec<u8>>()).unwrap()
    }

    /// Waves without a period.
    fn waves(x: f64, y: f64) -> f64 {
        let wave = (x * 0.21).sin() + (y * 0.23 + x * 0.05).sin() + (x * y * 0.0021).cos();
        128.0 + 35.0 * wave
    }

    fn other_waves(x: f64, y: f64) -> f64 {
        let wave = (x * 0.13 - y * 0.11).sin() + (y * 0.31).cos() + (x * x * 0.0013).cos();
        128.0 + 35.0 * wave
    }

    fn agreeing(query: &Thumbnail, found: &Thumbnail, transform: &Transform) -> Evidence {
        compare(query, found, transform).unwrap()
    }

    #[test]
    fn a_warped_copy_agrees_even_where_the_transform_is_a_little_off() {
        let detailed = |x: f64, y: f64| waves(2.0 * x, 2.0 * y);
        let original = picture(256, 192, detailed);
        let truth = Transform::from_rows([0.9, 0.2, -20.0, -0.25, 1.1, 15.0, 2e-4, 1e-4, 1.0]);
        let back = truth.inverse().unwrap();
        let copy = picture(240, 208, |x, y| {
            let (x, y) = back.apply((x, y)).unwrap();
            detailed(x, y)
        });
        let off = Transform::affine([1.0, 0.0, 3.0, 0.0, 1.0, -2.0]).after(&truth);
        for transform in [truth, off] {
            let seen = agreeing(&original, &copy, &transform);
            assert!(seen.agreeing > 0.95 && seen.replaced < 0.05, "{seen:?}");
            assert!(seen.warp < 0.15, "{seen:?}");
        }
        let seen = agreeing(&original, &copy, &off).transform;
        let (x, y) = seen.apply((128.0, 96.0)).unwrap();
        let (u, v) = truth.apply((128.0, 96.0)).unwrap();
        assert!((x - u).hypot(y - v) < 0.7, "{x} {y} instead of {u} {v}");
    }

    #[test]
    fn light_and_contrast_do_not_matter_and_strangers_contradict() {
        let original = picture(200, 150, waves);
        let pale = picture(200, 150, |x, y| 90.0 + waves(x, y) / 3.0);
        let same = agreeing(&original, &pale, &Transform::identity());
        assert!(same.agreeing > 0.99 && same.recoloured < 0.5, "{same:?}");
        assert!(same.overlaps.iter().all(|&share| share > 0.95), "{same:?}");
        let stranger = picture(200, 150, other_waves);
        let other = agreeing(&original, &stranger, &Transform::identity());
        assert!(other.agreeing < 0.3 && other.replaced > 0.3, "{other:?}");
    }

    #[test]
    fn a_common_banner_is_a_small_share() {
        let banner = |y: f64| y > 130.0;
        let with = |content: fn(f64, f64) -> f64| {
            move |x: f64, y: f64| {
                if banner(y) {
                    waves(1.7 * x, 2.1 * y)
                } else {
                    content(x, y)
                }
            }
        };
        let one = picture(240, 180, with(waves));
        let two = picture(240, 180, with(other_waves));
        let seen = agreeing(&one, &two, &Transform::identity());
        assert!(
            seen.overlaps[0] > 0.1 && seen.overlaps[0] < 0.45,
            "{seen:?}"
        );
    }

    #[test]
    fn a_moved_camera_shows_more_at_the_edge_of_both_and_a_crop_of_one() {
        let at = |dx: f64| picture(240, 180, move |x, y| waves(x + dx, y));
        let moved = Transform::affine([1.0, 0.0, -6.0, 0.0, 1.0, 0.0]);
        let seen = agreeing(&at(0.0), &at(6.0), &moved);
        assert!(
            seen.detail_beyond.iter().all(|&share| share > 0.01),
            "{seen:?}"
        );
        let crop = picture(150, 120, |x, y| waves(x + 30.0, y + 20.0));
        let place = Transform::affine([1.0, 0.0, -30.0, 0.0, 1.0, -20.0]);
        let seen = agreeing(&at(0.0), &crop, &place);
        assert!(seen.beyond[0] > 0.5 && seen.beyond[1] < 0.001, "{seen:?}");
    }

    #[test]
    fn nothing_to_compare_is_no_answer() {
        let plain = picture(100, 100, |_, _| 7.0);
        let here = Transform::identity();
        let away = Transform::affine([1.0, 0.0, 500.0, 0.0, 1.0, 0.0]);
        let one = Thumbnail::from_rgb(1, 1, &[1, 2, 3]).unwrap();
        assert_eq!(compare(&plain, &plain, &here), None);
        assert_eq!(compare(&picture(99, 9, waves), &plain, &away), None);
        assert_eq!(compare(&one, &one, &here), None);
        assert!(Thumbnail::from_rgb(2, 2, &[0; 11]).is_err());
        assert!(Thumbnail::from_rgb(0, 0, &[]).is_err());
    }
}
