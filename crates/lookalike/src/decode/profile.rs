//! Colours as a file's profile means them, as sRGB has them: by `moxcms`.

use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, DataColorSpace, Layout, MatrixCoefficients,
    RenderingIntent, TransferCharacteristics, TransformOptions,
};

/// What a file says of its colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// A profile of the International Color Consortium.
    Icc(Vec<u8>),
    /// Numbers of ITU-T H.273: of the primaries, and of the transfer.
    Coded(u8, u8),
}

/// Differences up to this are those of rounding.
const SAME: u8 = 3;
/// Values of each channel for which a profile is compared with sRGB.
const PROBES: [u8; 4] = [0, 80, 170, 255];

/// Converts RGB pixels. Where a profile is damaged, is of other colours, or nearly sRGB's, they stay as they
/// are.
pub(super) fn to_srgb(rgb: &mut Vec<u8>, profile: &Profile) {
    let Some(profile) = profile.read() else {
        return;
    };
    if profile.color_space != DataColorSpace::Rgb || is_srgb(&profile) {
        return;
    }
    if let Some(converted) = convert(&profile, Layout::Rgb, rgb) {
        *rgb = converted;
    }
}

/// Converts inks, 255 for all of one, by a profile for such; `None` where it is none.
pub(super) fn inks_to_srgb(inks: &[u8], profile: &Profile) -> Option<Vec<u8>> {
    let profile = profile.read()?;
    let is_for_inks = profile.color_space == DataColorSpace::Cmyk;
    is_for_inks.then(|| convert(&profile, Layout::Rgba, inks))?
}

impl Profile {
    fn read(&self) -> Option<ColorProfile> {
        match *self {
            Self::Icc(ref bytes) => ColorProfile::new_from_slice(bytes).ok(),
            // Brighter than any paper: what fits into eight bits of it is another matter.
            Self::Coded(_, 16 | 18) => None,
            // What television calls its own is seen as sRGB by everybody.
            Self::Coded(1, 1 | 6 | 14 | 15) => None,
            Self::Coded(primaries, transfer) => {
                let transfer = match transfer {
                    1 | 6 | 14 | 15 => 13,
                    transfer => transfer,
                };
                let profile = CicpProfile {
                    color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
                    transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
                    matrix_coefficients: MatrixCoefficients::Identity,
                    full_range: true,
                };
                let is_said = primaries != 2 && transfer != 2;
                is_said.then(|| ColorProfile::new_from_cicp(profile))
            }
        }
    }
}

fn convert(profile: &ColorProfile, layout: Layout, samples: &[u8]) -> Option<Vec<u8>> {
    let options = TransformOptions {
        rendering_intent: RenderingIntent::RelativeColorimetric,
        ..TransformOptions::default()
    };
    let to = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(layout, &to, Layout::Rgb, options);
    let pixels = samples.len() / layout.channels();
    let mut rgb = vec![0; pixels * 3];
    transform.ok()?.transform(samples, &mut rgb).ok()?;
    Some(rgb)
}

fn is_srgb(profile: &ColorProfile) -> bool {
    let probes: Vec<u8> = PROBES
        .iter()
        .flat_map(|&r| PROBES.map(|g| PROBES.map(|b| [r, g, b])))
        .flatten()
        .flatten()
        .collect();
    let converted = convert(profile, Layout::Rgb, &probes);
    converted.is_some_and(|converted| {
        let mut both = probes.iter().zip(&converted);
        both.all(|(a, b)| a.abs_diff(*b) <= SAME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_colours_are_converted_and_those_of_srgb_stay() {
        let icc = |profile: ColorProfile| Profile::Icc(profile.encode().unwrap());
        let converted = |profile: &Profile| {
            let mut rgb = vec![200, 100, 50, 128, 128, 128];
            to_srgb(&mut rgb, profile);
            rgb
        };
        assert_eq!(
            converted(&icc(ColorProfile::new_srgb()))[..3],
            [200, 100, 50]
        );
        let wide = converted(&icc(ColorProfile::new_display_p3()));
        // By the matrix that follows from the primaries (SMPTE EG 432-1, IEC 61966-2-1).
        assert!(wide[0].abs_diff(215) <= 1, "{wide:?}");
        assert!(wide[1].abs_diff(93) <= 1, "{wide:?}");
        assert!(wide[2].abs_diff(31) <= 1, "{wide:?}");
        assert!(wide[3..].iter().all(|v| v.abs_diff(128) <= 1), "{wide:?}");
        // The same, by its numbers.
        assert_eq!(converted(&Profile::Coded(12, 13)), wide);
        for none in [
            Profile::Coded(2, 2),
            Profile::Coded(9, 16),
            Profile::Icc(vec![7; 300]),
        ] {
            assert_eq!(converted(&none)[..3], [200, 100, 50]);
        }
    }
}
