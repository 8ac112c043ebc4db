//! DEC's sixels: six rows of pixels at a time, one colour after the other.
//!
//! Fact: the VT330/VT340 Programmer Reference Manual, chapter 14.

use super::Small;
use std::fmt::Write;

/// Steps of each channel; 6 x 7 x 6 colours fit into the 256 that terminals have.
const STEPS: [usize; 3] = [6, 7, 6];
const COLORS: usize = 6 * 7 * 6;

/// An ordered 4 x 4 pattern (Bayer) in sixteenths, against visible steps of colour.
const DITHER: [[i32; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// The escape sequence that draws a picture from the cursor on.
pub fn encode(small: &Small) -> String {
    let mut out = format!("\x1bP0;1;0q\"1;1;{};{}", small.width, small.height);
    palette(&mut out);
    let indices = quantise(small);
    for band in indices.chunks(6 * small.width) {
        draw_band(&mut out, band, small.width);
    }
    out + "\x1b\\"
}

fn palette(out: &mut String) {
    for color in 0..COLORS {
        let [r, g, b] = [color / 42, color / 6 % 7, color % 6];
        let percent = |step: usize, channel: usize| step * 100 / (STEPS[channel] - 1);
        let (r, g, b) = (percent(r, 0), percent(g, 1), percent(b, 2));
        write!(out, "#{color};2;{r};{g};{b}").expect("a String takes all");
    }
}

/// The number of each pixel's colour.
fn quantise(small: &Small) -> Vec<usize> {
    let color = |at: usize| {
        let (x, y) = (at % small.width, at / small.width);
        let threshold = DITHER[y % 4][x % 4];
        let step = |channel: usize, value: u8| {
            let top = STEPS[channel] as i32 - 1;
            let scaled = i32::from(value) * top * 16 / 255;
            ((scaled + threshold) / 16).min(top) as usize
        };
        let [r, g, b] = small.pixel(x, y);
        (step(0, r) * 7 + step(1, g)) * 6 + step(2, b)
    };
    (0..small.width * small.height).map(color).collect()
}

fn draw_band(out: &mut String, band: &[usize], width: usize) {
    let mut seen = [false; COLORS];
    band.iter().for_each(|&color| seen[color] = true);
    for color in (0..COLORS).filter(|&color| seen[color]) {
        write!(out, "#{color}").expect("a String takes all");
        let sixel = |x: usize| {
            let rows = band.iter().skip(x).step_by(width).enumerate();
            let bits = rows.map(|(row, &c)| u8::from(c == color) << row);
            char::from(63 + bits.sum::<u8>())
        };
        run_lengths(out, (0..width).map(sixel));
        out.push('$');
    }
    out.push('-');
}

/// Writes characters, runs of them with their length.
fn run_lengths(out: &mut String, characters: impl Iterator<Item = char>) {
    let mut characters = characters.peekable();
    while let Some(c) = characters.next() {
        let mut length = 1;
        while characters.next_if_eq(&c).is_some() {
            length += 1;
        }
        if length > 3 {
            write!(out, "!{length}{c}").expect("a String takes all");
        } else {
            out.extend(std::iter::repeat_n(c, length));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::encode;
    use crate::output::thumbnail::Small;

    #[test]
    fn white_is_one_run_of_the_last_colour() {
        let small = Small {
            width: 8,
            height: 6,
            rgb: vec![255; 144],
        };
        let sixels = encode(&small);
        assert!(sixels.starts_with("\x1bP0;1;0q\"1;1;8;6#0;2;0;0;0#1;"));
        assert!(sixels.ends_with("#251!8~$-\x1b\\"), "{sixels:?}");
    }
}
