//! The kinds of modification.

use super::pixels::{blur, fill, jpeg, map, paste, plain, warp};
use super::random::Random;
use crate::decode::{DecodeError, Picture};
use lookalike_vision::geometry::Transform;

type Copied = Result<Picture, DecodeError>;

/// Makes a copy of a picture; the others are pictures that the copy shows as well.
type Make = fn(&Picture, &mut Random, &[&Picture]) -> Copied;

/// A kind of modification.
#[derive(Debug)]
pub struct Modification {
    name: &'static str,
    /// How many other pictures a copy shows.
    pub(super) others: usize,
    pub(super) make: Make,
}

impl Modification {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        alone("resize50", |p, _, _| scaled(p, 0.5)),
        alone("resize25", |p, _, _| scaled(p, 0.25)),
        alone("jpeg30", |p, _, _| jpeg(p, 30)),
        alone("jpeg8", |p, _, _| jpeg(p, 8)),
        alone("crop70", |p, r, _| Ok(cropped(p, 0.7, r))),
        alone("crop50", |p, r, _| Ok(cropped(p, 0.5, r))),
        alone("crop30", |p, r, _| Ok(cropped(p, 0.3, r))),
        alone("rot10", |p, _, _| Ok(rotated(p, 10.0))),
        alone("rot45", |p, _, _| Ok(rotated(p, 45.0))),
        alone("rot90", |p, _, _| Ok(rotated(p, 90.0))),
        alone("mirror", |p, _, _| Ok(mirrored(p))),
        alone("mirror-crop", |p, r, _| Ok(cropped(&mirrored(p), 0.6, r))),
        alone("lettering", |p, r, _| Ok(lettered(p, r))),
        alone("colour", |p, r, _| Ok(recoloured(p, r))),
        alone("grey", |p, _, _| Ok(grey(p))),
        alone("blur", |p, _, _| Ok(blur(p, 2.0))),
        alone("noise", |p, r, _| Ok(noisy(p, 18.0, r))),
        alone("stretch", |p, _, _| {
            p.resized((part(p.width, 1.35), p.height))
        }),
        alone("border", |p, r, _| Ok(bordered(p, r))),
        alone("occlude40", |p, r, _| Ok(occluded(p, 0.4, r))),
        with_others("collage4", 3, collage),
        with_others("embed10", 1, |p, r, others| embedded(p, 0.1, r, others)),
        alone("perspective", |p, r, _| Ok(seen_aslant(p, 0.18, r))),
        alone("screen", |p, r, _| on_a_screen(p, r)),
        alone("combination", |p, r, _| combined(p, r)),
    ];

    /// Its name, as `crop50` or `mirror`.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

const fn alone(name: &'static str, make: Make) -> Modification {
    with_others(name, 0, make)
}

const fn with_others(name: &'static str, others: usize, make: Make) -> Modification {
    Modification { name, others, make }
}

const GREY: [u8; 3] = [128; 3];
const WHITE: [u8; 3] = [255; 3];
const BLACK: [u8; 3] = [0; 3];

/// A share of a length in pixels, at least one.
fn part(length: u32, share: f64) -> u32 {
    ((f64::from(length) * share).round() as u32).max(1)
}

/// At least 8 pixels a side.
fn scaled(picture: &Picture, factor: f64) -> Copied {
    let side = |length| part(length, factor).max(8);
    picture.resized((side(picture.width), side(picture.height)))
}

/// A part of the same shape with this share of the area, anywhere.
fn cropped(picture: &Picture, share: f64, random: &mut Random) -> Picture {
    let (w, h) = (picture.width, picture.height);
    let (width, height) = (part(w, share.sqrt()), part(h, share.sqrt()));
    let x = random.up_to(w - width);
    let y = random.up_to(h - height);
    picture.part((x, y, width, height))
}

/// Rotated on a grey ground that grows to hold all of it.
fn rotated(picture: &Picture, degrees: f64) -> Picture {
    let (w, h) = (f64::from(picture.width), f64::from(picture.height));
    let (sin, cos) = degrees.to_radians().sin_cos();
    let side = |a: f64, b: f64| (a.abs() + b.abs()).round().max(1.0);
    let (width, height) = (side(w * cos, h * sin), side(w * sin, h * cos));
    let centre = |w: f64, h: f64| ((w - 1.0) / 2.0, (h - 1.0) / 2.0);
    let back = Transform::similarity(1.0, degrees, centre(width, height), centre(w, h));
    warp(picture, (width as u32, height as u32), &back, GREY)
}

