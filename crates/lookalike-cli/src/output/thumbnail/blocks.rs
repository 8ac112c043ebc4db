//! Pictures of half blocks: each character shows two pixels, one above the other.

use super::Small;
use std::fmt::Write;

/// The colours that a terminal has.
#[derive(Clone, Copy)]
pub enum Colors {
    /// Any.
    True,
    /// xterm's cube of 6 x 6 x 6 and 24 greys.
    Indexed,
}

/// A picture centred in `height` rows, each `width` characters wide.
pub fn rows(small: &Small, colors: Colors, width: usize, height: usize) -> Vec<String> {
    let top = (2 * height - small.height) / 2;
    let left = (width - small.width) / 2;
    let pixel = |x: usize, y: usize| {
        let x = x.checked_sub(left).filter(|&x| x < small.width)?;
        let y = y.checked_sub(top).filter(|&y| y < small.height)?;
        Some(small.pixel(x, y))
    };
    let row = |row: usize| {
        let mut line = String::new();
        for x in 0..width {
            cell(&mut line, pixel(x, 2 * row), pixel(x, 2 * row + 1), colors);
        }
        line + "\x1b[0m"
    };
    (0..height).map(row).collect()
}

/// One character; where a pixel is missing, the terminal's own background shows.
fn cell(line: &mut String, upper: Option<[u8; 3]>, lower: Option<[u8; 3]>, colors: Colors) {
    let set = |ground: u8, rgb: [u8; 3]| match colors {
        Colors::True => format!("{ground};2;{};{};{}", rgb[0], rgb[1], rgb[2]),
        Colors::Indexed => format!("{ground};5;{}", indexed(rgb)),
    };
    let written = match (upper, lower) {
        (Some(upper), Some(lower)) => {
            write!(line, "\x1b[{};{}m\u{2580}", set(38, upper), set(48, lower))
        }
        (Some(upper), None) => write!(line, "\x1b[0;{}m\u{2580}", set(38, upper)),
        (None, Some(lower)) => write!(line, "\x1b[0;{}m\u{2584}", set(38, lower)),
        (None, None) => write!(line, "\x1b[0m "),
    };
    written.expect("a String takes all");
}

/// The nearest of xterm's fixed colours.
fn indexed(rgb: [u8; 3]) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let distance = |color: [u8; 3]| {
        let squares = std::iter::zip(color, rgb).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2));
        squares.sum::<u32>()
    };
    let nearest = rgb.map(|value| {
        let off = |i: &u8| STEPS[usize::from(*i)].abs_diff(value);
        (0..6u8).min_by_key(off).unwrap_or(0)
    });
    let cube = nearest.map(|i| STEPS[usize::from(i)]);
    let mean = rgb.iter().map(|&v| u32::from(v)).sum::<u32>() / 3;
    let gray = (mean.saturating_sub(3) / 10).min(23) as u8;
    let [r, g, b] = nearest;
    if distance([8 + 10 * gray; 3]) < distance(cube) {
        232 + gray
    } else {
        16 + 36 * r + 6 * g + b
    }
}

#[cfg(test)]
mod tests {
    use super::{Colors, indexed, rows};
    use crate::output::thumbnail::{COLUMNS, ROWS, Small};

    #[test]
    fn the_nearest_fixed_colour_is_taken() {
        assert_eq!(indexed([255, 0, 0]), 196);
        assert_eq!(indexed([0, 0, 0]), 16);
        assert_eq!(indexed([128, 128, 128]), 244);
    }

    #[test]
    fn every_row_is_equally_wide() {
        let small = Small {
            width: 5,
            height: 3,
            rgb: vec![200; 45],
        };
        let rows = rows(&small, Colors::True, COLUMNS, ROWS);
        assert_eq!(rows.len(), ROWS);
        for row in rows {
            let escapes: Vec<&str> = row.split('\x1b').collect();
            let shown: usize = escapes[1..]
                .iter()
                .map(|e| e.split_once('m').unwrap().1.chars().count())
                .sum();
            assert_eq!(shown, COLUMNS);
        }
    }
}
