//! TIFF with a palette, which the `tiff` crate does not know: read as grey, then coloured.

use super::directory::{Directory, File, SHORT};

const BITS_PER_SAMPLE: u16 = 258;
const PHOTOMETRIC_INTERPRETATION: u16 = 262;
const COLOR_MAP: u16 = 320;
const PALETTE: u32 = 3;
const BLACK_IS_ZERO: u16 = 1;

/// The colours of the 256 values of a sample.
pub(super) struct Palette(Vec<[u8; 3]>);

impl Palette {
    /// Exchanges grey pixels for their colours.
    pub(super) fn colour(&self, rgb: &mut [u8]) {
        let (pixels, _) = rgb.as_chunks_mut::<3>();
        for pixel in pixels {
            *pixel = self.0[usize::from(pixel[0])];
        }
    }
}

/// What makes a page call itself grey, and its palette, where it has one of 8 bits.
pub(super) fn as_grey(file: File<'_>, page: &Directory<'_>) -> Option<((usize, Vec<u8>), Palette)> {
    let photometric = page.entry(PHOTOMETRIC_INTERPRETATION)?;
    let is_palette = page.number(PHOTOMETRIC_INTERPRETATION)? == PALETTE;
    if photometric.kind != SHORT || !is_palette || page.number(BITS_PER_SAMPLE)? != 8 {
        return None;
    }
    let map = page.entry(COLOR_MAP)?;
    if map.kind != SHORT || map.count != 3 * 256 {
        return None;
    }
    let map = file.u32(map.value)? as usize;
    // All reds, then all greens, then all blues, of 16 bits each.
    let level =
        |channel: usize, i: usize| Some((file.u16(map + (channel * 256 + i) * 2)? >> 8) as u8);
    let colours: Option<Vec<_>> = (0..256)
        .map(|i| Some([level(0, i)?, level(1, i)?, level(2, i)?]))
        .collect();
    let grey = (photometric.value, file.short(BLACK_IS_ZERO));
    Some((grey, Palette(colours?)))
}