fn mirrored(picture: &Picture) -> Picture {
    let back = Transform::mirror(picture.width.into());
    warp(picture, (picture.width, picture.height), &back, GREY)
}

/// Two lines of what looks like outlined capitals, at the top and at the bottom.
fn lettered(picture: &Picture, random: &mut Random) -> Picture {
    const LETTERS: u32 = 14;
    const ROWS: u32 = 5;
    const COLUMNS: u32 = 3;
    let mut copy = picture.clone();
    let cell = (picture.width / (LETTERS * (COLUMNS + 1))).max(1);
    let outline = (picture.width / 200).max(1);
    let margin = part(picture.height, 0.04);
    let bottom = picture.height.saturating_sub(margin + ROWS * cell);
    for top in [margin, bottom] {
        let columns = LETTERS * (COLUMNS + 1);
        let cells = (0..columns).flat_map(|column| (0..ROWS).map(move |row| (column, row)));
        let mut inked = Vec::new();
        for (column, row) in cells {
            let gap = column % (COLUMNS + 1) == COLUMNS;
            if !gap && random.between(0.0, 1.0) < 0.6 {
                inked.push((column * cell + cell / 2, top + row * cell));
            }
        }
        for &(x, y) in &inked {
            let (left, above) = (x.saturating_sub(outline), y.saturating_sub(outline));
            let side = cell + 2 * outline;
            fill(&mut copy, (left, above, side, side), BLACK);
        }
        for &(x, y) in &inked {
            fill(&mut copy, (x, y, cell, cell), WHITE);
        }
    }
    copy
}

/// Other saturation, brightness, contrast and balance of colours.
fn recoloured(picture: &Picture, random: &mut Random) -> Picture {
    let mut draw = |from, to| random.between(from, to) as f32;
    let (saturation, brightness, contrast) = (draw(1.3, 1.8), draw(0.75, 1.25), draw(0.8, 1.3));
    let gains: [f32; 3] = std::array::from_fn(|_| draw(0.85, 1.15));
    map(picture, |_, pixel| {
        let luma = luma(pixel);
        std::array::from_fn(|i| {
            let bright = (luma + (pixel[i] - luma) * saturation) * brightness;
            (128.0 + (bright - 128.0) * contrast) * gains[i]
        })
    })
}

fn grey(picture: &Picture) -> Picture {
    map(picture, |_, pixel| [luma(pixel); 3])
}

