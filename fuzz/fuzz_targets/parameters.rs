//! Every algorithm with any parameters: what is not refused must work on any small picture.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lookalike_vision::{
    Akaze, AkazeDescriptor, AkazeParams, Brief, BriefDetector, BriefParams, Diffusivity, Exec, Fast,
    FastParams, FastType, Feature2d, GrayImage, Kaze, KazeParams, Orb, OrbParams, OrbScore, Result,
    Sift, SiftParams, Star, StarParams, Surf, SurfParams,
};

/// Takes parameters off the front of the bytes; zeros where they end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        byte
    }

    fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    fn whole(&mut self) -> i32 {
        i32::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    fn float(&mut self) -> f32 {
        f32::from_bits(self.whole().cast_unsigned())
    }

    fn count(&mut self) -> u32 {
        u32::from(self.byte())
    }

    fn size(&mut self) -> usize {
        usize::from(self.byte())
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.size() % values.len()]
    }
}

fn diffusivity(bytes: &mut Bytes<'_>) -> Diffusivity {
    use Diffusivity::{Charbonnier, PmG1, PmG2, Weickert};
    bytes.one_of(&[PmG1, PmG2, Weickert, Charbonnier])
}

fn fast(bytes: &mut Bytes<'_>) -> FastParams {
    FastParams {
        threshold: bytes.byte(),
        nonmax_suppression: bytes.flag(),
        kind: bytes.one_of(&[FastType::Type5_8, FastType::Type7_12, FastType::Type9_16]),
    }
}

fn star(bytes: &mut Bytes<'_>) -> StarParams {
    StarParams {
        max_size: bytes.whole(),
        response_threshold: bytes.whole(),
        line_threshold_projected: bytes.whole(),
        line_threshold_binarized: bytes.whole(),
        suppress_nonmax_size: bytes.whole(),
    }
}

fn worker(bytes: &mut Bytes<'_>) -> Result<Box<dyn Feature2d>> {
    let exec = Exec::with_threads(1 + usize::from(bytes.flag()));
    Ok(match bytes.byte() % 8 {
        0 => Box::new(Sift::new(
            SiftParams {
                nfeatures: bytes.size(),
                n_octave_layers: bytes.size(),
                contrast_threshold: bytes.float().into(),
                edge_threshold: bytes.float().into(),
                sigma: bytes.float().into(),
                enable_precise_upscale: bytes.flag(),
            },
            exec,
        )?),
        1 => {
            use AkazeDescriptor::{Kaze, KazeUpright, Mldb, MldbUpright};
            Box::new(Akaze::new(
                AkazeParams {
                    descriptor_type: bytes.one_of(&[KazeUpright, Kaze, MldbUpright, Mldb]),
                    descriptor_size: bytes.whole().cast_unsigned() % 600,
                    descriptor_channels: bytes.count(),
                    threshold: bytes.float(),
                    n_octaves: bytes.count(),
                    n_octave_layers: bytes.count(),
                    diffusivity: diffusivity(bytes),
                    max_points: bytes.whole(),
                },
                exec,
            )?)
        }
        2 => Box::new(Kaze::new(
            KazeParams {
                threshold: bytes.float(),
                n_octaves: bytes.count(),
                n_octave_layers: bytes.count(),
                diffusivity: diffusivity(bytes),
                extended: bytes.flag(),
                upright: bytes.flag(),
            },
            exec,
        )?),
        3 => Box::new(Orb::new(
            OrbParams {
                nfeatures: bytes.size(),
                scale_factor: bytes.float(),
                n_levels: bytes.size(),
                edge_threshold: bytes.count(),
                first_level: bytes.size(),
                wta_k: bytes.size(),
                score_type: bytes.one_of(&[OrbScore::Harris, OrbScore::Fast]),
                patch_size: bytes.count(),
                fast_threshold: bytes.byte(),
            },
            exec,
        )?),
        4 => {
            let params = BriefParams {
                bytes: bytes.one_of(&[16, 32, 64, 0, 17]),
                use_orientation: bytes.flag(),
            };
            let detector = match bytes.flag() {
                true => BriefDetector::Fast(fast(bytes)),
                false => BriefDetector::Star(star(bytes)),
            };
            Box::new(Brief::new(params, detector, exec)?)
        }
        5 => Box::new(Fast::new(fast(bytes), exec)),
        6 => Box::new(Star::new(star(bytes), exec)?),
        _ => Box::new(Surf::new(
            SurfParams {
                hessian_threshold: bytes.float(),
                n_octaves: bytes.count(),
                n_octave_layers: bytes.count(),
                extended: bytes.flag(),
                upright: bytes.flag(),
            },
            exec,
        )?),
    })
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let Ok(mut worker) = worker(&mut bytes) else {
        return;
    };
    let width = bytes.size().max(1);
    let pixels = bytes.0;
    let height = pixels.len() / width;
    let image = GrayImage::from_vec(width, height, pixels[..width * height].to_vec())
        .expect("as many pixels as the size says");
    let Ok(keypoints) = worker.detect(&image) else {
        return;
    };
    for keypoint in &keypoints {
        assert!(keypoint.x.is_finite() && keypoint.y.is_finite() && keypoint.size > 0.0);
    }
    if let Ok(features) = worker.detect_and_compute(&image) {
        assert_eq!(features.keypoints.len(), features.descriptors.rows());
    }
});
