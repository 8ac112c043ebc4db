//! Letters as pixels: Aileron Regular at 20 pixels, made by `bench/font.py`.

use std::sync::LazyLock;

/// The letters in the order of the sheet: ASCII from the space on, then these.
const FURTHER: [char; 2] = ['\u{b0}', '\u{b7}'];
const FIRST: u32 = ' ' as u32;
const LAST: u32 = '~' as u32;

/// Rows of a letter.
pub const HEIGHT: usize = 25;

/// A letter.
pub struct Glyph {
    /// Columns.
    pub width: usize,
    /// How much each pixel is covered, row by row.
    shares: Vec<u8>,
}

impl Glyph {
    /// The rows, from the top.
    pub fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.shares.chunks_exact(self.width)
    }
}

/// The letter for a character; a question mark for those there are not.
pub fn glyph(character: char) -> &'static Glyph {
    static GLYPHS: LazyLock<Vec<Glyph>> =
        LazyLock::new(|| cut(include_bytes!("font.png")).expect("a test reads the letters"));
    let ascii = (LAST - FIRST) as usize + 1;
    let index = match u32::from(character) {
        code @ FIRST..=LAST => (code - FIRST) as usize,
        _ => match FURTHER.iter().position(|&c| c == character) {
            Some(further) => ascii + further,
            None => (u32::from('?') - FIRST) as usize,
        },
    };
    &GLYPHS[index]
}

/// The width of a text in pixels.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| glyph(c).width).sum()
}

/// Cuts the sheet, whose first row marks where each letter begins.
fn cut(file: &[u8]) -> Option<Vec<Glyph>> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .ok()?;
    let mut sheet = vec![0; reader.output_buffer_size()?];
    let columns = reader.next_frame(&mut sheet).ok()?.width as usize;
    let (marks, pixels) = sheet.split_at(columns);
    let mut starts: Vec<usize> = (0..columns).filter(|&x| marks[x] > 0).collect();
    starts.push(columns);
    let letter = |ends: &[usize]| Glyph {
        width: ends[1] - ends[0],
        shares: pixels
            .chunks_exact(columns)
            .flat_map(|row| row[ends[0]..ends[1]].iter().copied())
            .collect(),
    };
    Some(starts.windows(2).map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_there() {
        for c in (' '..='~').chain(FURTHER) {
            let glyph = glyph(c);
            assert_eq!(glyph.rows().count(), HEIGHT, "{c}");
            let inked = glyph.shares.iter().any(|&share| share > 100);
            assert_eq!(inked, c != ' ', "{c}");
        }
        assert_eq!(width("\u{fc}"), width("?"));
        assert!(width("WW") > 3 * width("i"));
    }
}