/// The weights of ITU-R BT.601.
fn luma([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

fn noisy(picture: &Picture, deviation: f32, random: &mut Random) -> Picture {
    map(picture, |_, pixel| {
        pixel.map(|v| v + deviation * random.normal())
    })
}

/// A frame of one colour, 12 % of the larger side wide.
fn bordered(picture: &Picture, random: &mut Random) -> Picture {
    let width = part(picture.width.max(picture.height), 0.12);
    let size = (picture.width + 2 * width, picture.height + 2 * width);
    let mut framed = plain(size, random.colour());
    paste(&mut framed, picture, (width, width));
    framed
}

/// A plain rectangle over this share of the area.
fn occluded(picture: &Picture, share: f64, random: &mut Random) -> Picture {
    let across = random.between(share, 1.0);
    let (width, height) = (
        part(picture.width, across),
        part(picture.height, share / across),
    );
    let x = random.up_to(picture.width - width);
    let y = random.up_to(picture.height - height);
    let mut copy = picture.clone();
    fill(&mut copy, (x, y, width, height), random.colour());
    copy
}

/// One cell of two by two; cells without a picture are grey.
fn collage(picture: &Picture, random: &mut Random, others: &[&Picture]) -> Copied {
    let mut cells = vec![Some(picture)];
    cells.extend((0..3).map(|i| others.get(i).copied()));
    let mut sheet = plain((640, 480), GREY);
    for (i, cell) in (0..).zip(random.some_of(cells, 4)) {
        if let Some(cell) = cell {
            let place = (i % 2 * 320, i / 2 * 240);
            paste(&mut sheet, &cell.resized((320, 240))?, place);
        }
    }
    Ok(sheet)
}

/// Pasted into another picture, or onto a grey one, at this share of its area.
fn embedded(picture: &Picture, share: f64, random: &mut Random, others: &[&Picture]) -> Copied {
    let mut scene = match others.first() {
        Some(&other) => other.clone(),
        None => plain((640, 480), GREY),
    };
    let (w, h) = (f64::from(scene.width), f64::from(scene.height));
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    let factor = (share * w * h / (width * height)).sqrt();
    let small = scaled(picture, factor.min(w / width).min(h / height))?;
    let x = random.up_to(scene.width.saturating_sub(small.width));
    let y = random.up_to(scene.height.saturating_sub(small.height));
    paste(&mut scene, &small, (x, y));
    Ok(scene)
}

/// Each corner moved inwards by up to `strength` of the sides.
fn seen_aslant(picture: &Picture, strength: f64, random: &mut Random) -> Picture {
    let (w, h) = (f64::from(picture.width), f64::from(picture.height));
    let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| {
        let mut inwards = |at: f64| at + random.between(0.0, strength) * (1.0 - 2.0 * at);
        (inwards(x) * w, inwards(y) * h)
    });
    let size = (picture.width, picture.height);
    match square_to(corners, (w, h)).inverse() {
        Some(back) => warp(picture, size, &back, [90; 3]),
        None => picture.clone(),
    }
}

/// The homography that takes a rectangle of `size` from the origin to four corners, clockwise from
/// the top left (Heckbert: "Fundamentals of texture mapping and image warping", 1989, section 2.2.3).
fn square_to(corners: [(f64, f64); 4], (w, h): (f64, f64)) -> Transform {
    let [(x0, y0), (x1, y1), (x2, y2), (x3, y3)] = corners;
    let (dx1, dx2, sx) = (x1 - x2, x3 - x2, x0 - x1 + x2 - x3);
    let (dy1, dy2, sy) = (y1 - y2, y3 - y2, y0 - y1 + y2 - y3);
    let area = dx1 * dy2 - dx2 * dy1;
    let g = (sx * dy2 - dx2 * sy) / area;
    let k = (dx1 * sy - sx * dy1) / area;
    Transform::from_rows([
        (x1 - x0 + g * x1) / w,
        (x3 - x0 + k * x3) / h,
        x0,
        (y1 - y0 + g * y1) / w,
        (y3 - y0 + k * y3) / h,
        y0,
        g / w,
        k / h,
        1.0,
    ])
}

/// As photographed from a screen: aslant, with its grid, a reflection, blur, noise and JPEG.
fn on_a_screen(picture: &Picture, random: &mut Random) -> Copied {
    let aslant = seen_aslant(picture, 0.08, random);
    let (w, h) = (f64::from(picture.width), f64::from(picture.height));
    let glare = (random.between(0.0, w) as f32, random.between(0.0, h) as f32);
    let spread = 2.0 * (0.25 * w as f32).powi(2);
    let lit = map(&aslant, |(x, y), pixel| {
        let (x, y) = (x as f32, y as f32);
        let column = if (2.1 * x).sin() > 0.4 { 0.12 } else { 0.0 };
        let row = if (1.9 * y).sin() > 0.5 { 0.08 } else { 0.0 };
        let distance = (x - glare.0).powi(2) + (y - glare.1).powi(2);
        let light = 70.0 * (-distance / spread).exp();
        pixel.map(|v| v * (1.0 - column - row) * 0.9 + light)
    });
    jpeg(&noisy(&blur(&lit, 0.8), 6.0, random), 60)
}

/// Mirrored by chance, cropped, turned, lettered, recoloured, made smaller, compressed hard.
fn combined(picture: &Picture, random: &mut Random) -> Copied {
    let mirrored = match random.up_to(1) {
        0 => picture,
        _ => &mirrored(picture),
    };
    let cropped = cropped(mirrored, 0.6, random);
    let turned = rotated(&cropped, random.between(-12.0, 12.0));
    let recoloured = recoloured(&lettered(&turned, random), random);
    jpeg(&scaled(&recoloured, 0.6)?, 25)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture in which every pixel tells its place.
    fn picture(width: u32, height: u32) -> Picture {
        map(&plain((width, height), BLACK), |(x, y), _| {
            [
                (x * 3 % 256) as f32,
                (y * 5 % 256) as f32,
                ((x + y) * 7 % 256) as f32,
            ]
        })
    }

    fn copy(name: &str, picture: &Picture, others: &[&Picture], seed: u64) -> Picture {
        let named = |m: &&Modification| m.name() == name;
        let modification = Modification::ALL.iter().find(named).unwrap();
        let mut random = Random::of(seed, name, b"path");
        (modification.make)(picture, &mut random, others).unwrap()
    }

    #[test]
    fn every_modification_changes_the_picture_and_repeats_itself() {
        let (picture, other) = (picture(90, 60), plain((64, 48), [1, 2, 3]));
        let mut names: Vec<&str> = Vec::new();
        for modification in Modification::ALL {
            let name = modification.name();
            let copied = copy(name, &picture, &[&other], 1);
            assert_eq!(
                copied.rgb.len(),
                (copied.width * copied.height * 3) as usize,
                "{name}"
            );
            assert_ne!(copied.rgb, picture.rgb, "{name}");
            assert_eq!(copied, copy(name, &picture, &[&other], 1), "{name}");
            names.push(name);
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Modification::ALL.len());
    }

    #[test]
    fn odd_shapes_do_no_harm() {
        for (width, height) in [(1, 1), (1, 640), (640, 2), (7, 3)] {
            let picture = picture(width, height);
            for modification in Modification::ALL {
                for others in [&[][..], &[&picture, &picture]] {
                    copy(modification.name(), &picture, others, 3);
                }
            }
        }
    }

    #[test]
    fn sizes_are_those_of_their_names() {
        let picture = picture(200, 100);
        let size = |name: &str| {
            let copied = copy(name, &picture, &[], 2);
            (copied.width, copied.height)
        };
        assert_eq!(size("resize25"), (50, 25));
        assert_eq!(size("crop50"), (141, 71));
        assert_eq!(size("rot90"), (100, 200));
        assert_eq!(size("rot45"), (212, 212));
        assert_eq!(size("stretch"), (270, 100));
        assert_eq!(size("border"), (248, 148));
    }

    #[test]
    fn a_quarter_turn_moves_pixels_exactly() {
        let picture = picture(30, 20);
        let turned = copy("rot90", &picture, &[], 1);
        let mut four = picture.clone();
        for _ in 0..4 {
            four = rotated(&four, 90.0);
        }
        assert_eq!(four.rgb, picture.rgb);
        // What was at the top right is at the top left, or at the bottom right.
        let corner = picture.rgb[29 * 3..30 * 3].to_vec();
        let last = turned.rgb.len() - 3;
        assert!(turned.rgb[..3] == corner[..] || turned.rgb[last..] == corner[..]);
    }

    #[test]
    fn an_occlusion_covers_its_share() {
        let picture = picture(200, 100);
        for seed in 0..20 {
            let copied = copy("occlude40", &picture, &[], seed);
            let changed = |(a, b): &(&[u8; 3], &[u8; 3])| a != b;
            let (before, after) = (picture.rgb.as_chunks().0, copied.rgb.as_chunks().0);
            let changed = before.iter().zip(after).filter(changed).count();
            assert!((7_800..=8_200).contains(&changed), "{changed}");
        }
    }

    #[test]
    fn a_pasted_picture_takes_a_tenth() {
        let (picture, scene) = (plain((80, 80), WHITE), plain((200, 100), BLACK));
        let copied = copy("embed10", &picture, &[&scene], 1);
        let white = copied.rgb.iter().filter(|&&v| v == 255).count();
        assert!((5_700..6_300).contains(&white), "{white}");
    }

    #[test]
    fn corners_go_where_they_should() {
        let corners = [(3.0, 4.0), (90.0, 10.0), (80.0, 70.0), (8.0, 66.0)];
        let transform = square_to(corners, (100.0, 80.0));
        let from = [(0.0, 0.0), (100.0, 0.0), (100.0, 80.0), (0.0, 80.0)];
        for (from, to) in std::iter::zip(from, corners) {
            let (x, y) = transform.apply(from).unwrap();
            assert!(
                (x - to.0).abs() < 1e-9 && (y - to.1).abs() < 1e-9,
                "{x} {y}"
            );
        }
    }
}
