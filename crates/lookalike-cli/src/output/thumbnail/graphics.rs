//! kitty's and iTerm2's ways of sending a picture as a file.
//!
//! Facts: kitty's "Terminal graphics protocol", iTerm2's "Inline Images Protocol".

use super::Small;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lookalike::drawing::png;

/// kitty takes chunks of at most this many bytes of base64.
const CHUNK: usize = 4096;

/// Draws within `rows` x `columns` cells and leaves the cursor where it is.
pub fn kitty(small: &Small, columns: usize, rows: usize) -> Option<String> {
    let data = BASE64_STANDARD.encode(png(small)?);
    let mut out = String::with_capacity(data.len() + data.len() / 64 + 100);
    let chunks = data.len().div_ceil(CHUNK);
    let (side, cells) = fit(small, columns, rows);
    for (i, chunk) in data.as_bytes().chunks(CHUNK).enumerate() {
        let more = u8::from(i + 1 < chunks);
        out += &match i {
            // a=T: send and show; f=100: PNG; C=1: the cursor stays; q=2: no answers.
            0 => format!("\x1b_Ga=T,f=100,C=1,q=2,{side}={cells},m={more};"),
            _ => format!("\x1b_Gm={more};"),
        };
        out += std::str::from_utf8(chunk).ok()?;
        out += "\x1b\\";
    }
    Some(out)
}

/// Only one side is given, so that the terminal keeps the shape.
fn fit(small: &Small, columns: usize, rows: usize) -> (char, usize) {
    // A cell is about twice as high as wide.
    if small.width * rows * 2 > small.height * columns {
        ('c', columns)
    } else {
        ('r', rows)
    }
}

/// Draws within `rows` x `columns` cells.
pub fn iterm(small: &Small, columns: usize, rows: usize) -> Option<String> {
    let png = png(small)?;
    let size = png.len();
    let data = BASE64_STANDARD.encode(png);
    Some(format!(
        "\x1b]1337;File=inline=1;size={size};width={columns};height={rows};\
         preserveAspectRatio=1:{data}\x07"
    ))
}

fn png(small: &Small) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    let size = (small.width, small.height);
    png::write(&mut file, size, &small.rgb, png::Compression::Fast).ok()?;
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::kitty;
    use crate::output::thumbnail::Small;

    #[test]
    fn long_pictures_go_in_chunks() {
        // Noise, so that it cannot be compressed.
        let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8;
        let small = Small {
            width: 100,
            height: 50,
            rgb: (0..15_000).map(noise).collect(),
        };
        let sent = kitty(&small, 20, 7).unwrap();
        let chunks: Vec<&str> = sent.split_terminator("\x1b\\").collect();
        assert!(chunks.len() > 2);
        assert!(chunks[0].starts_with("\x1b_Ga=T,f=100,C=1,q=2,c=20,m=1;"));
        assert!(chunks[chunks.len() - 1].starts_with("\x1b_Gm=0;"));
        assert!(chunks.iter().all(|chunk| chunk.len() <= 4096 + 60));
    }
}
