//! TIFF with a palette, which the `tiff` crate does not know: read as grey, then coloured.

const BITS_PER_SAMPLE: u16 = 258;
const PHOTOMETRIC_INTERPRETATION: u16 = 262;
const COLOR_MAP: u16 = 320;
const PALETTE: u16 = 3;
const BLACK_IS_ZERO: u16 = 1;
const SHORT: u16 = 3;

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

/// The same file calling itself grey, and its palette, where its first page has one of 8 bits.
pub(super) fn as_grey(bytes: &[u8]) -> Option<(Vec<u8>, Palette)> {
    let file = Ifd::new(bytes)?;
    let (photometric, kind) = file.entry(PHOTOMETRIC_INTERPRETATION)?;
    let (bits, _) = file.entry(BITS_PER_SAMPLE)?;
    if kind != SHORT || file.u16(photometric + 8)? != PALETTE || file.u16(bits + 8)? != 8 {
        return None;
    }
    let (map, kind) = file.entry(COLOR_MAP)?;
    if kind != SHORT || file.u32(map + 4)? != 3 * 256 {
        return None;
    }
    let map = file.u32(map + 8)? as usize;
    // All reds, then all greens, then all blues, of 16 bits each.
    let level =
        |channel: usize, i: usize| Some((file.u16(map + (channel * 256 + i) * 2)? >> 8) as u8);
    let colours: Option<Vec<_>> = (0..256)
        .map(|i| Some([level(0, i)?, level(1, i)?, level(2, i)?]))
        .collect();
    let mut grey = bytes.to_vec();
    let value = photometric + 8;
    grey[value..value + 2].copy_from_slice(&file.bytes_of(BLACK_IS_ZERO));
    Some((grey, Palette(colours?)))
}

/// The first directory of a TIFF.
struct Ifd<'a> {
    bytes: &'a [u8],
    little: bool,
    /// Where its first entry begins.
    start: usize,
    entries: usize,
}

impl<'a> Ifd<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let mut file = Self {
            bytes,
            little: bytes.starts_with(b"II*\0"),
            start: 0,
            entries: 0,
        };
        if !file.little && !bytes.starts_with(b"MM\0*") {
            return None;
        }
        let directory = file.u32(4)? as usize;
        file.entries = usize::from(file.u16(directory)?);
        file.start = directory + 2;
        Some(file)
    }

    /// Where the entry with this tag begins, and the type of its values. An entry is tag (2
    /// bytes), type (2), count (4), value or its place (4).
    fn entry(&self, tag: u16) -> Option<(usize, u16)> {
        let at = |i| self.start + i * 12;
        let found = (0..self.entries).find(|&i| self.u16(at(i)) == Some(tag))?;
        Some((at(found), self.u16(at(found) + 2)?))
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    fn bytes_of(&self, value: u16) -> [u8; 2] {
        if self.little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    }
}
