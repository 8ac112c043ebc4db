//! The codes of fax machines: ITU-T T.4 (one- and two-dimensional) and T.6, over the code tables of `fax`.

use std::convert::Infallible;

use fax::maps::{EOL, Mode, black, mode, white};
use fax::{BitReader, ByteReader};

use super::layout::Packing;

/// Decodes so many rows of bits, 1 where it is black. What a damaged row lacks is white, and rows that are
/// missing are as well.
pub(super) fn unpack(
    packing: Packing,
    bytes: &[u8],
    width: usize,
    height: usize,
) -> Option<Vec<u8>> {
    let width = u16::try_from(width).ok()?;
    let stride = usize::from(width).div_ceil(8);
    let mut bits = vec![0; stride * height];
    let Ok(reader) = ByteReader::new(bytes.iter().copied().map(Ok::<u8, Infallible>));
    let mut rows = Rows { reader, width };
    // Where the colour changes in the row before: an imaginary white one at first.
    let mut before: Vec<u16> = Vec::new();
    for row in bits.chunks_exact_mut(stride) {
        let Some(read) = rows.next(packing, &before) else {
            break;
        };
        draw(row, &read, width);
        before = read;
    }
    Some(bits)
}

/// Blackens every second stretch.
fn draw(row: &mut [u8], changes: &[u16], width: u16) {
    for black in changes.chunks(2) {
        let end = black.get(1).copied().unwrap_or(width).min(width);
        for x in black[0].min(width)..end {
            row[usize::from(x / 8)] |= 0x80 >> (x % 8);
        }
    }
}

struct Rows<R> {
    reader: ByteReader<R>,
    width: u16,
}

impl<R: Iterator<Item = Result<u8, Infallible>>> Rows<R> {
    /// Where the colour changes in the next row, white first; `None` at the end.
    fn next(&mut self, packing: Packing, before: &[u16]) -> Option<Vec<u16>> {
        match packing {
            Packing::Group4 => self.by_differences(before),
            Packing::Group3(two_dimensional) => {
                self.skip_marks();
                // Behind the mark a bit says how the row is coded.
                match two_dimensional && self.bit()? == 0 {
                    true => self.by_differences(before),
                    false => self.by_lengths(),
                }
            }
            _ => {
                let row = self.by_lengths();
                let fill = self.reader.bits_to_byte_boundary();
                let _ = self.reader.consume(fill);
                row
            }
        }
    }

    fn bit(&mut self) -> Option<u16> {
        let bit = self.reader.peek(1)?;
        let _ = self.reader.consume(1);
        Some(bit)
    }

    /// Skips marks of the end of a row, with the zeros that fill up before them.
    fn skip_marks(&mut self) {
        while self.reader.peek(11) == Some(0) {
            while self.reader.peek(1) == Some(0) {
                let _ = self.reader.consume(1);
            }
            let _ = self.reader.consume(1);
            // At the end of the document marks follow one another, each with its bit.
            if self.reader.peek(12) != Some(EOL.data) && self.reader.peek(13) != Some(0x1001) {
                break;
            }
        }
    }

    /// A stretch of one colour: a multiple of 64, if there is one, and the rest.
    fn length(&mut self, is_black: bool) -> Option<u16> {
        let mut sum = 0u16;
        loop {
            let length = match is_black {
                true => black::decode(&mut self.reader),
                false => white::decode(&mut self.reader),
            }?;
            sum = sum.saturating_add(length);
            if length < 64 {
                return Some(sum);
            }
        }
    }

    fn by_lengths(&mut self) -> Option<Vec<u16>> {
        let mut row = Row::default();
        while row.at < self.width {
            // The end of the row came early.
            if self.reader.peek(12) == Some(EOL.data) {
                break;
            }
            let Some(length) = self.length(row.is_black) else {
                return (row.at > 0).then_some(row.changes);
            };
            row.change_at(row.at.saturating_add(length));
        }
        Some(row.changes)
    }

    /// T.6, 2.2: each change stands near one of the row before, or by itself.
    fn by_differences(&mut self, before: &[u16]) -> Option<Vec<u16>> {
        let mut row = Row::default();
        // The first change of the row before that lies right of here.
        let mut next = 0;
        let mut is_first = true;
        while row.at < self.width {
            while before
                .get(next)
                .is_some_and(|&at| at <= row.at && !(is_first && at == 0))
            {
                next += 1;
            }
            // Every second is one to black. The next to the other colour, and the one behind it.
            let b1 = next + usize::from((next % 2 == 1) != row.is_black);
            let below = |i: usize| before.get(i).copied().unwrap_or(self.width);
            match mode::decode(&mut self.reader)? {
                Mode::Pass => row.at = below(b1 + 1),
                Mode::Horizontal => {
                    for _ in 0..2 {
                        let length = self.length(row.is_black)?;
                        row.change_at(row.at.saturating_add(length));
                    }
                }
                Mode::Vertical(by) => {
                    let at = below(b1).saturating_add_signed(by.into());
                    row.change_at(at.max(row.at));
                }
                _ => return None,
            }
            is_first = false;
        }
        Some(row.changes)
    }
}

/// A row as far as it has been read.
#[derive(Default)]
struct Row {
    /// Where the colour changes, ascending.
    changes: Vec<u16>,
    at: u16,
    is_black: bool,
}

impl Row {
    fn change_at(&mut self, at: u16) {
        // What has no length is no stretch.
        if self.changes.last() == Some(&at) {
            self.changes.pop();
        } else {
            self.changes.push(at);
        }
        self.at = at;
        self.is_black = !self.is_black;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fax::encoder::Encoder;
    use fax::{Color, VecWriter};

    #[test]
    fn rows_are_drawn_from_their_changes() {
        let mut row = [0; 2];
        draw(&mut row, &[1, 3, 10], 12);
        assert_eq!(row, [0b0110_0000, 0b0011_0000]);
        let mut row = [0; 1];
        draw(&mut row, &[0, 2], 5);
        assert_eq!(row, [0b1100_0000]);
    }

    #[test]
    fn what_is_packed_by_differences_is_unpacked() {
        let (width, height) = (203, 40);
        let is_black = |x: usize, y: usize| {
            (x * x / 31 + y * 7) % 11 < 4 || (x / 40 + y / 5).is_multiple_of(3)
        };
        let mut encoder = Encoder::new(VecWriter::new());
        let mut expected = vec![0u8; 26 * height];
        for y in 0..height {
            let pels = (0..width).map(|x| match is_black(x, y) {
                true => Color::Black,
                false => Color::White,
            });
            encoder.encode_line(pels, width as u16).unwrap();
            for x in (0..width).filter(|&x| is_black(x, y)) {
                expected[y * 26 + x / 8] |= 0x80 >> (x % 8);
            }
        }
        let packed = encoder.finish().unwrap().finish();
        let unpacked = unpack(Packing::Group4, &packed, width, height).unwrap();
        assert_eq!(unpacked, expected);
        // Rows that are missing are white.
        let half = unpack(Packing::Group4, &packed[..packed.len() / 2], width, height).unwrap();
        assert_eq!(half[..26 * 15], expected[..26 * 15]);
        assert_eq!(half[26 * 39..], [0; 26]);
    }
}
