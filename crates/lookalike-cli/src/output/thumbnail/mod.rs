//! Small pictures in the terminal.
//!
//! Which way a terminal shows pictures is told by environment variables alone: asking the
//! terminal itself may hang.

mod blocks;
mod graphics;
mod sixel;

use crate::cli::When;
use crate::options::Options;
use blocks::Colors;
use lookalike::Place;
use lookalike::decode::{DecodeOptions, decode_path_at};
use std::path::Path;

/// Rows and columns that a thumbnail takes; a cell is about twice as high as wide.
pub const ROWS: usize = 7;
/// See [`ROWS`].
pub const COLUMNS: usize = 20;

/// Pixels in a cell, as most terminals have them, for those ways that do not scale by themselves.
const CELL: (usize, usize) = (9, 18);

/// A way of showing pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// kitty's graphics protocol.
    Kitty,
    /// iTerm2's inline images.
    Iterm,
    /// DEC's sixels.
    Sixel,
    /// Two pixels a character, in 16 million colours.
    Blocks,
    /// The same in the 240 fixed colours of xterm.
    Blocks256,
}

impl Way {
    /// Whether pictures consist of pixels and not of characters.
    pub fn is_fine(self) -> bool {
        !matches!(self, Self::Blocks | Self::Blocks256)
    }

    /// The pixels of so many cells.
    pub fn pixels(self, columns: usize, rows: usize) -> (usize, usize) {
        if self.is_fine() {
            (columns * CELL.0, rows * CELL.1)
        } else {
            (columns, 2 * rows)
        }
    }
}

/// How to show thumbnails, or not at all.
pub fn way(when: When, options: &Options) -> Option<Way> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    match when {
        When::Never => None,
        When::Auto if !options.terminal || !options.color => None,
        _ => Some(known_way(&variable)),
    }
}

/// The best way that the terminal is known to have.
fn known_way(variable: &dyn Fn(&str) -> String) -> Way {
    let term = variable("TERM");
    let program = variable("TERM_PROGRAM");
    // A multiplexer stands between us and the terminal, and passes only characters.
    let multiplexed = !variable("TMUX").is_empty()
        || !variable("STY").is_empty()
        || term.starts_with("screen")
        || term.starts_with("tmux");
    if !multiplexed {
        if !variable("KITTY_WINDOW_ID").is_empty()
            || term.contains("kitty")
            || term.contains("ghostty")
            || program == "ghostty"
        {
            return Way::Kitty;
        }
        if ["iTerm.app", "WezTerm", "mintty"].contains(&&*program)
            || variable("LC_TERMINAL") == "iTerm2"
        {
            return Way::Iterm;
        }
        if term.contains("sixel") || ["foot", "foot-extra", "mlterm", "contour"].contains(&&*term) {
            return Way::Sixel;
        }
    }
    let colors = variable("COLORTERM");
    if colors.contains("truecolor") || colors.contains("24bit") || term.contains("direct") {
        Way::Blocks
    } else {
        Way::Blocks256
    }
}

/// A thumbnail, ready to be printed.
pub enum Thumbnail {
    /// Characters, a row each, all equally wide.
    Rows(Vec<String>),
    /// An escape sequence that draws its cells from the cursor on.
    Drawn(String),
}

/// A small picture of red, green and blue.
pub struct Small {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Small {
    fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }
}

/// Makes the thumbnail of a picture in a file, [`ROWS`] x [`COLUMNS`] cells; nothing where it is no picture any
/// more.
pub fn of_file(path: &Path, place: Option<Place>, way: Way) -> Option<Thumbnail> {
    let size = way.pixels(COLUMNS, ROWS);
    encode(&decode_small(path, place, size)?, way, COLUMNS, ROWS)
}

/// Shows a picture of `rgb` pixels in `rows` x `columns` cells.
pub fn of_pixels(
    (w, h): (usize, usize),
    rgb: &[u8],
    way: Way,
    columns: usize,
    rows: usize,
) -> Option<Thumbnail> {
    let (width, height) = fit((w, h), way.pixels(columns, rows));
    encode(&shrink(rgb, w, h, width, height), way, columns, rows)
}

