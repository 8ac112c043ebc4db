//! SIFT: keypoints that survive scaling and rotation, with descriptors of 128 numbers.

mod blur;
mod descriptor;
mod extrema;
mod lanes;
mod octave;
mod order;
mod orientation;
mod padded;
mod params;
mod polar;
mod pyramid;
mod refine;
mod source;

pub use params::SiftParams;

use crate::{
    DescriptorKind, Descriptors, Error, Exec, Feature2d, Features, GrayImage, Keypoint, Result,
};
use descriptor::{Describer, Frame, LENGTH};
use pyramid::Pyramid;

/// The SIFT detector and descriptor, as `cv::SIFT`. See the [module](self) for what it does.
#[derive(Debug)]
pub struct Sift {
    params: SiftParams,
    exec: Exec,
    pyramid: Pyramid,
    describers: Vec<Describer>,
}

impl Sift {
    /// A worker with these parameters; it keeps its memory from picture to picture.
    ///
    /// # Errors
    /// [`Error::Parameter`] where a parameter is out of its range.
    pub fn new(params: SiftParams, exec: Exec) -> Result<Self> {
        params.validate()?;
        let mut describers = Vec::new();
        describers.resize_with(exec.threads.max(1), Describer::default);
        Ok(Self {
            params,
            exec,
            pyramid: Pyramid::new(&params, exec),
            describers,
        })
    }

    /// The parameters it was made with.
    pub fn params(&self) -> &SiftParams {
        &self.params
    }

    fn describe(&mut self, keypoints: &[Keypoint]) -> Descriptors {
        let mut data = vec![0.0; keypoints.len() * LENGTH];
        let (pyramid, level) = (&self.pyramid, self.exec.level);
        let run = |describer: &mut Describer, keypoints: &[Keypoint], rows: &mut [f32]| {
            for (keypoint, row) in keypoints.iter().zip(rows.chunks_exact_mut(LENGTH)) {
                let place = Place::of(keypoint);
                let picture = pyramid.picture(place.octave, place.level);
                describer.describe(level, picture, place.frame(keypoint), row);
            }
        };
        let share = keypoints.len().div_ceil(self.describers.len()).max(1);
        let parts = keypoints.chunks(share).zip(data.chunks_mut(share * LENGTH));
        if self.describers.len() == 1 {
            run(&mut self.describers[0], keypoints, &mut data);
        } else {
            rayon::scope(|scope| {
                for ((keypoints, rows), describer) in parts.zip(&mut self.describers) {
                    scope.spawn(|_| run(describer, keypoints, rows));
                }
            });
        }
        Descriptors::from_f32(LENGTH, data)
    }
}

/// Where in the scale space a keypoint was found, unpacked from its octave field.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// -1 is the doubled picture.
    octave: i32,
    level: usize,
}

impl Place {
    fn of(keypoint: &Keypoint) -> Self {
        Self {
            octave: i32::from(keypoint.octave as u8 as i8),
            level: (keypoint.octave >> 8 & 255) as usize,
        }
    }

    fn frame(self, keypoint: &Keypoint) -> Frame {
        let scale = (-self.octave as f32).exp2();
        Frame {
            x: keypoint.x * scale,
            y: keypoint.y * scale,
            angle: orientation::upright(360.0 - keypoint.angle),
            scale: keypoint.size * scale * 0.5,
        }
    }
}

impl Feature2d for Sift {
    fn name(&self) -> &'static str {
        "sift"
    }

    fn descriptor_layout(&self) -> (DescriptorKind, usize) {
        (DescriptorKind::F32, LENGTH)
    }

    fn detect(&mut self, image: &GrayImage) -> Result<Vec<Keypoint>> {
        Ok(self.pyramid.detect(image))
    }

    /// Describes keypoints by their position, size, angle and the octave and level in their
    /// `octave` field, all of which stay as they are. The scale space begins with the lowest
    /// octave among them, -1 being the doubled picture.
    ///
    /// # Errors
    /// [`Error::Parameter`] where an `octave` field names an octave or a level that the scale
    /// space of this picture does not have.
    fn compute(&mut self, image: &GrayImage, keypoints: &mut Vec<Keypoint>) -> Result<Descriptors> {
        if !keypoints.is_empty() {
            let places = keypoints.iter().map(Place::of);
            let lowest = places.clone().map(|p| p.octave).min().unwrap_or(0).min(0);
            let highest = places.clone().map(|p| p.octave).max().unwrap_or(0);
            let size = image.width().min(image.height());
            let smallest = size.checked_shr(highest.max(0) as u32).unwrap_or(0);
            if lowest < -1
                || smallest == 0
                || places.clone().any(|p| p.level >= self.params.levels())
            {
                let wrong = |k: &&Keypoint| {
                    let place = Place::of(k);
                    place.octave < -1
                        || place.octave == highest
                        || place.level >= self.params.levels()
                };
                return Err(Error::Parameter {
                    algorithm: "sift",
                    parameter: "octave",
                    value: keypoints
                        .iter()
                        .find(wrong)
                        .map_or(0, |k| k.octave)
                        .to_string(),
                    expected: "an octave and level of this picture's scale space",
                });
            }
            self.pyramid.build(image, lowest, highest);
        }
        Ok(self.describe(keypoints))
    }

    fn detect_and_compute(&mut self, image: &GrayImage) -> Result<Features> {
        let keypoints = self.pyramid.detect(image);
        let descriptors = self.describe(&keypoints);
        Ok(Features {
            keypoints,
            descriptors,
        })
    }
}
