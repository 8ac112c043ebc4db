//! Pictures of damaged files, as far as something of them can be seen.
//!
//! Rows that are missing fade from the last one into what viewers show for them, so that no edge is seen where there is none:
//! features are found in what is there.

use super::pixels::Pixels;

/// The grey that decoders of JPEG leave where they cannot decode, and viewers show.
pub(super) const GREY: u8 = 128;
/// Within this part of the height the last row fades.
const FADE: usize = 24;
/// What lacks more than this share is refused.
const MOST_MISSING: f32 = 0.5;

/// Which share of the pixels is exactly grey, as a decoder leaves those that it cannot decode, and how many
/// rows there are above those that are nothing else.
pub(super) fn seen(rgb: &[u8], width: u32) -> (f32, usize) {
    let rows = rgb.chunks_exact(width as usize * 3);
    let is_grey = |pixel: &[u8; 3]| *pixel == [GREY; 3];
    let (pixels, _) = rgb.as_chunks::<3>();
    let grey = pixels.iter().filter(|pixel| is_grey(pixel)).count();
    let below = rows
        .rev()
        .take_while(|row| row.iter().all(|&v| v == GREY))
        .count();
    let height = pixels.len() / width as usize;
    (grey as f32 / pixels.len().max(1) as f32, height - below)
}

/// Marks pixels of which this share is missing, and all below so many rows, which become this grey; `None`
/// where that is too much.
pub(super) fn marked(mut pixels: Pixels, missing: f32, rows: usize, ground: u8) -> Option<Pixels> {
    let height = pixels.height as usize;
    if missing > MOST_MISSING || rows == 0 {
        return None;
    }
    fade(&mut pixels.rgb, pixels.width as usize * 3, rows, ground);
    // The last of a hundred is never said to be missing for nothing, nor is anything said to be whole.
    let percent = (missing * 100.0).ceil().max(1.0);
    pixels.damage = Some(match height > rows {
        true => {
            format!("the file is cut short or damaged: about {percent} % of the picture is missing")
        }
        false => format!("the file is damaged: up to {percent} % of the picture is missing"),
    });
    Some(pixels)
}

fn fade(rgb: &mut [u8], stride: usize, rows: usize, ground: u8) {
    let height = rgb.len() / stride;
    let length = (height / FADE).max(8);
    let (above, below) = rgb.split_at_mut(rows * stride);
    let last = &above[(rows - 1) * stride..];
    for (i, row) in below.chunks_exact_mut(stride).enumerate() {
        let left = length.saturating_sub(i + 1) as i32;
        for (value, &from) in row.iter_mut().zip(last) {
            let off = i32::from(from) - i32::from(ground);
            *value = (i32::from(ground) + off * left / length as i32) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_fades_and_is_said() {
        let mut rgb = vec![28; 3 * 10];
        rgb.extend([GREY; 3 * 10]);
        assert_eq!(seen(&rgb, 2), (0.5, 5));
        let pixels = Pixels::whole(2, 10, rgb);
        let marked = marked(pixels, 0.5, 5, GREY).unwrap();
        let column: Vec<u8> = marked.rgb.iter().copied().step_by(6).collect();
        assert_eq!(column, [28, 28, 28, 28, 28, 41, 53, 66, 78, 91]);
        assert!(marked.damage.unwrap().contains("50 %"));
    }

    #[test]
    fn what_lacks_more_than_half_is_refused() {
        let pixels = || Pixels::whole(1, 2, vec![0; 6]);
        assert!(marked(pixels(), 0.51, 1, GREY).is_none());
        assert!(marked(pixels(), 0.5, 0, GREY).is_none());
    }
}