fn encode(small: &Small, way: Way, columns: usize, rows: usize) -> Option<Thumbnail> {
    Some(match way {
        Way::Kitty => Thumbnail::Drawn(graphics::kitty(small, columns, rows)?),
        Way::Iterm => Thumbnail::Drawn(graphics::iterm(small, columns, rows)?),
        Way::Sixel => Thumbnail::Drawn(sixel::encode(small)),
        Way::Blocks => Thumbnail::Rows(blocks::rows(small, Colors::True, columns, rows)),
        Way::Blocks256 => Thumbnail::Rows(blocks::rows(small, Colors::Indexed, columns, rows)),
    })
}

/// The size at which a picture fits; nothing is enlarged.
fn fit((w, h): (usize, usize), (width, height): (usize, usize)) -> (usize, usize) {
    let scale = (width as f64 / w as f64)
        .min(height as f64 / h as f64)
        .min(1.0);
    let side = |side: usize| ((side as f64 * scale).round() as usize).max(1);
    (side(w), side(h))
}

/// The picture as it fits into `width` x `height`.
fn decode_small(
    path: &Path,
    place: Option<Place>,
    (width, height): (usize, usize),
) -> Option<Small> {
    let options = |side: usize| DecodeOptions {
        orient: true,
        max_side: u32::try_from(side).ok(),
        ..DecodeOptions::default()
    };
    // Large enough for whichever side is the narrower fit, then averaged down.
    let picture = decode_path_at(path, place, &options(4 * width.max(height))).ok()?;
    let (w, h) = (picture.width as usize, picture.height as usize);
    let (width, height) = fit((w, h), (width, height));
    Some(shrink(&picture.rgb, w, h, width, height))
}

/// Averages each output pixel's part of the input.
fn shrink(rgb: &[u8], w: usize, h: usize, width: usize, height: usize) -> Small {
    let mut out = Vec::with_capacity(width * height * 3);
    let part = |i: usize, from: usize, to: usize| {
        let start = i * from / to;
        start..((i + 1) * from / to).max(start + 1)
    };
    for y in 0..height {
        for x in 0..width {
            let mut sum = [0u32; 3];
            let mut count = 0;
            for row in part(y, h, height) {
                for column in part(x, w, width) {
                    let at = (row * w + column) * 3;
                    for (sum, &value) in std::iter::zip(&mut sum, &rgb[at..at + 3]) {
                        *sum += u32::from(value);
                    }
                    count += 1;
                }
            }
            out.extend(sum.map(|s| ((s + count / 2) / count) as u8));
        }
    }
    Small {
        width,
        height,
        rgb: out,
    }
}

#[cfg(test)]
mod tests {
    use super::{Way, known_way, shrink};

    fn way(variables: &[(&str, &str)]) -> Way {
        known_way(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map_or_else(String::new, |(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn terminals_are_known_by_their_variables() {
        assert_eq!(way(&[("TERM", "xterm-kitty")]), Way::Kitty);
        assert_eq!(way(&[("TERM_PROGRAM", "WezTerm")]), Way::Iterm);
        assert_eq!(way(&[("TERM", "foot")]), Way::Sixel);
        assert_eq!(way(&[("COLORTERM", "truecolor")]), Way::Blocks);
        assert_eq!(way(&[("TERM", "xterm-256color")]), Way::Blocks256);
        let inside_tmux = [
            ("KITTY_WINDOW_ID", "1"),
            ("TMUX", "x"),
            ("TERM", "tmux-256color"),
        ];
        assert_eq!(way(&inside_tmux), Way::Blocks256);
    }

    #[test]
    fn a_pixel_is_the_mean_of_its_part() {
        let small = shrink(&[0, 0, 0, 100, 50, 10, 7, 7, 7, 9, 9, 9], 4, 1, 2, 1);
        assert_eq!(small.rgb, [50, 25, 5, 8, 8, 8]);
    }
}
