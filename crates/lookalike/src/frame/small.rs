//! A small picture in some 2 kB, for verdicts and thumbnails where the file is out of reach.
//!
//! A JPEG of at most 144 pixels a side with arithmetic coding (ITU-T T.81, annex D), which is a tenth
//! smaller than Huffman's, without its header: that is the same for all of them but for the size.

use crate::decode::{DecodeError, DecodeOptions, Picture, decode_bytes};
use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling};
use std::sync::OnceLock;

/// Larger side of a small picture. Decided by bytes: at 160 and quality 50 it would be 3 kB.
const MAX_SIDE: u32 = 144;
/// Coarser steps save little, and blocks then begin to look alike.
const QUALITY: u8 = 40;

/// Width and height, a byte each, then the coded samples.
const HEAD: usize = 2;

/// A small copy of a picture as displayed, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmallPicture(Vec<u8>);

impl SmallPicture {
    /// Of a picture.
    ///
    /// # Errors
    /// None that are known; those of the encoder.
    pub fn of(picture: &Picture) -> Result<Self, DecodeError> {
        let small = picture.reduced(MAX_SIDE)?;
        let coded = jpeg(small.width, small.height, &small.rgb)?;
        let samples = &coded[header_length(&coded)?..];
        let mut bytes = Vec::with_capacity(HEAD + samples.len());
        bytes.extend([small.width as u8, small.height as u8]);
        bytes.extend(samples);
        Ok(Self(bytes))
    }

    /// From [`bytes`](Self::bytes); `None` where there are too few.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() >= HEAD).then_some(Self(bytes))
    }

    /// As it is stored.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its pixels; the size of the original is not known here.
    ///
    /// # Errors
    /// Those of the decoder, where the bytes are damaged.
    pub fn decode(&self) -> Result<Picture, DecodeError> {
        decode_bytes(&self.to_jpeg()?, &DecodeOptions::default())
    }

    /// As a JPEG file, arithmetically coded: few programs show such.
    ///
    /// # Errors
    /// None that are known; those of the encoder.
    pub fn to_jpeg(&self) -> Result<Vec<u8>, DecodeError> {
        let Some((&[width, height], samples)) = self.0.split_first_chunk::<HEAD>() else {
            return Err(DecodeError::Empty);
        };
        let header = header()?;
        let mut file = Vec::with_capacity(header.bytes.len() + samples.len());
        file.extend(&header.bytes);
        file[header.size..][..4].copy_from_slice(&[0, height, 0, width]);
        file.extend(samples);
        Ok(file)
    }
}

fn jpeg(width: u32, height: u32, rgb: &[u8]) -> Result<Vec<u8>, DecodeError> {
    Encoder::new(rgb, width as usize, height as usize, PixelFormat::Rgb)
        .quality(QUALITY)
        .subsampling(Subsampling::S420)
        .arithmetic(true)
        .encode()
        .map_err(|e| DecodeError::Io(std::io::Error::other(e)))
}

/// What stands before the samples.
struct Header {
    bytes: Vec<u8>,
    /// Where height and width stand in it, two bytes each.
    size: usize,
}

fn header() -> Result<&'static Header, DecodeError> {
    static HEADER: OnceLock<Header> = OnceLock::new();
    if let Some(header) = HEADER.get() {
        return Ok(header);
    }
    let mut bytes = jpeg(8, 8, &[0; 8 * 8 * 3])?;
    bytes.truncate(header_length(&bytes)?);
    // The frame header of arithmetic coding: marker, length, precision, then the size.
    let frame = segments(&bytes).find(|segment| segment.marker == 0xc9);
    let size = frame.map(|frame| frame.start + 5).ok_or_else(unknown)?;
    Ok(HEADER.get_or_init(|| Header { bytes, size }))
}

/// Bytes before the coded samples: up to the end of the scan header.
fn header_length(jpeg: &[u8]) -> Result<usize, DecodeError> {
    let scan = segments(jpeg).find(|segment| segment.marker == 0xda);
    scan.map(|scan| scan.end).ok_or_else(unknown)
}

struct Segment {
    marker: u8,
    start: usize,
    end: usize,
}

/// The segments of a JPEG file after its first marker, up to and with the scan header.
fn segments(jpeg: &[u8]) -> impl Iterator<Item = Segment> {
    let mut at = Some(2);
    std::iter::from_fn(move || {
        let start = at?;
        let &[0xff, marker, high, low] = jpeg.get(start..start + 4)? else {
            return None;
        };
        let end = start + 2 + usize::from(u16::from_be_bytes([high, low]));
        at = (marker != 0xda).then_some(end);
        Some(Segment { marker, start, end })
    })
}

/// The encoder is ours to choose, so this would be a new version of it.
fn unknown() -> DecodeError {
    DecodeError::Io(std::io::Error::other("the encoder's header is not known"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> Picture {
        let at = |i: u32| {
            let (x, y) = (i % width, i / width);
            [(x * 255 / width) as u8, (y * 255 / height) as u8, 90]
        };
        Picture {
            width,
            height,
            rgb: (0..width * height).flat_map(at).collect(),
            original_size: (width, height),
            damage: None,
        }
    }

    #[test]
    fn a_picture_comes_back_small() {
        for (size, expected) in [
            ((640, 480), (144, 108)),
            ((30, 20), (30, 20)),
            ((1, 900), (1, 144)),
            ((8, 8), (8, 8)),
        ] {
            let original = picture(size.0, size.1);
            let encoded = SmallPicture::of(&original).unwrap();
            let small = encoded.decode().unwrap();
            assert_eq!((small.width, small.height), expected);
            let wanted = original.reduced(MAX_SIDE).unwrap();
            let difference = |(a, b): (&u8, &u8)| u64::from(a.abs_diff(*b));
            let sum: u64 = small.rgb.iter().zip(&wanted.rgb).map(difference).sum();
            let mean = sum as f64 / small.rgb.len() as f64;
            assert!(mean < 8.0, "{size:?}: {mean}");
            assert!(encoded.bytes().len() < 2000, "{}", encoded.bytes().len());
        }
    }

    #[test]
    fn damaged_bytes_are_an_error_or_a_picture_of_that_size() {
        let whole = SmallPicture::of(&picture(100, 70)).unwrap();
        for length in 0..whole.bytes().len() {
            let Some(cut) = SmallPicture::from_bytes(whole.bytes()[..length].to_vec()) else {
                assert!(length < HEAD);
                continue;
            };
            if let Ok(picture) = cut.decode() {
                assert_eq!((picture.width, picture.height), (100, 70));
            }
        }
        assert!(
            SmallPicture::from_bytes(vec![0, 0])
                .unwrap()
                .decode()
                .is_err()
        );
    }
}
