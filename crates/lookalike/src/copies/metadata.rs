//! How much a file says about its picture beside the pixels.

use std::fs::File;
use std::io::{BufReader, Read, Result, Seek, SeekFrom};
use std::path::Path;

/// Bytes of EXIF data, XMP, colour profiles and comments in a JPEG, PNG or WebP file, with what surrounds
/// them; 0 in others, and in what cannot be read.
pub(super) fn bytes_of(path: &Path) -> u64 {
    let bytes = || {
        let mut file = BufReader::new(File::open(path)?);
        let mut head = [0; 12];
        file.read_exact(&mut head)?;
        match &head {
            [0xff, 0xd8, ..] => of_jpeg(&mut file),
            [0x89, b'P', b'N', b'G', ..] => of_chunks(&mut file, 8, &PNG),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => {
                of_chunks(&mut file, 12, &WEBP)
            }
            _ => Ok(0),
        }
    };
    bytes().unwrap_or(0)
}

/// The application and comment segments of a JPEG file, ITU T.81 B.1.1.3, up to its first scan.
fn of_jpeg(file: &mut (impl Read + Seek)) -> Result<u64> {
    file.seek(SeekFrom::Start(2))?;
    let mut found = 0;
    loop {
        let mut marker = [0; 4];
        file.read_exact(&mut marker)?;
        let [0xff, kind, high, low] = marker else {
            return Ok(found);
        };
        let length = u64::from(u16::from_be_bytes([high, low]));
        match kind {
            0xe0..=0xef | 0xfe => found += length + 2,
            // The scan, and the end.
            0xd9 | 0xda => return Ok(found),
            _ => {}
        }
        let rest = i64::try_from(length.saturating_sub(2)).unwrap_or(0);
        file.seek(SeekFrom::Current(rest))?;
    }
}

/// How chunks follow each other.
struct Chunks {
    /// Bytes around the data of each.
    around: u64,
    /// Whether the length stands before the name, most significant byte first.
    is_png: bool,
    names: &'static [&'static [u8; 4]],
}

const PNG: Chunks = Chunks {
    around: 12,
    is_png: true,
    names: &[b"eXIf", b"iTXt", b"tEXt", b"zTXt", b"iCCP", b"tIME"],
};

const WEBP: Chunks = Chunks {
    around: 8,
    is_png: false,
    names: &[b"EXIF", b"XMP ", b"ICCP"],
};

fn of_chunks(file: &mut (impl Read + Seek), from: u64, chunks: &Chunks) -> Result<u64> {
    file.seek(SeekFrom::Start(from))?;
    let mut found = 0;
    let mut head = [0; 8];
    // Where the file ends, so do its chunks.
    while file.read_exact(&mut head).is_ok() {
        let (first, second) = head.split_at(4);
        let (name, length) = match chunks.is_png {
            true => (
                second,
                u32::from_be_bytes([head[0], head[1], head[2], head[3]]),
            ),
            false => (
                first,
                u32::from_le_bytes([head[4], head[5], head[6], head[7]]),
            ),
        };
        let length = u64::from(length);
        if chunks.names.iter().any(|wanted| *wanted == name) {
            found += length + chunks.around;
        }
        // A checksum follows, or a byte that makes the length even.
        let padding = if chunks.is_png { 4 } else { length % 2 };
        let rest = i64::try_from(length + padding).unwrap_or(i64::MAX);
        file.seek(SeekFrom::Current(rest))?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn segments_before_the_scan_of_a_jpeg_are_counted() {
        let mut file = vec![0xff, 0xd8];
        for (kind, length) in [
            (0xe1, 100u16),
            (0xdb, 67),
            (0xfe, 10),
            (0xda, 12),
            (0xe2, 50),
        ] {
            file.extend([0xff, kind]);
            file.extend(length.to_be_bytes());
            file.extend(vec![0; usize::from(length) - 2]);
        }
        assert_eq!(of_jpeg(&mut Cursor::new(file)).unwrap(), 102 + 12);
        assert!(of_jpeg(&mut Cursor::new([0xff, 0xd8, 0xff])).is_err());
    }

    #[test]
    fn chunks_that_say_something_are_counted() {
        let mut png = vec![0; 8];
        for (name, length) in [(b"IHDR", 13u32), (b"tEXt", 20), (b"IDAT", 99), (b"eXIf", 5)] {
            png.extend(length.to_be_bytes());
            png.extend(name);
            png.extend(vec![0; length as usize + 4]);
        }
        assert_eq!(of_chunks(&mut Cursor::new(png), 8, &PNG).unwrap(), 32 + 17);
        let mut webp = vec![0; 12];
        for (name, length) in [(b"VP8 ", 7u32), (b"EXIF", 5), (b"XMP ", 8)] {
            webp.extend(name);
            webp.extend(length.to_le_bytes());
            webp.extend(vec![0; (length + length % 2) as usize]);
        }
        assert_eq!(
            of_chunks(&mut Cursor::new(webp), 12, &WEBP).unwrap(),
            13 + 16
        );
    }

    #[test]
    fn what_cannot_be_read_has_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(bytes_of(&folder.path().join("gone.jpg")), 0);
        let short = folder.path().join("short.png");
        std::fs::write(&short, b"\x89PNG").unwrap();
        assert_eq!(bytes_of(&short), 0);
    }
}
